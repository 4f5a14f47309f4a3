"""Versions of stored templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid4

from mailgun_async.testing._cursors import cursor_page
from mailgun_async.testing._dates import as_utc
from mailgun_async.testing._parameters import required
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused
from mailgun_async.testing._templates import form_in, home, the_template, without_versions
from mailgun_async.testing._versions import changed_version, new_version, with_version

if TYPE_CHECKING:
    from mailgun_async.testing._records import Document, Table

__all__ = ["ROUTES"]

_MAX_PAGE = 100


def _the_version(service: Service, asked: Asked) -> tuple[Table, Document, Document]:
    table, template = the_template(service, asked)
    version = template["versions"].get(asked.arguments["tag"])
    if version is None:
        raise Refused(404, "template version not found")
    return table, template, version


def _list(service: Service, asked: Asked) -> Answer:
    _, template = the_template(service, asked)
    url = home(service, asked, template["name"], "versions")
    versions = template["versions"]
    tags, paging = cursor_page(sorted(versions), asked.query, url, pivot="p", most=_MAX_PAGE)
    shown = [{**versions[tag], "template": ""} for tag in tags]
    return json_answer({"template": {**without_versions(template), "versions": shown}, "paging": paging})


def _create(service: Service, asked: Asked) -> Answer:
    table, template = the_template(service, asked)
    form = form_in(asked)
    required(form, "template")
    tag = required(form, "tag")
    if tag in template["versions"]:
        raise Refused(400, f"template version '{tag}' already exists")
    version = new_version(form, asked.now, tag=tag, active=not template["versions"])
    table.put({template["name"]: with_version(template, version)})
    shown = {**without_versions(template), "version": version}
    return json_answer({"message": "new version of the template has been stored", "template": shown})


def _get(service: Service, asked: Asked) -> Answer:
    _, template, version = _the_version(service, asked)
    return json_answer({"template": {**without_versions(template), "version": version}})


def _done(message: str, template: Document, version: Document) -> Answer:
    return json_answer({"message": message, "template": {"name": template["name"], "version": {"tag": version["tag"]}}})


def _update(service: Service, asked: Asked) -> Answer:
    table, template, version = _the_version(service, asked)
    table.put({template["name"]: with_version(template, changed_version(version, form_in(asked)))})
    return _done("version has been updated", template, version)


def _delete(service: Service, asked: Asked) -> Answer:
    table, template, version = _the_version(service, asked)
    left = {tag: one for tag, one in template["versions"].items() if tag != version["tag"]}
    table.put({template["name"]: {**template, "versions": left}})
    return _done("version has been deleted", template, version)


def _copy(service: Service, asked: Asked) -> Answer:
    table, template, version = _the_version(service, asked)
    # Whether a copy may take the name of another version is not known; here it may not.
    if asked.arguments["new"] in template["versions"]:
        raise Refused(400, f"template version '{asked.arguments['new']}' already exists")
    copy = {
        **version,
        "tag": asked.arguments["new"],
        "active": False,
        "comment": asked.query.get("comment", version["comment"]),
        "createdAt": as_utc(asked.now),
        "id": str(uuid4()),
    }
    table.put({template["name"]: with_version(template, copy)})
    return json_answer({"message": "version has been copied", "version": copy})


def _routes(start: str) -> tuple[Route, ...]:
    home_ = f"{start}/{{template}}/versions"
    one = f"{home_}/{{tag}}"
    verbs = {"GET": _get, "PUT": _update, "DELETE": _delete}
    return (
        Route(path=home_, verbs={"GET": _list, "POST": _create}, rate_class="other"),
        Route(path=one, verbs=verbs, rate_class="other"),
        Route(path=f"{one}/copy/{{new}}", verbs={"PUT": _copy}, rate_class="other"),
    )


ROUTES: Final = (*_routes("/v3/{domain}/templates"), *_routes("/v4/templates"))
