"""Stored templates, of domains and of the account: the two differ in their paths alone.

The words of refusals are not Mailgun's. Not known, and decided plainly: a copy to another account, to a domain that is
not one of the account's, or under a name that is taken fails; when the active version is deleted, none is active.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from mailgun_async.testing._cursors import cursor_page, path_of
from mailgun_async.testing._dates import as_utc
from mailgun_async.testing._parameters import form_of, json_of, required
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused
from mailgun_async.testing._versions import new_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailgun_async.testing._forms import Form
    from mailgun_async.testing._records import Document, Table

__all__ = ["ROUTES", "form_in", "home", "the_template", "without_versions"]

_MAX_PAGE = 100
_ACCOUNT: Final = "emulator"
"""The account's id, as in logs."""


def templates_of(service: Service, asked: Asked) -> Table:
    """Give the templates of the domain in the path, or else of the account."""
    domain = asked.arguments.get("domain")
    return service.records.table("templates") if domain is None else service.records.table("templates", domain)


def home(service: Service, asked: Asked, *parts: str) -> str:
    """Make the URL of the templates, or of something below."""
    domain = asked.arguments.get("domain")
    start = ("v4", "templates") if domain is None else ("v3", domain, "templates")
    return service.url + path_of(*start, *parts)


def form_in(asked: Asked) -> Form:
    """Read the form of a request."""
    return form_of(asked.headers.get("Content-Type", ""), asked.body)


def the_template(service: Service, asked: Asked) -> tuple[Table, Document]:
    """Find the template in the path, and the table that it is in.

    Raises:
        Refused: There is no such template.
    """
    table = templates_of(service, asked)
    template = table.get(asked.arguments["template"].lower())
    if template is None:
        raise Refused(404, "template not found")
    return table, template


def without_versions(template: Document) -> dict[str, Any]:
    """Show what is said of a template as a whole."""
    return {name: value for name, value in template.items() if name != "versions"}


def _list(service: Service, asked: Asked) -> Answer:
    table = templates_of(service, asked)
    found, paging = cursor_page(table.keys, asked.query, home(service, asked), pivot="p", most=_MAX_PAGE)
    return json_answer({"items": [without_versions(table[key]) for key in found], "paging": paging})


def _create(service: Service, asked: Asked) -> Answer:
    table, form = templates_of(service, asked), form_in(asked)
    name = required(form, "name").lower()
    if name in table:
        raise Refused(400, f"template '{name}' already exists")
    template: dict[str, Any] = {
        "name": name,
        "description": form.first("description") or "",
        "createdAt": as_utc(asked.now),
        "createdBy": form.first("createdBy") or "",
        "id": str(uuid4()),
        "versions": {},
    }
    shown = without_versions(template)
    if form.first("template"):
        version = new_version(form, asked.now, tag=form.first("tag") or "initial", active=True)
        template["versions"] = {version["tag"]: version}
        shown["version"] = version
    table.put({name: template})
    return json_answer({"message": "template has been stored", "template": shown})


def _get(service: Service, asked: Asked) -> Answer:
    _, template = the_template(service, asked)
    shown = without_versions(template)
    if asked.query.get("active") == "yes":
        active = next((one for one in template["versions"].values() if one["active"]), None)
        shown |= {} if active is None else {"version": active}
    return json_answer({"template": shown})


def _update(service: Service, asked: Asked) -> Answer:
    table, template = the_template(service, asked)
    description = form_in(asked).first("description")
    table.put({template["name"]: {**template, "description": description or ""}})
    return json_answer({"message": "template has been updated", "template": {"name": template["name"]}})


def _delete(service: Service, asked: Asked) -> Answer:
    table, template = the_template(service, asked)
    table.drop(template["name"])
    return json_answer({"message": "template has been deleted", "template": {"name": template["name"]}})


def _delete_all(service: Service, asked: Asked) -> Answer:
    templates_of(service, asked).clear()
    return json_answer({"message": "templates have been deleted"})


def _rename(service: Service, asked: Asked) -> Answer:
    table, template = the_template(service, asked)
    name = asked.arguments["new"].lower()
    if name in table:
        raise Refused(400, f"template '{name}' already exists")
    table.drop(template["name"])
    table.put({name: {**template, "name": name}})
    return json_answer({"message": "template has been renamed", "template": {"name": name}})


def _copy(service: Service, asked: Asked) -> Answer:
    _, template = the_template(service, asked)
    wanted = json_of(asked.body)
    requests, tags = wanted.get("requests"), wanted.get("source_versions")
    if not isinstance(requests, list) or not requests or not all(isinstance(one, dict) for one in requests):
        raise Refused(400, "requests: a list of copies is required")
    versions = {tag: one for tag, one in template["versions"].items() if tags is None or tag in tags}
    failed = [one for one in requests if not _copied(service, asked, {**template, "versions": versions}, one)]
    return json_answer({"message": "template has been copied", "failed_copies": failed})


def _copied(service: Service, asked: Asked, template: Document, to: Mapping[str, Any]) -> bool:
    domain, name = to.get("domain"), str(to.get("name") or "").lower()
    if not name or to.get("account_id") != _ACCOUNT or (domain and domain not in service.account.domains):
        return False
    table = service.records.table("templates", *([str(domain)] if domain else []))
    if name in table:
        return False
    table.put({name: {**template, "name": name, "id": str(uuid4()), "createdAt": as_utc(asked.now)}})
    return True


def _routes(start: str) -> tuple[Route, ...]:
    one = f"{start}/{{template}}"
    verbs = {"GET": _get, "PUT": _update, "DELETE": _delete}
    return (
        Route(path=start, verbs={"GET": _list, "POST": _create, "DELETE": _delete_all}, rate_class="other"),
        Route(path=one, verbs=verbs, rate_class="other"),
        Route(path=f"{one}/copy", verbs={"PUT": _copy}, rate_class="other"),
        Route(path=f"{one}/rename/{{new}}", verbs={"PUT": _rename}, rate_class="other"),
    )


ROUTES: Final = (*_routes("/v3/{domain}/templates"), *_routes("/v4/templates"))
