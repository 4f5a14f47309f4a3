"""A message as ready multipart parts, checked against Mailgun's rules. Pure.

The parts that all recipients share are made by `encode_common`, those that name recipients by `encode_to`: one call
takes both; a batch makes the first once and the second for every chunk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.errors import InvalidMessage
from mailgun_async.message import wire
from mailgun_async.message.addresses import address_parts, mailbox, sender
from mailgun_async.message.limits import MAX_MESSAGE_BYTES, MAX_OPTION_BYTES, MAX_RECIPIENTS
from mailgun_async.message.model import ENCODE, WIRE, Attachment, Mailboxes, Message, Recipient, SendOptions
from mailgun_async.transport.encoding import FIELD_OVERHEAD, FilePart, field, file_part, streamed_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = [
    "CommonParts",
    "check_count",
    "encode_common",
    "encode_message",
    "encode_mime",
    "encode_resend",
    "encode_to",
    "used_variables",
]

_OPTIONS: Final = tuple(f for f in attrs.fields(SendOptions) if WIRE in f.metadata)
_option_writers: Final = tuple((f.metadata[WIRE], f.metadata[ENCODE]) for f in _OPTIONS)
_options_of: Final = attrgetter(*(f.name for f in _OPTIONS))
_NOTHING_SET: Final = _options_of(SendOptions())

_PERCENT: Final = ord("%")
_NO_NAMES: Final[frozenset[str]] = frozenset()
_NO_VARIABLES: Final[Mapping[str, Mapping[str, object]]] = {}
_NO_FILES: Final[Mapping[Path, int]] = {}
_variables_in = re.compile(rb"%recipient\.([^%\s]+)%").findall
_name_of_part = re.compile(rb'[^"]*name="([^"]*)"').match


@attrs.define
class CommonParts:
    """What every call of a message has in common."""

    parts: list[bytes | FilePart]
    """Ready for `transport.encoding.multipart`."""
    option_bytes: int
    """Bytes of the o:, h:, v: and t: fields among them, with those reserved."""
    copied: list[str]
    """The plain addresses in cc and bcc; they count against the limit of every call."""
    copied_variables: Mapping[str, Mapping[str, object]]
    """Variables of those of them that have some, by address."""
    used: frozenset[str]
    """Names x used as `%recipient.x%`."""


def encode_message(
    message: Message, message_id: str | None, *, sizes: Mapping[Path, int] = _NO_FILES
) -> tuple[list[bytes | FilePart], int]:
    """Encode a whole message; return its parts and the number of its recipients.

    Args:
        message: What is sent.
        message_id: Added as `h:Message-Id`, without brackets; None when the message has one among its headers.
        sizes: Bytes of the attachments given by path, from `file_sizes`.

    Raises:
        InvalidMessage: The message breaks a rule; text, field, size and limit say which.
    """
    own_id, reserved_bytes = _own_id(message_id)
    common = encode_common(message, reserved_bytes=reserved_bytes, sizes=sizes)
    parts, recipients = encode_to(message, message.to, common)
    return [*parts, *own_id, *common.parts], recipients


def encode_mime(
    to: Mailboxes, mime: bytes, options: SendOptions, message_id: str | None
) -> tuple[list[bytes | FilePart], int]:
    """Encode a message that is ready MIME; return its parts and the number of its recipients.

    Raises:
        InvalidMessage: It breaks a rule; text, field, size and limit say which.
    """
    own_id, reserved_bytes = _own_id(message_id)
    parts, size = _encode_options(options, reserved_bytes)
    file = file_part("message", "message.mime", mime, "application/octet-stream")
    common = CommonParts([*parts, file], size, [], {}, used_variables([*parts, mime]))
    _check_size(common.parts)
    named, recipients = encode_to(options, to, common)
    return [*named, *own_id, *common.parts], recipients


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


def _own_id(message_id: str | None) -> tuple[tuple[bytes, ...], int]:
    """Return the part of a Message-Id of ours, and the bytes that Mailgun counts of it."""
    if message_id is None:
        return (), 0
    part = field("h:Message-Id", f"<{message_id}>")
    return (part,), len(part) - FIELD_OVERHEAD


def encode_common(message: Message, *, reserved_bytes: int = 0, sizes: Mapping[Path, int] = _NO_FILES) -> CommonParts:
    """Encode all but `to` and the variables of recipients.

    Args:
        message: What is sent.
        reserved_bytes: Bytes of options that the caller adds to every call, e.g. of `h:Message-Id` and its value.
        sizes: Bytes of the attachments given by path, from `file_sizes`.

    Raises:
        InvalidMessage: The message breaks a rule; text, field, size and limit say which.
    """
    _check_bodies(message)
    parts = _encode_bodies(message)
    copied: list[str] = []
    copied_variables = _NO_VARIABLES
    if message.cc or message.bcc:
        copies, copied, copied_variables = _encode_mailboxes(("cc", message.cc or ()), ("bcc", message.bcc or ()))
        parts += copies
    options, option_bytes = _encode_options(message, reserved_bytes)
    parts += options
    used = used_variables(parts)
    every: list[bytes | FilePart] = [*parts]
    if message.attachments or message.inline:
        every += _encode_files(message, sizes)
    _check_size(every)
    return CommonParts(every, option_bytes, copied, copied_variables, used)


def encode_to(options: SendOptions, to: Mailboxes, common: CommonParts) -> tuple[list[bytes], int]:
    """Encode `to` and the variables of recipients; return the parts and the number of all recipients.

    Raises:
        InvalidMessage: An address is none, they are too many, or variables do not fit them.
    """
    parts, addresses, own = _encode_mailboxes(("to", to or ()))
    _check_somebody(addresses)
    recipients = len(addresses) + len(common.copied)
    check_count(options, recipients)
    variables = options.recipient_variables
    if own or common.copied_variables:
        variables = _merged(variables, [*own.items(), *common.copied_variables.items()])
    if variables:
        _check_known(variables, {*addresses, *common.copied})
        parts.append(field("recipient-variables", wire.json_text("recipient-variables", variables)))
    if common.used and not options.list_variables:
        _check_supplied(common.used, addresses, variables)
    return parts, recipients


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


def used_variables(parts: Iterable[bytes]) -> frozenset[str]:
    """Return the names x that parts use as `%recipient.x%`."""
    # Looking for one byte is by far the fastest, and most parts have no percent sign at all.
    found = [name for part in parts if _PERCENT in part and b"%recipient." in part for name in _variables_in(part)]
    return frozenset(name.decode(errors="replace") for name in found) if found else _NO_NAMES


def _check_bodies(message: Message) -> None:
    if message.html is not None and message.template is not None:
        raise InvalidMessage("html and template exclude each other", field="template")
    if not (message.text or message.html or message.amp_html or message.template):
        raise InvalidMessage("nothing to read: one of text, html, amp_html and template is needed", field="text")
    if message.from_ is None and message.template is None:
        raise InvalidMessage("from_ is missing, and no template could bring it", field="from")


def _encode_bodies(message: Message) -> list[bytes]:
    parts = []
    if message.from_ is not None:
        parts.append(field("from", sender("from", message.from_)))
    if message.subject is not None:
        parts.append(field("subject", wire.line("subject", message.subject)))
    if message.text is not None:
        parts.append(field("text", wire.text("text", message.text)))
    if message.html is not None:
        parts.append(field("html", wire.text("html", message.html)))
    if message.amp_html is not None:
        parts.append(field("amp-html", wire.text("amp-html", message.amp_html)))
    return parts


def _encode_options(options: SendOptions, reserved_bytes: int) -> tuple[list[bytes], int]:
    """Return the parts of the options, and the bytes that Mailgun counts of them."""
    named: list[tuple[str, str]] = []
    values = _options_of(options)
    if values != _NOTHING_SET:
        _check_pairs(options)
        for (name, write), value in zip(_option_writers, values, strict=True):
            if value is not None and (text := write(name, value)) is not None:
                named.append((name, text))
    if options.tags:
        named += [("o:tag", tag) for tag in wire.tags("o:tag", options.tags)]
    if options.headers:
        wire.header_message_id(options.headers)
        named += [wire.header_field(name, value) for name, value in options.headers.items()]
    if options.variables:
        named += [wire.variable_field(name, value) for name, value in options.variables.items()]
    if not named:
        return [], reserved_bytes
    parts = [field(name, text) for name, text in named]
    counted = [
        (len(part) - FIELD_OVERHEAD, name) for (name, _), part in zip(named, parts, strict=True) if name != "template"
    ]
    total = reserved_bytes + sum(size for size, _ in counted)
    if total > MAX_OPTION_BYTES:
        size, name = max(counted)
        raise InvalidMessage(
            f"o:, h:, v: and t: fields have {total} bytes together: at most {MAX_OPTION_BYTES}; "
            f"the largest is {name} with {size}",
            field=name,
            size=total,
            limit=MAX_OPTION_BYTES,
        )
    return parts, total


def _check_pairs(options: SendOptions) -> None:
    alone = options.template_version is not None or options.template_text or options.template_variables is not None
    if alone and options.template is None:
        raise InvalidMessage("template_version, template_text and template_variables need a template", field="template")
    if options.secondary_dkim_public is not None and options.secondary_dkim is None:
        raise InvalidMessage("secondary_dkim_public needs secondary_dkim", field="o:secondary-dkim-public")


def _encode_files(message: Message, sizes: Mapping[Path, int]) -> Iterator[bytes | FilePart]:
    for name, files in (("attachment", message.attachments), ("inline", message.inline)):
        for file in files:
            if not isinstance(file, Attachment):
                raise InvalidMessage(f"{name} takes Attachment(...), not {file!r:.100}", field=name)
            wire.line(name, file.filename)
            if file.path is not None:
                yield streamed_part(name, file.filename, file.path, sizes[file.path], file.content_type)
            else:
                yield file_part(name, file.filename, file.content or b"", file.content_type)


def _check_size(parts: Sequence[bytes | FilePart]) -> None:
    size = sum(map(len, parts))
    if size <= MAX_MESSAGE_BYTES:
        return
    largest = max(parts, key=len)
    found = _name_of_part(largest.head if isinstance(largest, FilePart) else largest)
    name = found[1].decode() if found else None
    raise InvalidMessage(
        f"the message has {size} bytes: at most {MAX_MESSAGE_BYTES}; the largest field is {name} with {len(largest)}",
        field=name,
        size=size,
        limit=MAX_MESSAGE_BYTES,
    )


def _encode_mailboxes(
    *fields: tuple[str, Mailboxes],
) -> tuple[list[bytes], list[str], Mapping[str, Mapping[str, object]]]:
    """Return the parts, the plain addresses, and the variables of those that have some."""
    parts, addresses, own = [], [], []
    for name, value in fields:
        if isinstance(value, str):
            address, text = mailbox(value, name)
            parts.append(field(name, text))
            addresses.append(address)
            continue
        listed = (value,) if isinstance(value, Recipient) else tuple(value)
        made, plain = address_parts(name, listed)
        parts += made
        addresses += plain
        pairs = zip(plain, listed, strict=True)
        own += [(address, one.variables) for address, one in pairs if isinstance(one, Recipient) and one.variables]
    return parts, addresses, _merged({}, own) if own else _NO_VARIABLES


def _merged(
    variables: Mapping[str, Mapping[str, object]], more: Iterable[tuple[str, Mapping[str, object]]]
) -> dict[str, Mapping[str, object]]:
    merged = dict(variables)
    for address, values in more:
        if merged.setdefault(address, values) != values:
            raise InvalidMessage(f"two different sets of variables for {address}", field="recipient-variables")
    return merged


def _check_known(variables: Mapping[str, object], addresses: set[str]) -> None:
    for address, values in variables.items():
        if address not in addresses:
            raise InvalidMessage(f"variables for {address}, who is not a recipient", field="recipient-variables")
        if not isinstance(values, Mapping):
            raise InvalidMessage(f"variables of {address} must be a mapping", field="recipient-variables")


def _check_supplied(
    names: frozenset[str], addresses: Iterable[str], variables: Mapping[str, Mapping[str, object]]
) -> None:
    for address in addresses:
        missing = names - variables.get(address, {}).keys()
        if missing:
            raise InvalidMessage(
                f"%recipient.{min(missing)}% is used, and {address} has no such variable", field="recipient-variables"
            )
