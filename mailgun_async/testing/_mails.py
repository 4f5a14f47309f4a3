"""One mail as its reader gets it, with the recipient's variables put in. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import attrs

from mailgun_async.message import fill
from mailgun_async.testing import _mime
from mailgun_async.testing._forms import Form, FormFile
from mailgun_async.testing._submission import given_message_id, kept_message_id
from mailgun_async.testing._templated import made_of, template_variables, text_of, variables_of
from mailgun_async.testing._undelivered import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import EmailMessage

    from mailgun_async.testing._calls import Call
    from mailgun_async.testing._records import Document
    from mailgun_async.testing._submission import Submission

__all__ = ["Letter", "Mail"]


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
    """Name of the stored template; `html` is what it gives."""
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
    undelivered: Reason | None = None
    """Why it goes to nobody: `suppress-bounce`, `suppress-unsubscribe`, `suppress-complaint`, or `generic` when the
    stored template is not there. None when it is delivered."""
    mime: bytes | None = attrs.field(default=None, repr=False)
    """The message given to messages.mime, rendered; None for a message given in parts."""

    @property
    def rendered(self) -> EmailMessage:
        """The whole message, as a mail program reads it; `str()` of it is its source."""
        return _mime.compose(self) if self.mime is None else _mime.parse(self.mime)


class Letter:
    """The content of a call, taken apart once; its mails are rendered one by one."""

    def __init__(self, call: Call, content: Submission, template: Document | None = None) -> None:
        self.call = call
        self._template = template
        self._content = content
        self._form = content.form
        self._to = list(content.to)
        self._copies = [*content.cc, *content.bcc]

    @cached_property
    def recipients(self) -> list[str]:
        """The address of every mail: with recipient variables each cc and bcc gets a copy for every `to` recipient."""
        if self._content.variables is None:
            return [*self._to, *self._copies]
        return [address for to in self._to for address in (to, *self._copies)]

    def tags(self, index: int) -> list[str]:
        """Tags of one mail."""
        return self._tags(self._whose(index)[1])

    def _whose(self, index: int) -> tuple[str | None, Mapping[str, Any]]:
        """Find the `to` recipient whose variables one mail has, and these."""
        if self._content.variables is None:
            return None, {}
        address = self._to[index // (1 + len(self._copies))]
        return address, self._content.variables.get(address, {})

    def _tags(self, values: Mapping[str, Any]) -> list[str]:
        return [fill(tag, values) for tag in self._form.fields.get("o:tag", ())]

    def mail(self, index: int) -> Mail:
        """Render one mail."""
        whose, values = self._whose(index)
        render = partial(fill, values=values)
        to = ", ".join(self._content.to.values()) if whose is None else self._content.to[whose]
        common = self._common(index, values) | {"to": render(to)}
        if self._content.mime is not None:
            return _mime_mail(self._content.mime.content, common, values)
        form = self._form
        texts, headers = self._texts(values)
        rendered = {field: None if text is None else render(text) for field, text in texts.items()}
        common["headers"] = {name: render(text) for name, text in headers.items()} | common["headers"]
        return Mail(
            cc=render(", ".join(self._content.cc.values())),
            from_=rendered["from"] or "",
            subject=rendered["subject"] or "",
            text=rendered["text"],
            html=rendered["html"],
            amp_html=rendered["amp-html"],
            attachments=[file for file in form.files if file.field == "attachment"],
            inline=[file for file in form.files if file.field == "inline"],
            **common,
        )

    def _texts(self, values: Mapping[str, Any]) -> tuple[dict[str, str | None], dict[str, str]]:
        """Collect texts of the form, and what the stored template gives where it has none; and further headers."""
        texts = {field: self._form.first(field) for field in ("from", "subject", "text", "html", "amp-html")}
        if self._template is None:
            return texts, {}
        html, headers = made_of(self._template, variables_of(self._form, values))
        texts["html"] = html
        if texts["text"] is None and self._form.first("t:text") == "yes":
            texts["text"] = text_of(html)
        for name in ("From", "Subject"):
            texts[name.lower()] = texts[name.lower()] or headers.pop(name, None)
        return texts, headers

    def _common(self, index: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """What mails given in parts and as MIME have in common."""
        call, form = self.call, self._form
        headers = _prefixed(form, "h:", values)
        options = _prefixed(form, "o:", values)
        options.pop("tag", None)
        return {
            "recipient": self.recipients[index],
            "headers": headers,
            "variables": _prefixed(form, "v:", values),
            "recipient_variables": dict(values),
            "tags": self._tags(values),
            "options": options,
            "template": form.first("template"),
            "template_variables": template_variables(form, values),
            "domain": call.domain,
            "message_id": (call.own_ids and kept_message_id(given_message_id(headers))) or call.message_id,
            "test_mode": call.test_mode,
            "accepted_at": datetime.fromtimestamp(call.at, UTC),
            "deliver_at": None if call.deliver_at is None else datetime.fromtimestamp(call.deliver_at, UTC),
            "storage_key": f"{call.ordinal}.{index}",
            "call": call.ordinal,
            "subaccount": call.subaccount,
            "undelivered": dict(call.undelivered).get(index),
        }


def _mime_mail(mime: bytes, common: dict[str, Any], values: Mapping[str, Any]) -> Mail:
    message = _mime.parse(mime)
    if values:
        _mime.rewrite(message, partial(fill, values=values))
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


def _prefixed(form: Form, prefix: str, values: Mapping[str, Any]) -> dict[str, str]:
    length = len(prefix)
    return {name[length:]: fill(given[0], values) for name, given in form.fields.items() if name.startswith(prefix)}
