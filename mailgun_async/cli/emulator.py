"""`mailgun-async emulator`: a local Mailgun for any program."""

from __future__ import annotations

import logging
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from mailgun_async import testing
from mailgun_async.cli._command import Output, command, run
from mailgun_async.cli._exit import Exit
from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from mailgun_async.testing import Emulator

__all__ = ["emulator"]

_limit = re.compile(
    r"(?P<kind>[a-z-]+):(?P<limit>\d+) ?(?P<dimension>[a-z]+)?/(?P<window_s>\d+(\.\d+)?)s?(:(?P<dialect>[a-z0-9-]+))?"
).fullmatch
_fault = re.compile(r"(?P<name>[a-z0-9-]+)(:(?P<rate>[0-9.]+))?(:(?P<seconds>[0-9.]+))?").fullmatch
_LIMIT_FORM: Final = "KIND:LIMIT[recipients|bytes]/SECONDS[:DIALECT]"
_FAULT_FORM: Final = "NAME[:RATE[:SECONDS]]"


@command
def emulator(
    *,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, metavar="PORT", help="Port; 0 lets the system choose.")
    ] = 8025,
    domain: Annotated[
        list[str] | None, typer.Option("--domain", "-d", metavar="DOMAIN", help="Sending domain; repeatable.")
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            "--limit", metavar=_LIMIT_FORM, help="Rate limit, token:300/60 or leaky:20000recipients/30; repeatable."
        ),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", metavar=_FAULT_FORM, help="Fault and its share, 502-after:0.1; repeatable."),
    ] = None,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="FILE", help="SQLite file that keeps mail between runs.")
    ] = None,
    output: Output,
) -> Exit:
    """Run a local Mailgun until Ctrl-C, and print a line for each call.

    It checks mail as Mailgun does, and delivers none. Kinds of limits: fixed, token, leaky, sliding, sliding-strict. A
    dialect or a fault that there is not is answered with a list of them.
    """
    local = testing.Emulator(host=host, port=port, domains=domain or ["mg.example.com"], path=state)
    for text in limit or ():
        _set_limit(local, text)
    for text in fault or ():
        _add_fault(local, text)
    log = logging.getLogger("mailgun_async.testing")
    log.setLevel(logging.INFO)
    log.addHandler(handler := logging.StreamHandler(sys.stderr))
    try:
        run(_serve(local, output))
    except KeyboardInterrupt:
        _sum_up(local, output)
    finally:
        log.removeHandler(handler)
    return Exit.DONE


async def _serve(local: Emulator, output: Output) -> None:
    import asyncio  # noqa: PLC0415 -- --help does without

    async with local:
        output.announce(_lines(local), {"url": local.url, "api_key": local.api_key, "domains": local.domains})
        await asyncio.Event().wait()


def _sum_up(local: Emulator, output: Output) -> None:
    counts = local.counts
    output.note(
        f"{counts.calls:,} send calls: {counts.accepted:,} accepted ({counts.recipients:,} recipients), "
        f"{counts.limited:,} over a limit, {counts.refused:,} refused"
    )


def _lines(local: Emulator) -> str:
    return (
        f"A local Mailgun listens on {local.url} until Ctrl-C. To use it:\n"
        f"  export MAILGUN_BASE_URL={local.url}\n"
        f"  export MAILGUN_API_KEY={local.api_key}\n"
        f"  export MAILGUN_DOMAIN={local.domain}"
    )


def _set_limit(local: Emulator, text: str) -> None:
    given = _read(_limit(text), "limit", _LIMIT_FORM, text)
    try:
        local.limit(given.pop("kind"), int(given.pop("limit")), float(given.pop("window_s")), **given)
    except ValueError as error:
        raise InvalidArgument(f"--limit {text}: {error}", field="limit") from error


def _add_fault(local: Emulator, text: str) -> None:
    given = _read(_fault(text), "fault", _FAULT_FORM, text)
    try:
        numbers: dict[str, Any] = {name: float(value) for name, value in given.items() if name != "name"}
        local.faults.add(given["name"], **numbers)
    except ValueError as error:
        raise InvalidArgument(f"--fault {text}: {error}", field="fault") from error


def _read(found: re.Match[str] | None, name: str, form: str, text: str) -> dict[str, Any]:
    if found is None:
        raise InvalidArgument(f"--{name} must be {form}, not {text!r}", field=name)
    return {key: value for key, value in found.groupdict().items() if value is not None}
