"""Recipients of the demo: a CSV made up or given, and a mail that shows its columns."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import mailgun_async
from mailgun_async.batch.addresses import identity
from mailgun_async.batch.source import in_blocks
from mailgun_async.cli._rejects import plain_addresses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailgun_async import Message

__all__ = ["made_up", "message", "read"]


def made_up(path: Path, rows: int) -> Path:
    """Write so many rows."""
    plans, names = ("free", "silver", "gold"), ("Ada", "Bob", "Eve", "José", "玲", "Zoë")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("email", "name", "plan", "coupon"))
        for row in range(1, rows + 1):
            writer.writerow((f"user{row}@example.com", names[row % 6], plans[row % 3], f"C-{row * 7919 % 10**6:06}"))
    return path


async def read(path: Path) -> tuple[set[str], Sequence[str]]:
    """Return everybody in a file, each once, and the names of the columns with variables."""
    everybody: set[str] = set()
    columns: Sequence[str] = ()
    async with in_blocks(mailgun_async.CsvRecipients(path), 1_000) as blocks:
        while (block := await blocks.next()) is not None:
            everybody.update(map(identity, plain_addresses(block)))
            columns = block.variable_names
    return everybody, columns


def message(columns: Sequence[str]) -> Message:
    """Make the mail."""
    who = "%recipient.name%" if "name" in columns else "you"
    lines = [f"  {name}: %recipient.{name}%" for name in columns if name != "name"]
    return mailgun_async.Message(
        from_="Ada <ada@mg.example.com>",
        subject=f"News for {who}",
        text="\n".join([f"Hello {who},", "", "this is what we know of you:", "", *lines, "", "Ada"]),
        tags=["demo"],
    )
