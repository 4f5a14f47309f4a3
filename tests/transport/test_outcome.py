from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgun_async.transport.answers import ACCEPTED, NOTHING, Verdict
from mailgun_async.transport.outcome import Accepted, Limited, Outcome, Refused, Unknown, Unsent, of
from mailgun_async.transport.request import Failure, Request, Response, Safety

REFUSED_BY_LIMIT = Verdict(ok=False, reason="recipients", hint=30.0)
SAFETIES: list[Safety] = ["read", "idempotent", "unsafe"]


def call(safety: Safety) -> Request:
    """A call, of which only the safety matters here."""
    return Request(method="POST", template="/v3/{domain}/messages", url="", headers={}, safety=safety)


def outcome_of(status: int, verdict: Verdict = NOTHING, safety: Safety = "unsafe", body: bytes = b"") -> Outcome:
    """What a whole answer proves."""
    return of(call(safety), Response(status, {}, body), verdict)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_2xx_is_accepted(status: int) -> None:
    """With its answer."""
    assert outcome_of(status, ACCEPTED) == Accepted(Response(status, {}, b""))


def test_the_answer_of_a_wrong_path_is_a_refusal() -> None:
    """Mailgun greets whoever misses its API, with status 200."""
    assert isinstance(outcome_of(200, ACCEPTED, body=b"Mailgun Magnificent API\n"), Refused)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 409, 413, 415, 422, 429])
@pytest.mark.parametrize("safety", SAFETIES)
def test_a_4xx_is_refused(status: int, safety: Safety) -> None:
    """Also a 429 that is not about rate."""
    assert outcome_of(status, safety=safety) == Refused(Response(status, {}, b""))


@pytest.mark.parametrize("status", [400, 403, 420, 429])
def test_a_refusal_by_a_limit_is_limited(status: int) -> None:
    """Whatever its status; with what the answer told."""
    assert outcome_of(status, REFUSED_BY_LIMIT) == Limited(Response(status, {}, b""), "recipients", 30.0)


@pytest.mark.parametrize("ok", [None, False])
def test_a_call_that_is_too_large_is_refused(ok: bool | None) -> None:
    """Waiting would not help."""
    verdict = Verdict(ok=ok, oversize=True)
    assert outcome_of(403, verdict) == Refused(Response(403, {}, b""), oversize=True)


@pytest.mark.parametrize("ok", [None, False])
def test_a_stopped_account_is_refused(ok: bool | None) -> None:
    """Waiting would not help."""
    verdict = Verdict(ok=ok, account_stopped=True)
    assert outcome_of(400, verdict) == Refused(Response(400, {}, b""), account_stopped=True)


@pytest.mark.parametrize("status", [408, 425, 499, 500, 502, 503, 504, 520, 599, 600, 99])
@pytest.mark.parametrize("safety", SAFETIES)
def test_a_failing_server_is_unknown(status: int, safety: Safety) -> None:
    """It may have passed the call on before."""
    assert outcome_of(status, safety=safety) == Unknown(Response(status, {}, b""))


@pytest.mark.parametrize("status", [408, 500, 503])
def test_a_failing_server_is_never_a_limit(status: int) -> None:
    """A refusal by a limit may be sent again, so it has to be a 4xx."""
    assert isinstance(outcome_of(status, REFUSED_BY_LIMIT), Unknown)


@pytest.mark.parametrize(("safety", "kind"), [("read", Refused), ("idempotent", Refused), ("unsafe", Unknown)])
def test_a_redirect_is_unknown_when_it_matters(safety: Safety, kind: type[Outcome]) -> None:
    """To a call that may be repeated it is a wrong address."""
    assert isinstance(outcome_of(307, safety=safety), kind)


@pytest.mark.parametrize("safety", SAFETIES)
def test_what_was_not_sent_is_unsent(safety: Safety) -> None:
    """Whatever broke."""
    failure = Failure("timeout", sent=False)
    assert of(call(safety), failure, NOTHING) == Unsent(failure)


@pytest.mark.parametrize("status", [None, 100, 404, 502])
@pytest.mark.parametrize("safety", SAFETIES)
def test_what_was_sent_is_unknown(safety: Safety, status: int | None) -> None:
    """Unless a 2xx was read."""
    failure = Failure("broken", sent=True, status=status)
    assert of(call(safety), failure, NOTHING) == Unknown(failure)


def test_an_accepting_answer_that_broke_off_accepts() -> None:
    """The status line is enough, for what must not be repeated."""
    assert of(call("unsafe"), Failure("timeout", sent=True, status=200), NOTHING) == Accepted(None)


@pytest.mark.parametrize("safety", ["read", "idempotent"])
def test_an_accepting_answer_that_broke_off_can_be_had_again(safety: Safety) -> None:
    """What may be repeated is repeated for the sake of its answer."""
    failure = Failure("broken", sent=True, status=200)
    assert of(call(safety), failure, NOTHING) == Unknown(failure)


@given(
    status=st.integers(100, 999),
    ok=st.sampled_from([None, False, True]),
    oversize=st.booleans(),
    stopped=st.booleans(),
    safety=st.sampled_from(SAFETIES),
)
def test_only_a_proof_lets_a_call_be_sent_again(
    status: int, ok: bool | None, oversize: bool, stopped: bool, safety: Safety
) -> None:
    """No answer but a 4xx is ever taken for a refusal of a call that must not be repeated."""
    verdict = Verdict(ok=ok, oversize=oversize, account_stopped=stopped)
    outcome = outcome_of(status, verdict, safety)
    if safety == "unsafe" and not 400 <= status < 500:
        assert isinstance(outcome, Accepted if 200 <= status < 300 else Unknown)
    if isinstance(outcome, Limited):
        assert ok is False
        assert not oversize
        assert not stopped
