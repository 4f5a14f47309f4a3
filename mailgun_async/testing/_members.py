"""Members of mailing lists.

Not known, and decided plainly: uploads are done when they are answered, whatever their size; a member of an upload
whose address or `vars` cannot be used is left out; new `vars` replace the old ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from mailgun_async.testing._cursors import cursor_page, path_of
from mailgun_async.testing._lists import list_document, members_of, the_list
from mailgun_async.testing._parameters import form_of, sliced, switch
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused, plain_address
from mailgun_async.testing._tables import csv_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mailgun_async.testing._forms import Form
    from mailgun_async.testing._records import Document, Table

__all__ = ["ROUTES"]

_MAX_MEMBERS = 1_000
_MAX_CSV = 5 * 1024 * 1024


def _form(asked: Asked) -> Form:
    return form_of(asked.headers.get("Content-Type", ""), asked.body)


def _flag(form: Form, name: str, *, otherwise: bool) -> bool:
    value = form.first(name)
    return switch(name, value) if value else otherwise


def _member(given: Mapping[str, Any], known: Document) -> dict[str, Any]:
    """Read a member; what is not given stays as it is known.

    Raises:
        Refused: Its address or its vars are none.
    """
    member = {"name": "", "vars": {}, "subscribed": True, **known}
    if (address := given.get("address")) is not None:
        member["address"] = plain_address(str(address), "address")
    if (name := given.get("name")) is not None:
        member["name"] = str(name)
    if (variables := given.get("vars")) is not None and variables != "":
        member["vars"] = _vars(variables)
    if (subscribed := given.get("subscribed")) is not None and subscribed != "":
        member["subscribed"] = subscribed if isinstance(subscribed, bool) else switch("subscribed", str(subscribed))
    return member


def _vars(given: object) -> dict[str, Any]:
    variables = given
    if isinstance(given, str):
        try:
            variables = orjson.loads(given)
        except orjson.JSONDecodeError:
            variables = None
    if not isinstance(variables, dict):
        raise Refused(400, "'vars' parameter is not a valid JSON")
    return variables


def _the_member(service: Service, asked: Asked) -> tuple[Table, str, Document]:
    document, address = the_list(service, asked), asked.arguments["member"]
    table = members_of(service, document["address"])
    member = table.get(address.lower())
    if member is None:
        raise Refused(404, f"Member {address} of mailing list {document['address']} not found")
    return table, address.lower(), member


# -- one ---------------------------------------------------------------------------------------------------------------


def _create(service: Service, asked: Asked) -> Answer:
    table, form = members_of(service, the_list(service, asked)["address"]), _form(asked)
    address = plain_address(form.first("address") or "", "address")
    known = table.get(address.lower())
    if known is not None and not _flag(form, "upsert", otherwise=False):
        raise Refused(400, f"Address already exists '{address}'")
    member = _member({name: values[0] for name, values in form.fields.items()}, known or {})
    table.put({address.lower(): member})
    return json_answer({"member": member, "message": "Mailing list member has been created"})


def _get(service: Service, asked: Asked) -> Answer:
    return json_answer({"member": _the_member(service, asked)[2]})


def _update(service: Service, asked: Asked) -> Answer:
    table, old, known = _the_member(service, asked)
    member = _member({name: values[0] for name, values in _form(asked).fields.items()}, known)
    new = member["address"].lower()
    if new != old:
        if new in table:
            raise Refused(400, f"Address already exists '{member['address']}'")
        table.drop(old)
    table.put({new: member})
    return json_answer({"member": member, "message": "Mailing list member has been updated"})


def _delete(service: Service, asked: Asked) -> Answer:
    table, key, member = _the_member(service, asked)
    table.drop(key)
    return json_answer({"member": {"address": member["address"]}, "message": "Mailing list member has been deleted"})


# -- many --------------------------------------------------------------------------------------------------------------


def _upload(service: Service, asked: Asked, form: Form, given: Iterable[Mapping[str, Any]]) -> Answer:
    document = the_list(service, asked)
    table, upsert = members_of(service, document["address"]), _flag(form, "upsert", otherwise=False)
    added: dict[str, Document] = {}
    for one in given:
        try:
            key = plain_address(str(one.get("address") or ""), "address").lower()
            known = added.get(key) or table.get(key)
            if known is None or upsert:
                added[key] = _member(one, known or {})
        except Refused:
            continue
    table.put(added)
    message = "Mailing list upload started in background"
    return json_answer({"list": list_document(service, document), "task-id": f"{len(table)}", "message": message})


def _upload_json(service: Service, asked: Asked) -> Answer:
    the_list(service, asked)
    form = _form(asked)
    try:
        members = orjson.loads(form.first("members") or "")
    except orjson.JSONDecodeError:
        members = None
    if not isinstance(members, list) or not all(isinstance(one, (str, dict)) for one in members):
        raise Refused(400, "'members' parameter is not a valid JSON")
    if len(members) > _MAX_MEMBERS:
        raise Refused(400, "Batch size should be less than 1000")
    return _upload(service, asked, form, ({"address": one} if isinstance(one, str) else one for one in members))


def _upload_csv(service: Service, asked: Asked) -> Answer:
    the_list(service, asked)
    form = _form(asked)
    file = next((file for file in form.files if file.field == "members"), None)
    if file is None:
        raise Refused(400, "members parameter is missing")
    if len(file.content) > _MAX_CSV:
        raise Refused(400, "CSV file is too big, max allowed size is 5 MB")
    subscribed = {"subscribed": _flag(form, "subscribed", otherwise=True)}
    rows = csv_rows(file.content, "address")
    return _upload(service, asked, form, (subscribed | {name: row[name] for name in row if row[name]} for row in rows))


# -- listings ----------------------------------------------------------------------------------------------------------


def _wanted(service: Service, asked: Asked) -> tuple[Table, list[str]]:
    table, query = members_of(service, the_list(service, asked)["address"]), asked.query
    keys = list(table.keys)
    if subscribed := query.get("subscribed"):
        keys = [key for key in keys if table[key]["subscribed"] is switch("subscribed", subscribed)]
    return table, keys


def _page(service: Service, asked: Asked) -> Answer:
    """`GET /v3/lists/{list}/members`."""
    table, keys = _wanted(service, asked)
    if wanted := asked.query.get("address"):
        keys = [key for key in keys if key == wanted.lower()]
    items = [table[key] for key in sliced(keys, asked.query)]
    return json_answer({"total_count": len(keys), "items": items})


def _cursor_page(service: Service, asked: Asked) -> Answer:
    """`GET /v3/lists/{list}/members/pages`."""
    table, keys = _wanted(service, asked)
    url = service.url + path_of("v3", "lists", asked.arguments["list"], "members", "pages")
    found, paging = cursor_page(keys, asked.query, url)
    return json_answer({"paging": paging, "items": [table[key] for key in found]})


_HOME = "/v3/lists/{list}/members"
ROUTES: Final = (
    Route(path=_HOME, verbs={"GET": _page, "POST": _create}, rate_class="other"),
    Route(path=f"{_HOME}/pages", verbs={"GET": _cursor_page}, rate_class="other"),
    Route(path=f"{_HOME}/{{member}}", verbs={"GET": _get, "PUT": _update, "DELETE": _delete}, rate_class="other"),
    Route(path=f"{_HOME}.json", verbs={"POST": _upload_json}, rate_class="other"),
    Route(path=f"{_HOME}.csv", verbs={"POST": _upload_csv}, rate_class="other"),
)
