from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mailgun_async.message import Message, encode_message
from mailgun_async.testing._forms import Form, boundary_of, parse_multipart


@pytest.fixture
def mail() -> Callable[..., Message]:
    """Make a message that is whole, with other fields on top."""

    def make(**fields: Any) -> Message:
        return Message(**{"from_": "ada@mg.example.com", "to": "bob@example.com", "text": "Hi"} | fields)

    return make


@pytest.fixture
def read() -> Callable[..., Form]:
    """Encode a message and read it back with the emulator's parser."""

    def encode(message: Message, message_id: str | None = None, sizes: Mapping[Path, int] | None = None) -> Form:
        body, content_type, _ = encode_message(message, message_id, boundary="a-test", sizes=sizes or {})
        assert isinstance(body, bytes)
        return parse_multipart(body, boundary_of(content_type))

    return encode
