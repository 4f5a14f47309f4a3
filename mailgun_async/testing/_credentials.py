"""Credentials: logins with which mail of a domain could be sent by SMTP. There is no SMTP here."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

from mailgun_async.testing._domain import Domain, Login
from mailgun_async.testing._domains import checked_password
from mailgun_async.testing._parameters import form_of, sliced, switch
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused

__all__ = ["ROUTES"]

_NOTE: Final = "If no password is supplied, one will be generated"  # Mailgun's words for this are not known


def _list(service: Service, asked: Asked) -> Answer:
    """`GET /v3/domains/{domain}/credentials`."""
    logins = service.account.domains[asked.domain].logins
    items: list[dict[str, Any]] = [
        {
            "login": name,
            "mailbox": name,
            "created_at": format_datetime(datetime.fromtimestamp(login.created_at, UTC)),
            "size_bytes": None,
        }
        for name, login in sliced(sorted(logins.items()), asked.query)
    ]
    return json_answer({"items": items, "total_count": len(logins)})


def _create(service: Service, asked: Asked) -> Answer:
    """`POST /v3/domains/{domain}/credentials`; several logins, and a password for each, may be given."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    domain = service.account.domains[asked.domain]
    names = [_address(name, domain) for name in form.fields.get("login") or form.fields.get("mailbox") or ()]
    if not names:
        raise Refused(400, "Parameter 'login' is missing")
    for name in names:
        if name in domain.logins:
            raise Refused(400, f"Credentials already exist: {name}")  # whether Mailgun refuses this is not known
    system = switch("system", form.first("system") or "no")
    passwords = form.fields.get("password", [])
    return _set(domain, dict(zip(names, [*passwords, *[None] * len(names)], strict=False)), asked.now, system=system)


def _update(service: Service, asked: Asked) -> Answer:
    """`PUT /v3/domains/{domain}/credentials/{login}`."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    domain = service.account.domains[asked.domain]
    name, login = _one(domain, asked)
    return _set(domain, {name: form.first("password")}, login.created_at, system=login.system)


def _set(domain: Domain, wanted: dict[str, str | None], created_at: float, *, system: bool) -> Answer:
    """Set passwords by login; those that are None are made, and told."""
    made = {name: secrets.token_hex(16) for name, password in wanted.items() if password is None}
    passwords = {name: checked_password(password) for name, password in wanted.items() if password is not None} | made
    for name, password in passwords.items():
        domain.logins[name] = Login(password=password, created_at=created_at, system=system)
    answered: dict[str, Any] = {"message": f"Created {len(wanted)} credentials pair(s)"}
    return json_answer(answered | ({"note": _NOTE, "credentials": made} if made else {}))


def _delete(service: Service, asked: Asked) -> Answer:
    """`DELETE /v3/domains/{domain}/credentials/{login}`."""
    domain = service.account.domains[asked.domain]
    name, login = _one(domain, asked)
    if login.system:
        raise Refused(400, f"Cannot delete system mailbox: {name}")
    del domain.logins[name]
    return json_answer({"message": "Credentials have been deleted", "spec": name})


def _delete_all(service: Service, asked: Asked) -> Answer:
    """`DELETE /v3/domains/{domain}/credentials`; those of the system stay."""
    domain = service.account.domains[asked.domain]
    kept = {name: login for name, login in domain.logins.items() if login.system}
    count = len(domain.logins) - len(kept)
    domain.logins = kept
    return json_answer({"message": "All domain credentials have been deleted", "count": count})


def _address(name: str, domain: Domain) -> str:
    return name if "@" in name else f"{name}@{domain.name}"


def _one(domain: Domain, asked: Asked) -> tuple[str, Login]:
    name = _address(asked.arguments["login"], domain)
    login = domain.logins.get(name)
    if login is None:
        raise Refused(404, "Credentials not found")
    return name, login


ROUTES: Final = (
    Route(
        path="/v3/domains/{domain}/credentials",
        verbs={"GET": _list, "POST": _create, "DELETE": _delete_all},
        unknown_domain="Domain not found",
    ),
    Route(
        path="/v3/domains/{domain}/credentials/{login}",
        verbs={"PUT": _update, "DELETE": _delete},
        unknown_domain="Domain not found",
    ),
)
