"""Stored messages as the API shows them. Pure."""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson

if TYPE_CHECKING:
    from mailgun_async.testing._forms import FormFile
    from mailgun_async.testing._mails import Mail

__all__ = ["files_of", "resend_form", "stored_document"]

_SHOWN = ("From", "To", "Subject", "Message-Id", "Mime-Version", "Content-Type", "Content-Transfer-Encoding")


def files_of(mail: Mail) -> list[FormFile]:
    """Files of a mail in the order of their attachment ids."""
    return [*mail.attachments, *mail.inline]


def stored_document(mail: Mail, url: str, *, raw: bool) -> dict[str, Any]:
    """Answer `GET /v3/domains/{domain}/messages/{key}`; `raw` is what `Accept: message/rfc2822` asks for."""
    message = mail.rendered
    document: dict[str, Any] = {name: str(message[name]) for name in _SHOWN if message[name] is not None}
    document |= {
        "sender": parseaddr(mail.from_)[1],
        "recipients": mail.recipient,
        "message-headers": [[name, str(value)] for name, value in message.items()],
    }
    if mail.tags:
        document["X-Mailgun-Tag"] = mail.tags[0]
    if mail.template:
        document["X-Mailgun-Template-Name"] = mail.template
        document["X-Mailgun-Template-Variables"] = orjson.dumps(mail.template_variables).decode()
    if raw:
        return document | {"body-mime": message.as_bytes().decode(errors="replace")}
    # What Mailgun strips (quoted parts, signatures) is not known: all is kept, and no signature found.
    bodies = {"body-plain": mail.text or "", "body-html": mail.html or ""}
    stripped = {"stripped-text": mail.text or "", "stripped-html": mail.html or "", "stripped-signature": ""}
    return document | bodies | stripped | {"attachments": _attachments(mail, url)}


def _attachments(mail: Mail, url: str) -> list[dict[str, Any]]:
    home = f"{url}/v3/domains/{mail.domain}/messages/{mail.storage_key}/attachments"
    return [
        {
            "url": f"{home}/{number}",
            "content-type": file.content_type,
            "name": file.filename,
            "size": len(file.content),
        }
        for number, file in enumerate(files_of(mail))
    ]


def resend_form(mail: Mail, to: list[str]) -> tuple[str, bytes]:
    """Make the call to messages.mime that sends a stored message to others: its content type and body."""
    boundary = uuid4().hex
    parts = [b'name="to"\r\n\r\n' + address.encode() for address in to]
    parts += [b'name="o:tag"\r\n\r\n' + tag.encode() for tag in mail.tags]
    parts.append(b'name="message"; filename="message.mime"\r\n\r\n' + mail.rendered.as_bytes())
    start = f"--{boundary}\r\nContent-Disposition: form-data; ".encode()
    body = b"".join(start + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body
