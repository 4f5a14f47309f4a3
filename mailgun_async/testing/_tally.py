"""How many mails each address got."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Tally", "count"]

_PARTS = 64
_IN_MEMORY = 256 * 1024


@attrs.frozen(kw_only=True)
class Tally:
    """Mails by address, summed up. Made by `Outbox.tally`."""

    mails: int
    """All of them."""
    addresses: int
    """Addresses that got at least one."""
    repeated: dict[str, int]
    """Addresses that got more than one, each with its number."""


def count(addresses: Iterable[str]) -> Tally:
    """Count them part by part: those of millions of mails are too many to be held at once, so they wait in files."""
    mails = different = 0
    repeated: dict[str, int] = {}
    with ExitStack() as files:
        parts = [files.enter_context(SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8")) for _ in range(_PARTS)]
        for address in addresses:
            parts[hash(address) % _PARTS].write(address + "\n")
        for part in parts:
            part.seek(0)
            numbers = Counter(part.read().split())
            mails, different = mails + numbers.total(), different + len(numbers)
            repeated |= {address: number for address, number in numbers.items() if number > 1}
    return Tally(mails=mails, addresses=different, repeated=repeated)
