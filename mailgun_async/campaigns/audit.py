"""A journal read through for its report, and checked: what was planned must be there, once. Nothing is held whole."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.campaigns.history import History, Series
from mailgun_async.campaigns.journal import RejectedRecipient, Sum
from mailgun_async.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailgun_async.campaigns.journal import ChunkRecord, ChunkState, Header, Journal, Totals

__all__ = ["LISTED", "STATES", "Rejections", "checked_sums", "history_of", "words_of"]

LISTED: Final = 1_000
"""At most so many of a kind are listed in a report; all are counted."""
STATES: Final[tuple[ChunkState, ...]] = ("sent", "planned", "intent", "unknown", "refused", "parked", "split")
_REASONS: Final = 100
_WORDS: Final = 1_000
_OTHER: Final = "other reasons"

_who = re.compile(r"^'.*'(?= in )|^\".*\"(?= in )|[^\s'\"<>]+@[^\s'\"<>]+").sub


@attrs.define
class Rejections:
    """Those who can't be sent to, counted."""

    by: Counter[str] = attrs.Factory(Counter)
    reasons: Counter[str] = attrs.Factory(Counter)
    """Without the addresses in them, so that they are few."""
    first: list[RejectedRecipient] = attrs.Factory(list)

    def add(self, one: RejectedRecipient) -> None:
        """Count one."""
        self.by[one.by] += 1
        reason = _who("…", one.reason)
        self.reasons[reason if reason in self.reasons or len(self.reasons) < _REASONS else _OTHER] += 1
        if len(self.first) < LISTED:
            self.first.append(one)


async def checked_sums(journal: Journal, totals: Totals) -> tuple[dict[ChunkState, Sum], Rejections]:
    """Return how much is in each state, and who can't be sent to.

    Raises:
        JournalError: They do not add up to the plan.
    """
    before = _in_chunks(await journal.sums())
    rejections = Rejections()
    async for one in journal.rejected():
        rejections.add(one)
    sums = await journal.sums()
    _check(totals, before, _in_chunks(sums), rejections.by)
    return {state: sums.get(state) or Sum() for state in STATES}, rejections


def _in_chunks(sums: Mapping[ChunkState, Sum]) -> int:
    return sum(one.recipients for state, one in sums.items() if state != "split")


def _check(totals: Totals, before: int, after: int, rejected: Mapping[str, int]) -> None:
    # Those whom Mailgun rejected were counted between the two sums; while it is being sent, they become more.
    fits = totals.recipients - before <= rejected["mailgun"] <= totals.recipients - after
    left_out = totals.rejected + totals.bad_rows + totals.duplicates + totals.excluded
    if fits and rejected["plan"] == totals.rejected and totals.recipients + left_out == totals.taken:
        return
    raise JournalError(
        f"the journal does not add up to its plan: of {totals.recipients:,} recipients {after:,} are in chunks and "
        f"{rejected['mailgun']:,} were rejected by Mailgun; of {totals.taken:,} taken {left_out:,} were left out, "
        f"{totals.rejected:,} of them rejected, and {rejected['plan']:,} of these are there. It is damaged, or "
        "something else has written to it"
    )


async def history_of(journal: Journal, header: Header) -> History:
    """Return what the attempts add up to."""
    history = History(Series(header.created_at if header.started_at is None else header.started_at))
    async for attempt in journal.attempts():
        history.add(attempt)
    if history.accepted_later:
        async for attempt in journal.attempts():
            history.look_again(attempt)
    return history


def words_of(chunk: ChunkRecord) -> str:
    """Say why a chunk is in its state: in Mailgun's words where it refused, else in ours."""
    return chunk.reason or (chunk.body or b"").decode(errors="replace")[:_WORDS]
