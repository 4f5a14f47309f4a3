"""Mail made of stored templates: which version it is, and what it gives each mail. Pure.

A call keeps the template as it was when it came, whatever becomes of it later. Not known, and decided plainly: in what
a template gives, `%recipient.x%` is replaced too; a `text` of the message wins over one made by `t:text`.
"""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final

import orjson

from mailgun_async.message import fill
from mailgun_async.testing._handlebars import TemplateError, render
from mailgun_async.testing._submission import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailgun_async.testing._forms import Form
    from mailgun_async.testing._records import Document, Records

__all__ = ["keep_template", "kept_template", "made_of", "template_variables", "text_of", "variables_of"]

_SENT: Final = "sent templates"
_UNSEEN: Final = frozenset({"head", "script", "style", "title"})
_BREAKS: Final = frozenset({"br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "p", "table", "tr", "ul"})
_SPACES = re.compile(r"\s+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def _version_of(records: Records, domain: str, form: Form) -> Document | None:
    """Find the version that a message asks for, of the domain's templates or else the account's."""
    name, tag = (form.first("template") or "").lower(), form.first("t:version")
    template = records.table("templates", domain).get(name) or records.table("templates").get(name)
    versions = () if template is None else template["versions"].values()
    return next((one for one in versions if (one["active"] if tag is None else one["tag"] == tag)), None)


def keep_template(records: Records, domain: str, form: Form) -> str | None:
    """Keep the version that a message asks for, and return its key; None when it asks for none that there is.

    Raises:
        Refused: It cannot be rendered. What Mailgun does then is not known; here nobody overlooks it.
    """
    version = _version_of(records, domain, form)
    if version is None:
        return None
    sent = {"template": version["template"], "headers": version["headers"] or {}}
    try:
        made_of(sent, variables_of(form, {}))
    except TemplateError as error:
        raise Refused(400, f"template {form.first('template')}: {error}") from error
    key = hashlib.blake2b(orjson.dumps(sent), digest_size=16).hexdigest()
    table = records.table(_SENT)
    if key not in table:
        table.put({key: sent})
    return key


def kept_template(records: Records, key: str | None) -> Document | None:
    """Find what was kept for a call."""
    return None if key is None else records.table(_SENT)[key]


def variables_of(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """Collect what a template sees: the header `X-Mailgun-Variables`, over it `v:...`, and over all `t:variables`."""
    own = {name[2:]: fill(given[0], values) for name, given in form.fields.items() if name.startswith("v:")}
    return _variables(form, "h:X-Mailgun-Variables", values) | own | template_variables(form, values)


def template_variables(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """Read `t:variables`."""
    return _variables(form, "t:variables", values)


def _variables(form: Form, field: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Read a field of JSON; what is no object is nothing."""
    try:
        variables = orjson.loads(form.first(field) or "{}")
    except orjson.JSONDecodeError:
        return {}
    return {name: _filled(value, values) for name, value in variables.items()} if isinstance(variables, dict) else {}


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return fill(value, values)
    if isinstance(value, list):
        return [_filled(each, values) for each in value]
    if isinstance(value, dict):
        return {name: _filled(each, values) for name, each in value.items()}
    return value


def made_of(sent: Document, variables: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Render the HTML body and the headers.

    Raises:
        TemplateError: It cannot be rendered.
    """
    headers = {name: render(text, variables) for name, text in sent["headers"].items()}
    return render(sent["template"], variables), headers


class _Reader(HTMLParser):
    """Takes the text that is seen out of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 -- as HTMLParser calls it
        self._unseen += tag in _UNSEEN
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(_SPACES.sub(" ", data))


def text_of(html: str) -> str:
    """Make the text part that `t:text` asks for; how Mailgun lays it out is not known."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = "\n".join(line.strip() for line in "".join(reader.parts).split("\n"))
    return _EMPTY_LINES.sub("\n\n", lines).strip()
