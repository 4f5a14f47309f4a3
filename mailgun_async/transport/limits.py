"""How many calls may leave now. Pure: times and dice are arguments.

An `Allowance` follows one limit of the server's: one thing that is counted (requests, recipients, bytes), for one
account or domain. What the server really does is not known: a window on the clock, a window that begins with its first
call, a bucket that refills, a log of the last minute; alone or shared with other processes; with all headers, with
some, with none. So three parts, each using what it can see, and the longest wait counts:

`Gate`
    Works from refusals alone. A refusal closes it until the time the server named, or for half a second at first and
    then for a quarter of the time it has been closed. What was already on its way and is refused too is the same
    event (an older *epoch*) and can only close it longer. When the time is over *one* call is the probe: accepted, it
    opens the gate; refused, it closes it again. So a limit costs one refusal a window, not one a caller. A call that
    is smaller than the least refused one, and that somebody waits for, may still pass: servers refuse what does not
    fit and let pass what does.

`Window`
    Works from Limit, Remaining and Reset. What is left, less what is on its way, is spread evenly over the time left.
    That is right for windows, keeps several processes that do not know of each other from racing to the end, and is
    stable for a bucket whose Reset is the time when it is full: half full, at exactly its refill rate. A reserve is
    kept from bulk calls for those that somebody waits for, as many as have lately been wanted; and what others take
    is estimated from Remaining falling faster than we spend.

`LearnedRate`
    Works from the time between openings of the gate: what passed in it, by its length, is the rate the server allows.
    Calls are spaced at 95 % of it, rising along a cubic curve to the full rate after as long again, and then slowly
    above it, to notice when the limit has been raised. The curve's units are the rate and the time themselves, so it
    behaves the same at three calls an hour and at thousands a second.

A limit that is declared is a window too, with nothing spent: so a few calls at once need not be spaced, as they would
have to be by a rate.

Priorities: 0 somebody waits, 1 normal, 2 bulk. A booking is what `sent` returns and `done` takes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from mailgun_async.transport.answers import Verdict
from mailgun_async.transport.gate import Gate
from mailgun_async.transport.learned import LearnedRate
from mailgun_async.transport.memory import Entry
from mailgun_async.transport.window import Window

if TYPE_CHECKING:
    from mailgun_async.transport.memory import Key

__all__ = ["Allowance", "Booking", "Gate", "LearnedRate", "LimitSeen", "Verdict", "Window"]

EXACT_MARGIN_S: Final = 0.05
DATE_MARGIN_S: Final = 1.0
DECLARED_STRETCH: Final = 1.05

Booking: TypeAlias = tuple[float, int, float, bool]
"""Cost, epoch of the gate, all that had been spent with this call, and whether it is a probe."""


@attrs.frozen(kw_only=True)
class LimitSeen:
    """What is known of one limit."""

    account: str
    """Digest of host, key and subaccount."""
    rate_class: str
    """`messages`, `analytics`, `domains`, `webhooks`, `validations`, `other`; `account` for all of them together."""
    dimension: str
    """`requests`, `recipients` or `bytes`."""
    domain: str | None
    """The sending domain, for `messages`."""
    limit: float | None
    """Units in one window; None when neither a header nor a declaration told."""
    remaining: float | None
    """Units left in this window, less those on their way."""
    reset_in_s: float | None
    """Seconds until the window ends."""
    rate_per_s: float | None
    """Units a second at which calls are sent, when that had to be learned from refusals."""
    closed_for_s: float
    """Seconds until calls are tried again after a refusal; 0.0 when nothing is refused."""
    told: bool = False
    """The server's headers told `limit` and `remaining`; else they are declared, or remembered from another process."""
    largest_call: int | None = None
    """Recipients a call of the domain may have, where larger ones were refused for their size."""


@attrs.define(eq=False)
class Allowance:
    """One limit: ask before a call, say when it was sent and what came of it."""

    began_at: float = 0.0
    """When its first call was asked for."""
    spread: float = 1.0
    jitter: float = 0.0
    sized: bool = False
    """Counts recipients: a call refused for ever may be split."""
    spent: float = 0.0
    """Units of all calls that were sent."""
    answered: float = 0.0
    """Units of those that came back."""
    quiet: bool = True
    """Nothing is known yet, so nothing is asked: the fast way for most limits most of the time."""
    gate: Gate = attrs.field(factory=Gate)
    window: Window | None = None
    learned: LearnedRate = attrs.field(default=attrs.Factory(lambda self: LearnedRate(self.began_at), takes_self=True))

    @property
    def in_flight(self) -> float:
        """Units on their way."""
        return self.spent - self.answered

    def declare(self, now: float, limit: float, window_s: float) -> None:
        """Start from a limit that somebody knows.

        Until headers tell better, it is taken for a window that begins with its first call. Ours is a twentieth longer
        than the server's, as calls arrive there a little later than they leave here.
        """
        length = window_s * DECLARED_STRETCH
        self.window = Window(spread=self.spread, limit=limit, avail=limit, length=length)
        self.window.reset_at = self.window.opens_at = now + length
        self.quiet = False

    def remember(self, now: float, entry: Entry) -> None:
        """Start from what another process learned."""
        if entry.limit is not None and entry.window_s is not None and self.window is None:
            self.declare(now, entry.limit, entry.window_s / DECLARED_STRETCH)
        if entry.rate is not None and entry.k_s is not None:
            self.learned.borrow(now, entry.rate, entry.k_s)
            self.quiet = False

    def news(self, wall: float) -> Entry | None:
        """Return what this process has learned itself."""
        window, learned = self.window, self.learned
        own = learned.w_max is not None and not learned.borrowed
        told = window is not None and window.told and window.limit > 0.0 and window.length > 0.0
        if not own and not told:
            return None
        return Entry(
            at=wall,
            rate=learned.w_max if own else None,
            k_s=learned.k_s if own else None,
            limit=window.limit if window is not None and told else None,
            window_s=window.length if window is not None and told else None,
        )

    def seen(self, now: float, key: Key, largest_call: int | None) -> LimitSeen:
        """Return what is known, under the names of its key."""
        window, learned = self.window, self.learned
        account, rate_class, dimension, domain = key
        return LimitSeen(
            account=account,
            rate_class=rate_class,
            dimension=dimension,
            domain=None if domain == "-" else domain,
            limit=None if window is None else window.limit,
            remaining=None if window is None else max(0.0, window.avail),
            reset_in_s=None if window is None else max(0.0, window.reset_at - now),
            rate_per_s=None if learned.w_max is None else learned.rate(now),
            told=window is not None and window.told,
            closed_for_s=max(0.0, self.gate.until - now) if self.gate.closed else 0.0,
            largest_call=largest_call,
        )

    def pace(self, now: float) -> float:
        """Return the seconds that one unit takes when many wait, as far as one knows."""
        window, learned = self.window, self.learned
        spaced = 0.0 if learned.w_max is None else 1.0 / learned.rate(now)
        return spaced if window is None or not window.limit else max(spaced, window.length / window.limit)

    def ask(self, now: float, cost: float, prio: int) -> float:
        """Return the seconds until a call of this cost and priority may be sent, or may ask again; 0.0: now."""
        wait = 0.0 if self.window is None else self.window.wait(now, cost, prio, self.in_flight)
        if self.gate.closed:
            wait = max(wait, self.gate.wait(now, cost, prio))
        if self.learned.w_max is not None:
            wait = max(wait, self.learned.wait(now, prio))
        return wait

    def sent(self, now: float, cost: float, prio: int) -> Booking:
        """Book a call that leaves now; the booking goes to `done`, once."""
        self.spent = spent = self.spent + cost
        if self.quiet:
            return cost, 0, spent, False
        gate, probe = self.gate, False
        if gate.closed and not gate.lets_by(cost, prio):
            gate.probing = probe = True
        if self.window is not None:
            self.window.spend(now, cost, prio)
        if self.learned.w_max is not None:
            self.learned.spend(now, cost)
        return cost, gate.epoch, spent, probe

    def done(self, now: float, booking: Booking, verdict: Verdict, roll: float = 0.5) -> bool:
        """Give a booking back with what the answer said of this limit.

        Args:
            now: Seconds.
            booking: From `sent`.
            verdict: `ok=None` when it says nothing of this limit.
            roll: A die in [0, 1), used when the call was refused.

        Returns:
            True when the call was refused for a size that will never pass.
        """
        cost, _, sent, probe = booking
        self.answered += cost
        if verdict.limit is not None:
            self._tell(now, verdict, sent)
        if self.gate.closed:
            self._knock(now, cost, verdict, probe=probe)
        if verdict.ok:
            self.learned.count(now, cost)
        elif verdict.ok is False:
            return self._refused(now, booking, verdict, roll)
        return False

    def _tell(self, now: float, verdict: Verdict, sent: float) -> None:
        window = self.window
        if window is None or not window.told:
            window = self._meet(verdict)
            if window is None:
                return
        window.tell(now, verdict, sent, self.spent, self.in_flight)

    def _meet(self, verdict: Verdict) -> Window | None:
        """Make ready for the first headers: from now on they do the pacing."""
        # Without an end a window cannot be paced.
        if self.window is None and verdict.remaining is not None and verdict.reset_in is not None:
            self.window, self.quiet = Window(spread=self.spread), False
        if self.learned.borrowed and self.window is not None:
            self.learned.forget()
        return self.window

    def _knock(self, now: float, cost: float, verdict: Verdict, *, probe: bool) -> None:
        """Take back a call that passed a closed gate, or left before it closed."""
        gate = self.gate
        if probe:
            gate.probing = False
        if not verdict.ok:
            return
        gate.passed += cost
        if probe:
            if gate.learn:
                self.learned.learn(now, cost)
            self.learned.begin(gate.open(now))

    def _refused(self, now: float, booking: Booking, verdict: Verdict, roll: float) -> bool:
        cost, epoch, _, probe = booking
        gate = self.gate
        if self.sized and cost > 1.0 and _exceeds(cost, verdict):
            return True  # nothing is used up: smaller calls need not wait
        echo = epoch < gate.epoch
        if echo and not gate.closed:
            return False  # the event is over
        oversize = self.sized and cost > 1.0 and probe and gate.strike(now, cost)
        wait = self._asked(cost, verdict, roll)
        gate.told = wait is not None
        wait = gate.guess(now, self.learned.began_at, roll) if wait is None else gate.insist(wait, probe=probe)
        gate.close(now, cost, wait, echo=echo, probe=probe)
        gate.learn |= self.window is None or verdict.remaining is None or verdict.remaining >= cost
        self.quiet = False
        return oversize

    def _asked(self, cost: float, verdict: Verdict, roll: float) -> float | None:
        """Return the seconds the server asked for, with a margin."""
        hint, margin = verdict.hint, EXACT_MARGIN_S if verdict.exact else DATE_MARGIN_S
        if hint is None:
            if verdict.remaining is not None and verdict.remaining >= cost:
                return None  # Reset is about another limit: this one had room
            hint, margin = verdict.reset_in, EXACT_MARGIN_S
        return None if hint is None else hint * (1.0 + self.jitter * roll) + margin


def _exceeds(cost: float, verdict: Verdict) -> bool:
    """Tell whether the headers of a refusal show that the call can never pass."""
    limit = verdict.limit
    return limit is not None and (limit < cost or limit == verdict.remaining)
