"""Webhooks of domains, by kind of events (v3) and by URL (v4), and of the account (v1). Nothing is sent to them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from mailgun_async.testing._parameters import form_of, new_id, required, web_address
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mailgun_async.testing._forms import Form
    from mailgun_async.testing._records import Document, Table

__all__ = ["ROUTES"]

_KINDS: Final = (
    "accepted",
    "clicked",
    "complained",
    "delivered",
    "opened",
    "permanent_fail",
    "temporary_fail",
    "unsubscribed",
)
_MAX_URLS: Final = 3
_ID: Final = re.compile(r"[0-9a-f]{24}")
_NO_CONTENT: Final = 204


# -- of a domain, by kind of events ------------------------------------------------------------------------------------


def _webhooks_of(service: Service, domain: str) -> Table:
    """Give the webhooks of a domain: `urls` by kind of events."""
    return service.records.table("domain-webhooks", domain)


def _webhooks(service: Service, asked: Asked) -> dict[str, list[str]]:
    table = _webhooks_of(service, asked.domain)
    return {kind: table[kind]["urls"] for kind in table.keys}


def _set(service: Service, asked: Asked, webhooks: dict[str, list[str]]) -> None:
    """Put these in the stead of all there are."""
    table = _webhooks_of(service, asked.domain)
    table.drop(*(kind for kind in table.keys if kind not in webhooks))
    table.put({kind: {"urls": urls} for kind, urls in webhooks.items()})


def _all(service: Service, asked: Asked) -> Answer:
    """`GET /v3/domains/{domain}/webhooks`; kinds without a URL are left out."""
    return json_answer({"webhooks": {kind: {"urls": urls} for kind, urls in _webhooks(service, asked).items()}})


def _create(service: Service, asked: Asked) -> Answer:
    """`POST /v3/domains/{domain}/webhooks`."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    webhooks, kind = _webhooks(service, asked), _kind(required(form, "id"))
    if kind in webhooks:  # Mailgun's words are not known
        raise Refused(400, f"Webhook for event type '{kind}' already exists", key="Reason")
    urls = _urls(form)
    _set(service, asked, webhooks | {kind: urls})
    return json_answer({"message": "Webhook has been created", "webhook": {"urls": urls}})


def _get(service: Service, asked: Asked) -> Answer:
    """`GET /v3/domains/{domain}/webhooks/{kind}`."""
    return json_answer({"webhook": {"urls": _one(service, asked)}})


def _update(service: Service, asked: Asked) -> Answer:
    """`PUT /v3/domains/{domain}/webhooks/{kind}`."""
    _one(service, asked)
    urls = _urls(form_of(asked.headers.get("Content-Type", ""), asked.body))
    _set(service, asked, _webhooks(service, asked) | {asked.arguments["kind"]: urls})
    return json_answer({"message": "Webhook has been updated", "webhook": {"urls": urls}})


def _delete(service: Service, asked: Asked) -> Answer:
    """`DELETE /v3/domains/{domain}/webhooks/{kind}`; answers the URLs it had."""
    urls = _one(service, asked)
    _webhooks_of(service, asked.domain).drop(asked.arguments["kind"])
    return json_answer({"message": "Webhook has been deleted", "webhook": {"urls": urls}})


def _one(service: Service, asked: Asked) -> list[str]:
    urls = _webhooks(service, asked).get(asked.arguments["kind"])
    if urls is None:
        raise Refused(404, "Webhook not found")  # Mailgun's words are not known
    return urls


def _kind(name: str) -> str:
    if name not in _KINDS:
        raise Refused(400, f"event_type '{name}' is invalid", key="Reason")
    return name


def _urls(form: Form) -> list[str]:
    required(form, "url")
    urls = [web_address(url) for url in dict.fromkeys(form.fields["url"])]
    if len(urls) > _MAX_URLS:
        raise Refused(400, f"unable to add more than {_MAX_URLS} urls", key="Reason")
    return urls


# -- of a domain, by URL -----------------------------------------------------------------------------------------------


def _create_by_url(service: Service, asked: Asked) -> Answer:
    """`POST /v4/domains/{domain}/webhooks`."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    webhooks, (url, kinds) = _webhooks(service, asked), _url_and_kinds(form)
    for kind in kinds:
        if url in webhooks.get(kind, ()):
            what = f"Webhook for event type '{kind}' with URL '{url}' already exists"
            raise Refused(400, what, key="Reason")
    return _add(webhooks, url, kinds, service, asked)


def _update_by_url(service: Service, asked: Asked) -> Answer:
    """`PUT /v4/domains/{domain}/webhooks`."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    webhooks, (url, kinds) = _webhooks(service, asked), _url_and_kinds(form)
    if not any(url in urls for urls in webhooks.values()):
        raise Refused(404, "Webhook not found")  # Mailgun's words are not known
    others = {kind: [each for each in urls if each != url] for kind, urls in webhooks.items()}
    return _add({kind: urls for kind, urls in others.items() if urls}, url, kinds, service, asked)


def _delete_by_url(service: Service, asked: Asked) -> Answer:
    """`DELETE /v4/domains/{domain}/webhooks`; a URL that is not set is no error."""
    given = asked.query.get("url")
    if not given:
        raise Refused(400, "url", key="Field")
    gone = set(given.split(","))
    left = {kind: [url for url in urls if url not in gone] for kind, urls in _webhooks(service, asked).items()}
    _set(service, asked, {kind: urls for kind, urls in left.items() if urls})
    return _all(service, asked)


def _add(webhooks: dict[str, list[str]], url: str, kinds: Iterable[str], service: Service, asked: Asked) -> Answer:
    added = webhooks | {kind: [*webhooks.get(kind, ()), url] for kind in kinds}
    for kind, urls in added.items():
        if len(urls) > _MAX_URLS:
            raise Refused(400, f"unable to add more than {_MAX_URLS} urls for event type {kind}", key="Reason")
    _set(service, asked, added)
    return _all(service, asked)


def _url_and_kinds(form: Form) -> tuple[str, list[str]]:
    url = web_address(required(form, "url"))
    required(form, "event_types")
    return url, [_kind(name) for name in dict.fromkeys(form.fields["event_types"])]


# -- of the account ----------------------------------------------------------------------------------------------------


def _account(service: Service) -> Table:
    return service.records.table("webhooks")


def _list_account(service: Service, asked: Asked) -> Answer:
    """`GET /v1/webhooks`."""
    webhooks = _account(service)
    wanted = _ids(asked) or webhooks.keys
    return json_answer({"webhooks": [webhooks[each] for each in wanted if each in webhooks]})


def _create_account(service: Service, asked: Asked) -> Answer:
    """`POST /v1/webhooks`."""
    webhook_id = new_id(asked.now, len(_account(service)))
    _keep(webhook_id, datetime.fromtimestamp(asked.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), service, asked)
    return json_answer({"webhook_id": webhook_id})


def _get_account(service: Service, asked: Asked) -> Answer:
    """`GET /v1/webhooks/{id}`."""
    webhook = _account(service).get(_id(asked))
    if webhook is None:
        raise Refused(404, "webhook not found", key="Description")
    return json_answer(webhook)


def _update_account(service: Service, asked: Asked) -> Answer:
    """`PUT /v1/webhooks/{id}`; nothing of what there was stays."""
    webhook_id = _known_id(service, asked)
    _keep(webhook_id, _account(service)[webhook_id]["created_at"], service, asked)
    return Answer(_NO_CONTENT, b"")


def _delete_account(service: Service, asked: Asked) -> Answer:
    """`DELETE /v1/webhooks/{id}`."""
    _account(service).drop(_known_id(service, asked))
    return Answer(_NO_CONTENT, b"")


def _delete_several(service: Service, asked: Asked) -> Answer:
    """`DELETE /v1/webhooks`; of both parameters the ids count."""
    webhooks, ids = _account(service), _ids(asked)
    if ids is None and asked.query.get("all") != "true":  # Mailgun's words are not known
        raise Refused(400, "Invalid parameter: webhook_ids or all=true is required")
    found = [each for each in dict.fromkeys(ids or webhooks.keys) if each in webhooks]
    if not found:
        raise Refused(404, "no webhooks found for account", key="Description")
    webhooks.drop(*found)
    return Answer(_NO_CONTENT, b"")


def _keep(webhook_id: str, created_at: str, service: Service, asked: Asked) -> None:
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    kinds, url = form.fields.get("event_types", []), form.first("url")
    if not url:
        raise Refused(400, "missing or invalid url parameter", field="url")
    webhooks = _account(service)
    others = [webhooks[known] for known in webhooks.keys if known != webhook_id]
    _check_account(web_address(url), kinds, others)
    document = {
        "webhook_id": webhook_id,
        "description": form.first("description") or "",
        "url": url,
        "event_types": kinds,
        "created_at": created_at,
    }
    webhooks.put({webhook_id: document})


def _check_account(url: str, kinds: list[str], others: list[Document]) -> None:
    if not kinds:  # Mailgun's words are not known
        raise Refused(400, "missing or invalid event_types parameter", field="event_types")
    for kind in kinds:
        if kind not in _KINDS:
            raise Refused(404, f"event_type '{kind}' is invalid", key="Description")
        if kinds.count(kind) > 1:
            raise Refused(400, f"duplicate event types: '{kind}'", field="event_types")
        urls = {webhook["url"] for webhook in others if kind in webhook["event_types"]}
        if url in urls:
            raise Refused(409, f"url {url} already exists for event type {kind}", key="Description")
        if len(urls) >= _MAX_URLS:
            raise Refused(409, f"unable to add more than {_MAX_URLS} urls for event type {kind}", key="Description")


def _ids(asked: Asked) -> list[str] | None:
    given = asked.query.get("webhook_ids")
    if given is None:
        return None
    ids = given.split(",")
    if not all(ids):
        malformed = "malformed webhook_ids parameter: empty values not allowed"
        raise Refused(400, f"Invalid parameter: webhook_ids {malformed}")
    return ids


def _id(asked: Asked) -> str:
    webhook_id = asked.arguments["id"]
    if not _ID.fullmatch(webhook_id):
        raise Refused(400, "is not valid", field="webhook_id")
    return webhook_id


def _known_id(service: Service, asked: Asked) -> str:
    webhook_id = _id(asked)
    if webhook_id not in _account(service):
        raise Refused(404, f"webhook_id not found: {webhook_id}", key="Description")
    return webhook_id


def _route(path: str, **verbs: Callable[[Service, Asked], Answer]) -> Route:
    return Route(path=path, verbs=verbs, unknown_domain="Domain not found")


ROUTES: Final = (
    _route("/v3/domains/{domain}/webhooks", GET=_all, POST=_create),
    _route("/v3/domains/{domain}/webhooks/{kind}", GET=_get, PUT=_update, DELETE=_delete),
    _route("/v4/domains/{domain}/webhooks", POST=_create_by_url, PUT=_update_by_url, DELETE=_delete_by_url),
    _route("/v1/webhooks", GET=_list_account, POST=_create_account, DELETE=_delete_several),
    _route("/v1/webhooks/{id}", GET=_get_account, PUT=_update_account, DELETE=_delete_account),
)
