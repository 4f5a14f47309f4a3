"""What became of a campaign, added up from its journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from mailgun_async import convert
from mailgun_async.campaigns.audit import LISTED, checked_sums, history_of, words_of
from mailgun_async.campaigns.history import History
from mailgun_async.campaigns.journal import CampaignState, ChunkState, RejectedRecipient, Sum, Totals
from mailgun_async.errors import JournalError

if TYPE_CHECKING:
    import os

    from mailgun_async.campaigns.journal import ChunkRecord, Journal

__all__ = ["LISTED", "CampaignReport", "ReportedChunk", "report"]

_TROUBLED: Final[frozenset[ChunkState]] = frozenset({"unknown", "refused", "parked"})


@attrs.define(kw_only=True)
class ReportedChunk:
    """A chunk that is unknown, refused or parked."""

    ordinal: str
    message_id: str
    """Without angle brackets: the `message_id` filter of `POST /v1/analytics/logs`."""
    recipients: int
    since: datetime | None
    attempts: int
    """Claims so far."""
    status: int | None
    """HTTP status of the last answer, when there was one."""
    reason: str
    """In words; Mailgun's own where it refused."""


@attrs.define(kw_only=True)
class CampaignReport:
    """What became of a campaign, as its journal tells.

    `taken` is the sum of `accepted`, `open`, `refused_recipients`, `parked_recipients`, `rejected`, `bad_rows`,
    `duplicates` and `excluded`. Lists hold the first thousand of their kind: `Campaign.write_rejects` writes all.
    """

    id: str
    """Begins every Message-Id of the campaign."""
    name: str | None
    domain: str
    state: CampaignState
    created_at: datetime
    started_at: datetime | None
    """When the first chunk was claimed."""
    made_at: datetime
    """When this report was made."""
    totals: Totals
    """The plan."""
    sums: Mapping[ChunkState, Sum]
    """How much is in each state; every state is there."""
    reasons: Mapping[str, int]
    """How many were rejected for which reason, the most frequent first; addresses in it are left out."""
    rejected_first: list[RejectedRecipient] = attrs.field(repr=False)
    history: History = attrs.field(repr=False)
    """What the attempts add up to, and when."""
    unknown: list[ReportedChunk] = attrs.field(factory=list, repr=False)
    """May have been accepted, and are looked up."""
    refused: list[ReportedChunk] = attrs.field(factory=list, repr=False)
    parked: list[ReportedChunk] = attrs.field(factory=list, repr=False)
    """May have been accepted; somebody has to decide."""

    @property
    def taken(self) -> int:
        """Recipients that the source gave; for files rows, good or bad."""
        return self.totals.taken

    @property
    def recipients(self) -> int:
        """Recipients that were planned."""
        return self.totals.recipients

    @property
    def accepted(self) -> int:
        """Recipients whose call Mailgun accepted."""
        return self.sums["sent"].recipients

    @property
    def open(self) -> int:
        """Recipients whose fate is open: planned, on the wire or unknown."""
        return self.sums["planned"].recipients + self.sums["intent"].recipients + self.unknown_recipients

    @property
    def unknown_recipients(self) -> int:
        """Recipients of unknown chunks."""
        return self.sums["unknown"].recipients

    @property
    def refused_recipients(self) -> int:
        """Recipients of refused chunks."""
        return self.sums["refused"].recipients

    @property
    def parked_recipients(self) -> int:
        """Recipients of parked chunks."""
        return self.sums["parked"].recipients

    @property
    def rejected(self) -> int:
        """Recipients who can't be sent to, by our own checks (`totals.rejected`) or by Mailgun's word."""
        return self.totals.rejected + self.rejected_by_mailgun

    @property
    def rejected_by_mailgun(self) -> int:
        """Recipients whom Mailgun did not take."""
        return self.recipients - sum(one.recipients for state, one in self.sums.items() if state != "split")

    @property
    def bad_rows(self) -> int:
        """Rows of a file that name no recipient."""
        return self.totals.bad_rows

    @property
    def duplicates(self) -> int:
        """Recipients left out because an earlier one has their address."""
        return self.totals.duplicates

    @property
    def excluded(self) -> int:
        """Recipients left out by `exclude`."""
        return self.totals.excluded

    @property
    def complete(self) -> bool:
        """Nothing is open: every planned recipient is accepted, rejected, refused or parked."""
        return not self.open

    @property
    def stage(self) -> Literal["complete", "paused", "cancelled", "planned", "under way"]:
        """How far it is, in a word or two."""
        if self.complete:
            return "complete"
        match self.state:
            case "paused" | "cancelled" as steered:
                return steered
        return "planned" if self.started_at is None else "under way"

    @property
    def ended_at(self) -> datetime | None:
        """When the last of it was settled; None while something is open, or when nothing was ever sent."""
        last_at = self.history.last_at
        return None if self.open or last_at is None else _moment(last_at)

    @property
    def recipients_per_s(self) -> float:
        """Recipients accepted a second, over the time in which something was being sent."""
        return self.accepted / self.history.sending_s if self.history.sending_s else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON takes it; instants as ISO 8601 in UTC."""
        history = self.history
        own = ("id", "name", "domain", "state", "created_at", "started_at", "ended_at", "made_at", "stage")
        counts = ("taken", "recipients", "accepted", "open", "rejected", "rejected_by_mailgun")
        more = ("refused_recipients", "parked_recipients", "unknown_recipients", "bad_rows", "duplicates", "excluded")
        return {name: _plain(getattr(self, name)) for name in own + counts + more} | {
            "states": {state: attrs.asdict(one) for state, one in self.sums.items()},
            "chunks": self.totals.chunks,
            "attempts": history.attempts,
            "calls": history.calls,
            "refusals": history.refusals,
            "waits_s": round(history.waits_s, 3),
            "sending_s": round(history.sending_s, 3),
            "recipients_per_s": round(self.recipients_per_s, 3),
            "outcomes": dict(history.outcomes),
            "accepted_twice": history.accepted_twice,
            "twice_recipients": history.twice_recipients,
            "reasons": dict(self.reasons),
            "rejected_first": [attrs.asdict(one) for one in self.rejected_first],
            **{name: [_row(one) for one in getattr(self, name)] for name in ("unknown", "refused", "parked")},
            "series": {**attrs.asdict(history.series), "began_at": _plain(_moment(history.series.began_at))},
        }

    def write_json(self, path: str | os.PathLike[str]) -> None:
        """Write it as one JSON document, over a file that is there.

        Raises:
            OSError: The file can't be written.
        """
        Path(path).write_bytes(convert.dumps(self.as_dict()))

    def write_page(self, path: str | os.PathLike[str]) -> None:
        """Write it as an HTML page with charts, over a file that is there; the page loads nothing from elsewhere.

        Raises:
            OSError: The file can't be written.
        """
        from mailgun_async.campaigns.report_page import page  # noqa: PLC0415 -- most reports are never a page

        Path(path).write_text(page(self), encoding="utf-8", errors="backslashreplace")


async def report(journal: Journal, *, now: float) -> CampaignReport:
    """Add a campaign up.

    While it is being sent, chunks move as they are read, so that lists may be ahead of sums by some.

    Args:
        journal: An open one.
        now: Seconds since 1970.

    Raises:
        JournalError: Nothing was planned, or not completely; or what is in the journal does not add up to the plan.
    """
    header = await journal.header()
    if header is None or header.totals is None:
        raise JournalError("there is nothing to report: the journal holds no complete plan")
    sums, rejections = await checked_sums(journal, header.totals)
    made = CampaignReport(
        id=header.id,
        name=header.name,
        domain=header.domain,
        state=header.state,
        created_at=_moment(header.created_at),
        started_at=None if header.started_at is None else _moment(header.started_at),
        made_at=_moment(now),
        totals=header.totals,
        sums=sums,
        reasons=dict(rejections.reasons.most_common()),
        rejected_first=rejections.first,
        history=await history_of(journal, header),
    )
    async for chunk in journal.chunks(_TROUBLED):
        if len(listed := getattr(made, chunk.state)) < LISTED:
            listed.append(_reported(chunk))
    return made


def _reported(chunk: ChunkRecord) -> ReportedChunk:
    return ReportedChunk(
        ordinal=chunk.ordinal,
        message_id=chunk.message_id,
        recipients=chunk.count,
        since=None if chunk.since is None else _moment(chunk.since),
        attempts=chunk.attempt,
        status=chunk.status,
        reason=words_of(chunk),
    )


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, tz=UTC)


def _plain(value: object) -> object:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value


def _row(chunk: ReportedChunk) -> dict[str, Any]:
    return {name: _plain(value) for name, value in attrs.asdict(chunk).items()}
