from __future__ import annotations

import copy
import pickle

import pytest
from multidict import CIMultiDict

from mailgun_async import errors
from mailgun_async.transport.outcome import Accepted, Limited, Refused, Unknown, Unsent
from mailgun_async.transport.refusals import error, words
from mailgun_async.transport.request import Failure, Request, Response, Safety

MESSAGES = "/v3/{domain}/messages"


def call(template: str = MESSAGES, safety: Safety = "unsafe", *, method: str = "POST", host: str = "") -> Request:
    """A call to an address that no text may show."""
    return Request(
        method=method,
        template=template,
        url=f"https://{host or 'api.mailgun.net'}/v3/mg.example.com/bob@example.com",
        headers={"Authorization": "Basic c2VjcmV0"},
        safety=safety,
        message_id="1@mg.example.com",
    )


def answer(status: int, body: bytes = b"", **headers: str) -> Response:
    """An answer with these headers."""
    return Response(status, CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()}), body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"message": "Domain not found: x"}', "Domain not found: x"),
        (b'{"Error": "no such list"}', "no such list"),
        (b'{"error": "no"}', "no"),
        (b'{"error": {"name": "bad", "message": "worse"}}', "worse"),
        (b'{"Reason": "expired"}', "expired"),
        (b'{"Description": "not here"}', "not here"),
        (b'{"Field": "limit", "Value": "ten"}', "invalid limit: 'ten'"),
        (b'{"message": "", "error": "no"}', "no"),
        (b'{"message": ["a", "b"]}', '["a", "b"]'),
        (b'"Forbidden"', "Forbidden"),
        (b"Forbidden", "Forbidden"),
        (b'{"retry-seconds": 60}', '{"retry-seconds": 60}'),
        (b"{}", ""),
        (b"", ""),
        (b"two\n lines", "two lines"),
        (b"<html><head><title>502 Bad\nGateway</title>", "a page titled '502 Bad\\nGateway'"),
        (b"<!doctype html><p>no", "an HTML page"),
        (b"[" * 100_000, "[" * 297 + "..."),
        (b"\xff" * 400, "\N{REPLACEMENT CHARACTER}" * 297 + "..."),
    ],
)
def test_mailguns_words_are_found(body: bytes, said: str) -> None:
    """Wherever it puts them, in one line, and not too long."""
    assert words(body) == said


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BadRequest),
        (401, errors.Unauthorized),
        (402, errors.PaymentRequired),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (413, errors.TooLarge),
        (429, errors.Conflict),
        (422, errors.ApiError),
        (451, errors.ApiError),
        (200, errors.UnexpectedAnswer),
        (302, errors.UnexpectedAnswer),
    ],
)
def test_a_refusal_has_the_class_of_its_status(status: int, kind: type[errors.ApiError]) -> None:
    """And carries all that came."""
    made = error(call(), Refused(answer(status, b'{"message": "No."}', X_Request_Id="r1")))
    assert type(made) is kind
    assert isinstance(made, errors.ApiError)
    assert (made.status, made.message, made.request_id) == (status, "No.", "r1")
    assert (made.body, made.method, made.template) == (b'{"message": "No."}', "POST", MESSAGES)
    assert str(made).startswith(f"POST {MESSAGES}: {status} No.")
    assert (made.oversize, made.account_stopped) == (False, False)


def test_a_status_without_words_has_its_standard_phrase() -> None:
    """Or none, when there is none."""
    assert "404 Not Found." in str(error(call(), Refused(answer(404))))
    assert "477 (no standard status)" in str(error(call(), Refused(answer(477))))


@pytest.mark.parametrize("status", [401, 404])
@pytest.mark.parametrize("template", [MESSAGES, "/v4/domains/{name}", "/v3/{domain_name}/templates"])
@pytest.mark.parametrize(("host", "other"), [("api.mailgun.net", "'eu'"), ("api.eu.mailgun.net", "'us'")])
def test_a_domain_that_is_not_found_may_live_in_the_other_region(
    status: int, template: str, host: str, other: str
) -> None:
    """Which one that is, is told."""
    assert f"region={other}" in str(error(call(template, host=host), Refused(answer(status))))


def test_a_server_of_your_own_has_no_region() -> None:
    """But may still be the wrong one."""
    text = str(error(call(host="localhost:8080"), Refused(answer(404))))
    assert "base_url" in text
    assert "region=" not in text


def test_what_belongs_to_no_domain_has_no_region_either() -> None:
    """It may be new, or gone."""
    text = str(error(call("/v3/routes/{id}", "read"), Refused(answer(404))))
    assert "region" not in text
    assert "deleted" in text
    assert "region" not in str(error(call("/v3/routes/{id}", "read"), Refused(answer(401))))


@pytest.mark.parametrize(
    ("template", "method", "safety", "needed"),
    [
        (MESSAGES, "POST", "unsafe", "this domain's sending key"),
        ("/v3/{domain}/messages.mime", "POST", "unsafe", "this domain's sending key"),
        ("/v4/domains", "GET", "read", "admin, developer or basic"),
        ("/v4/domains", "POST", "unsafe", "role admin or developer"),
    ],
)
def test_a_403_says_which_key_the_call_needs(template: str, method: str, safety: Safety, needed: str) -> None:
    """By what it does."""
    assert needed in str(error(call(template, safety, method=method), Refused(answer(403))))


@pytest.mark.parametrize(("status", "kind"), [(403, errors.Forbidden), (420, errors.RateLimited)])
def test_a_call_that_is_too_large_says_so(status: int, kind: type[errors.ApiError]) -> None:
    """Fewer recipients may pass."""
    made = error(call(), Refused(answer(status), oversize=True))
    assert type(made) is kind
    assert isinstance(made, errors.ApiError)
    assert made.oversize
    assert "fewer recipients" in str(made)


def test_a_stopped_account_says_so() -> None:
    """Trying again is of no use."""
    made = error(call(), Refused(answer(400), account_stopped=True, oversize=True))
    assert type(made) is errors.BadRequest
    assert made.account_stopped
    assert "Do not try again" in str(made)


@pytest.mark.parametrize(("wait", "text"), [(30.4, "in 30 s"), (None, "later")])
def test_a_limit_says_when(wait: float | None, text: str) -> None:
    """And why, as far as it is known."""
    made = error(call(), Limited(answer(420), "recipients", wait))
    assert isinstance(made, errors.RateLimited)
    assert (made.status, made.reason, made.retry_after_s) == (420, "recipients", wait)
    assert f"try again {text}" in str(made)


def test_what_was_not_sent_is_a_connect_error() -> None:
    """It names the host and the reason; nothing else of the URL."""
    cause = ConnectionRefusedError(111, "Connection refused")
    made = error(call(), Unsent(Failure("connect", sent=False, cause=cause)))
    assert type(made) is errors.ConnectError
    assert made.__cause__ is cause
    assert "no connection to api.mailgun.net (connect: Connection refused)" in str(made)


@pytest.mark.parametrize("safety", ["read", "idempotent"])
@pytest.mark.parametrize(("kind", "type_"), [("timeout", errors.Timeout), ("broken", errors.TransportError)])
def test_no_answer_to_what_may_be_repeated_is_a_transport_error(
    safety: Safety, kind: str, type_: type[errors.TransportError]
) -> None:
    """A timeout is one of its own."""
    cause = ValueError("https://api.mailgun.net/bob@example.com")
    failure = Failure(kind, sent=True, cause=cause)  # type: ignore[arg-type]
    made = error(call(safety=safety), Unknown(failure))
    assert type(made) is type_
    assert made.__cause__ is cause
    assert f"({kind}: ValueError)" in str(made)
    assert "bob" not in str(made)


@pytest.mark.parametrize(
    ("status", "kind"), [(502, errors.ServerError), (408, errors.ApiError), (620, errors.ServerError)]
)
def test_a_failing_server_is_a_server_error_to_what_may_be_repeated(status: int, kind: type[errors.ApiError]) -> None:
    """408 is the client's side of it."""
    assert type(error(call(safety="read"), Unknown(answer(status, b"<title>Oh</title>")))) is kind


def test_an_unknown_message_names_its_id() -> None:
    """To be looked up before it is sent again."""
    made = error(call(), Unknown(Failure("timeout", sent=True, cause=TimeoutError())))
    assert isinstance(made, errors.DeliveryUnknown)
    assert (made.message_id, made.status, made.template) == ("1@mg.example.com", None, MESSAGES)
    assert "no answer (timeout: TimeoutError). It may have been accepted. Look message_id 1@mg.example.com" in str(made)
    assert isinstance(made.__cause__, TimeoutError)


def test_an_unknown_change_is_to_be_read_back() -> None:
    """The answer's status and words are told."""
    request = call("/v3/routes")
    request.message_id = None
    made = error(request, Unknown(answer(502, b"<title>Oh</title>")))
    assert isinstance(made, errors.DeliveryUnknown)
    assert (made.message_id, made.status) == (None, 502)
    assert "502 a page titled 'Oh'. It may have been accepted. Read back" in str(made)


@pytest.mark.parametrize(
    "outcome",
    [
        Refused(answer(401)),
        Refused(answer(404)),
        Limited(answer(429)),
        Unsent(Failure("connect", sent=False, cause=OSError("c2VjcmV0"))),
        Unknown(Failure("broken", sent=True)),
        Unknown(answer(500)),
    ],
)
def test_no_text_shows_a_key_or_an_address(outcome: Refused) -> None:
    """What is shown of the URL is its host."""
    text = str(error(call(), outcome))
    assert "c2VjcmV0" not in text
    assert "bob" not in text


def test_an_accepted_call_ends_in_no_error() -> None:
    """To ask for one is a mistake."""
    with pytest.raises(TypeError, match="Accepted"):
        error(call(), Accepted(None))


@pytest.mark.parametrize(
    "made",
    [
        error(call(), Refused(answer(403, b'{"message": "No."}', X_Request_Id="r1"), oversize=True)),
        error(call(), Limited(answer(429), "recipients", 30.0)),
        error(call(), Unsent(Failure("connect", sent=False))),
        error(call(), Unknown(answer(502))),
        error(call(safety="read"), Unknown(Failure("timeout", sent=True))),
        errors.WaitTooLong("too long", wait_s=9.0),
        errors.DecodingError("no date", path="items[3].created_at", body=b"{}"),
        errors.InvalidMessage("too many", field="to", size=1001, limit=1000),
        errors.ConfigError("no key"),
    ],
    ids=lambda made: type(made).__name__,
)
def test_errors_travel_between_processes(made: errors.MailgunError) -> None:
    """Text and fields arrive, by pickle and by copy."""
    for twin in (pickle.loads(pickle.dumps(made)), copy.copy(made)):  # noqa: S301 -- our own bytes
        assert type(twin) is type(made)
        assert (str(twin), vars(twin)) == (str(made), vars(made))
