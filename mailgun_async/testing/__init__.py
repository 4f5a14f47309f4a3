"""A local Mailgun for your own tests, and the fakes this package is tested with.

`Emulator` is a Mailgun on loopback with state, limits and faults: point a client at its `url`. `FakeTransport` answers
a client's calls from a script without any network, and `FakeClock` is a clock that moves only when told to. The pytest
plugin beside them gives the fixtures `mailgun_emulator` and `mailgun`.

Nothing is imported before it is asked for: pytest loads this package in every project where it is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailgun_async.testing._mails import Mail
    from mailgun_async.testing.emulator import Emulator
    from mailgun_async.testing.fakes import FakeClock, FakeTransport, FormFile

__all__ = ["Emulator", "FakeClock", "FakeTransport", "FormFile", "Mail"]

_HOMES = {
    "Emulator": "mailgun_async.testing.emulator",
    "FakeClock": "mailgun_async.testing.fakes",
    "FakeTransport": "mailgun_async.testing.fakes",
    "FormFile": "mailgun_async.testing.fakes",
    "Mail": "mailgun_async.testing._mails",
}


def __getattr__(name: str) -> object:
    """Load a public name from its file."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
