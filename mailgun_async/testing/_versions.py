"""One version of a stored template, read from a form and changed by one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson

from mailgun_async.testing._dates import as_utc
from mailgun_async.testing._submission import Refused

if TYPE_CHECKING:
    from mailgun_async.testing._forms import Form
    from mailgun_async.testing._records import Document

__all__ = ["changed_version", "new_version", "with_version"]

_MAX_SIZE = 100 * 1024
_MAX_VERSIONS = 40


def new_version(form: Form, now: float, *, tag: str, active: bool) -> dict[str, Any]:
    """Make a version of what a form says.

    Raises:
        Refused: Its text is too long, or its headers are no JSON object.
    """
    version: dict[str, Any] = {
        "tag": tag,
        "template": "",
        "engine": "handlebars",
        "mjml": "",
        "createdAt": as_utc(now),
        "comment": "",
        "active": active,
        "id": str(uuid4()),
        "headers": {},
    }
    return changed_version(version, form)


def changed_version(version: Document, form: Form) -> dict[str, Any]:
    """Change what a form names; the rest stays.

    Raises:
        Refused: As for `new_version`.
    """
    given: dict[str, Any] = {name: form.fields[name][0] for name in ("template", "comment") if name in form.fields}
    changed: dict[str, Any] = {**version, **given}
    if len(changed["template"].encode()) > _MAX_SIZE:
        raise Refused(400, "template is limited to 100KB")
    if headers := form.first("headers"):
        changed["headers"] = _headers(headers)
    if form.first("active") == "yes":
        changed["active"] = True
    return changed


def _headers(text: str) -> dict[str, str]:
    try:
        headers = orjson.loads(text)
    except orjson.JSONDecodeError:
        headers = None
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise Refused(400, "'headers' parameter is not a valid JSON")
    return headers


def with_version(template: Document, version: Document) -> dict[str, Any]:
    """Put a version into a template; if it is active, no other is.

    Raises:
        Refused: They become too many.
    """
    others = {tag: one for tag, one in template["versions"].items() if tag != version["tag"]}
    if len(others) >= _MAX_VERSIONS:
        raise Refused(400, f"a template can have at most {_MAX_VERSIONS} versions")
    if version["active"]:
        others = {tag: {**one, "active": False} for tag, one in others.items()}
    return {**template, "versions": others | {version["tag"]: version}}
