"""The errors that end a call, made of what its last attempt proved. Pure.

A text has three parts: what was called (verb and route template, never the URL, which may hold addresses), what came
back (Mailgun's words, wherever it put them), and what to do next.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from mailgun_async import errors
from mailgun_async.config import REGIONS
from mailgun_async.transport.outcome import SUCCESS, Limited, Outcome, Refused, Unknown, Unsent
from mailgun_async.transport.request import Failure, Response, rate_class

if TYPE_CHECKING:
    from mailgun_async.errors import ApiError, MailgunError
    from mailgun_async.transport.request import Request

__all__ = ["error", "words"]

_WORDS: Final = 300
"""Characters of an answer that an error's text shows."""
_KEYS: Final = ("message", "Error", "error", "Reason", "Description")
_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_DOMAIN_ROUTE: Final = re.compile(r"\{domain(_name)?\}|^/v\d/domains/\{")
_TOO_FAST: Final = frozenset({420, 429})
_REDIRECTION: Final = range(300, 400)

_CLASSES: Final[dict[int, type[ApiError]]] = {
    400: errors.BadRequest,
    401: errors.Unauthorized,
    402: errors.PaymentRequired,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    413: errors.TooLarge,
    429: errors.Conflict,  # one that is not about rate: "a job is already in progress"
}
_NEXT: Final = {
    402: "The plan or the balance does not allow it.",
    409: "Something of that name exists, or a job is under way: read it back before calling again.",
    413: "Send less in one call.",
    429: "A job is under way: read it back later.",
}


def error(request: Request, outcome: Outcome) -> MailgunError:
    """Make the error for a call that ends with this outcome; what aiohttp raised is its `__cause__`."""
    match outcome:
        case Limited():
            return _limited(request, outcome)
        case Refused():
            return _refused(request, outcome)
        case Unsent(failure=failure):
            made: MailgunError = errors.ConnectError(_not_sent(request, failure), **_call(request))
            made.__cause__ = failure.cause
            return made
        case Unknown(answer=answer) if request.safety == "unsafe":
            return _delivery_unknown(request, answer)
        case Unknown(answer=Failure() as failure):
            return _no_answer(request, failure)
        case Unknown(answer=Response() as response):
            kind = errors.ServerError if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR else errors.ApiError
            return _api_error(kind, request, response, "It was tried again as often as allowed; try later.")
        case _:
            raise TypeError(f"{type(outcome).__name__} ends in no error")


def words(body: bytes) -> str:
    """Return what an error's body says, in one line of at most 300 characters; empty when it says nothing."""
    text = body[: 64 * 1024].decode("utf-8", "replace").strip()
    if text.startswith("<"):
        title = _TITLE.search(text)
        return _line(f"a page titled {title[1].strip()!r}" if title else "an HTML page")
    try:
        return _line(_said(json.loads(text)))
    except (ValueError, RecursionError):
        return _line(text)


def _said(document: Any) -> str:
    if isinstance(document, str):
        return document
    if not isinstance(document, dict):
        return json.dumps(document)
    for key in _KEYS:
        if document.get(key):
            return _said(document[key])
    if "Field" in document:
        return f"invalid {document['Field']}: {document.get('Value')!r}"
    return json.dumps(document) if document else ""


def _line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _WORDS else text[: _WORDS - 3] + "..."


def _call(request: Request) -> dict[str, str]:
    return {"method": request.method, "template": request.template}


def _came_back(response: Response, said: str) -> str:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "(no standard status)"
    return f"{response.status} {said or phrase}".rstrip(".")


def _api_error(
    kind: type[ApiError],
    request: Request,
    response: Response,
    then: str,
    *,
    oversize: bool = False,
    account_stopped: bool = False,
) -> ApiError:
    said = words(response.body)
    text = f"{request.method} {request.template}: {_came_back(response, said)}. {then}".rstrip()
    return kind(
        text,
        status=response.status,
        message=said,
        body=response.body,
        request_id=response.headers.get("X-Request-Id"),
        oversize=oversize,
        account_stopped=account_stopped,
        **_call(request),
    )


def _limited(request: Request, outcome: Limited) -> ApiError:
    wait = outcome.retry_after_s
    when = "later" if wait is None else f"in {wait:.0f} s"
    made = _api_error(
        errors.RateLimited, request, outcome.response, f"Nothing was accepted; try again {when}, or allow more waiting."
    )
    made.reason, made.retry_after_s = outcome.reason, wait  # type: ignore[attr-defined]
    return made


def _refused(request: Request, outcome: Refused) -> ApiError:
    response, status = outcome.response, outcome.response.status
    if status in SUCCESS or status in _REDIRECTION:
        then = "That is no answer of the API: check base_url, the region and the path."
        return _api_error(errors.UnexpectedAnswer, request, response, then)
    kind = _CLASSES.get(status, errors.ApiError)
    if outcome.oversize or outcome.account_stopped:
        then = "Send to fewer recipients in one call."
        if outcome.account_stopped:
            then = "Do not try again: nothing can be sent until the account or domain is enabled, see its dashboard."
        if status in _TOO_FAST:
            kind = errors.RateLimited
    else:
        then = _next_step(request, response)
    flags = {"oversize": outcome.oversize, "account_stopped": outcome.account_stopped}
    return _api_error(kind, request, response, then, **flags)


def _next_step(request: Request, response: Response) -> str:
    elsewhere = _other_region(request) if _DOMAIN_ROUTE.search(request.template) else ""
    match response.status:
        case HTTPStatus.UNAUTHORIZED:
            return f"Check the API key; a sending key works for its own domain only. {elsewhere}"
        case HTTPStatus.FORBIDDEN:
            return _key_needed(request)
        case HTTPStatus.NOT_FOUND if elsewhere:
            return elsewhere
        case HTTPStatus.NOT_FOUND:
            return "It may have been created a moment ago, or deleted, or the path does not exist."
        case status:
            return _NEXT.get(status, "")


def _key_needed(request: Request) -> str:
    if rate_class(request.template) == "messages" and request.method == "POST":
        needed = "this domain's sending key, or an account key of role admin or developer"
    elif request.safety == "read":
        needed = "an account key of role admin, developer or basic; a sending key may only send"
    else:
        needed = "an account key of role admin or developer; a sending key may only send"
    return f"If it is the key that may not do this: the call needs {needed}."


def _other_region(request: Request) -> str:
    host = urlsplit(request.url).hostname
    for region in REGIONS.values():
        if urlsplit(region.api).hostname == host:
            others = " or ".join(repr(name) for name in REGIONS if name != region.name)
            return f"Region {region.name!r} was asked, and a domain lives in one region: try region={others}."
    return "A domain lives in one region and one account: check that base_url is its own."


def _not_sent(request: Request, failure: Failure) -> str:
    host = urlsplit(request.url).netloc
    return (
        f"{request.method} {request.template}: not sent, no connection to {host} ({_why(failure)}). "
        "Check the network, the proxy and the region; the call may be made again."
    )


def _why(failure: Failure) -> str:
    # Not the exception's own text: aiohttp's hold the URL, and that may hold addresses.
    cause = failure.cause
    told = getattr(cause, "strerror", None) or ("" if cause is None else type(cause).__name__)
    return f"{failure.kind}: {told}" if told else failure.kind


def _no_answer(request: Request, failure: Failure) -> MailgunError:
    kind = errors.Timeout if failure.kind == "timeout" else errors.TransportError
    made = kind(
        f"{request.method} {request.template}: no usable answer ({_why(failure)}). It was tried again as often as "
        "allowed, and may be made again.",
        **_call(request),
    )
    made.__cause__ = failure.cause
    return made


def _delivery_unknown(request: Request, answer: Response | Failure) -> MailgunError:
    if isinstance(answer, Failure):
        came, cause = f"no answer ({_why(answer)})", answer.cause
    else:
        came, cause = _came_back(answer, words(answer.body)), None
    then = "Read back what it was to change before calling again."
    if request.message_id is not None:
        then = f"Look message_id {request.message_id} up in the logs before sending again, or it may arrive twice."
    made = errors.DeliveryUnknown(
        f"{request.method} {request.template}: {came}. It may have been accepted. {then}",
        message_id=request.message_id,
        status=answer.status,
        **_call(request),
    )
    made.__cause__ = cause
    return made
