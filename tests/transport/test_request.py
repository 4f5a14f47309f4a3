from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from mailgun_async.errors import InvalidArgument
from mailgun_async.transport.request import Exchange, Failure, Request, Response, expand, rate_class

HOSTILE = [
    "a/b",
    "a%2Fb",
    "%2e%2e",
    "a?b",
    "a#b",
    "a;b",
    "a\r\nHost: evil",
    "a b",
    "\\",
    "ü",
    "猫",
    "📮",
    "a+b@x.com",
    "\0",
]


def test_arguments_take_their_places() -> None:
    """Each where its name stands, literals as they are."""
    assert expand("/v3/{domain}/bounces/{address}", {"domain": "x.com", "address": "b@x.com"}) == (
        "/v3/x.com/bounces/b%40x.com"
    )
    assert expand("/v4/domains", {}) == "/v4/domains"
    assert expand("{id}", {"id": 7}) == "7"


@pytest.mark.parametrize("value", HOSTILE)
def test_an_argument_is_quoted_whole(value: str) -> None:
    """Only letters, digits and four marks pass."""
    path = expand("/v3/{domain}/messages", {"domain": value})
    quoted = path.removeprefix("/v3/").removesuffix("/messages")
    assert path == f"/v3/{quoted}/messages"
    assert unquote(quoted) == value
    assert quoted.isascii()
    assert not set(quoted) & set("/?#;\\ \r\n+@")


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=20))
@example("..%2f..")
def test_no_argument_changes_the_path(value: str) -> None:
    """It has as many segments as its template, and they say what was given."""
    assume(value not in {".", ".."})
    url = "https://api.mailgun.net" + expand("/v3/{domain}/tags/{tag}", {"domain": value, "tag": "t"})
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("https", "api.mailgun.net", "", "")
    segments = parts.path.split("/")
    assert len(segments) == 5
    assert [unquote(segment) for segment in segments] == ["", "v3", value, "tags", "t"]


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_an_argument_that_would_climb_is_refused(value: str) -> None:
    """Servers resolve dots even when they are quoted."""
    with pytest.raises(InvalidArgument, match="domain must not be") as caught:
        expand("/v3/{domain}/messages", {"domain": value})
    assert caught.value.field == "domain"


def test_a_missing_argument_is_refused() -> None:
    """It would leave a segment empty."""
    with pytest.raises(InvalidArgument, match="address"):
        expand("/v3/{domain}/bounces/{address}", {"domain": "x.com"})


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("/v3/{domain}/messages", "messages"),
        ("/v3/{domain_name}/messages.mime", "messages"),
        ("/v3/domains/{domain_name}/messages/{storage_key}", "domains"),
        ("/v3/lists/messages", "other"),
        ("/v4/domains", "domains"),
        ("/v4/domains/{name}/verify", "domains"),
        ("/v3/domains/{domain}/webhooks", "webhooks"),
        ("/v1/webhooks", "webhooks"),
        ("/v1/analytics/logs", "analytics"),
        ("/v4/address/validate", "validations"),
        ("/v3/{domain}/bounces", "other"),
        ("/v5/users", "other"),
        ("/", "other"),
    ],
)
def test_a_route_counts_against_the_limits_of_its_family(template: str, expected: str) -> None:
    """Which Mailgun limits separately."""
    assert rate_class(template) == expected


class Streamed:
    """A body of 9 bytes somewhere else."""

    size = 9


@pytest.mark.parametrize(("body", "size"), [(None, 0), (b"", 0), (b"abc", 3), (Streamed(), 9)])
def test_the_size_is_that_of_the_body(body: object, size: int) -> None:
    """Known before it is read."""
    request = Request(method="POST", template="/", url="", headers={}, body=body)  # type: ignore[arg-type]
    assert request.size == size


def test_no_repr_shows_a_key_or_a_body() -> None:
    """They are left out."""
    request = Request(
        method="POST", template="/", url="", headers={"Authorization": "Basic c2VjcmV0"}, body=b"dear Bob"
    )
    assert "c2VjcmV0" not in repr(request)
    assert "Bob" not in repr(request)
    assert "Bob" not in repr(Response(200, {}, b"dear Bob"))


def test_an_attempt_begins_unsent() -> None:
    """And a failure says what it was told."""
    assert (Exchange().sent, Exchange().status) == (False, None)
    assert Failure("connect", sent=False).cause is None
