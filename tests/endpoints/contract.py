"""Mailgun's API as data, where it lies beside the checkout: what requests must look like, and what answers hold."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest

from mailgun_async.paging import Page
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

API = Path(__file__).parents[3] / "shared" / "api"
needs_api = pytest.mark.skipif(not API.exists(), reason="Mailgun's API as data does not lie beside this checkout")
IN_SCOPE = frozenset({"send", "account", "validate"})

_JSON = "application/json"
_DATES_THAT_ARE_NONE = ("", "0001-01-01T00:00:00", "Mon, 01 Jan 0001", "Mon, 1 Jan 0001")


_REPEATABLE = ("specified multiple times", "IP(s)")
"""What the text of the document says where its schema has one value alone."""

BEYOND = {
    "query tag is not in the document": "DELETE /v3/{domain_name}/unsubscribes/{address}",  # java and php send it
    # The document's own example has this name, and its answers.
    "field reply_preference is not in the document": "PUT /v3/lists/{list_address}",
    "field address is missing": "POST /v3/{domain_name}/whitelists",  # domain takes its place, by the document's text
    # The reference names the fields of a form, where the document has JSON of which it knows nothing.
    "a body of multipart/form-data, where the document has application/json": "PATCH /v3/ips/subaccounts",
}
"""Problems that are none: what quirks.md knows better, and of which operation."""


@attrs.frozen(kw_only=True)
class Operation:
    """One row of operations.tsv."""

    group: str
    name: str
    http: str
    deprecated: bool
    source: str


@cache
def operations() -> list[Operation]:
    """Return those in scope."""
    with (API / "operations.tsv").open(encoding="utf-8", newline="") as file:
        return [
            Operation(
                group=row["group"],
                name=row["method_name"],
                http=f"{row['http_method']} {row['path']}",
                deprecated=row["deprecated"] == "yes",
                source=row["source"],
            )
            for row in csv.DictReader(file, delimiter="\t")
            if row["product"] in IN_SCOPE
        ]


def cases() -> list[Case]:
    """Return the tables of all groups."""
    stems = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))
    tables = (getattr(import_module(f"tests.endpoints.{stem}"), "CASES", ()) for stem in stems)
    return [case for table in tables for case in table]


@cache
def document() -> dict[str, Any]:
    """Return openapi.yaml."""
    import yaml  # noqa: PLC0415 -- only where the document lies

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Any] = yaml.load((API / "openapi.yaml").read_text(encoding="utf-8"), loader)  # noqa: S506 -- it is a safe one
    return found


def operation(http: str) -> dict[str, Any]:
    """Return an operation of the document, with the parameters of its path among its own."""
    verb, _, path = http.partition(" ")
    item = document()["paths"][path]
    found: dict[str, Any] = {**item[verb.lower()]}
    found["parameters"] = [
        resolved(one) for one in [*item.get("parameters", ()), *item[verb.lower()].get("parameters", ())]
    ]
    return found


def resolved(schema: Any) -> Any:
    """Follow a `$ref`."""
    while isinstance(schema, Mapping) and "$ref" in schema:
        found: Any = document()
        for key in schema["$ref"].removeprefix("#/").split("/"):
            found = found[key.replace("~1", "/").replace("~0", "~")]
        schema = found
    return schema


def problems(value: object, schema: Mapping[str, Any]) -> list[str]:
    """Return what a schema of the document says against a value."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 -- only where the document lies

    errors = Draft202012Validator({**schema, "components": document()["components"]}).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in errors]


def request_problems(transport: FakeTransport, http: str) -> Iterator[str]:
    """Tell what the document says against a recorded request."""
    described, request = operation(http), transport.requests[0]
    query = parse_qs(urlsplit(request.url).query, keep_blank_values=True)
    parameters = {one["name"]: one for one in described["parameters"] if one["in"] == "query"}
    for name, values in query.items():
        if name not in parameters:
            yield f"query {name} is not in the document"
            continue
        for problem in _text_problems(values, parameters[name]["schema"], parameters[name].get("description", "")):
            yield f"query {name}: {problem}"
    for name, parameter in parameters.items():
        if parameter.get("required") and name not in query:
            yield f"query {name} is missing"
    yield from _body_problems(transport, described)


def _body_problems(transport: FakeTransport, described: Mapping[str, Any]) -> Iterator[str]:
    request = transport.requests[0]
    content = resolved(described.get("requestBody") or {}).get("content", {})
    if request.content_type is None:
        return
    kind = request.content_type.partition(";")[0]
    if kind not in content:
        yield f"a body of {kind}, where the document has {', '.join(content) or 'none'}"
    elif kind == _JSON:
        yield from problems(transport.json(), content[kind]["schema"])
    else:
        schema = resolved(content[kind]["schema"])
        files = {file.field for file in transport.files()} if kind.startswith("multipart") else set()
        yield from _form_problems(transport.fields(), files, schema)


def _form_problems(fields: Mapping[str, list[str]], files: set[str], schema: Mapping[str, Any]) -> Iterator[str]:
    properties = schema.get("properties", {})
    for name in [*fields, *files]:
        if name not in properties and not schema.get("additionalProperties"):
            yield f"field {name} is not in the document"
    for name, values in fields.items():
        if name in properties:
            for problem in _text_problems(values, properties[name], properties[name].get("description", "")):
                yield f"field {name}: {problem}"
    for name in schema.get("required", ()):
        if name not in fields and name not in files:
            yield f"field {name} is missing"


def _text_problems(values: list[str], schema: Mapping[str, Any], description: str) -> list[str]:
    """Judge text by a schema: it is right if one of the ways to read it is."""
    if len(values) > 1 and any(words in description for words in _REPEATABLE):
        return [one for value in values for one in _text_problems([value], schema, description)]
    readings: list[object] = [values, *([values[0]] if len(values) == 1 else [])]
    # Forms hold JSON objects as text, and yes and no where the document says boolean (quirks.md, section 1).
    for read in (int, float, {"true": True, "false": False, "yes": True, "no": False}.__getitem__, json.loads):
        try:
            readings += [[read(value) for value in values], read(values[0])]
        except (ValueError, KeyError):
            continue
    found = [problems(reading, schema) for reading in readings]
    return [] if not all(found) else found[-1 if len(values) > 1 else 1]


def examples(http: str) -> Iterator[object]:
    """Yield the examples of accepting answers."""
    for status, response in operation(http).get("responses", {}).items():
        if str(status).startswith("2"):
            media = resolved(response).get("content", {}).get(_JSON, {})
            yield from (resolved(one).get("value") for one in media.get("examples", {}).values())
            if "example" in media:
                yield media["example"]


def lost(example: Any, model: Any, at: str = "") -> list[str]:
    """Return the places of an example that a model does not keep."""
    if isinstance(model, Page):
        return _lost_of_page(example, model, model.extra, at)
    if isinstance(example, dict) and isinstance(model, list) and len(model) == 1:  # read as if there were several
        return lost(example, model[0], at)
    if isinstance(example, dict):
        return _lost_of_members(example, model, at)
    if isinstance(example, list) and isinstance(model, (list, tuple)):
        if len(example) != len(model):
            return [f"{at}: {len(example)} items, {len(model)} kept"]
        return [one for index, item in enumerate(example) for one in lost(item, model[index], f"{at}[{index}]")]
    gone = model is None and example is not None and not str(example).startswith(_DATES_THAT_ARE_NONE[1:])
    return [at] if gone and example not in ("", []) else []


def _lost_of_page(example: Any, model: Page[Any], extra: Mapping[str, Any], at: str) -> list[str]:
    """The items are what the page's extra does not have; they may lie one level deeper."""
    if isinstance(example, list):
        return lost(example, model.items, at)
    for key, value in example.items():
        if key not in extra:
            return lost(value, model.items, f"{at}.{key}")
        if isinstance(value, dict) and value.keys() != extra[key].keys():
            return _lost_of_page(value, model, extra[key], f"{at}.{key}")
    return [] if not model.items else [f"{at}: no items"]


def _lost_of_members(example: dict[str, Any], model: Any, at: str) -> list[str]:
    inner = [key for key in example if key != "message"]
    if isinstance(model, Mapping) and (len(inner) != 1 or inner[0] in model):
        members = dict(model)
    elif attrs.has(type(model)):
        members = {f.metadata.get("mailgun_wire", f.name): getattr(model, f.name) for f in attrs.fields(type(model))}
        members |= members.get("extra") or {}
    else:  # what stands under one key was taken out; a word beside it may go
        return lost(example[inner[0]], model, f"{at}.{inner[0]}") if len(inner) == 1 else [at]
    if attrs.has(type(model)) and not example.keys() & members.keys() and len(inner) == 1:
        return lost(example[inner[0]], model, f"{at}.{inner[0]}")
    found = []
    for key, value in example.items():
        found += lost(value, members[key], f"{at}.{key}") if key in members else [f"{at}.{key}"]
    return found
