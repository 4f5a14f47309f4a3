"""`mailgun-async` in a process of its own, for tests that interrupt it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

# Whatever started the tests may have told its children to ignore Ctrl-C.
_START = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);from mailgun_async.cli import main; main()"
)


@contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run `mailgun-async` in a process of its own."""
    command = [sys.executable, "-c", _START, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 -- our own command
        try:
            yield process
        finally:
            process.kill()


def wait(until: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 20
    while not until():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.01)


def read_until(stream: IO[str] | None, text: str) -> None:
    """Read lines until one has a text in it."""
    assert stream is not None
    for line in stream:
        if text in line:
            return
    raise AssertionError(f"{text!r} did not come")


def rest(process: subprocess.Popen[str]) -> str:
    """Wait for the end, and return what it printed since."""
    output, _ = process.communicate(timeout=30)
    return output
