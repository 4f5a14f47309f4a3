"""DKIM keys of domains, and which domain's keys sign. Nothing is signed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from mailgun_async.testing._domains import root_of
from mailgun_async.testing._parameters import form_of, number, one_of, required, switch
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused

if TYPE_CHECKING:
    from mailgun_async.testing._domain import DkimKey, Domain

__all__ = ["ROUTES"]

_LIMIT: Final = 10
_MAX_LIMIT: Final = 100
_MAX_KEYS: Final = 3


def _document(domain: Domain, key: DkimKey) -> dict[str, Any]:
    record = domain.key_record(key)
    shown = {name: record[name] for name in ("name", "record_type", "value", "cached", "is_active")}
    return {
        "signing_domain": key.signing_domain,
        "selector": key.selector,
        "dns_record": shown | {"valid": record["valid"].upper()},
    }


def _list(service: Service, asked: Asked) -> Answer:
    """`GET /v1/dkim/keys`; the paging holds paths, and `page` is the place of the first key."""
    query = asked.query
    wanted = {name: query[name] for name in ("signing_domain", "selector") if name in query}
    found = [_document(domain, key) for domain in service.account.domains.values() for key in domain.keys.values()]
    found = [each for each in found if wanted.items() <= each.items()]
    limit = min(number("limit", query.get("limit"), _LIMIT), _MAX_LIMIT) or _LIMIT
    start = number("page", query.get("page"), 0)
    last = max(len(found) - 1, 0) // limit * limit
    places = {"previous": max(start - limit, 0), "first": 0, "next": start + limit, "last": last}
    paging = {
        name: "/v1/dkim/keys?" + urlencode({**wanted, "limit": limit, "page": place}, quote_via=quote)
        for name, place in places.items()
    }
    return json_answer({"items": found[start : start + limit], "paging": paging})


def _list_one(service: Service, asked: Asked) -> Answer:
    """`GET /v4/domains/{domain}/keys`."""
    domain = service.account.domains[asked.domain]
    return json_answer({"items": [_document(domain, key) for key in domain.keys.values()]})


def _create(service: Service, asked: Asked) -> Answer:
    """`POST /v1/dkim/keys`. A key that is brought in gets a made-up record, as any other."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    domain, selector = _domain(service, required(form, "signing_domain")), required(form, "selector")
    # The three refusals below are documented or plain, their words are not known.
    if selector in domain.keys:
        raise Refused(400, f"domain key already exists: {selector}")
    if len(domain.keys) >= _MAX_KEYS:
        raise Refused(400, f"domain has {_MAX_KEYS} keys already")
    if (pem := form.first("pem")) is not None and "PRIVATE KEY-----" not in pem:
        raise Refused(400, "pem is not a private key")
    bits = int(one_of(("1024", "2048"), "bits", form.first("bits") or "1024"))
    key = domain.add_key(selector, bits=bits)
    return json_answer(_document(domain, key))


def _delete(service: Service, asked: Asked) -> Answer:
    """`DELETE /v1/dkim/keys`."""
    domain = _domain(service, asked.query.get("signing_domain", ""))
    key = _key(domain, asked.query.get("selector", ""))
    if key.active and not any(each.active for each in domain.keys.values() if each is not key):
        raise Refused(400, "cannot delete domain key: must have at least one active domain key")
    del domain.keys[key.selector]
    return json_answer({"message": "success"})


def _activate(service: Service, asked: Asked) -> Answer:
    """`PUT /v4/domains/{domain}/keys/{selector}/activate`."""
    domain = service.account.domains[asked.domain]
    key = _key(domain, asked.arguments["selector"])
    if domain.key_record(key)["valid"] != "valid":
        raise Refused(400, "domain key dns record is not valid")  # that it must be is documented, the words are not
    return _switched(key, active=True)


def _deactivate(service: Service, asked: Asked) -> Answer:
    """`PUT /v4/domains/{domain}/keys/{selector}/deactivate`."""
    return _switched(_key(service.account.domains[asked.domain], asked.arguments["selector"]), active=False)


def _switched(key: DkimKey, *, active: bool) -> Answer:
    key.active = active
    message = f"domain key {'' if active else 'de'}activated"
    return json_answer(
        {"message": message, "authority": key.signing_domain, "selector": key.selector, "active": active}
    )


def _set_authority(service: Service, asked: Asked) -> Answer:
    """`PUT /v3/domains/{domain}/dkim_authority`."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    account = service.account
    domain, root = account.domains[asked.domain], root_of(asked.domain, account)
    itself = switch("self", form.first("self") or "no") or root is None
    authority = domain.name if itself or root is None else root.name
    changed = authority != domain.authority
    domain.authority = authority
    message = "Domain DKIM authority has been changed" if changed else "Domain DKIM authority has not been changed"
    return json_answer({"message": message, "changed": changed, "sending_dns_records": domain.sending(account.domains)})


def _set_selector(service: Service, asked: Asked) -> Answer:
    """`PUT /v3/domains/{domain}/dkim_selector`; a selector that no key has yet gets one."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    domain, selector = service.account.domains[asked.domain], form.first("dkim_selector")
    if selector:
        chosen = domain.keys.get(selector) or domain.add_key(selector)
        for key in domain.keys.values():
            key.active = key is chosen
    return json_answer({"message": "DKIM selector changed"})


def _domain(service: Service, name: str) -> Domain:
    domain = service.account.domains.get(name)
    if domain is None:
        raise Refused(404, "Domain not found")
    return domain


def _key(domain: Domain, selector: str) -> DkimKey:
    key = domain.keys.get(selector)
    if key is None:
        raise Refused(404, "domain key not found")
    return key


_UNKNOWN: Final = "Domain not found"
ROUTES: Final = (
    Route(path="/v1/dkim/keys", verbs={"GET": _list, "POST": _create, "DELETE": _delete}),
    Route(path="/v4/domains/{domain}/keys", verbs={"GET": _list_one}, unknown_domain=_UNKNOWN),
    Route(path="/v4/domains/{domain}/keys/{selector}/activate", verbs={"PUT": _activate}, unknown_domain=_UNKNOWN),
    Route(path="/v4/domains/{domain}/keys/{selector}/deactivate", verbs={"PUT": _deactivate}, unknown_domain=_UNKNOWN),
    Route(path="/v3/domains/{domain}/dkim_authority", verbs={"PUT": _set_authority}, unknown_domain=_UNKNOWN),
    Route(path="/v3/domains/{domain}/dkim_selector", verbs={"PUT": _set_selector}, unknown_domain=_UNKNOWN),
)
