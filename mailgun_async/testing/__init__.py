"""A local Mailgun for your own tests, and the fakes this package is tested with.

`Emulator` is a Mailgun on loopback with state, limits and faults: point a client at its `url`, or take its `client()`.
`FakeTransport` answers a client's calls from a script without any network, and `FakeClock` is a clock that moves only
when told to. The pytest plugin beside them gives the fixtures `mailgun_emulator` and `mailgun`. docs/testing.md shows
all of them at work.

The other names are what these hand out or take: `Mail`, `Outbox`, `Tally`, `Counts`, `RateLimit` and `Fault` come from
an emulator; `Request`, `Exchange`, `Response` and `Failure` are what a function that answers for `FakeTransport` gets
and returns; `FormFile` is a file in either.

Nothing is imported before it is asked for: pytest loads this package in every project where it is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailgun_async.testing._account import Counts
    from mailgun_async.testing._faults import Fault
    from mailgun_async.testing._limits import RateLimit
    from mailgun_async.testing._mails import Mail
    from mailgun_async.testing._outbox import Outbox
    from mailgun_async.testing._tally import Tally
    from mailgun_async.testing.emulator import Emulator
    from mailgun_async.testing.fakes import FakeClock, FakeTransport, FormFile
    from mailgun_async.testing.journals import JournalConformance
    from mailgun_async.transport.request import Exchange, Failure, Request, Response

__all__ = [
    "Counts",
    "Emulator",
    "Exchange",
    "Failure",
    "FakeClock",
    "FakeTransport",
    "Fault",
    "FormFile",
    "JournalConformance",
    "Mail",
    "Outbox",
    "RateLimit",
    "Request",
    "Response",
    "Tally",
]

_HOMES = {
    "Counts": "mailgun_async.testing._account",
    "Emulator": "mailgun_async.testing.emulator",
    "Exchange": "mailgun_async.transport.request",
    "Failure": "mailgun_async.transport.request",
    "FakeClock": "mailgun_async.testing.fakes",
    "FakeTransport": "mailgun_async.testing.fakes",
    "Fault": "mailgun_async.testing._faults",
    "FormFile": "mailgun_async.testing.fakes",
    "JournalConformance": "mailgun_async.testing.journals",
    "Mail": "mailgun_async.testing._mails",
    "Outbox": "mailgun_async.testing._outbox",
    "RateLimit": "mailgun_async.testing._limits",
    "Request": "mailgun_async.transport.request",
    "Response": "mailgun_async.transport.request",
    "Tally": "mailgun_async.testing._tally",
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
