from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from mailgun_async import errors
from mailgun_async.batch.chunks import Chunk
from mailgun_async.batch.flight import Flight, is_hopeless, named, rejects_address
from mailgun_async.errors import ApiError, BadRequest, MailgunError

CHUNK = Chunk.of({"ada@example.com": {}, "Bob@Example.com": {}}, {})
WHERE = {"method": "POST", "template": "/v3/{domain_name}/messages"}


def fate(error: BaseException | None, *, on_wire: bool = False, uncertain: bool = False) -> str:
    """Tell the fate of a call that ended so."""
    return Flight(CHUNK, "1@test", error=error, on_wire=on_wire, uncertain=uncertain).fate


def test_without_an_error_it_was_accepted() -> None:
    """That is what posting promises."""
    assert fate(None) == "accepted"


@pytest.mark.parametrize(
    "error",
    [
        errors.ConnectError("no", **WHERE),
        errors.WaitTooLong("no", wait_s=9.0),
        errors.InvalidArgument("no"),
        errors.ConfigError("no"),
    ],
)
def test_what_never_left_was_not_sent(error: MailgunError) -> None:
    """It may be sent again."""
    assert fate(error) == "not_sent"


@pytest.mark.parametrize("kind", [errors.BadRequest, errors.RateLimited, errors.UnexpectedAnswer, errors.TooLarge])
def test_what_was_refused_was_not_sent(kind: type[ApiError], refusal: Callable[..., ApiError]) -> None:
    """A refusal accepts nothing."""
    assert fate(refusal(kind)) == "not_sent"


def test_what_may_have_been_read_is_unknown(refusal: Callable[..., ApiError]) -> None:
    """Whatever the error is called, and also when it is none of ours."""
    assert fate(errors.DeliveryUnknown("?", method="POST", template="/")) == "unknown"
    assert fate(errors.Timeout("?", **WHERE)) == "unknown"
    assert fate(errors.DecodingError("?")) == "unknown"
    assert fate(refusal(errors.ServerError, status=502)) == "unknown"
    assert fate(ZeroDivisionError()) == "unknown"


def test_a_cancelled_call_is_unknown_only_once_it_was_on_the_wire() -> None:
    """Before that provably nothing was sent."""
    assert fate(asyncio.CancelledError()) == "not_sent"
    assert fate(asyncio.CancelledError(), on_wire=True) == "unknown"
    assert fate(asyncio.CancelledError(), uncertain=True) == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        "to parameter is not a valid address. please check documentation",
        "'to' parameter is not a valid address",
        "Invalid recipient address: ada@example.com",
        "to parameter is not a valid address: from@example.com",
    ],
)
def test_a_refusal_for_an_address_is_known_by_its_words(text: str, refusal: Callable[..., ApiError]) -> None:
    """Only a 400 is one."""
    assert rejects_address(refusal(BadRequest, text))
    assert not rejects_address(refusal(errors.Forbidden, text, status=403))
    assert not rejects_address(refusal(BadRequest, text, account_stopped=True))
    assert not rejects_address(None)


@pytest.mark.parametrize(
    "text",
    [
        "from parameter is not a valid address. please check documentation",
        "'cc' parameter is not a valid address",
        "invalid sender address",
        "'recipient-variables' parameter is not a valid JSON",
        "to parameter is missing",
    ],
)
def test_a_refusal_for_what_all_chunks_share_is_not_about_recipients(
    text: str, refusal: Callable[..., ApiError]
) -> None:
    """No bisection would ever find it."""
    assert not rejects_address(refusal(BadRequest, text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not a valid address: 'bob@example.com'.", {"Bob@Example.com"}),
        ("<ada@example.com>, bob@example.com", {"ada@example.com", "Bob@Example.com"}),
        ("not a valid address: eve@example.com", set()),
        ("not a valid address", set()),
    ],
)
def test_addresses_of_the_chunk_are_found_in_the_words(
    text: str, expected: set[str], refusal: Callable[..., ApiError]
) -> None:
    """Whatever stands around them."""
    error = refusal(BadRequest, text)
    assert isinstance(error, BadRequest)
    assert named(error, CHUNK) == expected


@pytest.mark.parametrize("kind", [errors.Unauthorized, errors.PaymentRequired, errors.Forbidden, errors.NotFound])
def test_a_key_or_domain_that_may_not_send_is_hopeless(kind: type[ApiError], refusal: Callable[..., ApiError]) -> None:
    """Every other chunk would be told the same."""
    assert is_hopeless(refusal(kind))


def test_a_stopped_account_and_a_single_recipient_too_many_are_hopeless(refusal: Callable[..., ApiError]) -> None:
    """Whatever their status."""
    assert is_hopeless(refusal(BadRequest, account_stopped=True))
    assert is_hopeless(refusal(errors.RateLimited, oversize=True))


def test_other_refusals_are_not_hopeless(refusal: Callable[..., ApiError]) -> None:
    """The next chunk may pass."""
    assert not is_hopeless(refusal(BadRequest))
    assert not is_hopeless(refusal(errors.RateLimited, status=429))
    assert not is_hopeless(errors.ConnectError("no", **WHERE))
