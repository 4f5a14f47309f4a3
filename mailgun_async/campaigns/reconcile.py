"""What became of chunks of which nobody knows: they are looked up, and decided of when that is evidence.

A chunk is unknown when its call brought no answer that proves anything, or when whoever was to record the answer is
gone: its lease has ended, or its process has. It is looked up by its Message-Id, often at first and then less often
(`LOOKS_S`), while the rest of the campaign goes on. One item found is proof: it was accepted. None found is evidence
only when two things hold. The index has had its time (`trust_after_s`), and the call can arrive no more: the lease,
which is longer than the call and its last bytes may take, has ended. Then the policy decides:

`resend`
    It is planned again, with the same Message-Id. At least once in one corner: when it was accepted and the logs still
    do not show it after that time, or the account keeps its logs for less time than has gone by since; or when its
    process was frozen in the very moment between the check of its lease and the first byte, for longer than all of
    that, or had its connections from an aiohttp session of the caller's own, which does not bound what lies in buffers.
`park`
    It stays as it is, for somebody to decide. At most once; nobody knows whether once.
`ignore`
    It is planned again at once and never looked up. At least once.

A look-up that fails tells nothing and is made again. One that this key may not make parks the chunk: under no policy
but `ignore` is anything sent again blindly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Literal, Protocol

import attrs

from mailgun_async.campaigns import owners
from mailgun_async.campaigns.alarm import Alarm
from mailgun_async.campaigns.journal import ChunkRecord, Claim, Header, Journal, Settlement
from mailgun_async.campaigns.payload import MESSAGE_ID_VARIABLE
from mailgun_async.campaigns.progress import News
from mailgun_async.errors import ConfigError, Forbidden, MailgunError, Unauthorized
from mailgun_async.transport.clock import Clock

__all__ = ["LOOKS_S", "TRUST_AFTER_S", "Find", "OnUnknown", "Reconciler"]

OnUnknown = Literal["resend", "park", "ignore"]
"""What to do with a chunk that may have been accepted."""

LOOKS_S: Final = (15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0)
"""When a chunk is looked up, in seconds after it became unknown."""
TRUST_AFTER_S: Final = 1800.0
"""Seconds after which the index of logs is taken to be complete."""

_AT_ONCE: Final = 4
_AGAIN_S: Final = 60.0
_KEY: Final = "an account API key of role admin, developer or basic could look it up in the logs"


class Find(Protocol):
    """Looks a message up; `CampaignCalls.find` does it."""

    def __call__(self, message_id: str, /, *, domain: str, variable: str, sent_at: float) -> Awaitable[bool]:
        """Return True when it is known to have been accepted."""


@attrs.define(kw_only=True, eq=False)
class Reconciler:
    """Moves unknown chunks on."""

    journal: Journal
    header: Header
    find: Find | None
    """None when there is no key that may look anything up."""
    clock: Clock
    alarm: Alarm
    news: News
    on_unknown: OnUnknown
    trust_after_s: float = TRUST_AFTER_S
    looks_s: Sequence[float] = LOOKS_S
    patience_s: float = 300.0
    """How long look-ups may fail, when there is nothing else to do, before that is an error."""
    on_moved: Callable[[], None] = lambda: None
    """Called when a chunk was moved on."""
    _failing: MailgunError | None = attrs.field(init=False, default=None)
    _failing_since: float = attrs.field(init=False, default=0.0)

    def first_look_at(self, now: float) -> float | None:
        """Return when to look a chunk up that is unknown from `now` on; None when it is to be planned at once."""
        return None if self.on_unknown == "ignore" else now + self.looks_s[0]

    async def run(self) -> None:
        """Move unknown chunks on until cancelled.

        Raises:
            Unauthorized: The key is wrong.
            JournalError: The journal can't be read or written.
        """
        while True:
            await self.round()
            await self.alarm.wait()

    async def until_known(self) -> None:
        """Move unknown chunks on until there is none.

        Raises:
            MailgunError: As for `run`; or look-ups have failed for too long.
        """
        while True:
            await self.round()
            if "unknown" not in (sums := await self.journal.sums()) or not sums["unknown"].chunks:
                return
            self.check()
            await self.alarm.wait()

    async def find_parked(self) -> None:
        """Look parked chunks up once more, where that can be done; those that the logs have by now become sent.

        Raises:
            MailgunError: A look-up failed; or as for `run`.
        """
        if self.find is None:
            return
        async for chunk in self.journal.chunks({"parked"}):
            if await self._ask(self.find, chunk):
                now, sent_at = self.clock.wall(), self._sent_at(chunk)
                claim = Claim(
                    key=chunk.key, owner=chunk.owner or "", attempt=chunk.attempt, began_at=sent_at, lease_until=now
                )
                await self.journal.settle(claim, Settlement(state="sent", outcome="found", at=now))

    def check(self) -> None:
        """See whether look-ups still make sense, when there is nothing else to do.

        Raises:
            MailgunError: They have failed for too long; the last one's error.
        """
        if self._failing is not None and self.clock.wall() - self._failing_since >= self.patience_s:
            raise self._failing

    async def round(self) -> None:
        """Find intents whose owner is gone, and look up what is due.

        Raises:
            MailgunError: As for `run`.
        """
        await self._expire()
        while True:
            due = await self.journal.unknown(now=self.clock.wall(), limit=_AT_ONCE)
            for end in await asyncio.gather(*map(self._decide, due), return_exceptions=True):
                if end is not None:
                    raise end
            if len(due) < _AT_ONCE:
                return

    async def _expire(self) -> None:
        now = self.clock.wall()
        dead = {owner for owner in await self.journal.owners() if owners.is_gone(owner)}
        due_at = self.first_look_at(now) or now
        if await self.journal.expire(now=now, dead=dead, due_at=due_at):
            self.alarm.due(due_at)
            self.news.progress.read(await self.journal.sums())

    async def _decide(self, chunk: ChunkRecord) -> None:
        """Look one chunk up, and move it on if that says enough."""
        now = self.clock.wall()
        if self.on_unknown == "ignore":
            await self._move(chunk, "planned", "unseen", chunk.reason or "nobody knows whether it was accepted")
            return
        trusted_at = max((chunk.since or now) + self.trust_after_s, chunk.lease_until or 0.0)
        due_at = self._next_look_at(chunk, now, trusted_at)
        if not await self.journal.look(chunk, due_at=due_at):
            return
        self.alarm.due(due_at)
        found = await self._found(chunk)
        if found:
            await self._move(chunk, "sent", "found", None)
        elif found is False and now >= trusted_at:
            minutes = (now - (chunk.since or now)) / 60.0
            reason = f"the logs did not have it {minutes:.0f} minutes after it became unknown"
            await self._move(chunk, "planned" if self.on_unknown == "resend" else "parked", "absent", reason)

    def _next_look_at(self, chunk: ChunkRecord, now: float, trusted_at: float) -> float:
        since = chunk.since or now
        again_at = now + min(_AGAIN_S, self.looks_s[-1])  # should this one fail, after the last of the schedule
        return min((at for at in (*(since + s for s in self.looks_s), trusted_at) if at > now), default=again_at)

    async def _found(self, chunk: ChunkRecord) -> bool | None:
        """Tell whether the logs have it; None when that could not be learned."""
        if self.find is None:
            await self._park_unseen(chunk, "there is only a sending key")
            return None
        try:
            found = await self._ask(self.find, chunk)
        except (Forbidden, Unauthorized) as error:
            if isinstance(error, Unauthorized) and self.on_unknown != "park":
                raise
            await self._park_unseen(chunk, str(error))
        except ConfigError:
            raise
        except MailgunError as error:
            if self._failing is None:
                self._failing_since = self.clock.wall()
            self._failing = error
        else:
            self._failing = None
            return found
        return None

    async def _ask(self, find: Find, chunk: ChunkRecord) -> bool:
        sent_at = self._sent_at(chunk)
        return await find(chunk.message_id, domain=self.header.domain, variable=MESSAGE_ID_VARIABLE, sent_at=sent_at)

    def _sent_at(self, chunk: ChunkRecord) -> float:
        """Return when it may have been sent at the earliest, by any of its attempts."""
        at = chunk.sent_from if chunk.attempt == 1 else self.header.started_at
        return self.clock.wall() if at is None else at

    async def _park_unseen(self, chunk: ChunkRecord, why: str) -> None:
        await self._move(chunk, "parked", "unseen", f"it may have been accepted; {_KEY}: {why}")

    async def _move(
        self,
        chunk: ChunkRecord,
        state: Literal["sent", "planned", "parked"],
        outcome: Literal["found", "absent", "unseen"],
        reason: str | None,
    ) -> None:
        settlement = Settlement(state=state, outcome=outcome, at=self.clock.wall(), reason=reason)
        if await self.journal.resolve(chunk, settlement):
            self.on_moved()
            await self.news.moved(chunk, "unknown", settlement)
