"""A message as the body of a request, checked against Mailgun's rules. Pure.

A single message is encoded whole, by `encode_message`. What the calls of a batch have in common is encoded once, by
`encode_common`, into parts that are joined with those that name the recipients of each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.errors import InvalidMessage
from mailgun_async.message import wire
from mailgun_async.message.addresses import mailbox
from mailgun_async.message.fields import body_fields, file_parts, mailbox_fields, option_fields
from mailgun_async.message.limits import MAX_MESSAGE_BYTES, MAX_RECIPIENTS
from mailgun_async.message.model import Mailboxes, Message, Recipient, SendOptions
from mailgun_async.message.placeholders import used_variables
from mailgun_async.transport.encoding import (
    FIELD_OVERHEAD,
    FilePart,
    encoded,
    field_head,
    file_part,
    multipart,
    text_field,
    text_multipart,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from mailgun_async.message.fields import Mailed
    from mailgun_async.transport.request import StreamedBody

    Variables = Mapping[str, Mapping[str, object]]

__all__ = ["CommonParts", "check_count", "encode_common", "encode_message", "encode_mime", "encode_resend", "part_name"]

_PERCENT: Final = ord("%")
_MESSAGE_ID: Final = field_head("h:Message-Id")
_NO_FILES: Final[Mapping[Path, int]] = {}
_name_of_part = re.compile(rb'[^"]*name="([^"]*)"').match


@attrs.define
class CommonParts:
    """What every call of a batch has in common."""

    parts: list[bytes | FilePart]
    """Ready for `transport.encoding.multipart`."""
    option_bytes: int
    """Bytes of the o:, h:, v: and t: fields among them, with those reserved."""
    used: frozenset[str]
    """Names x used as `%recipient.x%`."""


def encode_message(
    message: Message, message_id: str | None, *, boundary: str, sizes: Mapping[Path, int] = _NO_FILES
) -> tuple[bytes | StreamedBody, str, int]:
    """Encode a whole message; return the body, its content type, and the number of recipients.

    Args:
        message: What is sent.
        message_id: Added as `h:Message-Id`, without brackets; None when the message has one among its headers.
        boundary: What parts the fields: random, and drawn for this message, so that it is nowhere in it.
        sizes: Bytes of the attachments given by path, from `file_sizes`.

    Raises:
        InvalidMessage: The message breaks a rule; text, field, size and limit say which.
    """
    own_id, reserved_bytes = _own_id(message_id)
    common = body_fields(message)
    common += option_fields(message, reserved_bytes)[0]
    copies = _copies(message) if message.cc or message.bcc else ()
    for copied, _, _ in copies:
        common += copied
    fields, addresses, variables, count = _recipient_fields(message, message.to, copies)
    fields += own_id
    fields += common
    if message.attachments or message.inline:
        files = list(file_parts(message, sizes))
        _check_size([*map(encoded, common), *files])
        body, content_type = multipart([*map(encoded, fields), *files], boundary)
    else:
        body, content_type = text_multipart(fields, boundary)
    # Looking for one byte is by far the fastest, and most mails have no percent sign at all.
    if not isinstance(body, bytes) or len(body) > MAX_MESSAGE_BYTES or _PERCENT in body:
        parts = [*map(encoded, common)]
        _check_size(parts)
        _check_supplied(message, used_variables(parts), addresses, variables)
    return body, content_type, count


def encode_mime(
    to: Mailboxes, mime: bytes, options: SendOptions, message_id: str | None
) -> tuple[bytes | StreamedBody, str, int]:
    """Encode a message that is ready MIME; return the body, its content type, and the number of recipients.

    Raises:
        InvalidMessage: It breaks a rule; text, field, size and limit say which.
    """
    own_id, reserved_bytes = _own_id(message_id)
    parts = [*map(encoded, option_fields(options, reserved_bytes)[0])]
    file = file_part("message", "message.mime", mime, "application/octet-stream")
    _check_size([*parts, file])
    named, addresses, variables, count = _recipient_fields(options, to)
    _check_supplied(options, used_variables([*parts, mime]), addresses, variables)
    body, content_type = multipart([*map(encoded, [*named, *own_id]), *parts, file])
    return body, content_type, count


def encode_resend(to: Mailboxes) -> tuple[str, int]:
    """Return the value of `to` of a stored message that is sent again, and the number of recipients.

    Raises:
        InvalidMessage: An address is none, or they are too many or none.
    """
    listed = (to,) if isinstance(to, (str, Recipient)) else tuple(to)
    texts = [mailbox(one, "to")[1] for one in listed]
    _check_somebody(texts)
    check_count(SendOptions(), len(texts))
    return ",".join(texts), len(texts)


def encode_common(message: Message, *, reserved_bytes: int = 0, sizes: Mapping[Path, int] = _NO_FILES) -> CommonParts:
    """Encode all but `to`, `cc`, `bcc` and the variables of recipients.

    Args:
        message: What is sent.
        reserved_bytes: Bytes of options that the caller adds to every call, e.g. of `h:Message-Id` and its value.
        sizes: Bytes of the attachments given by path, from `file_sizes`.

    Raises:
        InvalidMessage: The message breaks a rule; text, field, size and limit say which.
    """
    options, option_bytes = option_fields(message, reserved_bytes)
    parts = [*map(encoded, body_fields(message)), *map(encoded, options)]
    every = [*parts, *file_parts(message, sizes)]
    _check_size(every)
    return CommonParts(every, option_bytes, used_variables(parts))


def _own_id(message_id: str | None) -> tuple[tuple[str, ...], int]:
    """Return the field of a Message-Id of ours, and the bytes that Mailgun counts of it."""
    if message_id is None:
        return (), 0
    field = f"{_MESSAGE_ID}<{message_id}>\r\n"
    return (field,), len(field) - FIELD_OVERHEAD


def _copies(message: Message) -> tuple[Mailed, Mailed]:
    return mailbox_fields("cc", message.cc or ()), mailbox_fields("bcc", message.bcc or ())


def _recipient_fields(
    options: SendOptions, to: Mailboxes, copies: Iterable[Mailed] = ()
) -> tuple[list[str], list[str], Variables, int]:
    """Return `to` and the variables as fields, the addresses in `to`, the variables, and the number of recipients."""
    fields, addresses, own = mailbox_fields("to", to or ())
    _check_somebody(addresses)
    everybody = addresses
    for _, copied, theirs in copies:
        everybody, own = [*everybody, *copied], [*own, *theirs]
    if len(everybody) > 1:
        check_count(options, len(everybody))
    variables = _merged(options.recipient_variables, own) if own else options.recipient_variables
    if variables:
        _check_known(variables, set(everybody))
        fields.append(text_field("recipient-variables", wire.json_text("recipient-variables", variables)))
    return fields, addresses, variables, len(everybody)


def _check_somebody(addresses: Sequence[str]) -> None:
    if not addresses:
        raise InvalidMessage("nobody is in `to`", field="to")


def check_count(options: SendOptions, recipients: int) -> None:
    """Check the number of recipients of one call, to, cc and bcc together.

    Raises:
        InvalidMessage: More than 1,000, or more than one where send time optimization is asked for.
    """
    limit, name = MAX_RECIPIENTS, "to"
    if options.delivery_time_optimize_period is not None:
        limit, name = 1, "o:deliverytime-optimize-period"
    if recipients > limit:
        raise InvalidMessage(
            f"{recipients} recipients in to, cc and bcc{' with ' + name if limit == 1 else ''}: at most {limit} a call",
            field=name,
            size=recipients,
            limit=limit,
        )


def _check_size(parts: Sequence[bytes | FilePart]) -> None:
    size = sum(map(len, parts))
    if size <= MAX_MESSAGE_BYTES:
        return
    largest = max(parts, key=len)
    name = part_name(largest)
    raise InvalidMessage(
        f"the message has {size} bytes: at most {MAX_MESSAGE_BYTES}; the largest field is {name} with {len(largest)}",
        field=name,
        size=size,
        limit=MAX_MESSAGE_BYTES,
    )


def part_name(part: bytes | FilePart) -> str | None:
    """Return the name of a part's field."""
    found = _name_of_part(part.head if isinstance(part, FilePart) else part)
    return found[1].decode() if found else None


def _merged(variables: Variables, more: Iterable[tuple[str, Mapping[str, object]]]) -> dict[str, Mapping[str, object]]:
    merged = dict(variables)
    for address, values in more:
        if merged.setdefault(address, values) != values:
            raise InvalidMessage(f"two different sets of variables for {address}", field="recipient-variables")
    return merged


def _check_known(variables: Variables, addresses: set[str]) -> None:
    for address, values in variables.items():
        if address not in addresses:
            raise InvalidMessage(f"variables for {address}, who is not a recipient", field="recipient-variables")
        if not isinstance(values, Mapping):
            raise InvalidMessage(f"variables of {address} must be a mapping", field="recipient-variables")


def _check_supplied(
    options: SendOptions, names: frozenset[str], addresses: Iterable[str], variables: Variables
) -> None:
    """Refuse names that are used and that somebody in `to` has no value for."""
    if not names or options.list_variables:
        return
    for address in addresses:
        missing = names - variables.get(address, {}).keys()
        if missing:
            raise InvalidMessage(
                f"%recipient.{min(missing)}% is used, and {address} has no such variable", field="recipient-variables"
            )
