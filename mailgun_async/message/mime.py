"""Ready MIME messages: their bytes, and what must be known of their headers. Pure."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

from mailgun_async.errors import InvalidMessage
from mailgun_async.message import wire

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message as MimeMessage

__all__ = ["mime_bytes", "mime_message_id"]

_end_of_headers = re.compile(rb"\r?\n\r?\n").search
_folded = re.compile(rb"\r?\n[ \t]+")


def mime_bytes(message: MimeMessage) -> bytes:
    """Write a message of the standard library as it travels: CRLF line ends, and no Bcc, which all readers would see.

    Raises:
        InvalidMessage: It is no such message, or can't be written.
    """
    if not hasattr(message, "as_bytes"):
        raise InvalidMessage(f"a MIME message is bytes or an EmailMessage, not {message!r:.100}", field="message")
    copied = copy.copy(message)  # deleting gives the copy a list of headers of its own
    for name in ("Bcc", "Resent-Bcc"):
        del copied[name]
    try:
        return copied.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    except (LookupError, TypeError, ValueError) as error:
        raise InvalidMessage(f"the message can't be written as MIME: {error}", field="message") from error


def mime_message_id(mime: bytes, headers: Mapping[str, str]) -> str | None:
    """Return the Message-Id of MIME bytes or of the headers that go with them, without its brackets.

    Raises:
        InvalidMessage: It is not `<unique@domain>`, or the two differ; or the MIME message is empty, or has a Bcc
            header, which all readers would see.
    """
    if not mime.strip():
        raise InvalidMessage("the MIME message is empty", field="message")
    own = _headers(mime)
    if b"bcc" in own or b"resent-bcc" in own:
        raise InvalidMessage(
            "the MIME message has a Bcc header, which all readers would see: leave it out and name them in `to`",
            field="message",
        )
    found = wire.header_message_id(headers)
    if b"message-id" not in own:
        return found
    own_id = wire.header_message_id({"Message-Id": own[b"message-id"].decode("ascii", "replace")})
    if found is not None and found != own_id:
        raise InvalidMessage("the MIME message and the headers beside it have other Message-Ids", field="h:Message-Id")
    return own_id


def _headers(mime: bytes) -> dict[bytes, bytes]:
    end = _end_of_headers(mime)
    lines = _folded.sub(b" ", mime[: end.start()] if end else mime).splitlines()
    pairs = (line.partition(b":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
