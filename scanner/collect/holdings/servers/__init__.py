"""Servers that hold catalogues: relational databases and search indexes, each read through one read-only session.

:func:`read_server` is the door for a URL, :func:`read_sqlite` the one for an SQLite file. A server's own state comes last, as one
``Standing`` per database. Its ``storage`` has ``product``, ``version``, ``server`` (address and port), ``database``, ``tls``
``{session, version, server}``, ``at_rest`` ``{state: on|off|part|unknown, how}``, ``views`` (not run, since the tables under them are
read), ``unseen`` ``[{what, why, detail}]``, and what the family has besides: ``data_directory``, ``tablespaces``, ``file``, ``read_only``
(how the session is kept from writing). ``custody`` has ``elsewhere`` ``[{kind, where}]``: foreign servers, links, replicas, primaries,
subscriptions, snapshot repositories, hosts of archive commands.
"""

from scanner.collect.holdings.servers.address import FAMILIES
from scanner.collect.holdings.servers.sqlite import read_sqlite
from scanner.collect.holdings.servers.target import read_server

__all__ = ["FAMILIES", "read_server", "read_sqlite"]
