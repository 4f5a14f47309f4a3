"""What is sent: `Message`, `Attachment`, `Recipient`, Mailgun's limits on them, and their form on the wire. Pure.

`model` holds the values that users write, `wire` the form of each option, `addresses` that of each mailbox; `fields`
says what becomes which field, and `encode` makes the body of a request of them, checked. `placeholders` knows what
`%recipient.x%` becomes. Only `files` touches the disk.
"""

from __future__ import annotations

from mailgun_async.message.encode import (
    CommonParts,
    check_count,
    encode_common,
    encode_message,
    encode_mime,
    encode_resend,
    part_name,
)
from mailgun_async.message.files import file_sizes, whole_parts
from mailgun_async.message.limits import (
    MAX_MESSAGE_BYTES,
    MAX_OPTION_BYTES,
    MAX_RECIPIENTS,
    MAX_TAG_LENGTH,
    MAX_TAGS,
)
from mailgun_async.message.mime import mime_bytes, mime_message_id
from mailgun_async.message.model import Attachment, Mailboxes, Message, Recipient, SendOptions
from mailgun_async.message.placeholders import fill, used_variables
from mailgun_async.message.wire import header_message_id

__all__ = [
    "MAX_MESSAGE_BYTES",
    "MAX_OPTION_BYTES",
    "MAX_RECIPIENTS",
    "MAX_TAGS",
    "MAX_TAG_LENGTH",
    "Attachment",
    "CommonParts",
    "Mailboxes",
    "Message",
    "Recipient",
    "SendOptions",
    "check_count",
    "encode_common",
    "encode_message",
    "encode_mime",
    "encode_resend",
    "file_sizes",
    "fill",
    "header_message_id",
    "mime_bytes",
    "mime_message_id",
    "part_name",
    "used_variables",
    "whole_parts",
]
