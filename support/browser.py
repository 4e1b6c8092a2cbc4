"""A page in a headless Chromium, driven through a pipe by its DevTools protocol."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
OPTIONS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # small in containers
    "--no-first-run",
    "--no-sandbox",  # root has none, and the pages are our own
)
MISSING = "browser is missing: no chromium; apt-get install chromium-headless-shell"
LOAD_TIMEOUT = 30.0  # seconds
KEYS = {"Tab": 9, "ArrowDown": 40, "ArrowUp": 38}


class Page:
    """A page that is open."""

    def __init__(self, reading: int, writing: int) -> None:
        """Take the two ends of the browser's pipes, and open a page."""
        self._reading = os.fdopen(reading, "rb")
        self._writing = os.fdopen(writing, "wb")
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self.call("Page.enable")

    def close(self) -> None:
        """End the browser."""
        self._session = None
        self.call("Browser.close")
        self._writing.close()
        self._reading.close()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol, and return its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._writing.write(json.dumps(message).encode() + b"\0")
        self._writing.flush()
        while (answer := self._receive()).get("id") != number:
            pass
        assert "error" not in answer, answer
        result = answer["result"]
        assert isinstance(result, dict)
        return result

    def _receive(self) -> dict[str, Any]:
        """Return the next answer or event."""
        while b"\0" not in self._buffer:
            part = os.read(self._reading.fileno(), 1 << 16)
            assert part, "the browser ended"
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        received = json.loads(message)
        assert isinstance(received, dict)
        return received

    def open(self, url: str) -> None:
        """Open a URL, and wait until it is loaded."""
        self.call("Page.navigate", url=url)
        loaded = "document.readyState === 'complete' && location.href"
        deadline = time.monotonic() + LOAD_TIMEOUT
        # A page may add to its address.
        while not str(self.run(loaded)).startswith(url.partition("#")[0]):
            assert time.monotonic() < deadline, f"{url} was not loaded"
            time.sleep(0.02)

    def run(self, script: str) -> Any:
        """Return the value of an expression of JavaScript."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            code = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
            self.call("Input.dispatchKeyEvent", type="keyDown", **code)
            self.call("Input.dispatchKeyEvent", type="keyUp", **code)

    def picture(self, file: Path) -> None:
        """Write what is seen as a PNG."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


def program() -> str | None:
    """Return the browser's program, if there is one."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def browser(folder: Path, size: str = "1400,1000") -> Iterator[Page]:
    """Start the browser, whose files are below the folder, and end it."""
    command = program()
    assert command
    their_reading, writing = os.pipe()
    reading, their_writing = os.pipe()
    # It reads from 3 and writes to 4: moved beyond them first, for they may be each other.
    moves = f"exec 13<&{their_reading} 14>&{their_writing} 3<&13- 4>&14-"
    options = [*OPTIONS, f"--user-data-dir={folder}/profile", f"--window-size={size}"]
    with (folder / "browser.log").open("wb") as log:
        process = subprocess.Popen(
            ["bash", "-c", f'{moves}; exec "$@"', "bash", command, *options],
            pass_fds=(their_reading, their_writing),
            stdout=log,
            stderr=log,
        )
    os.close(their_reading)
    os.close(their_writing)
    page = Page(reading, writing)
    try:
        yield page
    finally:
        page.close()
        process.wait()
