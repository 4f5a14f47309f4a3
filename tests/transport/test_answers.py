"""Answers are read into verdicts, and dates into bounds of the server's clock."""

from __future__ import annotations

import json
from email.utils import formatdate
from pathlib import Path
from typing import Any

import attrs
import pytest
from multidict import CIMultiDict

from mailgun_async.transport.answers import ACCEPTED, NOTHING, ServerClock, Verdict, read, reset_s
from mailgun_async.transport.request import Response

VECTORS = {
    vector["name"].split(":")[0]: vector for vector in json.loads((Path(__file__).parent / "vectors.json").read_text())
}
DATE = "Wed, 22 Feb 2023 10:03:32 GMT"
DATE_S = 1677060212.0


def judge(
    status: int, headers: dict[str, str] | None = None, body: str = "", clock: ServerClock | None = None
) -> Verdict:
    """Read an answer to a call sent at 5.0 s and received at 5.2 s."""
    answer = Response(status, CIMultiDict({"Date": DATE, **(headers or {})}), body.encode())
    return read(answer, 5.0, 5.2, clock or ServerClock())


@pytest.mark.parametrize(("status", "headers", "body", "expected"), VECTORS["parse"]["steps"])
def test_vectors_of_answers(status: int, headers: dict[str, str], body: str, expected: dict[str, Any]) -> None:
    """Every recorded answer gives the recorded verdict."""
    verdict = read(Response(status, headers, body.encode()), 5.0, 5.2, ServerClock())
    assert {name: getattr(verdict, name) for name in expected} == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("text", "server_now", "expected"), VECTORS["reset"]["steps"])
def test_vectors_of_resets(text: str, server_now: float, expected: float | None) -> None:
    """A reset is read as seconds or milliseconds since 1970, or as seconds from now."""
    assert reset_s(text, server_now) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text", [None, "", "nan", "inf", "-7", "1e300", "30 s", str(DATE_S - 6), str(DATE_S + 33 * 86_400)]
)
def test_a_reset_that_cannot_be_is_none(text: str | None) -> None:
    """What is no number, long past or more than a month away is passed over."""
    assert reset_s(text, DATE_S) is None


def test_a_reset_just_past_is_now() -> None:
    """Clocks differ a little: a few seconds ago means that the window is over."""
    assert reset_s(str(DATE_S - 4), DATE_S) == 0.0


def test_vectors_of_the_clock() -> None:
    """The bounds narrow with every answer, and begin afresh when they exclude each other."""
    clock = ServerClock()
    for date_at, sent_at, received_at, low, high in VECTORS["clock"]["steps"]:
        clock.narrow(date_at, sent_at, received_at)
        assert (clock.low, clock.high) == pytest.approx((low, high), abs=1e-4)


class TestServerClock:
    """The middle of the bounds, unless this machine's clock is inside them."""

    def test_the_middle_is_taken_when_nothing_else_is_known(self) -> None:
        """Half the width is how far it may be off."""
        clock = ServerClock()
        clock.narrow(1000.0, 4.0, 4.5)
        assert clock.offset == pytest.approx(996.25 - 0.0)
        assert clock.slack == pytest.approx(0.75)

    def test_the_machine_is_believed_while_the_answers_allow_it(self) -> None:
        """Most clocks are right, and far better than half a second."""
        clock = ServerClock(996.4)
        clock.narrow(1000.0, 4.0, 4.5)
        assert clock.offset == 996.4
        assert clock.slack == 0.05

    def test_a_clock_that_is_45_s_off_is_not_believed(self) -> None:
        """Then only the answers count."""
        clock = ServerClock(996.4 + 45.0)
        clock.narrow(1000.0, 4.0, 4.5)
        assert clock.offset == pytest.approx(996.25)

    def test_a_date_that_is_none_is_ignored(self) -> None:
        """A proxy's nonsense changes nothing."""
        clock = ServerClock(7.0)
        clock.hear("soon", 4.0, 4.5)
        assert (clock.low, clock.high, clock.offset) == (7.0, 7.0, 7.0)

    @pytest.mark.parametrize("text", ["Wed, 99 Foo 2023 10:03:32 GMT", "Wed, 22 Feb 99999999999 10:03:32 GMT"])
    def test_a_date_beyond_the_calendar_is_ignored(self, text: str) -> None:
        """It raises nothing."""
        clock = ServerClock(7.0)
        clock.hear(text, 4.0, 4.5)
        assert clock.offset == 7.0

    def test_ordinary_answers_are_looked_at_once_a_second(self) -> None:
        """Parsing a date for every answer would cost more than the rest together."""
        clock = ServerClock()
        for at in (10.0, 10.9, 11.0):
            read(Response(200, {"Date": formatdate(DATE_S + at, usegmt=True)}, b""), at, at, clock)
            heard = clock.at
            assert heard == (11.0 if at == 11.0 else 10.0)

    def test_answers_of_one_second_narrow_the_bounds(self) -> None:
        """Though their dates are the same text."""
        clock = ServerClock()
        for sent_at, received_at in ((10.0, 10.1), (10.8, 10.9)):
            clock.hear(DATE, sent_at, received_at)
        assert (clock.low, clock.high) == pytest.approx((DATE_S - 10.1, DATE_S - 9.8), abs=1e-3)

    def test_a_reset_is_counted_by_the_server_s_clock(self) -> None:
        """The same answer means the same wait on a machine whose clock is 45 s off."""
        verdicts = [
            judge(
                200,
                {"X-RateLimit-Limit": "9", "X-RateLimit-Remaining": "8", "X-RateLimit-Reset": str(DATE_S + 30)},
                "",
                ServerClock(guess),
            )
            for guess in (None, DATE_S + 45.0)
        ]
        assert [verdict.reset_in for verdict in verdicts] == pytest.approx([29.4, 29.4])


class TestAccepted:
    """Answers that passed the limits."""

    @pytest.mark.parametrize("status", [200, 202, 204, 404])
    def test_without_headers_they_share_one_verdict(self, status: int) -> None:
        """Nothing is made for the common case."""
        assert judge(status) is ACCEPTED

    def test_the_second_header_set_counts_recipients(self) -> None:
        """Both sets are read, in milliseconds too, in any case."""
        verdict = judge(
            200,
            {
                "x-ratelimit-limit": "2000000",
                "x-ratelimit-remaining": "1999999",
                "x-ratelimit-reset": str(int(DATE_S * 1000) + 10_000),
                "X-Recipient-Limit": "1000000",
                "X-Recipient-Remaining": "999000",
                "X-Recipient-Reset": str(int(DATE_S * 1000) + 10_000),
            },
        )
        assert (verdict.limit, verdict.remaining) == (2e6, 1999999.0)
        assert verdict.reset_in == pytest.approx(9.4)
        assert verdict.recipients is not None
        assert attrs.astuple(verdict.recipients) == pytest.approx((1e6, 999e3, 9.4))

    def test_a_second_set_with_a_gap_is_passed_over(self) -> None:
        """Half a set cannot be paced by."""
        verdict = judge(200, {"X-Recipient-Limit": "1000000", "X-Recipient-Remaining": "999000"})
        assert verdict.recipients is None

    @pytest.mark.parametrize(
        ("headers", "expected"),
        [
            ({"RateLimit": '"default";r=50;t=30', "RateLimit-Policy": '"default";q=100;w=60'}, (100.0, 50.0, 30.0)),
            ({"RateLimit": "limit=100, remaining=50, reset=30"}, (100.0, 50.0, 30.0)),
            ({"RateLimit": '"default";r=50;t=30'}, (None, 50.0, 30.0)),
            ({"RateLimit": "nothing of the kind"}, (None, None, None)),
        ],
    )
    def test_the_ietf_draft_is_read_too(self, headers: dict[str, str], expected: tuple[float | None, ...]) -> None:
        """Its reset is seconds from now."""
        verdict = judge(200, headers)
        assert (verdict.limit, verdict.remaining, verdict.reset_in) == expected


class TestRefused:
    """Every way of saying "too fast"."""

    @pytest.mark.parametrize("status", [429, 420, 400, 403])
    @pytest.mark.parametrize(
        ("word", "reason"),
        [
            ("request", "requests"),
            ("recipient", "recipients"),
            ("bytes", "bytes"),
            ("account-requests-per-sec", "account"),
        ],
    )
    def test_the_text_says_what_was_exceeded(self, status: int, word: str, reason: str) -> None:
        """Also where the status does not say so."""
        verdict = judge(status, body=f'{{"message": "Domain x is not allowed to send: {word} limit exceeded"}}')
        assert (verdict.ok, verdict.reason, verdict.hint) == (False, reason, None)

    @pytest.mark.parametrize(
        ("headers", "body", "hint", "exact"),
        [
            ({"Retry-After": "7"}, "", 7.0, True),
            ({"Retry-After": "Wed, 22 Feb 2023 10:04:02 GMT"}, "", 29.4, False),
            ({"Retry-After": "later"}, "try again after 9 seconds", 9.0, True),
            ({"Retry-After": "7"}, "try again after 9 seconds", 7.0, True),
            ({"Retry-After": "99999999"}, "", None, True),
            ({}, "try again after 120 seconds", 120.0, True),
            ({}, "try again in 2.5s", 2.5, True),
            ({}, "try again after Wed, 22 Feb 2023 10:04:02 UTC", 29.4, False),
            ({}, "try again after 22 Feb 2023 10:04:02 +0000", 29.4, False),
            ({}, "try again after Wed, 22 Feb 2023 09:04:02 UTC", None, True),
            ({}, "try again after Wed, 99 Xyz 2023 10:04:02 UTC", None, True),
            ({}, '{"retry-seconds": 60}', 60.0, True),
            ({}, '{"retry-seconds": "60"}', 60.0, True),
            ({}, '{"message": "Too Many Requests"}', None, True),
            ({}, "\x00\xff" * 4000 + "after 9 seconds", None, True),
        ],
    )
    def test_the_wait_is_found_wherever_it_stands(
        self, headers: dict[str, str], body: str, hint: float | None, exact: bool
    ) -> None:
        """The header first, then seconds, a date, and `retry-seconds` in the text."""
        verdict = judge(429, headers, body)
        assert verdict.ok is False
        assert verdict.hint == pytest.approx(hint)
        assert verdict.exact is exact

    def test_a_refusal_carries_its_headers(self) -> None:
        """They may explain it."""
        headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "20"}
        verdict = judge(429, headers)
        assert (verdict.ok, verdict.limit, verdict.remaining, verdict.reset_in) == (False, 300.0, 0.0, 20.0)

    def test_too_fast_on_probation_may_be_a_limit(self) -> None:
        """As long as nothing is disabled."""
        assert judge(400, body="You are sending too fast. Slow down.").ok is False

    @pytest.mark.parametrize("wait", ["after 120 seconds", "after Wed, 22 Feb 2023 10:04:02 UTC", "in 2.5s"])
    def test_a_time_to_come_back_at_is_a_limit(self, wait: str) -> None:
        """Whatever else the text says."""
        verdict = judge(400, body=f"Slow down and try again {wait}")
        assert verdict.ok is False
        assert verdict.hint is not None

    @pytest.mark.parametrize("body", ["Correct it and try again after that", "try again in the other region"])
    def test_an_invitation_to_try_again_is_no_limit(self, body: str) -> None:
        """Without a time it is about something else, and would be tried for minutes."""
        assert judge(400, body=body) is NOTHING

    @pytest.mark.parametrize(
        "body",
        [
            "You are sending too fast. Your account is on probation and has been temporarily disabled",
            "Domain x is not allowed to send: the domain is disabled",
            "Account disabled",
        ],
    )
    @pytest.mark.parametrize("status", [400, 403])
    def test_a_disabled_account_is_no_limit(self, status: int, body: str) -> None:
        """Waiting does not help, so nothing is waited for."""
        verdict = judge(status, body=body)
        assert (verdict.ok, verdict.account_stopped) == (None, True)

    def test_large_batches_are_a_matter_of_size(self) -> None:
        """Fewer recipients pass."""
        verdict = judge(403, body="Domain x is not allowed to send large batches yet")
        assert (verdict.ok, verdict.oversize, verdict.reason) == (None, True, "recipients")


class TestNothingTold:
    """Answers that say nothing about limits."""

    @pytest.mark.parametrize("status", [301, 401, 402, 408, 409, 413, 500, 502, 503])
    def test_other_statuses(self, status: int) -> None:
        """Whatever their headers or texts."""
        assert judge(status, {"Retry-After": "9"}, "request limit exceeded") is NOTHING

    @pytest.mark.parametrize("body", ["'to' parameter is not a valid address", "message size limit exceeded", ""])
    @pytest.mark.parametrize("status", [400, 403])
    def test_ordinary_refusals(self, status: int, body: str) -> None:
        """They would be refused again."""
        assert judge(status, body=body) is NOTHING

    def test_a_429_about_a_certificate(self) -> None:
        """It is a conflict with a job that is under way."""
        assert judge(429, body="x509 key pair generation job is already in progress") is NOTHING
