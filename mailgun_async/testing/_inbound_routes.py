"""Routes of mail that comes in: kept, listed and matched. No mail comes in here, so no action is carried out."""

from __future__ import annotations

from typing import Final

import attrs

from mailgun_async.testing._inbound import InboundRoute, check_expression, first_match
from mailgun_async.testing._parameters import form_of, new_id, number, required, sliced
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused

__all__ = ["ROUTES"]


def _ordered(service: Service) -> list[InboundRoute]:
    """Sort the routes as they are tried; whether Mailgun lists them in this order is not known."""
    table = service.records.table("routes")
    routes = [InboundRoute(**table[key]) for key in table.keys]
    return sorted(routes, key=lambda route: route.priority)


def _keep(service: Service, route: InboundRoute) -> None:
    service.records.table("routes").put({route.id: attrs.asdict(route)})


def _list(service: Service, asked: Asked) -> Answer:
    """`GET /v3/routes`."""
    routes = _ordered(service)
    items = [route.document() for route in sliced(routes, asked.query)]
    return json_answer({"total_count": len(routes), "items": items})


def _create(service: Service, asked: Asked) -> Answer:
    """`POST /v3/routes`."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    expression, actions = required(form, "expression"), form.fields.get("action", [])
    if not actions:  # whether Mailgun takes a route that does nothing is not known
        raise Refused(400, "Parameter 'action' is missing")
    check_expression(expression)
    route = InboundRoute(
        id=new_id(asked.now, len(service.records.table("routes"))),
        priority=number("priority", form.first("priority"), 0),
        description=form.first("description") or "",
        expression=expression,
        actions=actions,
        created_at=asked.now,
    )
    _keep(service, route)
    return json_answer({"message": "Route has been created", "route": route.document()})


def _get(service: Service, asked: Asked) -> Answer:
    """`GET /v3/routes/{id}`."""
    return json_answer({"route": _one(service, asked).document()})


def _update(service: Service, asked: Asked) -> Answer:
    """`PUT /v3/routes/{id}`; the document says the route stands below `route`, older texts that it does not."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    route = _one(service, asked)
    expression, description = form.first("expression") or route.expression, form.first("description")
    check_expression(expression)
    changed = attrs.evolve(
        route,
        expression=expression,
        priority=number("priority", form.first("priority"), route.priority),
        description=route.description if description is None else description,
        actions=form.fields.get("action", route.actions),
    )
    _keep(service, changed)
    return json_answer({"message": "Route has been updated", "route": changed.document()})


def _delete(service: Service, asked: Asked) -> Answer:
    """`DELETE /v3/routes/{id}`."""
    route = _one(service, asked)
    service.records.table("routes").drop(route.id)
    return json_answer({"message": "Route has been deleted", "id": route.id})


def _match(service: Service, asked: Asked) -> Answer:
    """`GET /v3/routes/match`."""
    address = asked.query.get("address")
    if not address:
        raise Refused(400, "Parameter 'address' is missing")
    route = first_match(_ordered(service), address)
    if route is None:
        raise Refused(404, "Route not found")
    return json_answer({"route": route.document()})


def _one(service: Service, asked: Asked) -> InboundRoute:
    document = service.records.table("routes").get(asked.arguments["id"])
    if document is None:
        raise Refused(404, "Route not found")
    return InboundRoute(**document)


ROUTES: Final = (
    Route(path="/v3/routes", verbs={"GET": _list, "POST": _create}, rate_class="other"),
    Route(path="/v3/routes/match", verbs={"GET": _match}, rate_class="other"),
    Route(path="/v3/routes/{id}", verbs={"GET": _get, "PUT": _update, "DELETE": _delete}, rate_class="other"),
)
