"""Drives a headless Chromium over its debugging pipe: enough to open a page, click, evaluate and listen."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Containers hold a few megabytes there: a page that wants more dies, and nobody answers any longer.
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


PATIENCE = 300.0
"""Seconds after which something hangs. A busy machine does everything, only later: no wait is to measure it."""


class Refused(AssertionError):
    """The browser said no, or a script threw."""


class Page:
    """One page; ``events`` holds every event that came, in order."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back, self._number, self._rest = to, back, 0, b""
        self.session: str | None = None
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, seconds: float = PATIENCE, **params: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + seconds
        while True:
            answer = self._next(end)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise Refused(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _next(self, end: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._back], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser did not answer")
            data = os.read(self._back, 1 << 16)
            if not data:
                raise AssertionError("the browser went away")
            self._rest += data
        one, self._rest = self._rest.split(b"\0", 1)
        answer: dict[str, Any] = json.loads(one)
        return answer

    def open(self, url: str) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def visit(self, url: str) -> None:
        """Another page in the same window; what was heard of the one before is forgotten."""
        self.call("Page.navigate", url="about:blank")
        self.events.clear()
        self.call("Page.navigate", url=url)
        self.wait("location.href !== 'about:blank' && document.readyState === 'complete'")

    def run(self, expression: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Refused(answer["exceptionDetails"])
        return answer["result"].get("value")

    def wait(self, expression: str, seconds: float = PATIENCE) -> None:
        """Until it is true. A document that is only coming has no body yet: what an expression trips over meanwhile is no answer."""
        end = time.monotonic() + seconds
        while True:
            why = ""
            try:
                if self.run(expression):
                    return
            except Refused as error:
                why = f": {error}"
            if time.monotonic() > end:
                raise TimeoutError(expression + why)
            time.sleep(0.05)

    def of(self, *methods: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self.events if event.get("method") in methods]

    def complaints(self) -> list[str]:
        """What the browser refused, and scripts that broke."""
        told = [entry["entry"]["text"] for entry in self.of("Log.entryAdded") if entry["entry"]["level"] == "error"]
        return [*told, *(str(thrown["exceptionDetails"]) for thrown in self.of("Runtime.exceptionThrown"))]

    def picture(self, file: Path, whole: bool = False) -> None:
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        file.write_bytes(base64.b64decode(data))

    def pdf(self) -> bytes:
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True, displayHeaderFooter=False)["data"])


@contextlib.contextmanager
def page(url: str, *flags: str, within: Sequence[str] = ()) -> Iterator[Page]:
    """Open a URL in a browser of its own, through the command ``within`` where it stands elsewhere; the browser is gone afterwards."""
    to_read, to_write = os.pipe()
    back_read, back_write = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:

        def ends() -> None:
            high = os.dup(to_read), os.dup(back_write)
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        command = [*within, "chromium", *FLAGS, f"--user-data-dir={home}", *flags]
        browser = subprocess.Popen(
            command, preexec_fn=ends, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        os.close(to_read)
        os.close(back_write)
        one = Page(to_write, back_read)
        try:
            one.open(url)
            yield one
        finally:
            os.close(to_write)
            os.close(back_read)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(browser.pid, signal.SIGKILL)
            browser.wait()
