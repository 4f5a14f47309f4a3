"""One mail as its reader gets it, with the recipient's variables put in. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import orjson

from mailgun_async.testing import _mime
from mailgun_async.testing._forms import Form, FormFile
from mailgun_async.testing._submission import given_message_id, kept_message_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import EmailMessage

    from mailgun_async.testing._calls import Call
    from mailgun_async.testing._submission import Submission

__all__ = ["Letter", "Mail"]

_PLACEHOLDER = re.compile(r"%recipient\.([^%\s]+)%")


@attrs.define(kw_only=True)
class Mail:
    """One mail to one recipient, with its `%recipient.x%` replaced."""

    recipient: str
    """The plain address it goes to."""
    to: str
    """The To header: with recipient variables this reader alone, otherwise everybody."""
    cc: str
    from_: str
    subject: str
    text: str | None
    html: str | None
    amp_html: str | None
    headers: dict[str, str]
    """What was given as `h:...`, without that prefix."""
    variables: dict[str, str]
    """What was given as `v:...`, without that prefix."""
    recipient_variables: dict[str, Any]
    """This recipient's own values."""
    attachments: list[FormFile]
    inline: list[FormFile]
    tags: list[str]
    options: dict[str, str]
    """What was given as `o:...`, without that prefix and without the tags."""
    template: str | None
    """Name of the stored template. The emulator keeps no templates, so `text` and `html` are None."""
    template_variables: dict[str, Any]
    """What was given as `t:variables`."""
    domain: str
    message_id: str
    """Without brackets."""
    test_mode: bool
    accepted_at: datetime
    deliver_at: datetime | None
    """When it is scheduled for; None for at once."""
    storage_key: str
    """Under which `GET /v3/domains/{domain}/messages/{key}` finds it."""
    call: int
    """Which accepted call brought it, 1 for the first."""
    subaccount: str | None
    """Whom the call acted for."""
    mime: bytes | None = attrs.field(default=None, repr=False)
    """The message given to messages.mime, rendered; None for a message given in parts."""

    @property
    def rendered(self) -> EmailMessage:
        """The whole message, as a mail program reads it; `str()` of it is its source."""
        return _mime.compose(self) if self.mime is None else _mime.parse(self.mime)


class Letter:
    """The content of a call, taken apart once; its mails are rendered one by one."""

    def __init__(self, call: Call, content: Submission) -> None:
        self.call = call
        self._content = content
        self._form = content.form
        self._to = list(content.to)
        self._copies = [*content.cc, *content.bcc]

    def recipient(self, index: int) -> str:
        """The address of one mail, without rendering it."""
        if self._content.variables is None:
            return [*self._to, *self._copies][index]
        who, copy = divmod(index, 1 + len(self._copies))
        return self._copies[copy - 1] if copy else self._to[who]

    def mail(self, index: int) -> Mail:
        """Render one mail."""
        whose = self._to[index // (1 + len(self._copies))] if self._content.variables is not None else None
        values = (self._content.variables or {}).get(whose or "", {})
        render = partial(_render, values=values)
        to = ", ".join(self._content.to.values()) if whose is None else self._content.to[whose]
        common = self._common(index, values) | {"to": render(to)}
        if self._content.mime is not None:
            return _mime_mail(self._content.mime.content, common, values)
        form = self._form
        bodies = {field: form.first(field) for field in ("text", "html", "amp-html")}
        rendered = {field: None if text is None else render(text) for field, text in bodies.items()}
        return Mail(
            cc=", ".join(self._content.cc.values()),
            from_=render(form.first("from") or ""),
            subject=render(form.first("subject") or ""),
            text=rendered["text"],
            html=rendered["html"],
            amp_html=rendered["amp-html"],
            attachments=[file for file in form.files if file.field == "attachment"],
            inline=[file for file in form.files if file.field == "inline"],
            **common,
        )

    def _common(self, index: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """What mails given in parts and as MIME have in common."""
        call, form = self.call, self._form
        headers = _prefixed(form, "h:", values)
        options = _prefixed(form, "o:", values)
        options.pop("tag", None)
        return {
            "recipient": self.recipient(index),
            "headers": headers,
            "variables": _prefixed(form, "v:", values),
            "recipient_variables": dict(values),
            "tags": [_render(tag, values) for tag in form.fields.get("o:tag", ())],
            "options": options,
            "template": form.first("template"),
            "template_variables": _template_variables(form.first("t:variables"), values),
            "domain": call.domain,
            "message_id": (call.own_ids and kept_message_id(given_message_id(headers))) or call.message_id,
            "test_mode": call.test_mode,
            "accepted_at": datetime.fromtimestamp(call.at, UTC),
            "deliver_at": None if call.deliver_at is None else datetime.fromtimestamp(call.deliver_at, UTC),
            "storage_key": f"{call.ordinal}.{index}",
            "call": call.ordinal,
            "subaccount": call.subaccount,
        }


def _mime_mail(mime: bytes, common: dict[str, Any], values: Mapping[str, Any]) -> Mail:
    message = _mime.parse(mime)
    if values:
        _mime.rewrite(message, partial(_render, values=values))
    del message["Message-Id"]
    message["Message-Id"] = f"<{common['message_id']}>"
    return Mail(
        **common | {"to": str(message["To"] or common["to"])},
        cc=str(message["Cc"] or ""),
        from_=str(message["From"] or ""),
        subject=str(message["Subject"] or ""),
        text=_mime.body_of(message, "plain"),
        html=_mime.body_of(message, "html"),
        amp_html=None,
        attachments=_mime.attachments_of(message),
        inline=[],
        mime=message.as_bytes(),
    )


def _render(text: str, values: Mapping[str, Any]) -> str:
    """Put a recipient's values in; a placeholder without a value stays as it is."""
    if not values or "%recipient." not in text:
        return text
    return _PLACEHOLDER.sub(lambda found: _value(values, found[1], found[0]), text)


def _value(values: Mapping[str, Any], key: str, otherwise: str) -> str:
    if key not in values:
        return otherwise
    value = values[key]
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _prefixed(form: Form, prefix: str, values: Mapping[str, Any]) -> dict[str, str]:
    length = len(prefix)
    return {name[length:]: _render(given[0], values) for name, given in form.fields.items() if name.startswith(prefix)}


def _template_variables(raw: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
    try:
        variables = orjson.loads(raw or "{}")
    except orjson.JSONDecodeError:
        return {}
    return {str(name): _rendered_value(value, values) for name, value in variables.items()}


def _rendered_value(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return _render(value, values)
    if isinstance(value, list):
        return [_rendered_value(each, values) for each in value]
    if isinstance(value, dict):
        return {name: _rendered_value(each, values) for name, each in value.items()}
    return value
