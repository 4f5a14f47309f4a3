"""How far a campaign is, while it is being sent."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import attrs

from mailgun_async.campaigns.journal import SETTLED, CampaignState, ChunkState, Sum
from mailgun_async.transport.outcome import Limited, Unsent

if TYPE_CHECKING:
    from mailgun_async.campaigns.journal import Settlement
    from mailgun_async.transport.outcome import Attempt

__all__ = ["CampaignProgress", "CampaignStatus", "ChunkMoved", "News", "OnChunk"]

_TOO_FAST: Final = frozenset({420, 429})


@attrs.define(kw_only=True)
class CampaignProgress:
    """A campaign's figures while it is being sent.

    Recipients are those of the whole campaign. What other processes do on the same journal is seen when there is
    nothing to do here; calls, refusals and waits are those of this `send` alone.
    """

    total: int
    """Recipients of the plan."""
    accepted: int = 0
    """Recipients whose call Mailgun accepted, those of earlier runs among them."""
    unknown: int = 0
    """Recipients of calls that may have been accepted, and are looked up."""
    refused: int = 0
    """Recipients of calls that Mailgun refused for good."""
    parked: int = 0
    """Recipients of calls that may have been accepted, and of which nothing more will be known."""
    rejected: int = 0
    """Recipients whose address Mailgun does not take."""
    in_flight: int = 0
    """Calls under way."""
    calls: int = 0
    """Requests that went out."""
    refusals: int = 0
    """Requests that were answered with a rate limit."""
    waits_s: float = 0.0
    """Seconds that calls waited for the rate limiter, summed over calls that waited at the same time."""
    began_at: float = 0.0
    """When this `send` began, in seconds since 1970."""
    accepted_before: int = 0
    """`accepted` at that time."""

    @property
    def settled(self) -> int:
        """Recipients of whom nothing more is to come by itself: accepted, refused, parked or rejected."""
        return self.accepted + self.refused + self.parked + self.rejected

    def read(self, sums: Mapping[ChunkState, Sum]) -> None:
        """Take over what is in the journal."""
        counts = {state: one.recipients for state, one in sums.items() if state != "split"}
        self.accepted, self.unknown = counts.get("sent", 0), counts.get("unknown", 0)
        self.refused, self.parked = counts.get("refused", 0), counts.get("parked", 0)
        self.rejected = self.total - sum(counts.values())

    def count(self, attempt: Attempt) -> None:
        """Add one attempt."""
        self.calls += not isinstance(attempt.outcome, Unsent)
        self.refusals += isinstance(attempt.outcome, Limited) or attempt.status in _TOO_FAST
        self.waits_s += attempt.waited_s

    def move(self, count: int, was: Literal["intent", "unknown"], settlement: Settlement) -> None:
        """Add what a chunk became."""
        if was == "unknown":
            self.unknown -= count
        match settlement.state:
            case "sent":
                self.accepted += count
            case "unknown":
                self.unknown += count
            case "refused":
                self.refused += count
            case "parked":
                self.parked += count
            case "split":
                self.rejected += len(settlement.rejected)


@attrs.define(kw_only=True)
class CampaignStatus:
    """How far a campaign is, as its journal tells now."""

    id: str
    """Begins every Message-Id of the campaign."""
    name: str | None
    domain: str
    state: CampaignState
    recipients: int
    """Recipients of the plan; 0 while it is being made."""
    sums: Mapping[ChunkState, Sum]
    """How much is in each state; states in which nothing is may be missing."""
    started_at: datetime | None
    """When the first chunk was claimed."""

    @property
    def accepted(self) -> int:
        """Recipients whose call Mailgun accepted."""
        return self._recipients("sent")

    @property
    def open(self) -> int:
        """Recipients whose fate is open: planned, on the wire or unknown."""
        return self._recipients("planned") + self._recipients("intent") + self._recipients("unknown")

    def _recipients(self, state: ChunkState) -> int:
        return self.sums[state].recipients if state in self.sums else 0


@attrs.define(kw_only=True)
class ChunkMoved:
    """What `on_chunk` is told when a chunk came into another state, which is in the journal by then."""

    ordinal: str
    """`12`; a half of it is `12.0`."""
    state: ChunkState
    """`planned` again when it was provably not accepted. A chunk that is `split` is followed by its parts."""
    recipients: int
    message_id: str
    """Of its call, without angle brackets."""
    reason: str | None
    """Why, in words; None when it was accepted."""
    progress: CampaignProgress = attrs.field(repr=False)
    """All so far; it goes on changing."""

    @property
    def is_settled(self) -> bool:
        """It stays in this state by itself."""
        return self.state in SETTLED


OnChunk = Callable[[ChunkMoved], Awaitable[object] | object]
"""Told when a chunk came into another state; what can be awaited is awaited."""


class _Chunk(Protocol):
    @property
    def ordinal(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def message_id(self) -> str: ...


@attrs.define(kw_only=True, eq=False)
class News:
    """Keeps the figures, and passes on what becomes of chunks."""

    progress: CampaignProgress
    on_chunk: OnChunk | None = None

    async def moved(self, chunk: _Chunk, was: Literal["intent", "unknown"], settlement: Settlement) -> None:
        """Tell what a chunk became."""
        self.progress.move(chunk.count, was, settlement)
        if self.on_chunk is None:
            return
        told: Any = self.on_chunk(
            ChunkMoved(
                ordinal=chunk.ordinal,
                state=settlement.state,
                recipients=chunk.count,
                message_id=chunk.message_id,
                reason=settlement.reason,
                progress=self.progress,
            )
        )
        if inspect.isawaitable(told):
            await told
