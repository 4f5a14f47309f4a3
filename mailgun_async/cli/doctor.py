"""`mailgun-async doctor`: what is wrong with key, region, domain, DNS or clock, and what to do about it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import attrs

from mailgun_async.cli._account import Account
from mailgun_async.cli._command import Output, command
from mailgun_async.cli._exit import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailgun_async.cli._findings import Finding

__all__ = ["doctor"]

_MARKS = {"ok": ("✓", "green"), "note": ("•", "yellow"), "wrong": ("✗", "red")}


@command
def doctor(*, account: Account, output: Output) -> Exit:
    """Look for what keeps mail from being sent. Sends nothing.

    Both regions are asked for the domain, unless a base URL is given.
    """
    from mailgun_async.cli._findings import findings  # noqa: PLC0415 -- the other commands need neither
    from mailgun_async.cli._probe import probe  # noqa: PLC0415 -- the same

    found = list(findings(asyncio.run(probe(account.hosts(), account.key(), account.domain)), account.domain))
    code = next((finding.exit for finding in found if finding.state == "wrong"), Exit.DONE)
    if output.json:
        rows = [attrs.asdict(finding, filter=attrs.filters.exclude("exit")) for finding in found]
        output.document({"ok": code is Exit.DONE, "domain": account.domain, "findings": rows})
    else:
        _show(found)
    return code


def _show(found: Sequence[Finding]) -> None:
    from rich.console import Console  # noqa: PLC0415 -- loaded by what prints with it
    from rich.table import Table  # noqa: PLC0415 -- the same
    from rich.text import Text  # noqa: PLC0415 -- the same

    table = Table.grid(padding=(0, 2))
    for finding in found:
        mark, color = _MARKS[finding.state]
        text = Text(finding.text)
        if finding.advice:
            text.append(f"\n→ {finding.advice}", style=color)
        table.add_row(Text(mark, style=color), Text(finding.about, style="bold"), text)
    Console().print(table)
