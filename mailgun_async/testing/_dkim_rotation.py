"""Automatic sender security: DKIM keys changed behind two CNAMEs; here when asked to, not as time passes.

Not known, and decided plainly: the interval before one is set, and the words for one that is too short.
"""

from __future__ import annotations

import re
from typing import Any, Final

from mailgun_async.testing._domain import Domain, rotated
from mailgun_async.testing._parameters import form_of, required, switch
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused

__all__ = ["ROUTES"]

_INTERVAL: Final = re.compile(r"(\d+)([dh])")
_HOURS: Final = {"d": 24, "h": 1}
_MIN_HOURS: Final = 5 * 24


def _set_rotation(service: Service, asked: Asked) -> Answer:
    """`PUT /v1/dkim_management/domains/{name}/rotation`."""
    domain, form = _domain(service, asked), form_of(asked.headers.get("Content-Type", ""), asked.body)
    enabled, interval = switch("rotation_enabled", required(form, "rotation_enabled")), form.first("rotation_interval")
    if interval is not None:
        if not enabled:
            raise Refused(400, "rotation_interval is not allowed unless also enabling DKIM rotation", key="Reason")
        found = _INTERVAL.fullmatch(interval)
        if found is None or int(found[1]) * _HOURS[found[2]] < _MIN_HOURS:
            raise Refused(400, "rotation_interval must be at least 5 days", key="Reason")
        domain.rotation.interval = interval
    domain.rotation.enabled = enabled
    return json_answer({"domain": _document(domain)})


def _rotate(service: Service, asked: Asked) -> Answer:
    """`POST /v1/dkim_management/domains/{name}/rotate`."""
    domain = _domain(service, asked)
    if (state := _state(domain)) != "enabled":
        text = f"only domains in enabled can rotate their keys. Current state: {state}"
        raise Refused(400, text, key="Reason")
    domain.rotation.active = 3 - domain.rotation.active
    return json_answer({"message": "ok"})


def _document(domain: Domain) -> dict[str, Any]:
    records = [rotated(domain.name, number) for number in (1, 2)]
    return {
        "id": domain.details()["id"],
        "account_id": "emulator",
        "sid": "emulator",
        "name": domain.name,
        "state": _state(domain),
        "active_selector": f"pdk{domain.rotation.active}",
        "rotation_enabled": str(domain.rotation.enabled).lower(),  # a text, by the document
        "rotation_interval": domain.rotation.interval,
        "records": [
            {
                "name": name,
                "type": "CNAME",
                "identifier": "DKIM",
                "value": value,
                "comment": "Customer DKIM CNAME Record",
            }
            for name, value in records
        ],
    }


def _state(domain: Domain) -> str:
    if not domain.settings["use_automatic_sender_security"]:
        return "disabled"
    return "enabled" if domain.state == "active" else "wait_verify"


def _domain(service: Service, asked: Asked) -> Domain:
    domain = service.account.domains.get(asked.arguments["name"])
    if domain is None:
        raise Refused(404, "domain not found", key="Description")
    return domain


ROUTES: Final = (
    Route(path="/v1/dkim_management/domains/{name}/rotation", verbs={"PUT": _set_rotation}),
    Route(path="/v1/dkim_management/domains/{name}/rotate", verbs={"POST": _rotate}),
)
