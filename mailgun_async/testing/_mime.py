"""Mails as RFC 5322 messages, and back. Pure."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesHeaderParser, BytesParser
from email.utils import format_datetime
from typing import TYPE_CHECKING

from mailgun_async.testing._forms import FormFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailgun_async.testing._mails import Mail

__all__ = ["attachments_of", "body_of", "compose", "message_id_of", "parse", "rewrite"]

_POLICY = policy.SMTP


def parse(mime: bytes) -> EmailMessage:
    """Read a message; whatever is wrong with it is kept as a defect."""
    return BytesParser(EmailMessage, policy=_POLICY).parsebytes(mime)


def message_id_of(mime: bytes) -> str:
    """Read the Message-Id header alone; empty when there is none."""
    return str(BytesHeaderParser(EmailMessage, policy=_POLICY).parsebytes(mime)["Message-Id"] or "")


def body_of(message: EmailMessage, kind: str) -> str | None:
    """Find the text of the first `plain` or `html` body."""
    part = message.get_body((kind,))
    return None if part is None else _text(part)


def attachments_of(message: EmailMessage) -> list[FormFile]:
    """Collect attachments; inline files are parts of the body."""
    return [
        FormFile("attachment", part.get_filename() or "", part.get_content_type(), _content(part))
        for part in message.iter_attachments()
    ]


def rewrite(message: EmailMessage, render: Callable[[str], str]) -> None:
    """Render every header and every text of a message in place; attached files stay as they are."""
    for name, value in message.items():
        if (rendered := render(value)) != value:
            message.replace_header(name, rendered)
    for part in message.walk():
        if part.get_content_maintype() == "text" and not part.is_attachment():
            text = _text(part)
            if (rendered := render(text)) != text:
                part.set_content(rendered, subtype=part.get_content_subtype())


def compose(mail: Mail) -> EmailMessage:
    """Make the message of a mail that was given in parts."""
    message = EmailMessage(policy=_POLICY)
    message.set_content(mail.text or "")
    if mail.amp_html is not None:
        message.add_alternative(mail.amp_html, subtype="x-amp-html")
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    for file in mail.inline:
        _attach(message, file, "inline")
    for file in mail.attachments:
        _attach(message, file, "attachment")
    _set_headers(message, mail)
    return message


def _set_headers(message: EmailMessage, mail: Mail) -> None:
    given = {
        "From": mail.from_,
        "To": mail.to,
        "Cc": mail.cc,
        "Subject": mail.subject,
        "Date": format_datetime(mail.accepted_at),
    }
    for name, value in (given | mail.headers | {"Message-Id": f"<{mail.message_id}>"}).items():
        if value:
            del message[name]
            message[name] = " ".join(value.splitlines())
    for tag in mail.tags:
        message["X-Mailgun-Tag"] = tag


def _attach(message: EmailMessage, file: FormFile, disposition: str) -> None:
    kind, _, subtype = file.content_type.partition(";")[0].partition("/")
    message.add_attachment(
        file.content,
        maintype=kind,
        subtype=subtype or "octet-stream",
        disposition=disposition,
        filename=file.filename,
        cid=f"<{file.filename}>" if disposition == "inline" else None,
    )


def _text(part: MIMEPart) -> str:
    try:
        return str(part.get_content(errors="replace"))
    except LookupError:  # a charset that nobody knows
        return _content(part).decode(errors="replace")


def _content(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
