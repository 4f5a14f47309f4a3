"""Ready MIME messages: bytes and headers."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from email.mime.text import MIMEText
from typing import Any

import pytest

from mailgun_async.errors import InvalidMessage
from mailgun_async.message import mime_bytes, mime_message_id


def test_a_message_is_written_with_crlf_and_without_bcc() -> None:
    """Bcc would be read by all; the caller's own object keeps it."""
    message = EmailMessage()
    message["Subject"], message["Bcc"], message["Resent-Bcc"] = "Grüße", "eve@x.org", "eve@x.org"
    message.set_content("Hi\nthere ü\n")
    written = mime_bytes(message)
    assert written.replace(b"\r\n", b"").count(b"\n") == 0
    assert b"eve" not in written
    assert message["Bcc"] == "eve@x.org"
    read = message_from_bytes(written, policy=policy.default)
    assert (read["Subject"], read.get_content()) == ("Grüße", "Hi\r\nthere ü\r\n")


def test_messages_of_the_old_kind_are_written_too() -> None:
    """The `email.mime` classes have another policy."""
    assert mime_bytes(MIMEText("Hi\n")).endswith(b"\r\n\r\nHi\r\n")


@pytest.mark.parametrize("value", ["Subject: x\n\nHi", None, 5])
def test_what_is_no_message_is_refused(value: Any) -> None:
    """Text has no encoding."""
    with pytest.raises(InvalidMessage, match="bytes or an EmailMessage") as caught:
        mime_bytes(value)
    assert caught.value.field == "message"


def test_a_message_that_can_not_be_written_is_refused() -> None:
    """What the standard library refuses is told as ours."""
    message = EmailMessage()
    message.set_payload("\ud800")
    message["Content-Type"] = "text/plain; charset=nonsense"
    message["Content-Transfer-Encoding"] = "8bit"
    with pytest.raises(InvalidMessage, match="can't be written as MIME"):
        mime_bytes(message)


@pytest.mark.parametrize(
    ("mime", "headers", "found"),
    [
        (b"Subject: x\r\n\r\nMessage-Id: <not@this>", {}, None),
        (b"Subject: x\nMESSAGE-ID: <1@x.org>\n\nHi", {}, "1@x.org"),
        (b"Message-ID:\r\n <1@x.org>\r\nSubject: x\r\n\r\n", {}, "1@x.org"),
        (b"Message-Id: <1@x.org>", {}, "1@x.org"),
        (b"Subject: x\r\n\r\n", {"message-id": "<2@x.org>"}, "2@x.org"),
        (b"Message-Id: <1@x.org>\r\n\r\n", {"Message-Id": "<1@x.org>"}, "1@x.org"),
    ],
)
def test_the_message_id_is_found(mime: bytes, headers: dict[str, str], found: str | None) -> None:
    """Among the message's headers, folded or not, or among those that go with it."""
    assert mime_message_id(mime, headers) == found


@pytest.mark.parametrize(
    ("mime", "headers", "field"),
    [
        (b"", {}, "message"),
        (b" \r\n", {}, "message"),
        (b"To: a@x.org\r\nBcc: eve@x.org\r\n\r\n", {}, "message"),
        (b"resent-bcc: eve@x.org\n\n", {}, "message"),
        (b"Message-Id: 1@x.org\r\n\r\n", {}, "h:Message-Id"),
        (b"Message-Id: <\xff@x.org> x\r\n\r\n", {}, "h:Message-Id"),
        (b"Message-Id: <1@x.org>\r\n\r\n", {"Message-Id": "<2@x.org>"}, "h:Message-Id"),
    ],
)
def test_what_would_be_lost_or_seen_by_all_is_refused(mime: bytes, headers: dict[str, str], field: str) -> None:
    """Empty bytes, a Bcc header, and a Message-Id that could not be looked up."""
    with pytest.raises(InvalidMessage) as caught:
        mime_message_id(mime, headers)
    assert caught.value.field == field
