"""Domains: made, listed, changed, verified, deleted; what is tracked of their mail, and how it is delivered."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mailgun_async.testing._domain import Domain, Login
from mailgun_async.testing._parameters import form_of, number, one_of, required, sliced, switch, web_address
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mailgun_async.testing._account import Account
    from mailgun_async.testing._forms import Form

__all__ = ["ROUTES", "checked_password", "root_of"]

_NAME: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.IGNORECASE)
_ATOM: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
_PASSWORD: Final = range(5, 33)


def _atom(name: str, value: str) -> str:
    if not _ATOM.fullmatch(value):
        raise Refused(400, f"Parameter '{name}' must be a valid atom")
    return value


def _flag(name: str) -> tuple[str, Callable[[str], Any]]:
    return name, partial(switch, name)


# IPs and IP pools (`ips`, `pool_id`) are not kept: every domain may send from all.
_SETTINGS: Final[Mapping[str, Callable[[str], Any]]] = {
    "spam_action": partial(one_of, ("disabled", "block", "tag"), "spam_action"),
    "web_scheme": partial(one_of, ("http", "https"), "web_scheme"),
    "web_prefix": partial(_atom, "web_prefix"),
    "archive_to": web_address,
    "message_ttl": lambda value: number("message_ttl", value, 0),
    "mailfrom_host": str,
    **dict(
        _flag(name)
        for name in (
            "wildcard",
            "require_tls",
            "skip_verification",
            "encrypt_incoming_message",
            "webhooks_redact_pii",
            "use_automatic_sender_security",
        )
    ),
}


def _given(form: Form) -> dict[str, Any]:
    values = {name: form.first(name) for name in _SETTINGS}
    return {name: _SETTINGS[name](value) for name, value in values.items() if value is not None}


def checked_password(password: str) -> str:
    """Read a password.

    Raises:
        Refused: It is too short or, in words that are not known, too long.
    """
    if len(password) not in _PASSWORD:
        size = "short" if len(password) < _PASSWORD.start else "long"
        raise Refused(400, f"Password is too {size}. It must be between 5 and 32 characters.")
    return password


def _set_password(domain: Domain, form: Form, now: float) -> None:
    password = form.first("smtp_password")
    if password is not None:
        login = Login(password=checked_password(password), created_at=now, system=True)
        domain.logins[f"postmaster@{domain.name}"] = login


# -- domains -----------------------------------------------------------------------------------------------------------


def _list(service: Service, asked: Asked) -> Answer:
    """`GET /v4/domains`."""
    query = asked.query
    found = list(reversed(service.account.domains.values()))  # the newest first
    if state := query.get("state"):
        found = [domain for domain in found if domain.state == state]
    elif authority := query.get("authority"):
        found = [domain for domain in found if domain.authority == authority]
    if search := query.get("search"):
        found = [domain for domain in found if search.lower() in domain.name.lower()]
    if sort := query.get("sort"):
        order = one_of(("name", "name:asc", "name:desc"), "sort", sort)
        found.sort(key=lambda domain: domain.name, reverse=order == "name:desc")
    items = [domain.details() for domain in sliced(found, query)]
    return json_answer({"total_count": len(found), "items": items})


def _create(service: Service, asked: Asked) -> Answer:
    """`POST /v4/domains`."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    account, name = service.account, required(form, "name").lower()
    if not _NAME.fullmatch(name):
        raise Refused(400, f"{name} is not a valid domain name")  # Mailgun's words are not known
    if name in account.domains:
        raise Refused(400, "This domain name is already taken")
    domain = Domain(name=name, state="unverified", created_at=asked.now, region=account.region)
    domain.settings |= _given(form)
    _set_password(domain, form, asked.now)
    _sign(domain, form, account)
    account.domains[name] = domain
    message = "Domain DNS records have been created"
    return json_answer({"message": message, **domain.document(account.domains)})


def _sign(domain: Domain, form: Form, account: Account) -> None:
    """Give a new domain its DKIM key, or that of a domain above it in the same account."""
    force, force_root = (switch(name, form.first(name) or "no") for name in _FORCE)
    root = root_of(domain.name, account)
    if root is not None and not force:
        domain.authority = root.authority
    host = form.first("dkim_host_name")
    if force_root:  # without a list of public suffixes the root is taken to have two labels
        host = ".".join(domain.name.split(".")[-2:])
    bits = int(one_of(("1024", "2048"), "dkim_key_size", form.first("dkim_key_size") or "1024"))
    selector = _atom("dkim_selector", form.first("dkim_selector") or "mx")
    domain.add_key(selector, bits=bits, host=host, active=True)


_FORCE: Final = ("force_dkim_authority", "force_root_dkim_host")


def root_of(name: str, account: Account) -> Domain | None:
    """Find the highest domain of the account above this one."""
    parts = name.split(".")
    above = [".".join(parts[start:]) for start in range(len(parts) - 1, 0, -1)]
    return next((account.domains[domain] for domain in above if domain in account.domains), None)


def _get(service: Service, asked: Asked) -> Answer:
    """`GET /v4/domains/{domain}`."""
    domains = service.account.domains
    return json_answer(domains[asked.domain].document(domains))


def _update(service: Service, asked: Asked) -> Answer:
    """`PUT /v4/domains/{domain}`."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    domains = service.account.domains
    domain, given = domains[asked.domain], _given(form)
    _set_password(domain, form, asked.now)
    security = "use_automatic_sender_security"
    if given.get(security, domain.settings[security]) is not domain.settings[security]:
        domain.state, domain.checked = "unverified", False  # other records are needed, so it must be verified anew
    domain.settings |= given
    return json_answer(domain.document(domains))


def _verify(service: Service, asked: Asked) -> Answer:
    """`PUT /v4/domains/{domain}/verify`."""
    domains = service.account.domains
    domains[asked.domain].verify()
    message = "Domain DNS records have been updated"
    return json_answer({"message": message, **domains[asked.domain].document(domains)})


def _delete(service: Service, asked: Asked) -> Answer:
    """`DELETE /v3/domains/{domain}`; it is gone at once with all that is its own, what it sent stays in the outbox."""
    domains = service.account.domains
    domain = domains[asked.domain]
    # That these are refused is documented, the words are not.
    if domain.state == "disabled":
        raise Refused(400, "Domain is disabled")
    if domain.is_sandbox:
        raise Refused(400, "Sandbox domain cannot be deleted")
    if any(each.authority == domain.name for each in domains.values() if each is not domain):
        raise Refused(400, "Domain is used as an authority for another domain")
    del domains[domain.name]
    service.records.clear(domain.name)
    return json_answer({"message": "Domain will be deleted in the background"})


# -- tracking and delivery ---------------------------------------------------------------------------------------------


def _tracking(service: Service, asked: Asked) -> Answer:
    """`GET /v3/domains/{domain}/tracking`."""
    domain = service.account.domains[asked.domain]
    return json_answer({"tracking": {**domain.tracking, "web_scheme": domain.settings["web_scheme"]}})


def _html_only(name: str, value: str) -> bool | str:
    return value if value == "htmlonly" else switch(name, value)


_TRACKED: Final[Mapping[str, Mapping[str, Callable[[str], Any]]]] = {
    "click": {"active": partial(_html_only, "active")},
    "open": dict(map(_flag, ("active", "place_at_the_top"))),
    "unsubscribe": {"active": partial(switch, "active"), "html_footer": str, "text_footer": str},
}


def _track(kind: str, service: Service, asked: Asked) -> Answer:
    """`PUT /v3/domains/{domain}/tracking/{kind}`."""
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    given = {name: (read, form.first(name)) for name, read in _TRACKED[kind].items()}
    settings = service.account.domains[asked.domain].tracking[kind]
    settings |= {name: read(value) for name, (read, value) in given.items() if value is not None}
    return json_answer({"message": "Domain tracking settings have been updated", kind: settings})


_CONNECTION: Final = ("require_tls", "skip_verification")


def _connection(service: Service, asked: Asked) -> Answer:
    """`GET /v3/domains/{domain}/connection`."""
    settings = service.account.domains[asked.domain].settings
    return json_answer({"connection": {name: settings[name] for name in _CONNECTION}})


def _connect(service: Service, asked: Asked) -> Answer:
    """`PUT /v3/domains/{domain}/connection`."""
    given = _given(form_of(asked.headers.get("Content-Type", ""), asked.body))
    settings = service.account.domains[asked.domain].settings
    settings |= {name: given[name] for name in _CONNECTION if name in given}
    message = "Domain connection settings have been updated, may take 10 minutes to fully propagate"
    return json_answer({"message": message, **{name: settings[name] for name in _CONNECTION}})


def _route(path: str, **verbs: Callable[[Service, Asked], Answer]) -> Route:
    return Route(path=path, verbs=verbs, unknown_domain="Domain not found")


ROUTES: Final = (
    _route("/v4/domains", GET=_list, POST=_create),
    _route("/v4/domains/{domain}", GET=_get, PUT=_update, DELETE=_delete),
    _route("/v4/domains/{domain}/verify", PUT=_verify),
    _route("/v3/domains/{domain}", DELETE=_delete),
    _route("/v3/domains/{domain}/tracking", GET=_tracking),
    *(_route(f"/v3/domains/{{domain}}/tracking/{kind}", PUT=partial(_track, kind)) for kind in _TRACKED),
    _route("/v3/domains/{domain}/connection", GET=_connection, PUT=_connect),
)
