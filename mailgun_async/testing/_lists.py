"""Mailing lists of the account. Mail to a list's address is kept as any other: members get none of it here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mailgun_async.testing._cursors import cursor_page, path_of
from mailgun_async.testing._dates import as_utc
from mailgun_async.testing._parameters import form_of, sliced
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused, plain_address

if TYPE_CHECKING:
    from mailgun_async.testing._forms import Form
    from mailgun_async.testing._records import Document, Table

__all__ = ["ROUTES", "list_document", "members_of", "the_list"]

_ACCESS_LEVELS = ("readonly", "members", "everyone")
_REPLY_PREFERENCES = ("sender", "list")


def _lists(service: Service) -> Table:
    return service.records.table("lists")


def members_of(service: Service, list_address: str) -> Table:
    """Give the members of a list."""
    return service.records.table("members", list_address.lower())


def the_list(service: Service, asked: Asked) -> Document:
    """Find the list in the path.

    Raises:
        Refused: There is no such list.
    """
    address = asked.arguments["list"]
    document = _lists(service).get(address.lower())
    if document is None:
        raise Refused(404, f"Mailing list {address} not found")
    return document


def list_document(service: Service, document: Document) -> dict[str, Any]:
    """Show a list with the number of its members."""
    return {**document, "members_count": len(members_of(service, document["address"]))}


def _fields(form: Form) -> dict[str, str]:
    """Read what a form says of a list.

    Raises:
        Refused: Something of it is no value.
    """
    names = ("name", "description", "access_level", "reply_preference", "list-id")
    fields = {name: form.fields[name][0] for name in names if name in form.fields}
    if form.first("address"):
        fields["address"] = plain_address(form.fields["address"][0], "address")
    if (level := fields.get("access_level", "readonly")) not in _ACCESS_LEVELS:
        choices = "'readonly', 'members', 'everyone'"
        raise Refused(400, f"Invalid access level '{level}'. It can be any of: {choices}.")
    if (preference := fields.get("reply_preference", "list")) not in _REPLY_PREFERENCES:
        raise Refused(400, f"Invalid reply preference '{preference}'. It can be any of: 'sender', 'list'")
    return fields


def _create(service: Service, asked: Asked) -> Answer:
    fields = _fields(form_of(asked.headers.get("Content-Type", ""), asked.body))
    if "address" not in fields:
        raise Refused(400, "'address' parameter is missing")
    key = fields["address"].lower()
    if key in _lists(service):
        raise Refused(400, f"Duplicate object: mailing list '{fields['address']}' already exists")
    document = {
        "address": fields["address"],
        "name": "",
        "description": "",
        "access_level": "readonly",
        "reply_preference": "list",
        "created_at": as_utc(asked.now),
        **fields,
    }
    _lists(service).put({key: document})
    return json_answer({"list": list_document(service, document), "message": "Mailing list has been created"}, 201)


def _get(service: Service, asked: Asked) -> Answer:
    return json_answer({"list": list_document(service, the_list(service, asked))})


def _update(service: Service, asked: Asked) -> Answer:
    before = the_list(service, asked)
    document = {**before, **_fields(form_of(asked.headers.get("Content-Type", ""), asked.body))}
    old, new = before["address"].lower(), document["address"].lower()
    if old != new:
        if new in _lists(service):
            raise Refused(400, f"Duplicate object: mailing list '{document['address']}' already exists")
        members = members_of(service, old)
        members_of(service, new).put({key: members[key] for key in members.keys})
        members.clear()
        _lists(service).drop(old)
    _lists(service).put({new: document})
    return json_answer({"message": "Mailing list has been updated", "list": list_document(service, document)})


def _delete(service: Service, asked: Asked) -> Answer:
    document = the_list(service, asked)
    members_of(service, document["address"]).clear()
    _lists(service).drop(document["address"].lower())
    return json_answer({"address": document["address"], "message": "Mailing list has been removed"})


def _page(service: Service, asked: Asked) -> Answer:
    """`GET /v3/lists`."""
    table, wanted = _lists(service), asked.query.get("address")
    keys = [key for key in table.keys if wanted is None or key == wanted.lower()]
    items = [list_document(service, table[key]) for key in sliced(keys, asked.query)]
    return json_answer({"total_count": len(keys), "items": items})


def _cursor_page(service: Service, asked: Asked) -> Answer:
    """`GET /v3/lists/pages`."""
    table = _lists(service)
    found, paging = cursor_page(table.keys, asked.query, service.url + path_of("v3", "lists", "pages"))
    return json_answer({"paging": paging, "items": [list_document(service, table[key]) for key in found]})


ROUTES: Final = (
    Route(path="/v3/lists", verbs={"GET": _page, "POST": _create}, rate_class="other"),
    Route(path="/v3/lists/pages", verbs={"GET": _cursor_page}, rate_class="other"),
    Route(path="/v3/lists/{list}", verbs={"GET": _get, "PUT": _update, "DELETE": _delete}, rate_class="other"),
)
