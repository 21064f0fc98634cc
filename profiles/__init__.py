"""Profiles as data: clauses by level or rule set, and which checks speak to them. Found through the group ``shiqu.profiles``.

* ``profile: ID`` begins a profile; one with ``abstract: true`` is only there to be extended.
* ``checks.*.yaml`` maps checks onto the clauses (``l2``, ``l3``) of the profiles in its folder and onto triggers.
* ``triggers_of:`` begins a list of major-risk triggers, ``pending:`` a list of checks still to come.
* ``policy:`` (in ``policies/``) begins the thresholds and vetoes of a gate.
"""
