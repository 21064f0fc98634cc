"""The driver of the browser waits for what comes, and for nothing that cannot come."""

from __future__ import annotations

import pytest

from tests.reports.chromium import page

pytestmark = pytest.mark.lab
LATE = """(() => { const body = document.body; body.remove();
setTimeout(() => { document.documentElement.append(body); document.querySelector('input').focus(); }, 100); })()"""


def test_a_document_without_a_body_is_waited_for_and_a_script_that_never_works_is_named() -> None:
    with page("data:text/html,<input name=first>") as one:
        one.run(LATE)
        one.wait("document.activeElement.name === 'first'")
        with pytest.raises(TimeoutError, match=r"nothing\.there.*ReferenceError"):
            one.wait("nothing.there", 0)
