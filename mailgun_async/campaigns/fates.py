"""What follows an attempt to send a chunk. Pure.

========= ==================================================== =======================================================
outcome   of which                                             the chunk becomes
========= ==================================================== =======================================================
accepted                                                       sent
limited                                                        planned, not before the time that the answer named
unsent                                                         planned; all workers wait before the next call
unknown                                                        unknown, and is looked up; planned where that is ignored
refused   too many recipients for one call                     split into halves
refused   an address that Mailgun's words name                 split into the others, the named one is rejected
refused   an address that they do not name                     split into halves, down to one, which is rejected
refused   for what every chunk would meet (key, domain)        planned, and sending ends with that error
refused   anything else                                        refused, Mailgun's answer is kept
========= ==================================================== =======================================================

A chunk gets no more than eleven parts deep, as from the second cut on each is no more than half of the one before: its
Message-Id would grow with it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs

from mailgun_async.batch.flight import is_hopeless, named, rejects_address
from mailgun_async.campaigns.journal import RejectedRecipient, Settlement
from mailgun_async.campaigns.payload import freeze
from mailgun_async.errors import ApiError, MailgunError, UnexpectedAnswer
from mailgun_async.transport import refusals
from mailgun_async.transport.outcome import Accepted, Limited, Refused, Unknown, Unsent

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mailgun_async.batch.chunks import Chunk
    from mailgun_async.campaigns.journal import Candidate, Header, NewChunk
    from mailgun_async.errors import BadRequest
    from mailgun_async.transport.outcome import Attempt

__all__ = ["Fate", "cut", "fate"]


@attrs.define
class Fate:
    """What follows."""

    settlement: Settlement
    error: MailgunError | None = None
    """Why it was not accepted."""
    ends: bool = False
    """Every other chunk would meet the same error."""


def fate(
    attempt: Attempt, candidate: Candidate, chunk: Chunk, *, header: Header, at: float, look_at: float | None
) -> Fate:
    """Tell what follows an attempt.

    Args:
        attempt: The attempt.
        candidate: The chunk as the journal names it.
        chunk: Its recipients.
        header: The campaign.
        at: When it ended, in seconds since 1970.
        look_at: When to look it up if nobody knows whether it was accepted; None plans it again at once.
    """
    outcome = attempt.outcome
    made = partial(Settlement, at=at, status=attempt.status, waited_s=attempt.waited_s)
    if isinstance(outcome, Accepted):
        return Fate(made(state="sent", outcome="accepted"))
    error = refusals.error(attempt.request, outcome)
    made = partial(made, reason=error.message if isinstance(error, ApiError) else str(error))
    match outcome:
        case Limited(retry_after_s=wait):
            return Fate(made(state="planned", outcome="limited", due_at=None if wait is None else at + wait), error)
        case Unsent():
            return Fate(made(state="planned", outcome="unsent"), error)
        case Unknown() if look_at is None:
            return Fate(made(state="planned", outcome="unknown"), error)
        case Unknown():
            return Fate(made(state="unknown", outcome="unknown", due_at=look_at), error)
        case Refused(response=response):
            settlement = made(state="refused", outcome="refused", body=response.body)
            return _refused(settlement, error, candidate, chunk, header)


def cut(candidate: Candidate, chunk: Chunk, size: int, *, header: Header, at: float) -> Settlement:
    """Return what becomes of a chunk that has more recipients than the `size` that a call may have."""
    reason = f"{chunk.count} recipients in one call are too many: Mailgun refused more than {size} before"
    children = _frozen(candidate, chunk.split(size), header)
    return Settlement(state="split", outcome="oversize", at=at, reason=reason, children=children)


def _refused(settlement: Settlement, error: MailgunError, candidate: Candidate, chunk: Chunk, header: Header) -> Fate:
    if isinstance(error, ApiError) and error.oversize and chunk.count > 1:
        halves = chunk.halves()
        children = _frozen(candidate, halves, header)
        return Fate(
            attrs.evolve(settlement, state="split", outcome="oversize", children=children, size=halves[0].count), error
        )
    if rejects_address(error):
        parts, guilty = _without_guilty(error, candidate, chunk)
        rejected = [RejectedRecipient(address=one, reason=error.message, by="mailgun") for one in guilty]
        children = _frozen(candidate, parts, header)
        return Fate(attrs.evolve(settlement, state="split", children=children, rejected=rejected), error)
    if is_hopeless(error) or isinstance(error, UnexpectedAnswer):
        return Fate(attrs.evolve(settlement, state="planned"), error, ends=True)
    return Fate(settlement, error)


def _without_guilty(error: BadRequest, candidate: Candidate, chunk: Chunk) -> tuple[Sequence[Chunk], Collection[str]]:
    """Return the parts that are to be sent, and the addresses that are not."""
    guilty = named(error, chunk) if chunk.count > 1 else chunk.entries().keys()
    if not guilty:
        return chunk.halves(), ()
    others = chunk.without(guilty)
    if others.count > 1 and "." in candidate.ordinal:
        return others.halves(), guilty
    return [others] if others.count else [], guilty


def _frozen(candidate: Candidate, parts: Sequence[Chunk], header: Header) -> list[NewChunk]:
    return [
        freeze(
            part,
            campaign=header.id,
            ordinal=f"{candidate.ordinal}.{number}",
            domain=header.domain,
            source_digest="",
        )
        for number, part in enumerate(parts)
    ]
