"""What can be said of a message's values when they are made."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import attrs
import pytest

from mailgun_async.errors import InvalidMessage
from mailgun_async.message import Attachment, Message, Recipient


@pytest.mark.parametrize(
    ("attached", "filename", "content_type"),
    [
        (Attachment(path="reports/May.PDF"), "May.PDF", "application/pdf"),
        (Attachment(path=Path("a.txt"), filename="b.html"), "b.html", "text/html"),
        (Attachment(content=b"", filename="photo.jpeg"), "photo.jpeg", "image/jpeg"),
        (Attachment(content=b"", filename="archive.tar.gz"), "archive.tar.gz", "application/gzip"),
        (Attachment(content=b"", filename="noending"), "noending", "application/octet-stream"),
        (Attachment(content=b"", filename="a.txt", content_type="text/x"), "a.txt", "text/x"),
    ],
)
def test_name_and_type_of_an_attachment(attached: Attachment, filename: str, content_type: str) -> None:
    """The name comes from the path, the type from the name, unless they are given."""
    assert (attached.filename, attached.content_type) == (filename, content_type)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "either content or a path"),
        ({"content": b"", "path": "a.txt", "filename": "a"}, "either content or a path"),
        ({"content": b""}, "needs a filename"),
        ({"content": b"", "filename": None}, "needs a filename"),
        ({"path": "/"}, "needs a filename"),
        ({"content": "text", "filename": "a.txt"}, "must be bytes"),
        ({"content": b"", "filename": "a.txt", "content_type": "text"}, "not a content type"),
        ({"content": b"", "filename": "a.txt", "content_type": "text/x\r\nX: y"}, "not a content type"),
    ],
)
def test_an_attachment_that_can_not_be_sent_is_refused_at_once(fields: dict[str, Any], words: str) -> None:
    """Its maker is told, not its sender."""
    with pytest.raises(InvalidMessage, match=words) as caught:
        Attachment(**fields)
    assert caught.value.field == "attachment"


def test_content_is_not_in_the_repr() -> None:
    """A log line with an attachment in it stays a line."""
    assert "secret" not in repr(Attachment(content=b"secret", filename="a.txt"))


def test_a_message_is_a_value() -> None:
    """It can't be changed, is equal to its like, and can be sent to another process."""
    message = Message(from_="a@x.org", to=[Recipient("b@x.org")], text="Hi", attachments=[Attachment(path="a.txt")])
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        message.text = "Ho"  # type: ignore[misc]
    assert attrs.evolve(message, text="Ho").text == "Ho"
    assert pickle.loads(pickle.dumps(message)) == message  # noqa: S301 -- it was pickled here
