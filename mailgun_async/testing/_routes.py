"""Which call does what: the table of the emulator's endpoints, and what every one of them has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

import attrs

from mailgun_async.testing._limits import Cost
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused
from mailgun_async.transport.request import RateClass

__all__ = ["Route", "answer", "find", "unauthorized"]

Handler = Callable[[Service, Asked], Answer]


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path[1:].split("/"))


@attrs.frozen(kw_only=True)
class Route:
    """One path."""

    path: tuple[str, ...] = attrs.field(converter=_segments)
    verbs: Mapping[str, Handler]
    rate_class: RateClass = "domains"
    unknown_domain: str = "Domain not found: {}"
    """What is said when the domain is not one of the account's."""

    @property
    def sends(self) -> bool:
        """A domain's sending key opens it, and its handler asks the limits, as only it knows the recipients."""
        return self.rate_class == "messages"


_ROUTES: Final = (
    Route(path="/v3/{domain}/messages", verbs={"POST": Service.send}, rate_class="messages"),
    Route(path="/v3/{domain}/messages.mime", verbs={"POST": Service.send_mime}, rate_class="messages"),
    Route(path="/v3/domains/{domain}/messages/{key}", verbs={"GET": Service.stored, "POST": Service.resend}),
    Route(path="/v3/domains/{domain}/messages/{key}/attachments/{number}", verbs={"GET": Service.attachment}),
    Route(
        path="/v3/domains/{domain}/sending_queues",
        verbs={"GET": Service.queues},
        unknown_domain="Domain not found",
    ),
    Route(
        path="/v3/{domain}/envelopes",
        verbs={"DELETE": Service.drop_scheduled},
        rate_class="other",
        unknown_domain="domain not found",
    ),
    Route(path="/v1/analytics/logs", verbs={"POST": Service.logs}, rate_class="analytics"),
    Route(path="/v3/{domain}/events", verbs={"GET": Service.events}, rate_class="other"),
    Route(path="/v3/{domain}/events/{page}", verbs={"GET": Service.events}, rate_class="other"),
    Route(path="/v4/domains/{domain}", verbs={"GET": Service.domain}, unknown_domain="Domain not found"),
)


def find(path: tuple[str, ...]) -> tuple[Route | None, dict[str, str]]:
    """Find the route of a path, given as unquoted segments, and the arguments in it."""
    for route in _ROUTES:
        if len(route.path) == len(path) and all(
            wanted == given or wanted.startswith("{") for wanted, given in zip(route.path, path, strict=True)
        ):
            names = zip(route.path, path, strict=True)
            return route, {wanted[1:-1]: given for wanted, given in names if wanted.startswith("{")}
    return None, {}


def answer(service: Service, route: Route | None, method: str, asked: Asked) -> Answer:
    """Carry out one request: key, domain, limits, and then what the route is for."""
    if route is None:
        return Answer(200, b"Mailgun Magnificent API", "text/plain")
    handler = route.verbs.get(method)
    if handler is None:  # what Mailgun says to a wrong verb is not known
        return json_answer({"message": "Method Not Allowed"}, HTTPStatus.METHOD_NOT_ALLOWED)
    try:
        return _carry_out(service, route, handler, asked)
    except Refused as refused:
        if refused.status == HTTPStatus.UNAUTHORIZED:
            return unauthorized(route)
        return json_answer({"message": refused.text}, refused.status)


def unauthorized(route: Route) -> Answer:
    """Answer a missing or wrong key: sending says it as JSON, everything else as text."""
    status = HTTPStatus.UNAUTHORIZED
    return json_answer("Forbidden", status) if route.sends else Answer(status, b"Forbidden", "text/plain")


def _carry_out(service: Service, route: Route, handler: Handler, asked: Asked) -> Answer:
    domain = asked.arguments.get("domain")
    service.account.check_key(asked.headers.get("Authorization"), sends_from=domain if route.sends else None)
    if domain is not None and domain not in service.account.domains:
        raise Refused(HTTPStatus.NOT_FOUND, route.unknown_domain.format(domain))
    if route.sends:
        return handler(service, asked)
    return service.limited(asked, route.rate_class, Cost(), lambda: handler(service, asked))
