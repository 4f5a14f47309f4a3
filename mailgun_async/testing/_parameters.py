"""Parameters of requests, read as Mailgun reads them.

The words for a parameter that cannot be read are Mailgun's only where a comment says so.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import orjson

from mailgun_async.testing._forms import Form, FormError, boundary_of, parse_multipart, parse_urlencoded
from mailgun_async.testing._submission import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "form_of",
    "json_of",
    "natural",
    "new_id",
    "number",
    "one_of",
    "part_of",
    "required",
    "sliced",
    "switch",
    "web_address",
]

T = TypeVar("T")

_MAX_PAGE = 1_000
_SWITCHES = {"yes": True, "true": True, "no": False, "false": False}


def form_of(content_type: str, body: bytes) -> Form:
    """Read a form, in parts or URL encoded: outside sending Mailgun takes both. No body is an empty form.

    Raises:
        Refused: It is neither.
    """
    if not body:
        return Form()
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            return parse_multipart(body, boundary_of(content_type))
        if kind == "application/x-www-form-urlencoded":
            return parse_urlencoded(body)
    except (FormError, UnicodeDecodeError):
        raise Refused(400, f"malformed {kind} request") from None
    raise Refused(400, f"Invalid request content type. Expecting 'multipart/form-data' but got '{kind}'")


def json_of(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        Refused: It is none.
    """
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        asked = None
    if not isinstance(asked, dict):
        raise Refused(400, "request body is not a valid JSON object")
    return asked


def part_of(asked: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Read an object within a JSON object; one that is missing is empty.

    Raises:
        Refused: It is no object.
    """
    part = asked.get(name) or {}
    if not isinstance(part, dict):
        raise Refused(400, f"{name} is not an object")
    return part


def natural(pagination: Mapping[str, Any], name: str, otherwise: int) -> int:
    """Read a number of a JSON object that is not negative; 0 and none at all stand for `otherwise`.

    Raises:
        Refused: It is none.
    """
    value = pagination.get(name) or otherwise
    if not isinstance(value, int) or value < 0:
        raise Refused(400, f"pagination: {name} is not a number")
    return value


def required(form: Form, name: str) -> str:
    """Read a field that has to be there.

    Raises:
        Refused: It is not, in the words of the credentials.
    """
    value = form.first(name)
    if not value:
        raise Refused(400, f"Parameter '{name}' is missing")
    return value


def switch(name: str, value: str) -> bool:
    """Read a yes or no, true or false.

    Raises:
        Refused: It is another word.
    """
    if value.lower() not in _SWITCHES:
        raise Refused(400, f"Parameter '{name}' must be true or false")
    return _SWITCHES[value.lower()]


def number(name: str, value: str | None, otherwise: int) -> int:
    """Read a number that is not negative.

    Raises:
        Refused: It is none.
    """
    if value is None:
        return otherwise
    if not value.isdecimal():
        raise Refused(400, f"The '{name}' parameter is not a number")
    return int(value)


def one_of(choices: Sequence[str], name: str, value: str) -> str:
    """Read a word out of a few, in the words of the keys.

    Raises:
        Refused: It is another.
    """
    if value not in choices:
        raise Refused(400, f"expected `{name}` param to be one of [{' '.join(choices)}] or absent")
    return value


def web_address(url: str) -> str:
    """Read a URL that something is posted to, in the words of the webhooks.

    Raises:
        Refused: It is no such URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        raise Refused(400, f"invalid parameters: {url} is not a valid url: invalid URL scheme", key="Reason")
    if not parts.hostname:
        raise Refused(400, f"{url} is not a valid url: host not found", key="Reason")
    return url


def new_id(now: float, others: int) -> str:
    """Make an id of 24 digits; later ones are greater, as Mailgun's are."""
    return f"{int(now):08x}{others:06x}{secrets.token_hex(5)}"


def sliced(items: Sequence[T], query: Mapping[str, str], *, otherwise: int = 100) -> Sequence[T]:
    """Cut the page out of a list that `skip` and `limit` ask for.

    Raises:
        Refused: One is no number, or the limit is over 1,000, in the words of the routes.
    """
    skip, limit = number("skip", query.get("skip"), 0), number("limit", query.get("limit"), otherwise)
    if limit > _MAX_PAGE:
        raise Refused(400, f"The 'limit' parameter can't be larger than {_MAX_PAGE}")
    return items[skip : skip + limit]
