"""Chunks that wait to be sent, dealt to the workers of one process.

Several processes may deal from the same journal. Each takes a handful at a time, in the order of the plan; once a claim
has come too late, so that somebody else must be there, each begins at a random place of its handful.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import attrs

from mailgun_async.campaigns.alarm import Alarm
from mailgun_async.campaigns.journal import Candidate, ChunkState, Journal, Sum
from mailgun_async.transport.clock import Clock

__all__ = ["Deck", "Spread"]

_HANDFUL: Final = 32
_OPEN: Final[tuple[ChunkState, ...]] = ("planned", "intent", "unknown")


@attrs.frozen(kw_only=True)
class Spread:
    """Chunks begun evenly over a time.

    What counts is how many are left in the journal: so several processes share one pace, and one that comes later, or
    again after a crash, spreads what is left over a time of its own.
    """

    began_at: float
    """Seconds since 1970."""
    over_s: float
    chunks: int
    """How many were planned when it began."""

    def due_at(self, left: int) -> float:
        """Return when another chunk may be begun while `left` are planned."""
        return self.began_at + self.over_s * max(0, self.chunks - left) / self.chunks


@attrs.define(kw_only=True, eq=False)
class Deck:
    """Deals each planned chunk to one worker."""

    journal: Journal
    clock: Clock
    alarm: Alarm
    """Rung when chunks may have become planned."""
    on_sums: Callable[[dict[ChunkState, Sum]], None]
    """Told how much is in each state whenever that was read; what it raises ends the dealing."""
    roll: Callable[[], float]
    """A die in [0, 1)."""
    spread: Spread | None = None
    size: int | None = None
    """Most recipients of a call, as far as it is known."""
    closed: bool = False
    """Nothing more is dealt."""
    _hand: deque[Candidate] = attrs.field(init=False, factory=deque)
    _held: set[int] = attrs.field(init=False, factory=set)
    """Dealt, and not claimed yet."""
    _crowded: bool = attrs.field(init=False, default=False)
    _dealing: asyncio.Lock = attrs.field(init=False, factory=asyncio.Lock)

    async def deal(self) -> Candidate | None:
        """Return the next chunk, when there is one; None when every chunk is settled, or nothing more may be claimed.

        Raises:
            JournalError: The journal can't be read.
        """
        async with self._dealing:
            while not self.closed:
                if self._hand or await self._take():
                    candidate = self._hand.popleft()
                    self._held.add(candidate.key)
                    return candidate
                if await self._is_over():
                    break
                await self.alarm.wait()
            self.closed = True
            return None

    def release(self, candidate: Candidate) -> None:
        """Take a chunk back that was claimed, or given up."""
        self._held.discard(candidate.key)

    async def came_too_late(self) -> None:
        """Note that a chunk could not be claimed: somebody else has, or nobody may."""
        self._crowded = True
        self._hand.clear()
        await self.look()

    async def _take(self) -> bool:
        """Take a handful, if there is anything to take now."""
        await self.look()
        if self.closed or not await self._paced():
            return False
        limit = 1 if self.spread is not None else _HANDFUL
        found = await self.journal.candidates(now=self.clock.wall(), limit=limit, skip=self._held)
        self._hand.extend(found)
        if self._crowded:
            self._hand.rotate(int(self.roll() * len(found)))
        return bool(found)

    async def look(self) -> None:
        """See in the journal whether chunks may still be claimed, and how large they may be.

        Raises:
            JournalError: The journal can't be read.
        """
        header = await self.journal.header()
        if header is None or header.state != "ready":
            self.closed = True
        elif header.size is not None:
            self.size = header.size if self.size is None else min(self.size, header.size)

    async def _paced(self) -> bool:
        """Tell whether another chunk may be begun now; if not, see to it that it will be asked again."""
        if self.spread is None:
            return True
        left = (await self._sums()).get("planned", Sum()).chunks - len(self._held)
        due_at = self.spread.due_at(left)
        if self.clock.wall() >= due_at:
            return True
        self.alarm.due(due_at)
        return False

    async def _is_over(self) -> bool:
        if self.closed:
            return True
        sums = await self._sums()
        return not any(sums[state].chunks for state in _OPEN if state in sums)

    async def _sums(self) -> dict[ChunkState, Sum]:
        sums = await self.journal.sums()
        self.on_sums(sums)
        return sums
