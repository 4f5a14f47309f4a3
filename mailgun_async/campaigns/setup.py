"""The parts of a campaign, put together for one run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, get_args

import attrs

from mailgun_async.campaigns.alarm import Alarm
from mailgun_async.campaigns.backoff import Backoff
from mailgun_async.campaigns.courier import Courier
from mailgun_async.campaigns.deck import Deck, Spread
from mailgun_async.campaigns.journal import ChunkState, Header, Journal, Sum
from mailgun_async.campaigns.progress import CampaignProgress, News
from mailgun_async.campaigns.reconcile import OnUnknown, Reconciler
from mailgun_async.campaigns.sender import Sender
from mailgun_async.endpoints._campaign import CampaignCalls
from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from datetime import datetime

    from mailgun_async.campaigns.progress import OnChunk

__all__ = ["Setup", "check_policy", "check_sending"]

_ON_THE_WAY: Final[tuple[ChunkState, ...]] = ("planned", "intent")


@attrs.frozen(kw_only=True)
class Setup:
    """What all runs of a campaign have in common."""

    journal: Journal
    calls: CampaignCalls
    on_unknown: OnUnknown
    trust_after_s: float
    looks_s: Sequence[float]
    poll_s: float = 1.0
    """How often to see what other processes have done, in seconds."""

    def reconciler(
        self, header: Header, news: News | None = None, *, on_unknown: OnUnknown | None = None
    ) -> Reconciler:
        """Make what moves unknown chunks on."""
        calls = self.calls
        return Reconciler(
            journal=self.journal,
            header=header,
            find=calls.find if calls.reads_logs else None,
            clock=calls.clock,
            alarm=Alarm(calls.clock, self.poll_s),
            news=News(progress=_progress(header)) if news is None else news,
            on_unknown=on_unknown or self.on_unknown,
            trust_after_s=self.trust_after_s,
            looks_s=self.looks_s,
            patience_s=calls.retry.total_s,
        )

    async def sender(
        self, header: Header, *, owner: str, on_chunk: OnChunk | None = None, spread_s: float | None = None
    ) -> Sender:
        """Make what sends; `spread_s` spreads what is left over so many seconds from now on."""
        clock, sums = self.calls.clock, await self.journal.sums()
        progress = _progress(header)
        progress.read(sums)
        progress.began_at, progress.accepted_before = clock.wall(), progress.accepted
        news = News(progress=progress, on_chunk=on_chunk)
        reconciler = self.reconciler(header, news)
        deck = self._deck(header, reconciler, progress)
        left = sums["planned"].chunks if "planned" in sums else 0
        if spread_s and left:
            deck.spread = Spread(began_at=progress.began_at, over_s=spread_s, chunks=left)
        reconciler.on_moved = deck.alarm.ring
        courier = Courier(
            journal=self.journal,
            header=header,
            common=[part.data for part in await self.journal.common()],
            post=self.calls.post,
            deck=deck,
            reconciler=reconciler,
            news=news,
            clock=clock,
            owner=owner,
            linger_s=self.calls.linger_s,
            remember_size=partial(self.calls.remember_size, header.domain),
        )
        backoff = Backoff(self.calls.retry, random.random)
        return Sender(courier=courier, deck=deck, reconciler=reconciler, backoff=backoff, clock=clock)

    def _deck(self, header: Header, reconciler: Reconciler, progress: CampaignProgress) -> Deck:
        def seen(sums: dict[ChunkState, Sum]) -> None:
            progress.read(sums)
            if not any(sums[state].chunks for state in _ON_THE_WAY if state in sums):
                reconciler.check()  # there is nothing to do but to look up

        clock = self.calls.clock
        size = self.calls.size(header.domain)
        alarm = Alarm(clock, self.poll_s)
        return Deck(journal=self.journal, clock=clock, alarm=alarm, on_sums=seen, roll=random.random, size=size)


def _progress(header: Header) -> CampaignProgress:
    return CampaignProgress(total=0 if header.totals is None else header.totals.recipients)


def check_policy(on_unknown: OnUnknown | None) -> None:
    """Check what to do with unknown chunks.

    Raises:
        InvalidArgument: It is none of the policies.
    """
    if on_unknown is not None and on_unknown not in get_args(OnUnknown):
        raise InvalidArgument(f"on_unknown is resend, park or ignore, not {on_unknown!r}", field="on_unknown")


def check_sending(
    max_in_flight: int, until: datetime | None, spread_over: timedelta | None
) -> tuple[float | None, float | None]:
    """Check arguments of `Campaign.send`; return `until` in seconds since 1970, and `spread_over` in seconds.

    Raises:
        InvalidArgument: One is outside its range.
    """
    if max_in_flight < 1:
        raise InvalidArgument(f"max_in_flight must be 1 or more, not {max_in_flight}", field="max_in_flight")
    if until is not None and until.tzinfo is None:
        raise InvalidArgument(f"until must be a datetime with a time zone, not {until!r}", field="until")
    if spread_over is not None and spread_over < timedelta():
        raise InvalidArgument(f"spread_over must not be negative, not {spread_over}", field="spread_over")
    return None if until is None else until.timestamp(), None if spread_over is None else spread_over.total_seconds()
