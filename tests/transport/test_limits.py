"""One limit as it is followed: by refusals, by headers, by what was learned. Times are arguments, so none passes."""

from __future__ import annotations

import json
import math
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgun_async.transport.answers import ACCEPTED, NOTHING
from mailgun_async.transport.limits import Allowance, Booking, Verdict
from mailgun_async.transport.memory import Entry
from mailgun_async.transport.request import BULK, INTERACTIVE, NORMAL

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())
STATES = [vector for vector in VECTORS if vector["name"].split(":")[0] not in {"clock", "reset", "parse"}]

REFUSED = Verdict(ok=False)


def told(limit: float, remaining: float, reset_in: float, *, ok: bool | None = True, slack: float = 0.0) -> Verdict:
    """Return the verdict of an answer with headers."""
    return Verdict(ok=ok, limit=limit, remaining=remaining, reset_in=reset_in, slack=slack)


def hinted(hint: float, *, exact: bool = True) -> Verdict:
    """Return the verdict of a refusal that names the wait."""
    return Verdict(ok=False, hint=hint, exact=exact)


def call(allowance: Allowance, at: float, verdict: Verdict, *, cost: float = 1.0, prio: int = BULK) -> bool:
    """Send a call that is answered at once; True when its size was found to be the reason."""
    return allowance.done(at, allowance.sent(at, cost, prio), verdict)


def learned(rate: float = 2.0, window: float = 10.0) -> Allowance:
    """Return an allowance that was refused after `window` seconds at `rate` and has just opened again, at `window`."""
    allowance = Allowance()
    for _ in range(int(rate * window)):
        call(allowance, 0.0, ACCEPTED)
    call(allowance, 1.0, hinted(window - 1.05))
    call(allowance, window, ACCEPTED)
    return allowance


class Vector:
    """Plays the steps of a vector on an allowance."""

    def __init__(self) -> None:
        self.allowance = Allowance()
        self.bookings: dict[str, Booking] = {}

    def go(self, now: float, cost: float, prio: int, name: str, kind: str) -> None:
        """Ask, and send."""
        assert self.allowance.ask(now, cost, prio) == 0.0
        self.bookings[name] = self.allowance.sent(now, cost, prio)
        assert ("probe" if self.bookings[name][3] else "sent") == kind

    def ask(self, now: float, cost: float, prio: int, wait: float) -> None:
        """Ask only."""
        assert self.allowance.ask(now, cost, prio) == pytest.approx(wait, abs=1e-4)

    def rate(self, now: float, rate: float) -> None:
        """Look at the learned rate."""
        assert self.allowance.learned.rate(now) == pytest.approx(rate, abs=1e-4)

    def done(self, now: float, name: str, verdict: dict[str, Any], expected: dict[str, Any]) -> None:
        """Answer, and look at everything."""
        self.allowance.done(now, self.bookings[name], Verdict(**verdict))
        gate, window = self.allowance.gate, self.allowance.window
        assert {
            "closed": gate.closed,
            "gate_until": gate.until,
            "gate_cost": gate.cost,
            "avail": 0.0 if window is None else window.avail,
            "w_max": self.allowance.learned.w_max,
            "epoch": gate.epoch,
            "tries": gate.tries,
        } == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("vector", STATES, ids=[vector["name"] for vector in STATES])
def test_vectors(vector: dict[str, Any]) -> None:
    """Step by step, every wait and every state is as recorded."""
    player = Vector()
    for now, op, *arguments in vector["steps"]:
        getattr(player, op)(now, *arguments)


class TestGate:
    """What refusals alone lead to."""

    def test_a_refusal_that_comes_after_the_opening_is_history(self) -> None:
        """The call left before the gate closed; the probe has already shown that there is room."""
        allowance = Allowance()
        slow = allowance.sent(0.0, 1.0, BULK)
        call(allowance, 0.1, hinted(1.0))
        call(allowance, 2.0, ACCEPTED)
        allowance.done(2.1, slow, hinted(60.0))
        assert not allowance.gate.closed

    def test_a_success_that_left_before_the_refusal_opens_nothing(self) -> None:
        """It may be older than the refusal."""
        allowance = Allowance()
        early = allowance.sent(0.0, 1.0, BULK)
        call(allowance, 0.1, hinted(10.0))
        allowance.done(0.2, early, ACCEPTED)
        assert allowance.ask(0.3, 1.0, INTERACTIVE) == pytest.approx(9.85)

    def test_a_probe_that_tells_nothing_leaves_its_place_to_the_next(self) -> None:
        """A broken connection must not keep the gate shut for ever."""
        allowance = Allowance()
        call(allowance, 0.0, hinted(1.0))
        probe = allowance.sent(2.0, 1.0, BULK)
        assert allowance.ask(2.1, 1.0, BULK) == 0.05
        allowance.done(2.2, probe, NOTHING)
        assert allowance.ask(2.2, 1.0, BULK) == 0.0
        assert allowance.gate.closed

    def test_a_server_that_says_come_at_once_for_ever_is_asked_less_and_less(self) -> None:
        """`Retry-After: 0` is not believed for ever."""
        allowance, now, waits = Allowance(), 0.0, []
        for _ in range(12):
            call(allowance, now, hinted(0.0))
            waits.append(round(allowance.gate.until - now, 2))
            now = allowance.gate.until
        assert waits == [0.05, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0, 60.0]

    def test_without_a_hint_it_is_closed_for_a_minute_at_most(self) -> None:
        """A quarter of the time closed so far, up to that."""
        allowance, now, waits = Allowance(), 0.0, []
        for _ in range(40):
            call(allowance, now, REFUSED)
            waits.append(allowance.gate.until - now)
            now = allowance.gate.until
        assert all(0.0 < wait <= 60.0 for wait in waits)
        assert waits[-1] == 60.0

    def test_a_guess_stops_at_the_end_of_a_usual_window(self) -> None:
        """Closed since 1 s and refused at 50 s, a quarter would be 62.25 s; a minute that began at 0 is over before."""
        allowance = Allowance()
        call(allowance, 0.0, ACCEPTED)
        call(allowance, 1.0, REFUSED)
        call(allowance, 50.0, REFUSED)
        assert allowance.gate.until == pytest.approx(61.1)

    @pytest.mark.parametrize(("roll", "until"), [(0.0, 0.45), (0.5, 0.5), (1.0, 0.55)])
    def test_a_guess_is_rolled(self, roll: float, until: float) -> None:
        """So that several processes do not come back together."""
        allowance = Allowance()
        allowance.done(0.0, allowance.sent(0.0, 1.0, BULK), REFUSED, roll)
        assert allowance.gate.until == pytest.approx(until)

    def test_jitter_is_added_to_a_hint_when_it_is_asked_for(self) -> None:
        """A share of the wait, at most."""
        allowance = Allowance(jitter=0.1)
        allowance.done(0.0, allowance.sent(0.0, 1.0, BULK), hinted(100.0), 0.5)
        assert allowance.gate.until == pytest.approx(105.05)

    def test_two_refusals_leave_the_lower_cost(self) -> None:
        """Only what is smaller than anything refused passes."""
        allowance = Allowance()
        small = allowance.sent(0.0, 10.0, NORMAL)
        call(allowance, 0.0, hinted(30.0), cost=1000.0)
        allowance.done(0.1, small, hinted(30.0))
        assert allowance.ask(1.0, 10.0, NORMAL) > 0.0
        assert allowance.ask(1.0, 9.0, NORMAL) == 0.0
        assert allowance.ask(1.0, 9.0, BULK) > 0.0


class TestOversize:
    """Calls that will never pass, as far as one can tell."""

    @staticmethod
    def refuse(allowance: Allowance, at: float, verdict: Verdict, cost: float = 1000.0) -> bool:
        """Refuse a call with many recipients."""
        return call(allowance, at, verdict, cost=cost)

    def test_a_call_over_the_limit_is_one(self) -> None:
        """And nothing else has to wait for it."""
        allowance = Allowance(sized=True)
        assert self.refuse(allowance, 0.0, told(500.0, 200.0, 30.0, ok=False))
        assert not allowance.gate.closed

    def test_a_refusal_while_nothing_is_used_is_one(self) -> None:
        """Remaining = Limit: there will never be more room."""
        assert self.refuse(Allowance(sized=True), 0.0, told(5000.0, 5000.0, 30.0, ok=False))

    def test_a_refusal_for_lack_of_room_is_none(self) -> None:
        """The next window has room."""
        assert not self.refuse(Allowance(sized=True), 0.0, told(5000.0, 200.0, 30.0, ok=False))

    def test_two_refused_probes_after_waits_that_the_server_named_are_one(self) -> None:
        """It said when, and refused again, and nobody else had taken the room."""
        allowance = Allowance(sized=True)
        assert not self.refuse(allowance, 0.0, hinted(30.0))
        assert not self.refuse(allowance, 31.0, hinted(30.0))
        assert self.refuse(allowance, 62.0, hinted(30.0))

    def test_what_passed_meanwhile_may_have_taken_the_room(self) -> None:
        """Then the refusal proves nothing about size."""
        allowance = Allowance(sized=True)
        self.refuse(allowance, 0.0, hinted(30.0))
        self.refuse(allowance, 31.0, hinted(30.0))
        call(allowance, 32.0, ACCEPTED, cost=600.0, prio=NORMAL)
        assert not self.refuse(allowance, 62.0, hinted(30.0))

    def test_single_mails_that_passed_meanwhile_do_not_hide_it(self) -> None:
        """An account on probation still sends its password resets."""
        allowance = Allowance(sized=True)
        self.refuse(allowance, 0.0, hinted(30.0))
        self.refuse(allowance, 31.0, hinted(30.0))
        call(allowance, 32.0, ACCEPTED, prio=INTERACTIVE)
        assert self.refuse(allowance, 62.0, hinted(30.0))

    def test_waits_that_nobody_named_have_to_be_long_first(self) -> None:
        """Half a second is no evidence; twice the longest known window is."""
        allowance = Allowance(sized=True)
        times = [0.0]
        while not self.refuse(allowance, times[-1], REFUSED):
            times.append(allowance.gate.until)
        assert 120.0 < times[-1] < 240.0
        assert times[-2] >= 120.0

    def test_one_recipient_is_never_too_many(self) -> None:
        """It cannot be split."""
        allowance = Allowance(sized=True)
        assert not any(self.refuse(allowance, 40.0 * n, hinted(30.0), cost=1.0) for n in range(5))

    def test_requests_are_never_too_many(self) -> None:
        """Only recipients can be split."""
        assert not self.refuse(Allowance(), 0.0, told(500.0, 500.0, 30.0, ok=False))


class TestWindow:
    """What headers lead to."""

    def test_limit_and_remaining_without_a_reset_make_no_window(self) -> None:
        """Nobody knows when it ends."""
        allowance = Allowance()
        call(allowance, 0.0, Verdict(ok=True, limit=300.0, remaining=0.0))
        assert allowance.window is None
        assert allowance.ask(0.0, 1.0, BULK) == 0.0

    def test_a_limit_alone_changes_nothing(self) -> None:
        """What is left is missing."""
        allowance = Allowance()
        call(allowance, 0.0, Verdict(ok=True, limit=300.0, reset_in=60.0))
        assert allowance.window is None
        call(allowance, 0.0, told(300.0, 5.0, 30.0))
        call(allowance, 1.0, Verdict(ok=True, limit=10.0, reset_in=60.0))
        assert allowance.window is not None
        assert (allowance.window.limit, allowance.window.avail) == (300.0, 4.0)

    def test_a_known_window_is_kept_up_without_resets(self) -> None:
        """It ends when it was said to."""
        allowance = Allowance()
        call(allowance, 0.0, told(300.0, 5.0, 30.0))
        call(allowance, 1.0, Verdict(ok=True, limit=300.0, remaining=0.0))
        assert allowance.ask(1.0, 1.0, NORMAL) == pytest.approx(29.0)

    def test_of_two_answers_that_crossed_the_lower_remaining_counts(self) -> None:
        """Its call left first and was counted last."""
        allowance = Allowance()
        first, second = (allowance.sent(0.0, 1.0, NORMAL) for _ in range(2))
        allowance.done(0.1, second, told(300.0, 100.0, 60.0))
        allowance.done(0.2, first, told(300.0, 99.0, 59.9))
        assert allowance.window is not None
        assert allowance.window.avail == 99.0

    def test_a_later_answer_does_not_raise_what_an_earlier_one_lowered(self) -> None:
        """Both calls were under way together, so it was written earlier."""
        allowance = Allowance()
        first, second = (allowance.sent(0.0, 1.0, NORMAL) for _ in range(2))
        allowance.done(0.1, first, told(300.0, 98.0, 60.0))
        allowance.done(0.2, second, told(300.0, 99.0, 59.9))
        assert allowance.window is not None
        assert allowance.window.avail == 98.0

    def test_a_call_that_left_later_may_find_more_room(self) -> None:
        """A bucket refills."""
        allowance = Allowance()
        call(allowance, 0.0, told(300.0, 100.0, 60.0))
        call(allowance, 1.0, told(300.0, 104.0, 59.0))
        assert allowance.window is not None
        assert allowance.window.avail == 104.0

    def test_an_answer_of_the_last_window_does_not_outlive_it(self) -> None:
        """It comes after the reset, and says 0."""
        allowance = Allowance()
        slow = allowance.sent(0.0, 1.0, NORMAL)
        call(allowance, 0.0, told(300.0, 5.0, 10.0))
        assert allowance.ask(10.0, 1.0, NORMAL) == 0.0
        allowance.done(10.1, slow, told(300.0, 0.0, 0.0))
        assert allowance.ask(10.1, 1.0, NORMAL) == 0.0

    def test_calls_on_their_way_at_the_reset_count_against_the_new_window(self) -> None:
        """They may arrive after it."""
        allowance = Allowance()
        allowance.sent(0.0, 1.0, NORMAL)
        call(allowance, 0.0, told(2.0, 0.0, 10.0))
        assert allowance.ask(10.0, 2.0, NORMAL) > 0.0
        assert allowance.ask(10.0, 1.0, NORMAL) == 0.0

    def test_a_call_that_was_counted_in_the_new_window_tells_of_it(self) -> None:
        """Though it left in the old one, whose Remaining was lower."""
        allowance = Allowance()
        first, late = (allowance.sent(0.0, 1.0, NORMAL) for _ in range(2))
        allowance.done(0.1, first, told(300.0, 5.0, 9.9))
        assert allowance.ask(10.0, 1.0, NORMAL) == 0.0
        allowance.done(10.1, late, told(300.0, 299.0, 9.8))
        assert allowance.window is not None
        assert allowance.window.avail == 299.0

    def test_a_reset_that_may_be_early_is_waited_out(self) -> None:
        """By as much as the server's clock is unknown."""
        allowance = Allowance()
        call(allowance, 0.0, told(300.0, 0.0, 10.0, slack=0.5))
        assert allowance.ask(0.0, 1.0, NORMAL) == pytest.approx(10.5)

    def test_what_others_take_is_left_to_them(self) -> None:
        """Remaining falls by 60 more than we spend in 15 s; so bulk slows down."""
        alone, beside = Allowance(), Allowance()
        for allowance, remaining in ((alone, 200.0), (beside, 140.0)):
            call(allowance, 0.0, told(300.0, 201.0, 50.0))
            call(allowance, 15.0, told(300.0, remaining, 35.0))
            allowance.sent(15.0, 1.0, BULK)
        assert beside.window is not None
        assert beside.window.others == pytest.approx(4.0)
        assert beside.ask(15.0, 1.0, BULK) > 5 * alone.ask(15.0, 1.0, BULK)

    def test_the_estimate_of_others_fades(self) -> None:
        """By a factor of e in 15 s when nothing more is seen."""
        allowance = Allowance()
        call(allowance, 0.0, told(300.0, 201.0, 50.0))
        call(allowance, 15.0, told(300.0, 140.0, 35.0))
        call(allowance, 30.0, told(300.0, 139.0, 20.0))
        assert allowance.window is not None
        assert allowance.window.others == pytest.approx(4.0 / math.e)

    def test_what_others_took_in_the_last_window_is_not_counted_into_this_one(self) -> None:
        """Remaining rose, which is a new window and nobody's spending."""
        allowance = Allowance()
        call(allowance, 0.0, told(300.0, 5.0, 10.0))
        call(allowance, 11.0, told(300.0, 250.0, 9.0))
        assert allowance.window is not None
        assert allowance.window.others == 0.0

    def test_bulk_leaves_as_much_as_others_of_ours_have_wanted(self) -> None:
        """One a second in the last minute: what half a minute of that may need stays."""
        allowance = Allowance()
        for second in range(60):
            call(allowance, float(second), told(300.0, 299.0 - second, 60.0 - second), prio=INTERACTIVE)
        call(allowance, 60.0, told(300.0, 25.0, 30.0), prio=INTERACTIVE)
        assert allowance.ask(60.0, 1.0, BULK) == pytest.approx(7.5)
        assert allowance.ask(60.0, 1.0, NORMAL) == 0.0

    def test_a_small_limit_is_used_up(self) -> None:
        """A reserve of less than one call would keep back a whole one."""
        allowance = Allowance(spread=0.0)
        call(allowance, 0.0, told(2.0, 1.0, 10.0))
        assert allowance.ask(0.0, 1.0, BULK) == 0.0

    @pytest.mark.parametrize(("spread", "wait"), [(1.0, 10.0 / 94.0), (0.5, 5.0 / 94.0), (0.0, 0.0)])
    def test_spread_says_how_even(self, spread: float, wait: float) -> None:
        """0 spends at once."""
        allowance = Allowance(spread=spread)
        call(allowance, 0.0, told(300.0, 100.0, 10.0))
        allowance.sent(0.0, 1.0, BULK)
        assert allowance.ask(0.0, 1.0, BULK) == pytest.approx(wait)

    def test_a_window_that_is_whole_and_idle_takes_a_bulk_call_of_its_size(self) -> None:
        """There will never be more room, and a reserve would keep it out for ever."""
        allowance = Allowance()
        call(allowance, 0.0, told(10.0, 5.0, 10.0), cost=5.0, prio=INTERACTIVE)
        assert allowance.ask(9.0, 10.0, BULK) > 0.0
        assert allowance.ask(10.0, 10.0, BULK) == 0.0

    def test_a_declared_window_that_is_whole_and_idle_takes_anything(self) -> None:
        """Who declared it may be wrong; the server will tell."""
        allowance = Allowance(sized=True)
        allowance.declare(0.0, 500.0, 60.0)
        assert allowance.ask(0.0, 1000.0, BULK) == 0.0
        allowance.sent(0.0, 1.0, NORMAL)
        assert allowance.ask(0.0, 1000.0, BULK) > 0.0

    def test_a_call_over_the_limit_does_not_wait_for_a_window_it_never_fits(self) -> None:
        """Its refusal says so, and it is split."""
        allowance = Allowance(sized=True)
        call(allowance, 0.0, told(500.0, 100.0, 30.0))
        assert allowance.ask(0.0, 501.0, BULK) == 0.0
        assert allowance.ask(0.0, 500.0, BULK) == 30.0

    def test_while_calls_are_out_an_empty_window_is_asked_again_soon(self) -> None:
        """They may tell better."""
        allowance = Allowance()
        allowance.sent(0.0, 1.0, NORMAL)
        call(allowance, 0.0, told(300.0, 1.0, 30.0))
        assert allowance.ask(0.0, 1.0, NORMAL) == 0.25

    def test_a_refusal_that_the_headers_foresaw_teaches_nothing(self) -> None:
        """They do the pacing."""
        allowance = Allowance()
        call(allowance, 0.0, told(300.0, 0.0, 10.0, ok=False))
        call(allowance, 10.1, told(300.0, 299.0, 59.9))
        assert allowance.learned.w_max is None

    def test_a_refusal_that_they_did_not_foresee_does(self) -> None:
        """There is another limit behind them."""
        allowance = Allowance()
        call(allowance, 0.0, told(300.0, 200.0, 10.0, ok=False))
        call(allowance, 5.0, told(300.0, 199.0, 5.0))
        assert allowance.learned.w_max == pytest.approx(0.2)


class TestLearnedRate:
    """What the time between two openings leads to."""

    def test_calls_are_spaced_at_95_percent(self) -> None:
        """20 in 10 s is 2 a second; the probe was one of the next."""
        allowance = learned()
        assert allowance.ask(10.0, 1.0, BULK) == pytest.approx(1 / 1.9)
        assert allowance.ask(10.0, 1.0, NORMAL) == pytest.approx(1 / 1.9 - 0.5)
        assert allowance.ask(10.0, 1.0, INTERACTIVE) == 0.0

    def test_who_waits_may_run_five_seconds_ahead(self) -> None:
        """And no more."""
        allowance = learned()
        sent = 0
        while allowance.ask(10.0, 1.0, INTERACTIVE) == 0.0:
            allowance.sent(10.0, 1.0, INTERACTIVE)
            sent += 1
        assert sent == 9

    @pytest.mark.parametrize(("times", "share"), [(0.0, 0.95), (0.5, 0.99375), (1.0, 1.0), (3.0, 1.08), (4.0, 1.27)])
    def test_the_curve(self, times: float, share: float) -> None:
        """In units of the cycle's own length and rate."""
        rate = learned().learned
        rate.measured, rate._measured_at = 10.0, 10.0 + times * 10.0
        assert rate.rate(10.0 + times * 10.0) == pytest.approx(2.0 * share)

    def test_far_above_it_grows_by_a_fifth_in_each_time(self) -> None:
        """A steeper curve would use a fixed window up too early."""
        rate = learned().learned
        rate.measured, rate._measured_at = 10.0, 100.0
        assert rate.rate(100.0) / rate.rate(90.0) == pytest.approx(math.exp(0.2))

    def test_it_never_runs_beyond_twice_what_passes(self) -> None:
        """Who sends little learns nothing about the limit."""
        assert learned().learned.rate(10_000.0) == 2.0

    def test_less_than_before_is_taken_for_a_little_less_still(self) -> None:
        """Somebody else may be making room for himself."""
        allowance = learned()
        for _ in range(9):
            call(allowance, 11.0, ACCEPTED)
        call(allowance, 12.0, hinted(7.95))
        call(allowance, 20.0, ACCEPTED)
        assert allowance.learned.w_max == pytest.approx(10 / 10 * 0.975)

    def test_an_hour_of_little_demand_is_no_limit(self) -> None:
        """One a minute for an hour, then 300 in a burst: the minute of the burst is the measure."""
        allowance = Allowance()
        for minute in range(60):
            call(allowance, 61.0 * minute, ACCEPTED)
        for _ in range(300):
            call(allowance, 3700.0, ACCEPTED)
        call(allowance, 3705.0, hinted(55.0))
        call(allowance, 3760.05, ACCEPTED)
        assert allowance.learned.w_max == pytest.approx(300 / 160, rel=0.05)

    def test_after_a_pause_the_measure_begins_anew(self) -> None:
        """Nothing in two minutes: what was before does not count."""
        allowance = Allowance()
        call(allowance, 0.0, ACCEPTED)
        for _ in range(300):
            call(allowance, 3600.0, ACCEPTED)
        call(allowance, 3605.0, hinted(54.95))
        call(allowance, 3660.0, ACCEPTED)
        assert allowance.learned.w_max == pytest.approx(5.0)

    def test_a_guessed_gate_has_opened_at_the_last_refusal_for_the_next_measure(self) -> None:
        """A rate found too high costs refusals, one too low a little time."""
        allowance = Allowance()
        call(allowance, 0.0, REFUSED)
        call(allowance, 1.0, REFUSED)
        call(allowance, 4.0, ACCEPTED)
        assert allowance.learned.began_at == 1.0

    def test_nothing_but_the_probe_in_a_cycle_is_a_rate_too(self) -> None:
        """Else nothing could be sent at all."""
        allowance = Allowance()
        call(allowance, 0.0, hinted(9.95))
        call(allowance, 10.0, ACCEPTED)
        assert allowance.learned.w_max == pytest.approx(0.1)


class TestDeclared:
    """A limit that somebody knows."""

    def test_it_is_a_window_that_begins_with_the_first_call(self) -> None:
        """All of it may be used at once by who waits; then nothing until the window is over, and a little more."""
        allowance = Allowance()
        allowance.declare(100.0, 3.0, 60.0)
        for _ in range(3):
            assert allowance.ask(100.0, 1.0, NORMAL) == 0.0
            call(allowance, 100.0, ACCEPTED, prio=NORMAL)
        assert allowance.ask(100.0, 1.0, NORMAL) == pytest.approx(63.0)
        assert allowance.ask(163.0, 1.0, NORMAL) == 0.0

    def test_bulk_is_spread_over_it(self) -> None:
        """Without having been refused once."""
        allowance = Allowance()
        allowance.declare(0.0, 300.0, 60.0)
        call(allowance, 0.0, ACCEPTED)
        assert allowance.ask(0.0, 1.0, BULK) == pytest.approx(63 / 294)

    def test_windows_shorter_than_a_date_s_precision_are_told_apart(self) -> None:
        """The next one begins a second later, and has room again."""
        allowance = Allowance()
        allowance.declare(0.0, 10.0, 1.0)
        first, late = (allowance.sent(0.0, 1.0, NORMAL) for _ in range(2))
        allowance.done(0.1, first, told(10.0, 0.0, 0.8))
        allowance.done(0.95, late, told(10.0, 9.0, 0.95))
        assert allowance.window is not None
        assert allowance.window.avail == 9.0

    def test_headers_know_better(self) -> None:
        """From the first one on."""
        allowance = Allowance()
        allowance.declare(0.0, 300.0, 60.0)
        call(allowance, 0.0, told(1000.0, 999.0, 60.0))
        assert allowance.window is not None
        assert (allowance.window.limit, allowance.window.avail) == (1000.0, 999.0)


class TestRemembered:
    """What another process learned."""

    def test_a_rate_is_taken_up(self) -> None:
        """From 95 % of it."""
        allowance = Allowance()
        allowance.remember(0.0, Entry(at=1.0, rate=2.0, k_s=60.0))
        allowance.sent(0.0, 1.0, BULK)
        assert allowance.ask(0.0, 1.0, BULK) == pytest.approx(1 / 1.9)

    def test_it_is_dropped_for_headers(self) -> None:
        """They know better."""
        allowance = Allowance()
        allowance.remember(0.0, Entry(at=1.0, rate=0.001, k_s=60.0, limit=300.0, window_s=60.0))
        assert allowance.ask(0.0, 1.0, BULK) == 0.0
        call(allowance, 0.0, told(300.0, 299.0, 60.0))
        assert allowance.ask(1.0, 1.0, BULK) == 0.0
        assert allowance.learned.w_max is None

    def test_a_limit_is_taken_for_declared(self) -> None:
        """The first answer tells what is left of it."""
        allowance = Allowance()
        allowance.remember(0.0, Entry(at=1.0, limit=300.0, window_s=60.0))
        allowance.sent(0.0, 1.0, BULK)
        assert allowance.ask(0.0, 1.0, BULK) == pytest.approx(60 / 294)

    def test_a_declared_limit_is_not_replaced(self) -> None:
        """Who declares it knows."""
        allowance = Allowance()
        allowance.declare(0.0, 10.0, 60.0)
        allowance.remember(0.0, Entry(at=1.0, limit=300.0, window_s=60.0))
        assert allowance.window is not None
        assert allowance.window.limit == 10.0

    def test_what_was_only_taken_over_is_no_news(self) -> None:
        """Else it would never grow old."""
        allowance = Allowance()
        allowance.remember(0.0, Entry(at=1.0, rate=2.0, k_s=60.0, limit=300.0, window_s=60.0))
        assert allowance.news(2.0) is None

    def test_what_was_learned_is_news(self) -> None:
        """Rate and window, each when it is one's own."""
        allowance = learned()
        assert allowance.news(7.0) == Entry(at=7.0, rate=2.0, k_s=10.0)
        call(allowance, 11.0, told(300.0, 299.0, 60.0))
        assert allowance.news(8.0) == Entry(at=8.0, rate=2.0, k_s=10.0, limit=300.0, window_s=60.0)


verdicts = st.one_of(
    st.just(ACCEPTED),
    st.just(NOTHING),
    st.just(REFUSED),
    st.builds(hinted, st.floats(0.0, 100.0), exact=st.booleans()),
    st.builds(
        told,
        st.integers(1, 300).map(float),
        st.integers(0, 300).map(float),
        st.floats(0.0, 100.0),
        ok=st.sampled_from([True, False, None]),
        slack=st.floats(0.0, 1.0),
    ),
)
steps = st.lists(
    st.tuples(
        st.floats(0.0, 20.0),
        st.sampled_from(["send", "answer"]),
        st.sampled_from([1.0, 1.0, 10.0, 1000.0]),
        st.sampled_from([INTERACTIVE, NORMAL, BULK]),
        verdicts,
        st.floats(0.0, 1.0),
    ),
    max_size=60,
)


def play(script: list[Any], allowance: Allowance) -> float:
    """Follow a script, sending what may be sent and answering in any order; everything is answered in the end."""
    now = 0.0
    out: list[Booking] = []
    for after, op, cost, prio, verdict, roll in script:
        now += after
        if op == "answer" and out:
            allowance.done(now, out.pop(int(roll * (len(out) - 1))), verdict, roll)
            continue
        wait = allowance.ask(now, cost, prio)
        assert wait >= 0.0
        if wait == 0.0:
            out.append(allowance.sent(now, cost, prio))
    for booking in out:
        allowance.done(now, booking, NOTHING)
    return now


class TestProperties:
    """What holds whatever the server answers."""

    @settings(max_examples=100, deadline=None)
    @given(steps, st.booleans())
    def test_what_is_in_flight_returns_to_nothing(self, script: list[Any], sized: bool) -> None:
        """Every call is counted in and out, no wait is negative, and no probe is left behind."""
        allowance = Allowance(sized=sized)
        play(script, allowance)
        assert allowance.in_flight == 0.0
        assert not allowance.gate.probing

    @settings(max_examples=100, deadline=None)
    @given(steps, st.sampled_from([1.0, 10.0, 1000.0]), st.sampled_from([INTERACTIVE, NORMAL, BULK]))
    def test_a_wait_that_was_slept_is_not_asked_for_again(self, script: list[Any], cost: float, prio: int) -> None:
        """Who sleeps exactly as long as he was told gets on, or is told something else, and at last may go."""
        allowance = Allowance()
        now = play(script, allowance)
        waits: list[float] = []
        while (wait := allowance.ask(now, cost, prio)) > 0.0:
            assert waits[-1:] != [wait]
            waits.append(wait)
            now += wait
        assert len(waits) < 60

    @settings(max_examples=60, deadline=None)
    @given(
        st.integers(20, 300),
        st.floats(1.0, 60.0),
        st.integers(1, 12),
        st.floats(0.0, 2.0),
        st.integers(0, 10**9),
    )
    def test_one_process_with_headers_is_never_refused(
        self, limit: int, window: float, workers: int, demand: float, seed: int
    ) -> None:
        """However late the answers are, and in whatever order they come."""
        dice = Random(seed)  # noqa: S311 -- a die, no secret
        server = Server(limit, window, dice, rolling=seed % 2 == 0)
        assert server.run(workers, demand * limit / window) > 0


class Server:
    """Counts in windows, on the clock or from their first call, and is called by workers and by people."""

    def __init__(self, limit: int, window: float, dice: Random, *, rolling: bool) -> None:
        self.limit, self.window, self.dice, self.rolling = limit, window, dice, rolling
        self.end = -1.0 if rolling else dice.uniform(0.0, window)
        self.used = self.accepted = 0
        self.allowance = Allowance()
        self.events: list[tuple[Any, ...]] = []
        self.order = count()

    def plan(self, at: float, what: str, *rest: Any) -> None:
        """Have something happen."""
        heappush(self.events, (at, next(self.order), what, *rest))

    def run(self, workers: int, interactive: float) -> int:
        """Return how many calls were accepted in three windows."""
        for _ in range(workers):
            self.plan(0.0, "ask", BULK)
        if interactive:
            self.plan(1.0, "come", interactive)
        now = 0.0
        while now < 3 * self.window and self.events:
            now, _, what, *rest = heappop(self.events)
            getattr(self, what)(now, *rest)
        return self.accepted

    def come(self, now: float, rate: float) -> None:
        """Somebody wants to send one mail."""
        self.plan(now, "ask", INTERACTIVE)
        self.plan(now + self.dice.expovariate(rate), "come", rate)

    def ask(self, now: float, prio: int) -> None:
        """Send, or wait and ask again."""
        wait = self.allowance.ask(now, 1.0, prio)
        if wait:
            self.plan(now + wait, "ask", prio)
        else:
            self.plan(now + self.dice.expovariate(10.0), "arrive", prio, self.allowance.sent(now, 1.0, prio))

    def arrive(self, now: float, prio: int, booking: Booking) -> None:
        """Count a call."""
        if now >= self.end:
            self.end = (
                now + self.window if self.rolling else self.end + self.window * (1 + (now - self.end) // self.window)
            )
            self.used = 0
        assert self.used < self.limit, f"refused at {now}"
        self.used, self.accepted = self.used + 1, self.accepted + 1
        self.plan(now + self.dice.expovariate(10.0), "answer", prio, booking, self.limit - self.used, self.end)

    def answer(self, now: float, prio: int, booking: Booking, remaining: int, reset_at: float) -> None:
        """Read an answer; a worker goes on."""
        self.allowance.done(now, booking, told(self.limit, remaining, max(0.0, reset_at - now)))
        if prio == BULK:
            self.plan(now, "ask", BULK)
