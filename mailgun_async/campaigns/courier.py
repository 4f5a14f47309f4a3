"""One chunk on its way: a permit, a claim, the call, its outcome.

The order of the steps is what a campaign's promise rests on. The permit comes first, since it may take an hour and a
claim must not; then the claim, whose intent is durable before a byte leaves; then the call; then its outcome. A process
that ends between two steps leaves a chunk that is planned, or an intent, which is looked up before anything is decided
(`reconcile`). Nothing else ever moves a chunk on.

A claim has a lease of twice the call's timeout, and of the time by which it may outlast that. When so much of it went
by before the call that it might not be over by then, the chunk is given back: a lease that has ended means a call that
has ended too, however long this process was frozen before that moment.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from mailgun_async.campaigns.deck import Deck
from mailgun_async.campaigns.fates import Fate, cut, fate
from mailgun_async.campaigns.journal import Candidate, Claim, Header, Journal, Settlement
from mailgun_async.campaigns.payload import MESSAGE_ID_VARIABLE, thaw
from mailgun_async.campaigns.progress import News
from mailgun_async.campaigns.reconcile import Reconciler
from mailgun_async.errors import ConfigError, JournalError
from mailgun_async.transport.clock import Clock
from mailgun_async.transport.encoding import field
from mailgun_async.transport.outcome import Accepted, Attempt, Refused

if TYPE_CHECKING:
    from mailgun_async.batch.chunks import Chunk

__all__ = ["Courier", "Flight", "Post"]

_IN_THREAD: Final = 32 * 1024
"""Bytes of a payload that are thawed in a thread. Less takes some 0.2 ms, a thread as much again."""
_log = logging.getLogger("mailgun_async.campaigns")


class Post(Protocol):
    """Makes one attempt of a call; `CampaignCalls.post` does it."""

    def __call__(
        self,
        parts: Sequence[bytes],
        /,
        *,
        domain: str,
        recipients: int,
        message_id: str,
        before: Callable[[float], Awaitable[bool]],
    ) -> Awaitable[Attempt | None]:
        """Return what the attempt proved; None when `before`, told the seconds that it may take, said no."""


@attrs.define(eq=False)
class Flight:
    """What is known of one chunk on its way."""

    candidate: Candidate
    claim: Claim | None = None
    began_at: float = 0.0
    """When it had its permit, on the clock that never steps back."""
    begun: bool = False
    """It has its permit: from here on it is finished, whatever happens."""
    on_wire: bool = False
    attempt: Attempt | None = None
    """How the call ended."""
    fate: Fate | None = None
    """What that led to, once it is in the journal."""


@attrs.define(kw_only=True, eq=False)
class Courier:
    """Takes chunks through all steps; one at a time or many."""

    journal: Journal
    header: Header
    common: Sequence[bytes]
    """The parts of all calls."""
    post: Post
    deck: Deck
    reconciler: Reconciler
    news: News
    clock: Clock
    owner: str
    linger_s: float
    """Seconds by which a call may outlast its timeout."""
    remember_size: Callable[[int], None] = lambda _size: None
    """Told of a number of recipients that passed after larger ones were refused."""
    at: Callable[[str], None] | None = None
    """Told each step of each chunk: `permit`, `claimed`, `answered`, `committed`. Tests end the process there."""
    _unproven: int | None = attrs.field(init=False, default=None)
    """A size that was made smaller, and of which no call was accepted yet."""

    async def carry(self, flight: Flight) -> None:
        """Send a chunk and record what came of it.

        Raises:
            JournalError: The journal can't be read or written, or what it holds of the chunk is damaged.
            ConfigError: There is no key, or the client is closed; nothing was sent.
            WaitTooLong: The limiter would have to wait longer than the client allows; nothing was sent.
            Exception: What `on_chunk` raised.
        """
        try:
            chunk = await self._thawed(flight.candidate)
            size = self.deck.size
            if size is not None and chunk.count > size:
                await self._cut(flight, chunk, size)
            else:
                await self._send(flight, chunk)
        finally:
            self.deck.release(flight.candidate)

    async def _thawed(self, candidate: Candidate) -> Chunk:
        payload = await self.journal.payload(candidate.key)
        thawed = partial(thaw, payload, count=candidate.count, digest=candidate.digest)
        try:
            return await asyncio.to_thread(thawed) if len(payload) > _IN_THREAD else thawed()
        except ValueError as error:
            raise JournalError(
                f"chunk {candidate.ordinal} of the journal is damaged and is not sent: {error}. Restore the file from "
                "a copy, or plan the campaign anew in another one, without those who have had it"
            ) from error

    async def _send(self, flight: Flight, chunk: Chunk) -> None:
        message_id = flight.candidate.message_id
        own = [field("h:Message-Id", f"<{message_id}>"), field(f"v:{MESSAGE_ID_VARIABLE}", message_id)]
        try:
            flight.attempt = await self.post(
                [*chunk.parts(), *own, *self.common],
                domain=self.header.domain,
                recipients=chunk.count,
                message_id=message_id,
                before=partial(self._claimed, flight),
            )
        except ConfigError as error:
            self.deck.closed = True  # before the chunk is planned again: nobody else is to try
            await self._give_back(flight, str(error))
            raise
        finally:
            self.news.progress.in_flight -= flight.on_wire
        if flight.attempt is not None and flight.claim is not None:
            self._step("answered")
            await self._follow(flight, flight.claim, chunk, flight.attempt)

    async def _claimed(self, flight: Flight, timeout_s: float) -> bool:
        """Take the chunk, just before it is sent; False when it is not to be sent."""
        flight.begun, flight.began_at = True, self.clock.now()
        self._step("permit")
        claim = None if self.deck.closed else await self._claim(flight, 2.0 * timeout_s + self.linger_s)
        if claim is None:
            return False
        self._step("claimed")
        if claim.lease_until - self.clock.wall() < timeout_s + self.linger_s:
            await self._give_back(flight, "it took too long to begin the call")
            return False
        flight.on_wire = True
        self.news.progress.in_flight += 1
        return True

    async def _claim(self, flight: Flight, lease_s: float) -> Claim | None:
        now, key = self.clock.wall(), flight.candidate.key
        flight.claim = await self.journal.claim(key, owner=self.owner, now=now, lease_until=now + lease_s)
        self.deck.release(flight.candidate)
        if flight.claim is None:
            await self.deck.came_too_late()
        return flight.claim

    async def _cut(self, flight: Flight, chunk: Chunk, size: int) -> None:
        """Cut a chunk, in the journal, to the size that a call may have."""
        flight.begun = True
        claim = await self._claim(flight, self.linger_s)
        if claim is not None:
            now = self.clock.wall()
            settlement = await asyncio.to_thread(cut, flight.candidate, chunk, size, header=self.header, at=now)
            await self._commit(flight, claim, settlement)

    async def _give_back(self, flight: Flight, reason: str) -> None:
        if flight.claim is not None:
            now = self.clock.wall()
            settlement = Settlement(state="planned", outcome="given back", at=now, reason=reason)
            await self._commit(flight, flight.claim, settlement)

    async def _follow(self, flight: Flight, claim: Claim, chunk: Chunk, attempt: Attempt) -> None:
        """Do what the end of a call leads to."""
        self.news.progress.count(attempt)
        now = self.clock.wall()
        decide = partial(
            fate,
            attempt,
            flight.candidate,
            chunk,
            header=self.header,
            at=now,
            look_at=self.reconciler.first_look_at(now),
        )
        # Taking a chunk apart costs; nothing else does.
        found = await asyncio.to_thread(decide) if isinstance(attempt.outcome, Refused) else decide()
        if found.ends:
            self.deck.closed = True  # as above
        await self._commit(flight, claim, found.settlement)
        flight.fate = found
        size = found.settlement.size
        if size is not None and (self.deck.size is None or size < self.deck.size):
            self.deck.size = self._unproven = size
        elif isinstance(attempt.outcome, Accepted) and chunk.count == self._unproven:
            self._unproven = None
            self.remember_size(chunk.count)

    async def _commit(self, flight: Flight, claim: Claim, settlement: Settlement) -> None:
        candidate = flight.candidate
        try:
            moved = await self.journal.settle(claim, settlement)
        except JournalError as error:
            error.add_note(
                f"chunk {candidate.ordinal}, {candidate.message_id}: its outcome ({settlement.outcome}) could not be "
                "recorded. It will be looked up once its lease has ended"
            )
            raise
        self._step("committed")
        self.deck.alarm.ring()
        if not moved:
            _log.warning(
                "chunk %s: its outcome (%s) came after its lease had ended, and what was decided meanwhile stands",
                candidate.ordinal,
                settlement.outcome,
            )
            return
        if settlement.due_at is not None:
            (self.reconciler if settlement.state == "unknown" else self.deck).alarm.due(settlement.due_at)
        await self.news.moved(candidate, "intent", settlement)

    def _step(self, name: str) -> None:
        if self.at is not None:
            self.at(name)
