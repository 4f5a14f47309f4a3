"""Which call does what: the table of the emulator's endpoints, and what every one of them has in common."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import attrs

from mailgun_async.testing import (
    _credentials,
    _dkim,
    _dkim_rotation,
    _domains,
    _inbound_routes,
    _keys,
    _lists,
    _members,
    _metrics,
    _suppressions,
    _tags,
    _template_versions,
    _templates,
    _webhooks,
)
from mailgun_async.testing._limits import Cost
from mailgun_async.testing._route import Handler, Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused

__all__ = ["answer", "find", "unauthorized"]

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
    *_domains.ROUTES,
    *_credentials.ROUTES,
    *_dkim.ROUTES,
    *_dkim_rotation.ROUTES,
    *_keys.ROUTES,
    *_inbound_routes.ROUTES,
    *_webhooks.ROUTES,
    *_tags.ROUTES,
    *_metrics.ROUTES,
    *_suppressions.ROUTES,
    *_lists.ROUTES,
    *_members.ROUTES,
    *_templates.ROUTES,
    *_template_versions.ROUTES,
)


@attrs.define
class _Node:
    """What can follow a part of a path."""

    nodes: dict[str, _Node] = attrs.Factory(dict)
    """By word; `_ANY` stands for every word."""
    route: Route | None = None
    """What ends here."""

    def find(self, path: tuple[str, ...]) -> Route | None:
        """Walk down a path, preferring a word to what stands for every word."""
        if not path:
            return self.route
        for word in (path[0], _ANY):
            node = self.nodes.get(word)
            if node is not None and (found := node.find(path[1:])):
                return found
        return None


_ANY: Final = "{}"


def _tree(routes: tuple[Route, ...]) -> _Node:
    root = _Node()
    for route in routes:
        node = root
        for part in route.path:
            node = node.nodes.setdefault(_ANY if part.startswith("{") else part, _Node())
        node.route = route
    return root


_TREE: Final = _tree(_ROUTES)


def find(path: tuple[str, ...]) -> tuple[Route | None, dict[str, str]]:
    """Find the route of a path, given as unquoted segments, and the arguments in it."""
    route = _TREE.find(path)
    if route is None:
        return None, {}
    names = zip(route.path, path, strict=True)
    return route, {wanted[1:-1]: given for wanted, given in names if wanted.startswith("{")}


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
        return json_answer(refused.document, refused.status)


def unauthorized(route: Route) -> Answer:
    """Answer a missing or wrong key: sending says it as JSON, everything else as text."""
    status = HTTPStatus.UNAUTHORIZED
    return json_answer("Forbidden", status) if route.sends else Answer(status, b"Forbidden", "text/plain")


def _carry_out(service: Service, route: Route, handler: Handler, asked: Asked) -> Answer:
    domain = asked.arguments.get("domain")
    service.account.check_key(
        asked.headers.get("Authorization"), sends_from=domain if route.sends else None, now=asked.now
    )
    if domain is not None and domain not in service.account.domains:
        raise Refused(HTTPStatus.NOT_FOUND, route.unknown_domain.format(domain))
    if route.sends:
        return handler(service, asked)
    return service.limited(asked, route.rate_class, Cost(), lambda: handler(service, asked))
