"""A journal in memory, as plain as can be: what the one in a file is compared with.

It passes the same suite, so that the suite tests what a journal is, and not what SQLite does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any, Literal

import attrs

from mailgun_async.campaigns.journal import (
    AttemptRecord,
    Candidate,
    ChunkRecord,
    ChunkState,
    Claim,
    CommonPart,
    Header,
    NewChunk,
    RejectedRecipient,
    Settlement,
    Sum,
    Totals,
)
from mailgun_async.errors import JournalError


@attrs.define
class Store:
    """What all handles on one journal share."""

    header: Header | None = None
    common: list[CommonPart] = attrs.Factory(list)
    chunks: dict[int, ChunkRecord] = attrs.Factory(dict)
    payloads: dict[int, bytes] = attrs.Factory(dict)
    attempts: list[AttemptRecord] = attrs.Factory(list)
    rejected: list[RejectedRecipient] = attrs.Factory(list)
    keys: int = 0


def _order(chunk: ChunkRecord) -> tuple[int, list[str]]:
    root, *parts = chunk.ordinal.split(".")
    return int(root), parts


class MemoryJournal:
    """A handle; each method decides without giving way to anybody."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._open = False
        self._plan: str | None = None

    async def open(self) -> None:
        self._open = True

    async def close(self) -> None:
        self._open = False

    async def header(self) -> Header | None:
        if not self._open:
            raise JournalError("not open")
        return self.store.header

    def _state(self) -> str | None:
        return self.store.header.state if self.store.header else None

    def _header(self, **changes: Any) -> None:
        assert self.store.header is not None
        self.store.header = attrs.evolve(self.store.header, **changes)

    async def begin(self, header: Header, common: Sequence[CommonPart]) -> None:
        if self._state() not in {None, "planning"}:
            raise JournalError("finished")
        fresh = Store(header=attrs.evolve(header, state="planning"), common=list(common))
        for name in attrs.asdict(fresh, recurse=False):
            setattr(self.store, name, getattr(fresh, name))
        self._plan = header.id

    def _check_under_way(self) -> None:
        header = self.store.header
        if header is None or (header.state, header.id) != ("planning", self._plan):
            raise JournalError("not under way")

    def _add(self, chunk: NewChunk, key: int | None = None) -> None:
        if key is None:
            key = self.store.keys = self.store.keys + 1
        names = attrs.asdict(chunk)
        self.store.payloads[key] = names.pop("payload")
        blank: dict[str, Any] = dict.fromkeys(
            ("owner", "lease_until", "due_at", "since", "sent_from", "status", "reason", "body")
        )
        self.store.chunks[key] = ChunkRecord(key=key, state="planned", attempt=0, looks=0, **names, **blank)

    async def add(self, chunks: Sequence[NewChunk], rejected: Sequence[RejectedRecipient] = ()) -> None:
        self._check_under_way()
        for chunk in chunks:
            self._add(chunk)
        self.store.rejected += rejected

    async def replace(self, key: int, chunk: NewChunk | None, rejected: Sequence[RejectedRecipient] = ()) -> None:
        self._check_under_way()
        del self.store.chunks[key], self.store.payloads[key]
        if chunk is not None:
            self._add(chunk, key)
        self.store.rejected += rejected

    async def finish(self, totals: Totals) -> None:
        self._check_under_way()
        recipients = sum(chunk.count for chunk in self.store.chunks.values())
        held = (len(self.store.chunks), recipients, len(self.store.rejected))
        taken = recipients + totals.rejected + totals.bad_rows + totals.duplicates + totals.excluded
        if (*held, taken) != (totals.chunks, totals.recipients, totals.rejected, totals.taken):
            raise JournalError("does not add up")
        self._header(state="ready", totals=totals)

    async def common(self) -> list[CommonPart]:
        return self.store.common

    async def payload(self, key: int) -> bytes:
        if key not in self.store.payloads:
            raise JournalError("no such chunk")
        return self.store.payloads[key]

    def _all(self, *states: str) -> list[ChunkRecord]:
        return sorted((chunk for chunk in self.store.chunks.values() if chunk.state in states), key=_order)

    async def candidates(self, *, now: float, limit: int, skip: Collection[int] = ()) -> list[Candidate]:
        found = [chunk for chunk in self._all("planned") if (chunk.due_at or 0.0) <= now and chunk.key not in skip]
        found.sort(key=lambda chunk: "." not in chunk.ordinal)
        names = ("key", "ordinal", "count", "digest", "message_id")
        return [Candidate(**{name: getattr(chunk, name) for name in names}) for chunk in found[:limit]]

    async def next_due_at(self) -> float | None:
        return min(
            (chunk.due_at for chunk in self._all("planned", "unknown") if chunk.due_at is not None), default=None
        )

    def _set(self, key: int, **changes: Any) -> None:
        self.store.chunks[key] = attrs.evolve(self.store.chunks[key], **changes)

    async def claim(self, key: int, *, owner: str, now: float, lease_until: float) -> Claim | None:
        chunk = self.store.chunks.get(key)
        if chunk is None or chunk.state != "planned" or (chunk.due_at or 0.0) > now or self._state() != "ready":
            return None
        attempt = chunk.attempt + 1
        held = {"state": "intent", "attempt": attempt, "owner": owner, "lease_until": lease_until}
        self._set(key, **held, since=now, sent_from=now, due_at=None, looks=0, status=None, reason=None, body=None)
        if self.store.header and self.store.header.started_at is None:
            self._header(started_at=now)
        return Claim(key=key, owner=owner, attempt=attempt, began_at=now, lease_until=lease_until)

    def _record(self, chunk: ChunkRecord, attempt: int, began_at: float, settlement: Settlement) -> None:
        made = AttemptRecord(
            ordinal=chunk.ordinal,
            attempt=attempt,
            count=chunk.count,
            began_at=began_at,
            ended_at=settlement.at,
            outcome=settlement.outcome,
            status=settlement.status,
            waited_s=settlement.waited_s,
        )
        self.store.attempts.append(made)

    def _move(self, chunk: ChunkRecord, settlement: Settlement) -> None:
        due_at = settlement.due_at
        if settlement.state == "unknown" and due_at is None:
            due_at = settlement.at
        why = {"status": settlement.status, "reason": settlement.reason, "body": settlement.body}
        self._set(chunk.key, state=settlement.state, since=settlement.at, due_at=due_at, **why)
        for child in settlement.children:
            self._add(child)
        self.store.rejected += settlement.rejected
        known = self.store.header.size if self.store.header else None
        if settlement.size is not None and (known is None or settlement.size < known):
            self._header(size=settlement.size)

    async def settle(self, claim: Claim, settlement: Settlement) -> bool:
        chunk = self.store.chunks[claim.key]
        movable = {"intent", "unknown", "planned", "parked"} if settlement.state == "sent" else {"intent"}
        moved = (chunk.owner, chunk.attempt) == (claim.owner, claim.attempt) and chunk.state in movable
        parts = sum(child.count for child in settlement.children) + len(settlement.rejected)
        if moved and parts != (chunk.count if settlement.state == "split" else 0):
            raise JournalError("does not add up")
        self._record(chunk, claim.attempt, claim.began_at, settlement)
        if moved:
            self._move(chunk, settlement)
        return moved

    async def owners(self) -> set[str]:
        return {chunk.owner or "" for chunk in self._all("intent")}

    async def expire(self, *, now: float, dead: Collection[str] = (), due_at: float) -> int:
        over = [one for one in self._all("intent") if (one.lease_until or 0.0) <= now or one.owner in dead]
        for chunk in over:
            self._set(chunk.key, state="unknown", since=now, due_at=due_at)
        return len(over)

    async def unknown(self, *, now: float, limit: int) -> list[ChunkRecord]:
        due = [chunk for chunk in self._all("unknown") if (chunk.due_at or 0.0) <= now]
        return sorted(due, key=lambda chunk: (chunk.due_at or 0.0, chunk.key))[:limit]

    def _still_unknown(self, chunk: ChunkRecord) -> ChunkRecord | None:
        kept = self.store.chunks[chunk.key]
        return kept if (kept.state, kept.attempt) == ("unknown", chunk.attempt) else None

    async def look(self, chunk: ChunkRecord, *, due_at: float) -> bool:
        kept = self._still_unknown(chunk)
        if kept is None or kept.looks != chunk.looks:
            return False
        self._set(chunk.key, looks=kept.looks + 1, due_at=due_at)
        return True

    async def resolve(self, chunk: ChunkRecord, settlement: Settlement) -> bool:
        kept = self._still_unknown(chunk)
        if kept is None:
            return False
        self._record(kept, kept.attempt, kept.sent_from or 0.0, settlement)
        self._move(kept, settlement)
        return True

    async def steer(self, state: Literal["ready", "paused", "cancelled"]) -> None:
        if self._state() in {None, "planning", "cancelled"}:
            raise JournalError("can't be steered")
        self._header(state=state)

    async def replan(self, states: Collection[Literal["refused", "parked"]]) -> Sum:
        moved = self._all(*states)
        for chunk in moved:
            self._set(chunk.key, state="planned", since=None, due_at=None)
        return Sum(chunks=len(moved), recipients=sum(chunk.count for chunk in moved))

    async def sums(self) -> dict[ChunkState, Sum]:
        sums: dict[ChunkState, Sum] = {}
        for chunk in self.store.chunks.values():
            one = sums.get(chunk.state, Sum())
            sums[chunk.state] = Sum(chunks=one.chunks + 1, recipients=one.recipients + chunk.count)
        return sums

    async def chunks(self, states: Collection[ChunkState] | None = None) -> AsyncIterator[ChunkRecord]:
        for chunk in sorted(self.store.chunks.values(), key=_order):
            await asyncio.sleep(0)
            now = self.store.chunks[chunk.key]
            if states is None or now.state in states:
                yield now

    async def attempts(self) -> AsyncIterator[AttemptRecord]:
        for attempt in sorted(self.store.attempts, key=lambda one: one.ended_at):
            yield attempt

    async def rejected(self) -> AsyncIterator[RejectedRecipient]:
        for one in list(self.store.rejected):
            yield one
