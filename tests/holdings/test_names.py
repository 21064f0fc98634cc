"""The family's names are there when they are asked for, and workers start without what they do not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scanner.facts import holdings


def test_every_name_is_where_it_is_said_to_be() -> None:
    assert set(holdings._HOMES) == set(holdings.__all__)
    for name in holdings.__all__:
        home = f"scanner.facts.holdings.{holdings._HOMES[name]}"
        assert getattr(holdings, name) is getattr(sys.modules[home], name)
    with pytest.raises(AttributeError, match="Nothing"):
        holdings.Nothing  # noqa: B018


def test_a_worker_loads_nothing_of_networks() -> None:
    code = "import sys; import scanner.collect.holdings.files.worker, scanner.collect.holdings.work; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert not [name for name in done.stdout.split() if name.startswith(("scanner.facts.network", "scanner.facts.site"))]
