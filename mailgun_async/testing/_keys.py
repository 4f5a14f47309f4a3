"""API keys: listed, made, deleted. One that was made opens the account from then on, one that was deleted no more."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, Final, cast, get_args

from mailgun_async.testing._account import ApiKey, KeyKind, KeyRole
from mailgun_async.testing._parameters import form_of, number, one_of
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused

__all__ = ["ROUTES"]


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _document(key: ApiKey) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": key.id,
        "description": key.description,
        "kind": key.kind,
        "role": key.role,
        "created_at": _time(key.created_at),
        "updated_at": _time(key.created_at),
        "requestor": key.requestor,
        "user_name": key.user_name,
        "domain_name": key.domain,
        "is_disabled": False,
    }
    return document if key.expires_at is None else document | {"expires_at": _time(key.expires_at)}


def _list(service: Service, asked: Asked) -> Answer:
    """`GET /v1/keys`."""
    keys = list(service.account.keys.values())
    if kind := asked.query.get("kind"):
        keys = [key for key in keys if key.kind == one_of(get_args(KeyKind), "kind", kind)]
    if domain := asked.query.get("domain_name"):
        keys = [key for key in keys if key.domain == domain]
    return json_answer({"total_count": len(keys), "items": [_document(key) for key in keys]})


def _create(service: Service, asked: Asked) -> Answer:
    """`POST /v1/keys`."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    kind = cast("KeyKind", one_of(get_args(KeyKind), "kind", form.first("kind") or "user"))
    role = cast("KeyRole", one_of(get_args(KeyRole), "role", form.first("role") or ""))
    domain = form.first("domain_name") if kind == "domain" else None
    # The three refusals below are plain, their words are not known.
    if kind == "domain" and domain not in service.account.domains:
        raise Refused(400, "a key of kind `domain` needs the `domain_name` of one of the account's domains")
    if (role == "sending") is not (kind == "domain"):
        raise Refused(400, "role `sending` and kind `domain` go with each other")
    expiration = number("expiration", form.first("expiration"), -1)
    if expiration == 0:
        raise Refused(400, "expected `expiration` param to be greater than 0 or absent")
    key = ApiKey(
        id=f"{secrets.token_hex(4)}-{secrets.token_hex(4)}",
        secret=f"{secrets.token_hex(16)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}",
        kind=kind,
        role=role,
        domain=domain,
        description=form.first("description") or "",
        user_name=form.first("user_name"),
        requestor=form.first("email"),
        created_at=asked.now,
        expires_at=None if expiration < 0 else asked.now + expiration,
    )
    service.account.add_key(key)
    return json_answer({"message": "great success", "key": _document(key) | {"secret": key.secret}})


def _delete(service: Service, asked: Asked) -> Answer:
    """`DELETE /v1/keys/{id}`; the account's own key can be deleted too."""
    keys = service.account.keys
    found = next((key for key in keys.values() if key.id == asked.arguments["id"]), None)
    if found is None:
        raise Refused(404, "no key matching id")
    del keys[found.secret]
    return json_answer({"message": "key deleted"})


ROUTES: Final = (
    Route(path="/v1/keys", verbs={"GET": _list, "POST": _create}, rate_class="other"),
    Route(path="/v1/keys/{id}", verbs={"DELETE": _delete}, rate_class="other"),
)
