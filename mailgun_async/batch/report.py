"""What became of a batch. Nothing is kept of those who were accepted but their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from mailgun_async.batch.block import Rejected
from mailgun_async.batch.chunks import Chunk
from mailgun_async.transport.outcome import Limited

if TYPE_CHECKING:
    from mailgun_async.message import Recipient
    from mailgun_async.transport.outcome import Attempt

__all__ = ["BatchReport", "ChunkResult", "NotSentChunk", "Rejected", "UnknownChunk"]

_TOO_FAST: Final = frozenset({420, 429})
_REPORT: Final = "mailgun_batch_report"

Fate = Literal["accepted", "rejected", "unknown", "not_sent"]


@attrs.define(kw_only=True)
class UnknownChunk:
    """A call that may have been accepted. Look it up by its Message-Id before sending to these again."""

    message_id: str
    """Without angle brackets: the `message_id` filter of `POST /v1/analytics/logs`."""
    cause: BaseException
    chunk: Chunk = attrs.field(repr=False)

    @property
    def addresses(self) -> list[str]:
        """Plain addresses, in the order of the source."""
        return list(self.chunk.entries())

    @property
    def recipients(self) -> list[Recipient]:
        """The same with names and variables, fit to be given to `send_batch`."""
        return self.chunk.recipients()


@attrs.define(kw_only=True)
class NotSentChunk:
    """Recipients of a call that was refused, or never made."""

    error: BaseException
    chunk: Chunk = attrs.field(repr=False)

    @property
    def addresses(self) -> list[str]:
        """Plain addresses, in the order of the source."""
        return list(self.chunk.entries())

    @property
    def recipients(self) -> list[Recipient]:
        """The same with names and variables, fit to be given to `send_batch`."""
        return self.chunk.recipients()


@attrs.define(kw_only=True)
class BatchReport:
    """What became of a batch, while it runs and when it is over.

    `taken` is the sum of `accepted`, those in `rejected`, `bad_rows`, those in `duplicates`, those of `unknown`, those
    of `not_sent`, and `pending`, which is 0 in the end.
    """

    taken: int = 0
    """Recipients taken from the source; for files rows, good or bad."""
    accepted: int = 0
    """Recipients of calls that Mailgun accepted."""
    rejected: list[Rejected] = attrs.field(factory=list, repr=False)
    """Recipients who can't be sent to, by our own checks or by Mailgun's word."""
    bad_rows: int = 0
    """Rows that the source rejected: they were told to its `on_reject`, or are in its `rejected`."""
    duplicates: list[str] = attrs.field(factory=list, repr=False)
    """Addresses left out because their chunk had them, with `duplicates="report"`."""
    unknown: list[UnknownChunk] = attrs.field(factory=list, repr=False)
    """Calls of which nobody knows whether they were accepted. They are never sent again by themselves."""
    not_sent: list[NotSentChunk] = attrs.field(factory=list, repr=False)
    """Recipients to whom provably nothing was sent, with the error that says why."""
    stopped: BaseException | None = None
    """Why no more chunks were begun: the key, the domain or the account can't send at all."""
    chunks: int = 0
    """Calls that came to an end for their recipients: accepted, unknown or not sent."""
    calls: int = 0
    """Requests that went out, all attempts counted."""
    refusals: int = 0
    """Requests that were answered with a rate limit."""
    waits_s: float = 0.0
    """Seconds that calls waited for the rate limiter, summed over calls that waited at the same time."""
    elapsed_s: float = 0.0
    """Seconds from start to end; 0 while it runs."""

    @property
    def recipients_per_s(self) -> float:
        """Recipients accepted a second, over all."""
        return self.accepted / self.elapsed_s if self.elapsed_s else 0.0

    @property
    def pending(self) -> int:
        """Recipients taken whose fate is open."""
        settled = self.accepted + len(self.rejected) + self.bad_rows + len(self.duplicates)
        settled += sum(one.chunk.count for one in self.unknown) + sum(one.chunk.count for one in self.not_sent)
        return self.taken - settled

    @staticmethod
    def of(error: BaseException) -> BatchReport | None:
        """Return the report of the batch that ended with this exception, be it a cancellation.

        None when it ended no batch, or one that had not begun: nothing was sent then.
        """
        found = getattr(error, _REPORT, None)
        return found if isinstance(found, BatchReport) else None

    def attach_to(self, error: BaseException) -> None:
        """Let `of` find this report on an exception that ends the batch."""
        # Not an exception of ours that wraps it: asyncio.timeout() knows a cancellation by its very type.
        setattr(error, _REPORT, self)

    def count(self, attempt: Attempt) -> None:
        """Add one attempt of a call."""
        self.calls += 1
        self.refusals += isinstance(attempt.outcome, Limited) or attempt.status in _TOO_FAST
        self.waits_s += attempt.waited_s

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON takes it; errors as their text."""
        plain = ("taken", "accepted", "bad_rows", "chunks", "calls", "refusals", "waits_s", "elapsed_s")
        return {name: getattr(self, name) for name in plain} | {
            "recipients_per_s": self.recipients_per_s,
            "pending": self.pending,
            "rejected": [attrs.asdict(one) for one in self.rejected],
            "duplicates": list(self.duplicates),
            "unknown": [
                {"message_id": one.message_id, "cause": _text(one.cause), "addresses": one.addresses}
                for one in self.unknown
            ],
            "not_sent": [{"error": _text(one.error), "addresses": one.addresses} for one in self.not_sent],
            "stopped": None if self.stopped is None else _text(self.stopped),
        }


@attrs.define(kw_only=True)
class ChunkResult:
    """What `on_chunk` is told when the fate of some recipients is known."""

    fate: Fate
    """`rejected` is told for those whom Mailgun rejects; who fails our own checks is in the report alone."""
    recipients: int
    message_id: str | None = None
    """Of the call, without angle brackets; None when none was made."""
    error: BaseException | None = None
    """Why it was not accepted."""
    report: BatchReport = attrs.field(repr=False)
    """All so far; it goes on changing."""


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
