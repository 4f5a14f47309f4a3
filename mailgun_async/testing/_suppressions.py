"""The suppression lists of a domain: bounces, unsubscribes, complaints, and the allowlist that wins over bounces.

Not known, and decided plainly: case makes no difference; an import is done when it is answered, and rows without a
usable address are left out; a record replaces that of the same address with all its tags; an unsubscribe without tags
is one from all mail; of several lists that hold an address the lowest code is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs
import orjson

from mailgun_async.testing._cursors import cursor_page, path_of
from mailgun_async.testing._dates import as_utc, read_date
from mailgun_async.testing._parameters import form_of
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused, plain_address
from mailgun_async.testing._tables import csv_rows

if TYPE_CHECKING:
    from mailgun_async.testing._forms import Form
    from mailgun_async.testing._records import Document, Table

__all__ = ["ROUTES"]

_MAX_BATCH = 1_000
_NEVER = "Mon, 01 Jan 0001 00:00:00 UTC"
"""How Mailgun's own programs write no time."""

Given = Mapping[str, Any]
"""One record as JSON, a form or a row of a CSV file gives it."""


@attrs.frozen(kw_only=True)
class _Kind:
    """What one list has of its own."""

    name: str
    """In paths, and of its table."""
    record: Callable[[Given, str], tuple[str, dict[str, Any]]]
    """Reads one record, given the time to keep if it has none: its key and document. Raises `Refused`."""
    columns: tuple[str, ...] = ("address",)
    """Of which a CSV file has one at least."""
    missing: str
    added: str
    added_many: str
    removed: str
    removed_all: str

    def table(self, service: Service, asked: Asked) -> Table:
        return service.records.table(self.name, asked.domain)


# -- records -----------------------------------------------------------------------------------------------------------


def _bounce(given: Given, now: str) -> tuple[str, dict[str, Any]]:
    address = plain_address(str(given.get("address") or ""), "address")
    code = str(given.get("code") or "550")
    error = str(given.get("error") or "")
    return address.lower(), {"address": address, "code": code, "error": error, "created_at": _created(given, now)}


def _unsubscribe(given: Given, now: str) -> tuple[str, dict[str, Any]]:
    address = plain_address(str(given.get("address") or ""), "address")
    tags = given.get("tags") or given.get("tag") or ()
    if isinstance(tags, str):  # a row of a file, or one field of a form
        tags = [tag.strip() for tag in tags.split(",") if tag.strip()]
    return address.lower(), {"address": address, "tags": list(tags) or ["*"], "created_at": _created(given, now)}


def _complaint(given: Given, now: str) -> tuple[str, dict[str, Any]]:
    address = plain_address(str(given.get("address") or ""), "address")
    return address.lower(), {"address": address, "created_at": _created(given, now)}


def _allowed(given: Given, now: str) -> tuple[str, dict[str, Any]]:
    if address := given.get("address"):
        kind, value = "address", plain_address(str(address), "address")
    elif domain := given.get("domain"):
        kind, value = "domain", str(domain)
    else:
        raise Refused(400, "Missing mandatory parameter: address/domain")
    return value.lower(), {"type": kind, "value": value, "reason": str(given.get("reason") or ""), "createdAt": now}


def _created(given: Given, now: str) -> str:
    text = given.get("created_at")
    return now if not text or text == _NEVER else as_utc(read_date(str(text)))


_BOUNCES: Final = _Kind(
    name="bounces",
    record=_bounce,
    missing="Address not found in bounces table",
    added="Address has been added to the bounces table",
    added_many="{} addresses have been added to the bounces table",
    removed="Bounced addresses for this domain have been removed",
    removed_all="Bounced addresses for this domain have been removed",
)
_UNSUBSCRIBES: Final = _Kind(
    name="unsubscribes",
    record=_unsubscribe,
    missing="Address not found in unsubscribers table",
    added="Address has been added to the unsubscribes table",
    added_many="{} addresses have been added to the unsubscribes table",
    removed="Unsubscribe event has been removed",
    removed_all="Unsubscribe addresses for this domain have been removed",
)
_COMPLAINTS: Final = _Kind(
    name="complaints",
    record=_complaint,
    missing="No spam complaints found for this address",
    added="Address has been added to the complaints table",
    added_many="{} complaint addresses have been added to the complaints table",
    removed="Complaint addresses for this domain have been removed",
    removed_all="Complaint addresses for this domain have been removed",
)
_ALLOWLIST: Final = _Kind(
    name="whitelists",
    record=_allowed,
    columns=("address", "domain"),
    missing="Address/Domain not found in allowlist table",
    added="Address/Domain has been added to the allowlists table",
    added_many="",
    removed="Allowlist address/domain has been removed",
    removed_all="Allowlist addresses/domains for this domain have been removed",
)


# -- calls -------------------------------------------------------------------------------------------------------------


def _list(kind: _Kind, service: Service, asked: Asked) -> Answer:
    table, term = kind.table(service, asked), asked.query.get("term", "").lower()
    keys = [key for key in table.keys if key.startswith(term)] if term else table.keys
    url = service.url + path_of("v3", asked.domain, kind.name)
    found, paging = cursor_page(keys, asked.query, url)
    return json_answer({"items": [table[key] for key in found], "paging": paging})


def _found(kind: _Kind, table: Table, asked: Asked) -> Document:
    document = table.get(asked.arguments["key"].lower())
    if document is None:
        raise Refused(404, kind.missing)
    return document


def _get(kind: _Kind, service: Service, asked: Asked) -> Answer:
    return json_answer(_found(kind, kind.table(service, asked), asked))


def _add(kind: _Kind, service: Service, asked: Asked) -> Answer:
    content_type = asked.headers.get("Content-Type", "")
    now = as_utc(asked.now)
    if content_type.partition(";")[0].strip().lower() == "application/json" and kind is not _ALLOWLIST:
        records = dict(kind.record(given, now) for given in _batch(asked.body))
        kind.table(service, asked).put(records)
        return json_answer({"message": kind.added_many.format(len(records))})
    key, document = kind.record(_given(form_of(content_type, asked.body)), now)
    kind.table(service, asked).put({key: document})
    shown = {"type": document["type"], "value": document["value"]} if kind is _ALLOWLIST else {}
    return json_answer({"message": kind.added, **shown})


def _batch(body: bytes) -> list[Given]:
    try:
        batch = orjson.loads(body)
    except orjson.JSONDecodeError:
        batch = None
    if not isinstance(batch, list) or not all(isinstance(given, dict) for given in batch):
        raise Refused(400, "request body is not a valid JSON array of records")
    if len(batch) > _MAX_BATCH:
        raise Refused(400, "Batch size should be less than 1000")
    return batch


def _given(form: Form) -> Given:
    lists = {name: form.fields[name] for name in ("tags", "tag") if name in form.fields}
    return {name: values[0] for name, values in form.fields.items()} | lists


def _import(kind: _Kind, service: Service, asked: Asked) -> Answer:
    form = form_of(asked.headers.get("Content-Type", ""), asked.body)
    file = next((file for file in form.files if file.field == "file"), None)
    if file is None:
        raise Refused(400, "file parameter is missing")
    rows, now = csv_rows(file.content, *kind.columns), as_utc(asked.now)
    kind.table(service, asked).put(dict(_usable(kind, rows, now)))
    return json_answer({"message": "file uploaded successfully for processing. standby..."}, 202)


def _usable(kind: _Kind, rows: Iterable[Given], now: str) -> Iterable[tuple[str, dict[str, Any]]]:
    for row in rows:
        try:
            yield kind.record(row, now)
        except Refused:
            continue


def _remove(kind: _Kind, service: Service, asked: Asked) -> Answer:
    table = kind.table(service, asked)
    document, tag = _found(kind, table, asked), asked.query.get("tag")
    key = asked.arguments["key"].lower()
    if kind is _UNSUBSCRIBES and tag is not None:
        if tag not in document["tags"]:
            raise Refused(404, "Unsubscribe event for this tag does not exist")
        left = [each for each in document["tags"] if each != tag]
    else:
        left = []
    if left:
        table.put({key: {**document, "tags": left}})
    else:
        table.drop(key)
    name = "value" if kind is _ALLOWLIST else "address"
    return json_answer({"message": kind.removed, name: document[name]})


def _remove_all(kind: _Kind, service: Service, asked: Asked) -> Answer:
    kind.table(service, asked).clear()
    return json_answer({"message": kind.removed_all})


def _routes(kind: _Kind) -> Iterable[Route]:
    home = f"/v3/{{domain}}/{kind.name}"
    one = {"GET": partial(_get, kind), "DELETE": partial(_remove, kind)}
    everything = {"GET": partial(_list, kind), "POST": partial(_add, kind), "DELETE": partial(_remove_all, kind)}
    yield Route(path=home, verbs=everything, rate_class="other")
    yield Route(path=f"{home}/import", verbs={"POST": partial(_import, kind)}, rate_class="other")
    yield Route(path=f"{home}/{{key}}", verbs=one, rate_class="other")


ROUTES: Final = tuple(route for kind in (_BOUNCES, _UNSUBSCRIBES, _COMPLAINTS, _ALLOWLIST) for route in _routes(kind))
