"""Calls are admitted by priority against all their limits. Time is virtual: nothing here sleeps."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Callable
from itertools import count
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgun_async.config import DeclaredLimit, RatePolicy
from mailgun_async.errors import WaitTooLong
from mailgun_async.transport.answers import ACCEPTED, NOTHING, Verdict
from mailgun_async.transport.limiter import Limiter, Ticket
from mailgun_async.transport.request import BULK, INTERACTIVE, NORMAL, Priority, Request, Response

DOMAIN = "mg.example.com"
EPOCH = 1_790_000_000.0


@attrs.define(eq=False)
class Alarm:
    """A timer of the virtual clock."""

    ring: Callable[[], None] | None

    def cancel(self) -> None:
        """Ring no more."""
        self.ring = None


class VirtualClock:
    """A clock that moves when it is told to; `wall` runs along."""

    def __init__(self) -> None:
        self.at = 100.0
        self.alarms: list[tuple[float, int, Alarm]] = []
        self._order = count()

    def now(self) -> float:
        """Seconds."""
        return self.at

    def wall(self) -> float:
        """Seconds since 1970."""
        return EPOCH + self.at

    async def sleep(self, seconds: float, /) -> None:
        """Not needed: the limiter waits for alarms."""
        raise NotImplementedError

    def call_at(self, at: float, callback: Callable[[], None], /) -> Alarm:
        """Ring at `at`."""
        alarm = Alarm(callback)
        heapq.heappush(self.alarms, (at, next(self._order), alarm))
        return alarm

    @property
    def set_alarms(self) -> list[float]:
        """When alarms will ring."""
        return sorted(at for at, _, alarm in self.alarms if alarm.ring is not None)

    def ring(self) -> None:
        """Ring every alarm that is due, all in one turn of the loop."""
        while self.alarms and self.alarms[0][0] <= self.at:
            alarm = heapq.heappop(self.alarms)[2]
            if alarm.ring is not None:
                alarm.ring()

    async def to(self, at: float) -> None:
        """Move to `at`, ringing on the way and letting tasks run."""
        await settle()
        while self.alarms and self.alarms[0][0] <= at:
            due, _, alarm = heapq.heappop(self.alarms)
            self.at = max(self.at, due)
            if alarm.ring is not None:
                alarm.ring()
                await settle()
        self.at = at


async def settle() -> None:
    """Let tasks run until they wait."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> VirtualClock:
    """A clock at 100 s."""
    return VirtualClock()


@pytest.fixture
def limiter(clock: VirtualClock) -> Limiter:
    """A limiter that knows only what is published."""
    return Limiter(clock, roll=lambda: 0.5)


def message(recipients: int = 1, prio: Priority = BULK, *, domain: str | None = DOMAIN, **more: Any) -> Request:
    """Return a call that sends mail."""
    values = {"account": "a", "body": b"x" * 100, "safety": "unsafe", **more}
    template = "/v3/{domain_name}/messages"
    return Request(
        method="POST",
        template=template,
        url="",
        headers={},
        domain=domain,
        recipients=recipients,
        priority=prio,
        **values,
    )


def get(template: str, *, account: str = "a", prio: Priority = NORMAL) -> Request:
    """Return a call that sends none."""
    return Request(method="GET", template=template, url="", headers={}, account=account, priority=prio)


def answer(status: int = 200, body: str = "", /, **headers: object) -> Response:
    """Return an answer; header names are written with underscores."""
    return Response(status, {name.replace("_", "-"): str(value) for name, value in headers.items()}, body.encode())


def limits(remaining: float, reset: float, *, limit: float = 300, status: int = 200) -> Response:
    """Return an answer with the first header set."""
    headers: dict[str, object] = {
        "X_RateLimit_Limit": limit,
        "X_RateLimit_Remaining": remaining,
        "X_RateLimit_Reset": reset,
    }
    return answer(status, **headers)


def exceeded(what: str, seconds: float = 30, status: int = 429) -> Response:
    """Return a refusal as Mailgun words it."""
    return answer(
        status, f"Domain {DOMAIN} is not allowed to send: {what} limit exceeded, try again after {seconds} seconds"
    )


def taken(limiter: Limiter, request: Request) -> Ticket:
    """Admit a call that need not wait."""
    ticket = limiter.try_admit(request)
    assert ticket is not None
    return ticket


def refuse(limiter: Limiter, request: Request, response: Response) -> Verdict:
    """Send a call and refuse it."""
    return limiter.observe(taken(limiter, request), response)


class Callers:
    """Calls under way, by name, in the order in which they were let go."""

    def __init__(self, limiter: Limiter) -> None:
        self.limiter = limiter
        self.gone: list[str] = []
        self.tickets: dict[str, Ticket] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, **requests: Request) -> None:
        """Have calls ask for admission, one after the other."""
        for name, request in requests.items():
            self.tasks[name] = asyncio.ensure_future(self._call(name, request))
            await settle()

    async def _call(self, name: str, request: Request) -> None:
        self.tickets[name] = self.limiter.try_admit(request) or await self.limiter.admit(request)
        self.gone.append(name)

    async def cancel(self, name: str) -> None:
        """Have a caller give up."""
        self.tasks[name].cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.tasks[name]


@pytest.fixture
def callers(limiter: Limiter) -> Callers:
    """Callers of the limiter."""
    return Callers(limiter)


def in_flight(limiter: Limiter) -> float:
    """Return the sum of all that is booked."""
    return sum(allowance.in_flight for allowance in limiter._ledger.allowances.values())


class TestKeys:
    """What a call counts against."""

    def test_nothing_is_limited_before_anything_is_known(self, limiter: Limiter) -> None:
        """A thousand calls leave at once."""
        assert all(limiter.try_admit(message(1000)) for _ in range(1000))

    @pytest.mark.parametrize(
        ("what", "seconds"), [("request", 30), ("recipient", 30), ("bytes", 30), ("account-requests-per-sec", 30)]
    )
    def test_a_refusal_stops_the_domain_s_messages(self, limiter: Limiter, what: str, seconds: float) -> None:
        """Whatever was exceeded."""
        refuse(limiter, message(10), exceeded(what, seconds))
        assert limiter.try_admit(message(10)) is None

    @pytest.mark.parametrize("what", ["request", "recipient", "bytes"])
    def test_a_limit_of_a_domain_leaves_the_rest_alone(self, limiter: Limiter, what: str) -> None:
        """Other domains, accounts and families go on."""
        refuse(limiter, message(10), exceeded(what))
        assert limiter.try_admit(message(10, domain="other.example.com"))
        assert limiter.try_admit(message(10, account="b"))
        assert limiter.try_admit(get("/v3/{domain_name}/events"))

    def test_a_limit_of_the_account_stops_all_of_it(self, limiter: Limiter) -> None:
        """Every domain and every family, and no other account."""
        refuse(limiter, message(10), exceeded("account-requests-per-sec"))
        assert limiter.try_admit(message(10, domain="other.example.com")) is None
        assert limiter.try_admit(get("/v3/{domain_name}/events")) is None
        assert limiter.try_admit(message(10, account="b"))

    def test_a_refusal_without_a_reason_is_about_recipients_when_there_are_many(self, limiter: Limiter) -> None:
        """So a single mail still goes."""
        refuse(limiter, message(1000), answer(429, Retry_After=30))
        assert limiter.try_admit(message(1000, NORMAL)) is None
        assert limiter.try_admit(message(1, NORMAL))

    def test_a_refusal_without_a_reason_is_about_requests_when_there_is_one(self, limiter: Limiter) -> None:
        """Nothing smaller could pass."""
        refuse(limiter, message(1), answer(429, Retry_After=30))
        assert limiter.try_admit(message(1, INTERACTIVE)) is None

    def test_a_reason_that_a_family_does_not_count_is_about_requests(self, limiter: Limiter) -> None:
        """Only messages have recipients."""
        events = get("/v3/{domain_name}/events")
        refuse(limiter, events, exceeded("recipient"))
        assert limiter.try_admit(events) is None

    def test_routes_of_one_family_share_their_limit(self, limiter: Limiter) -> None:
        """Mailgun counts families, not routes."""
        refuse(limiter, get("/v1/analytics/metrics"), answer(429, Retry_After=30))
        assert limiter.try_admit(get("/v1/analytics/logs")) is None

    def test_messages_without_a_domain_share_one(self, limiter: Limiter) -> None:
        """They are counted too."""
        refuse(limiter, message(domain=None), answer(429, Retry_After=30))
        assert limiter.try_admit(message(domain=None)) is None
        assert limiter.try_admit(message())

    def test_a_call_is_booked_on_all_limits_or_none(self, limiter: Limiter) -> None:
        """A call that has to wait for one has not used up another."""
        ticket = taken(limiter, message(1))
        limiter.observe(ticket, limits(200, 60))
        refuse(limiter, message(1000), exceeded("recipient"))
        before = in_flight(limiter)
        assert limiter.try_admit(message(1000)) is None
        assert in_flight(limiter) == before == 0.0

    def test_the_two_header_sets_feed_their_limits(self, limiter: Limiter) -> None:
        """One says requests, the other recipients."""
        both = answer(
            200,
            X_RateLimit_Limit=300,
            X_RateLimit_Remaining=299,
            X_RateLimit_Reset=60,
            X_Recipient_Limit=1000,
            X_Recipient_Remaining=500,
            X_Recipient_Reset=60,
        )
        limiter.observe(taken(limiter, message(10, NORMAL)), both)
        assert limiter.try_admit(message(501, NORMAL)) is None
        assert limiter.try_admit(message(500, NORMAL))

    def test_the_first_set_s_reset_may_be_that_of_recipients(self, limiter: Limiter, clock: VirtualClock) -> None:
        """When recipients are refused and nothing better is said; but its limit is not."""
        refuse(limiter, message(1000), answer(429, "recipient limit exceeded", X_RateLimit_Reset=20))
        (seen,) = [limit for limit in limiter.snapshot() if limit.dimension == "recipients"]
        assert seen.closed_for_s == pytest.approx(20.05)
        assert seen.limit is None


class TestOutcomes:
    """What `observe` tells."""

    def test_an_ordinary_answer(self, limiter: Limiter) -> None:
        """Makes no object."""
        assert limiter.observe(taken(limiter, message()), answer()) is ACCEPTED

    def test_no_answer(self, limiter: Limiter) -> None:
        """Gives the room back and tells nothing."""
        ticket = taken(limiter, message(5))
        assert in_flight(limiter) == 1 + 1 + 5 + 100
        assert limiter.observe(ticket, None) is NOTHING
        assert in_flight(limiter) == 0.0

    def test_a_call_that_is_larger_than_the_limit_is_oversize(self, limiter: Limiter) -> None:
        """As the second header set shows, and nothing smaller has to wait."""
        headers = {"X_Recipient_Limit": 100, "X_Recipient_Remaining": 100, "X_Recipient_Reset": 60}
        verdict = refuse(limiter, message(1000), answer(429, "recipient limit exceeded", **headers))
        assert (verdict.ok, verdict.oversize) == (False, True)
        assert limiter.try_admit(message(100))

    def test_a_full_first_set_smaller_than_the_call_shows_the_same(self, limiter: Limiter) -> None:
        """It can only be about recipients."""
        verdict = refuse(limiter, message(1000), limits(100, 60, limit=100, status=429))
        assert verdict.oversize

    def test_a_first_set_that_is_partly_used_does_not(self, limiter: Limiter) -> None:
        """300 requests are no limit of recipients."""
        assert not refuse(limiter, message(1000), limits(200, 60, limit=300, status=429)).oversize

    async def test_a_call_refused_for_ever_is_oversize(self, limiter: Limiter, clock: VirtualClock) -> None:
        """After two waits that the server asked for."""
        verdicts = []
        for _ in range(3):
            verdicts.append(refuse(limiter, message(1000), exceeded("recipient", 30)).oversize)
            await clock.to(clock.at + 31)
        assert verdicts == [False, False, True]

    def test_large_batches(self, limiter: Limiter) -> None:
        """403: a matter of size, no wait."""
        verdict = refuse(limiter, message(1000), answer(403, "Domain x is not allowed to send large batches yet"))
        assert (verdict.ok, verdict.oversize) == (None, True)
        assert limiter.try_admit(message(1000))

    def test_a_stopped_account(self, limiter: Limiter) -> None:
        """No wait helps."""
        verdict = refuse(limiter, message(), answer(400, "Your account has been temporarily disabled"))
        assert verdict.account_stopped

    def test_what_is_disabled_elsewhere_stops_no_account(self, limiter: Limiter) -> None:
        """Only sending tells about sending."""
        refused = answer(403, "Tracking of this domain is disabled")
        assert refuse(limiter, get("/v3/domains/{name}/tracking"), refused) is NOTHING


class TestWaiting:
    """Whose turn it is."""

    async def test_the_wait_is_told(self, limiter: Limiter, clock: VirtualClock, callers: Callers) -> None:
        """To the call that waited, in seconds."""
        refuse(limiter, message(), answer(429, Retry_After=30))
        await callers.come(a=message())
        await clock.to(130.0)
        assert callers.gone == []
        await clock.to(130.05)
        assert callers.gone == ["a"]
        assert callers.tickets["a"].waited_s == pytest.approx(30.05)

    async def test_after_a_gate_one_probe_goes_and_opens_it_for_all(
        self, limiter: Limiter, clock: VirtualClock, callers: Callers
    ) -> None:
        """The others do not even wait for a poll."""
        refuse(limiter, message(prio=NORMAL), limits(0, 10, status=429))
        await callers.come(**{name: message(prio=NORMAL) for name in "abc"})
        await clock.to(111.0)
        assert callers.gone == ["a"]
        limiter.observe(callers.tickets["a"], limits(299, 60))
        await settle()
        assert callers.gone == ["a", "b", "c"]

    async def test_priorities_before_arrival(self, limiter: Limiter, clock: VirtualClock, callers: Callers) -> None:
        """Interactive, normal, bulk; in each the first to come."""
        refuse(limiter, message(), answer(429, Retry_After=10))
        prios = {"b1": BULK, "n1": NORMAL, "b2": BULK, "i1": INTERACTIVE, "i2": INTERACTIVE, "n2": NORMAL}
        await callers.come(**{name: message(prio=prio) for name, prio in prios.items()})
        for at in range(111, 200):
            await clock.to(float(at))
            for name in callers.gone:
                if name in callers.tickets:
                    limiter.observe(callers.tickets.pop(name), limits(0, 1))
        assert callers.gone == ["i1", "i2", "n1", "n2", "b1", "b2"]

    async def test_a_newcomer_does_not_overtake_its_equals(
        self, limiter: Limiter, clock: VirtualClock, callers: Callers
    ) -> None:
        """Even if there is room just now."""
        limiter.observe(taken(limiter, message()), limits(0, 10))
        await callers.come(a=message(prio=NORMAL))
        clock.at = 111.0  # no alarm has rung yet
        assert limiter.try_admit(message(prio=NORMAL)) is None
        await callers.come(b=message(prio=NORMAL))
        spent = {name: ticket.bookings[0][2] for name, ticket in callers.tickets.items()}
        assert spent["a"] < spent["b"]

    async def test_a_newcomer_of_higher_priority_goes_first(
        self, limiter: Limiter, clock: VirtualClock, callers: Callers
    ) -> None:
        """Without waiting, when there is room for it."""
        limiter.observe(taken(limiter, message()), limits(5, 60))
        await callers.come(bulk=message())
        assert callers.gone == []
        assert limiter.try_admit(message(prio=INTERACTIVE))

    async def test_a_large_call_that_waits_keeps_no_small_one_back(
        self, limiter: Limiter, clock: VirtualClock, callers: Callers
    ) -> None:
        """Neither one that comes later, nor one that waits too."""
        quota: dict[str, object] = {"X_Recipient_Limit": 2000, "X_Recipient_Remaining": 500, "X_Recipient_Reset": 60}
        limiter.observe(taken(limiter, message(1, NORMAL)), answer(**quota))
        await callers.come(large=message(1000, NORMAL), small=message(10, NORMAL))
        assert callers.gone == ["small"]
        await clock.to(160.0)
        assert callers.gone == ["small", "large"]

    async def test_a_large_call_is_not_starved_by_small_ones(
        self, limiter: Limiter, clock: VirtualClock, callers: Callers
    ) -> None:
        """Of a bucket that refills they would take every drop; after a window and a half they have to stop."""
        level = 100.0

        def bucket() -> Response:
            reset = (1000.0 - level) * 0.06
            return answer(X_Recipient_Limit=1000, X_Recipient_Remaining=int(level), X_Recipient_Reset=reset)

        limiter.observe(taken(limiter, message(1, NORMAL)), bucket())
        await callers.come(large=message(1000, NORMAL))
        while "large" not in callers.gone and clock.at < 400.0:
            await clock.to(clock.at + 1.0)
            level = min(1000.0, level + 1 / 0.06)
            await callers.come(**{f"small{clock.at}": message(17, NORMAL)})
            for name in callers.gone:
                ticket = callers.tickets.pop(name, None)
                if ticket is not None:
                    level -= ticket.bookings[2][0]
                    limiter.observe(ticket, bucket())
        assert level >= 0.0
        assert "large" in callers.gone

    async def test_lines_of_other_domains_are_not_woken(
        self, limiter: Limiter, clock: VirtualClock, callers: Callers
    ) -> None:
        """Each has its own time."""
        other = "other.example.com"
        refuse(limiter, message(), answer(429, Retry_After=10))
        refuse(limiter, message(domain=other), answer(429, Retry_After=20))
        await callers.come(a=message(), b=message(domain=other))
        await clock.to(115.0)
        assert callers.gone == ["a"]
        await clock.to(125.0)
        assert callers.gone == ["a", "b"]

    async def test_calls_that_wait_for_the_account_go_by_priority_over_all_routes(
        self, limiter: Limiter, clock: VirtualClock, callers: Callers
    ) -> None:
        """The probe is the best of all of them."""
        refuse(limiter, message(), exceeded("account-requests", 10))
        await callers.come(bulk=message(), urgent=message(prio=INTERACTIVE, domain="other.example.com"))
        await clock.to(111.0)
        assert callers.gone == ["urgent"]
        limiter.observe(callers.tickets["urgent"], answer())
        await clock.to(130.0)
        assert callers.gone == ["urgent", "bulk"]

    async def test_bulk_is_paced_and_a_timer_wakes_it(
        self, limiter: Limiter, clock: VirtualClock, callers: Callers
    ) -> None:
        """294 units in 60 s."""
        limiter.observe(taken(limiter, message()), limits(300, 60))
        await callers.come(**{f"c{n}": message() for n in range(4)})
        assert callers.gone == ["c0"]
        await clock.to(100.0 + 60 / 294 + 0.001)
        assert callers.gone == ["c0", "c1"]

    async def test_nobody_waits_means_no_timer(self, limiter: Limiter, clock: VirtualClock, callers: Callers) -> None:
        """A closed loop is not left with one."""
        refuse(limiter, message(), answer(429, Retry_After=30))
        await callers.come(a=message())
        assert clock.set_alarms == [pytest.approx(130.05)]
        await callers.cancel("a")
        assert clock.set_alarms == []

    async def test_a_shorter_wait_moves_the_timer(
        self, limiter: Limiter, clock: VirtualClock, callers: Callers
    ) -> None:
        """And the longer one stays in force for its own line."""
        refuse(limiter, message(domain="slow.example.com"), answer(429, Retry_After=30))
        refuse(limiter, message(), answer(429, Retry_After=10))
        await callers.come(slow=message(domain="slow.example.com"), quick=message())
        assert clock.set_alarms == [pytest.approx(110.05)]
        await clock.to(115.0)
        assert callers.gone == ["quick"]
        await clock.to(131.0)
        assert callers.gone == ["quick", "slow"]


class TestCancelling:
    """Whoever gives up leaves nothing behind."""

    async def test_while_waiting(self, limiter: Limiter, clock: VirtualClock, callers: Callers) -> None:
        """The next in line takes the place."""
        refuse(limiter, message(), answer(429, Retry_After=10))
        await callers.come(a=message(), b=message())
        await callers.cancel("a")
        await clock.to(111.0)
        assert callers.gone == ["b"]
        limiter.observe(callers.tickets["b"], None)
        assert in_flight(limiter) == 0.0
        assert not limiter._waiting.lines

    async def test_in_the_turn_in_which_the_ticket_came(
        self, limiter: Limiter, clock: VirtualClock, callers: Callers
    ) -> None:
        """The ticket, here the probe's, goes to the next."""
        refuse(limiter, message(), answer(429, Retry_After=10))
        await callers.come(a=message(), b=message())
        clock.at = 111.0
        limiter._tick()
        callers.tasks["a"].cancel()
        await settle()
        assert callers.tasks["a"].cancelled()
        assert callers.gone == ["b"]
        limiter.observe(callers.tickets["b"], None)
        assert in_flight(limiter) == 0.0

    async def test_in_the_turn_before_the_pump(self, limiter: Limiter, clock: VirtualClock, callers: Callers) -> None:
        """No ticket is given to somebody who has gone."""
        refuse(limiter, message(), answer(429, Retry_After=10))
        await callers.come(a=message(), b=message())
        callers.tasks["a"].cancel()
        clock.at = 111.0
        limiter._tick()
        await settle()
        assert callers.gone == ["b"]
        limiter.observe(callers.tickets["b"], None)
        assert in_flight(limiter) == 0.0


class TestWaitTooLong:
    """A wait that the caller does not allow."""

    async def test_is_an_error_at_once(self, limiter: Limiter, clock: VirtualClock) -> None:
        """With the wait in seconds, the route, and no key or address."""
        refuse(limiter, message(), answer(429, Retry_After=30))
        with pytest.raises(
            WaitTooLong, match=r"POST /v3/\{domain_name\}/messages was not sent.* 30\.1 s.* 5 s"
        ) as caught:
            await limiter.admit(message(max_wait_s=5.0))
        assert caught.value.wait_s == pytest.approx(30.05)
        assert clock.set_alarms == []

    async def test_is_taken_from_the_policy_when_the_call_does_not_say(self, clock: VirtualClock) -> None:
        """And the call's own wish wins."""
        limiter = Limiter(clock, RatePolicy(max_wait_s=5.0))
        refuse(limiter, message(), answer(429, Retry_After=30))
        with pytest.raises(WaitTooLong):
            await limiter.admit(message())
        waiting = asyncio.ensure_future(limiter.admit(message(max_wait_s=40.0)))
        await clock.to(131.0)
        assert waiting.done()
        assert clock.set_alarms == []

    async def test_is_an_error_when_the_time_is_over(
        self, limiter: Limiter, clock: VirtualClock, callers: Callers
    ) -> None:
        """If nobody could know before."""
        refuse(limiter, message(), answer(429, Retry_After=4))
        await callers.come(probe=message(), a=message(max_wait_s=5.0))
        await clock.to(104.1)
        limiter.observe(callers.tickets["probe"], answer(429, Retry_After=60))
        await clock.to(106.0)
        with pytest.raises(WaitTooLong) as caught:
            await callers.tasks["a"]
        assert caught.value.wait_s == pytest.approx(59.15)
        assert not limiter._waiting.lines

    async def test_is_none_when_the_ticket_came_in_the_last_moment(
        self, limiter: Limiter, clock: VirtualClock, callers: Callers
    ) -> None:
        """It came, so it is used."""
        refuse(limiter, message(), answer(429, Retry_After=4))
        await callers.come(a=message(max_wait_s=5.0))
        clock.at = 105.0
        limiter._tick()
        clock.ring()
        await settle()
        assert callers.gone == ["a"]

    async def test_counts_those_who_go_before(self, limiter: Limiter, clock: VirtualClock, callers: Callers) -> None:
        """Ten wait for a window of 60 s with 300 units: another two seconds, as far as one knows."""
        limiter.observe(taken(limiter, message()), limits(0, 60))
        await callers.come(**{f"c{n}": message() for n in range(10)}, urgent=message(prio=INTERACTIVE))
        with pytest.raises(WaitTooLong) as caught:
            await limiter.admit(message(max_wait_s=1.0))
        assert caught.value.wait_s == pytest.approx(60 + 11 * 0.2)
        with pytest.raises(WaitTooLong) as caught:
            await limiter.admit(message(prio=INTERACTIVE, max_wait_s=1.0))
        assert caught.value.wait_s == pytest.approx(60 + 1 * 0.2)
        for name in callers.tasks:
            await callers.cancel(name)

    async def test_counts_them_by_the_learned_rate(
        self, limiter: Limiter, clock: VirtualClock, callers: Callers
    ) -> None:
        """One in ten seconds."""
        refuse(limiter, message(), answer(429, Retry_After=9.95))
        await clock.to(110.0)
        limiter.observe(taken(limiter, message()), answer())
        await callers.come(a=message(), b=message())
        with pytest.raises(WaitTooLong) as caught:
            await limiter.admit(message(max_wait_s=1.0))
        assert caught.value.wait_s == pytest.approx(3 * 10 / 0.95)
        for name in callers.tasks:
            await callers.cancel(name)

    async def test_no_wait_is_never_too_long(self, limiter: Limiter, clock: VirtualClock) -> None:
        """Even when none is allowed."""
        ticket = await limiter.admit(message(max_wait_s=0.0))
        assert ticket.waited_s == 0.0
        assert clock.set_alarms == []


class TestDeclared:
    """Limits that are known beforehand."""

    @pytest.mark.parametrize(
        ("template", "limit"),
        [
            ("/v1/analytics/logs", 500),
            ("/v4/domains/{name}", 300),
            ("/v3/domains/{domain_name}/webhooks", 300),
        ],
    )
    def test_what_mailgun_publishes_is_built_in(self, limiter: Limiter, template: str, limit: int) -> None:
        """So many go at once, and no more."""
        for _ in range(limit):
            limiter.observe(taken(limiter, get(template)), answer())
        assert limiter.try_admit(get(template)) is None
        assert limiter.try_admit(get(template, account="b"))

    def test_what_you_declare_wins(self, clock: VirtualClock) -> None:
        """Over what is published, and a domain's own over that for all."""
        limiter = Limiter(
            clock,
            RatePolicy(
                declared=(
                    DeclaredLimit(rate_class="analytics", limit=2, window_s=10),
                    DeclaredLimit(rate_class="messages", limit=100, window_s=10, dimension="recipients"),
                    DeclaredLimit(rate_class="messages", limit=9, window_s=10, dimension="recipients", domain=DOMAIN),
                )
            ),
        )
        for _ in range(2):
            limiter.observe(taken(limiter, get("/v1/analytics/logs")), answer())
        assert limiter.try_admit(get("/v1/analytics/logs")) is None
        limiter.observe(taken(limiter, message(9)), answer())
        assert limiter.try_admit(message(1)) is None
        limiter.observe(taken(limiter, message(100, domain="other.example.com")), answer())
        assert limiter.try_admit(message(1, domain="other.example.com")) is None

    @pytest.mark.parametrize("dimension", ["requests", "recipients", "bytes"])
    def test_what_you_declare_is_counted_in_its_own_unit(self, clock: VirtualClock, dimension: str) -> None:
        """Of calls with 10 recipients and 100 bytes, 1,000 a window are so many each."""
        declared = DeclaredLimit(rate_class="messages", limit=1000, window_s=10, dimension=dimension)
        limiter = Limiter(clock, RatePolicy(declared=(declared,)))
        admitted = 0
        while limiter.try_admit(message(10, NORMAL)):
            admitted += 1
        assert admitted == {"requests": 1000, "recipients": 100, "bytes": 10}[dimension]

    def test_the_policy_s_spread_is_used(self, clock: VirtualClock) -> None:
        """0 spends at once."""
        limiter = Limiter(clock, RatePolicy(spread=0.0))
        limiter.observe(taken(limiter, message()), limits(300, 60))
        assert all(limiter.try_admit(message()) for _ in range(250))

    def test_the_policy_s_jitter_is_used(self, clock: VirtualClock) -> None:
        """On what the server asks for."""
        limiter = Limiter(clock, RatePolicy(jitter=0.1), roll=lambda: 0.5)
        refuse(limiter, message(), answer(429, Retry_After=100))
        (seen,) = limiter.snapshot()
        assert seen.closed_for_s == pytest.approx(105.05)


class TestSnapshot:
    """What is known, for people."""

    def test_is_empty_at_first(self, limiter: Limiter) -> None:
        """Nothing is known of limits that were only met."""
        limiter.observe(taken(limiter, message()), answer())
        assert limiter.snapshot() == []

    def test_tells_what_headers_said(self, limiter: Limiter, clock: VirtualClock) -> None:
        """And how much of it is left by now."""
        limiter.observe(taken(limiter, message(prio=NORMAL)), limits(200, 60))
        taken(limiter, message(prio=NORMAL))
        clock.at = 110.0
        (seen,) = limiter.snapshot()
        assert (seen.account, seen.rate_class, seen.dimension, seen.domain) == ("a", "messages", "requests", DOMAIN)
        assert (seen.limit, seen.remaining, seen.reset_in_s, seen.told) == (300.0, 199.0, 50.0, True)
        assert (seen.rate_per_s, seen.closed_for_s, seen.largest_call) == (None, 0.0, None)

    def test_tells_what_refusals_taught(self, limiter: Limiter, clock: VirtualClock) -> None:
        """A rate."""
        refuse(limiter, get("/v3/routes"), answer(429, Retry_After=9.95))
        clock.at = 110.0
        limiter.observe(taken(limiter, get("/v3/routes")), answer())
        (seen,) = limiter.snapshot()
        assert (seen.rate_class, seen.domain, seen.limit, seen.remaining) == ("other", None, None, None)
        assert seen.rate_per_s == pytest.approx(0.095)

    def test_tells_what_is_only_declared(self, limiter: Limiter) -> None:
        """As such."""
        limiter.observe(taken(limiter, get("/v4/domains")), answer())
        (seen,) = limiter.snapshot()
        assert (seen.limit, seen.told) == (300.0, False)

    def test_tells_the_largest_call(self, limiter: Limiter) -> None:
        """That a domain may make."""
        taken(limiter, message())
        limiter.remember_size("a", DOMAIN, 125)
        (seen,) = limiter.snapshot()
        assert (seen.dimension, seen.largest_call) == ("recipients", 125)


class TestMemory:
    """What the next process starts with."""

    @staticmethod
    def taught(clock: VirtualClock) -> Limiter:
        """Return a limiter that learned one in ten seconds for messages."""
        limiter = Limiter(clock, roll=lambda: 0.5)
        refuse(limiter, message(), answer(429, Retry_After=9.95))
        clock.at += 10.0
        limiter.observe(taken(limiter, message()), answer())
        return limiter

    def test_a_learned_rate_is_kept(self, clock: VirtualClock) -> None:
        """For the same key and domain only."""
        document = self.taught(clock).learned()
        limiter = Limiter(clock)
        limiter.learn(document)
        taken(limiter, message())
        assert limiter.try_admit(message()) is None
        taken(limiter, message(account="b"))
        assert limiter.try_admit(message(account="b"))

    def test_neither_accounts_nor_domains_are_told(self, clock: VirtualClock) -> None:
        """Names are digests."""
        limiter = self.taught(clock)
        limiter.remember_size("a", DOMAIN, 125)
        assert DOMAIN not in str(limiter.learned())

    def test_what_was_not_used_is_handed_on(self, clock: VirtualClock) -> None:
        """With the date at which it was learned."""
        document = self.taught(clock).learned()
        limiter = Limiter(clock)
        limiter.learn(document)
        clock.at += 3600.0
        assert limiter.learned() == document

    def test_what_was_used_and_not_confirmed_grows_old(self, clock: VirtualClock) -> None:
        """Else a limit that was lifted would be kept to for ever."""
        document = self.taught(clock).learned()
        limiter = Limiter(clock)
        limiter.learn(document)
        taken(limiter, message())
        clock.at += 8 * 86_400.0
        assert limiter.learned()["limits"] == {}

    def test_it_is_good_for_a_week(self, clock: VirtualClock) -> None:
        """Then it is passed over."""
        document = self.taught(clock).learned()
        clock.at += 8 * 86_400.0
        limiter = Limiter(clock)
        limiter.learn(document)
        taken(limiter, message())
        assert limiter.try_admit(message())

    def test_what_this_process_knows_is_not_replaced(self, clock: VirtualClock) -> None:
        """It is newer."""
        document = self.taught(clock).learned()
        limiter = Limiter(clock)
        limiter.remember_size("a", DOMAIN, 10)
        older = Limiter(clock)
        older.remember_size("a", DOMAIN, 1000)
        limiter.learn(document)
        limiter.learn(older.learned())
        assert limiter.size_for("a", DOMAIN) == 10

    def test_sizes_are_kept_by_account_and_domain(self, clock: VirtualClock, limiter: Limiter) -> None:
        """For a week."""
        limiter.remember_size("a", DOMAIN, 125)
        heir = Limiter(clock)
        heir.learn(limiter.learned())
        assert heir.size_for("a", DOMAIN) == 125
        assert heir.size_for("b", DOMAIN) is None
        assert heir.size_for("a", "other.example.com") is None
        clock.at += 8 * 86_400.0
        assert heir.size_for("a", DOMAIN) is None


class TestLog:
    """What is written of refusals."""

    def test_one_line_for_each_event(self, limiter: Limiter, caplog: pytest.LogCaptureFixture) -> None:
        """With family, dimension and wait; echoes are silent, and nothing tells key or domain."""
        caplog.set_level(logging.INFO, "mailgun_async.transport")
        first, echo = taken(limiter, message(10)), taken(limiter, message(10))
        limiter.observe(first, exceeded("recipient", 30))
        limiter.observe(echo, exceeded("recipient", 31))
        assert caplog.messages == ["limited: recipients of messages, trying again in 30.1 s"]

    def test_a_call_too_large_is_written(self, limiter: Limiter, caplog: pytest.LogCaptureFixture) -> None:
        """With its size."""
        caplog.set_level(logging.INFO, "mailgun_async.transport")
        refuse(limiter, message(1000), limits(100, 60, limit=100, status=429))
        assert caplog.messages == ["limited: 1000 recipients in one call are too many"]


REQUESTS = (
    message(1, INTERACTIVE),
    message(10, NORMAL),
    message(1000, BULK),
    message(1, BULK, domain="other.example.com"),
    message(1, NORMAL, max_wait_s=5.0),
    get("/v3/routes"),
    get("/v1/analytics/logs", prio=BULK),
)
ANSWERS = (
    None,
    answer(),
    answer(404),
    answer(500),
    answer(429),
    answer(429, Retry_After=7),
    exceeded("recipient", 11),
    exceeded("account-requests", 3),
    limits(0, 10),
    limits(250, 30),
    limits(20, 60, limit=20, status=429),
    answer(X_Recipient_Limit=2000, X_Recipient_Remaining=500, X_Recipient_Reset=20),
)


class TestProperties:
    """What holds whatever is asked, answered and given up."""

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.one_of(
                st.tuples(st.just("come"), st.sampled_from(REQUESTS)),
                st.tuples(st.just("answer"), st.sampled_from(ANSWERS)),
                st.tuples(st.just("cancel"), st.integers(0, 20)),
                st.tuples(st.just("pass"), st.floats(0.0, 20.0)),
            ),
            max_size=40,
        )
    )
    def test_every_call_ends_and_leaves_nothing_behind(self, script: list[tuple[str, Any]]) -> None:
        """Each is let go, gives up or is told that it would wait too long; then nothing is booked, nobody waits."""

        async def play() -> None:
            clock = VirtualClock()
            limiter = Limiter(clock, roll=lambda: 0.5)
            calls: list[asyncio.Future[Ticket]] = []
            out: list[Ticket] = []

            async def step(op: str, value: Any) -> None:
                if op == "come":
                    calls.append(asyncio.ensure_future(admitted(limiter, value)))
                elif op == "answer" and out:
                    limiter.observe(out.pop(0), value)
                elif op == "cancel" and calls:
                    calls[value % len(calls)].cancel()
                elif op == "pass":
                    clock.at += value
                    clock.ring()
                await settle()
                out.extend(call.result() for call in calls if call.done() and not failed(call))
                calls[:] = [call for call in calls if not call.done()]

            for op, value in script:
                await step(op, value)
            for _ in range(600):
                await step("pass", 10.0)
                while out:
                    await step("answer", answer())
            assert calls == []
            assert in_flight(limiter) == 0.0
            assert limiter._waiting.lines == {}
            assert clock.set_alarms == []

        asyncio.run(play())


async def admitted(limiter: Limiter, request: Request) -> Ticket:
    """Ask for a permit, as a session does."""
    ticket = limiter.try_admit(request) or await limiter.admit(request)
    assert ticket.waited_s >= 0.0
    return ticket


def failed(call: asyncio.Future[Ticket]) -> bool:
    """Tell whether a call gave up or was told to."""
    return call.cancelled() or isinstance(call.exception(), WaitTooLong)
