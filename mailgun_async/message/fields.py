"""What each value of a message becomes: fields as text, each checked by its own rule. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

import attrs

from mailgun_async.errors import InvalidMessage
from mailgun_async.message import wire
from mailgun_async.message.addresses import mailbox, sender
from mailgun_async.message.limits import MAX_OPTION_BYTES
from mailgun_async.message.model import ENCODE, WIRE, Attachment, Message, Recipient, SendOptions
from mailgun_async.transport.encoding import (
    FIELD_OVERHEAD,
    FilePart,
    encoded,
    field_head,
    file_part,
    streamed_part,
    text_field,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mailgun_async.message.model import Mailboxes

    Mailed = tuple[list[str], list[str], list[tuple[str, Mapping[str, object]]]]

__all__ = ["body_fields", "file_parts", "mailbox_fields", "option_fields"]

_OPTIONS: Final = tuple(f for f in attrs.fields(SendOptions) if WIRE in f.metadata)
_FROM, _SUBJECT, _TEXT, _HTML = map(field_head, ("from", "subject", "text", "html"))
_option_writers: Final = tuple((f.name, f.metadata[WIRE], f.metadata[ENCODE]) for f in _OPTIONS)


def body_fields(message: Message) -> list[str]:
    """Return sender, subject and bodies.

    Raises:
        InvalidMessage: One breaks its rule, or there is too little of them to make a mail.
    """
    from_, subject, text, html = message.from_, message.subject, message.text, message.html
    if message.template is not None and html is not None:
        raise InvalidMessage("html and template exclude each other", field="template")
    if not (text or html or message.amp_html or message.template):
        raise InvalidMessage("nothing to read: one of text, html, amp_html and template is needed", field="text")
    fields = []
    if from_ is not None:
        fields.append(f"{_FROM}{sender('from', from_)}\r\n")
    elif message.template is None:
        raise InvalidMessage("from_ is missing, and no template could bring it", field="from")
    if subject is not None:
        fields.append(f"{_SUBJECT}{wire.line('subject', subject)}\r\n")
    if text is not None:
        fields.append(f"{_TEXT}{wire.text('text', text)}\r\n")
    if html is not None:
        fields.append(f"{_HTML}{wire.text('html', html)}\r\n")
    if message.amp_html is not None:
        fields.append(text_field("amp-html", wire.text("amp-html", message.amp_html)))
    return fields


def mailbox_fields(name: str, value: Mailboxes) -> Mailed:
    """Return the fields of to, cc or bcc, the plain addresses, and by address the variables of those who have some.

    Bare addresses share one field, comma joined; a mailbox with a display name has a field of its own.

    Raises:
        InvalidMessage: One is no address, or more than one.
    """
    if isinstance(value, str):
        address, text = mailbox(value, name)
        return [text_field(name, text)], [address], []
    fields: list[str] = []
    bare: list[str] = []
    addresses: list[str] = []
    variables: list[tuple[str, Mapping[str, object]]] = []
    for one in (value,) if isinstance(value, Recipient) else value:
        address, text = mailbox(one, name)
        addresses.append(address)
        if text is address and '"' not in text:
            bare.append(text)
        else:
            fields.append(text_field(name, text))
        if isinstance(one, Recipient) and one.variables:
            variables.append((address, one.variables))
    if bare:
        fields.append(text_field(name, ",".join(bare)))
    return fields, addresses, variables


def option_fields(options: SendOptions, reserved_bytes: int) -> tuple[list[str], int]:
    """Return the fields of the options, and the bytes that Mailgun counts of them with those reserved for more.

    Raises:
        InvalidMessage: One breaks its rule, or they are too large together.
    """
    named: list[tuple[str, str]] = []
    if _any_set(options):
        _check_pairs(options)
        for attribute, name, write in _option_writers:
            value = getattr(options, attribute)
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
    fields = [text_field(name, text) for name, text in named]
    counted = [(len(encoded(part)) - FIELD_OVERHEAD, name) for part, (name, _) in zip(fields, named, strict=True)]
    total = reserved_bytes + sum(size for size, name in counted if name != "template")
    if total > MAX_OPTION_BYTES:
        _refuse(total, *max(counted))
    return fields, total


def _refuse(total: int, size: int, name: str) -> NoReturn:
    raise InvalidMessage(
        f"o:, h:, v: and t: fields have {total} bytes together: at most {MAX_OPTION_BYTES}; "
        f"the largest is {name} with {size}",
        field=name,
        size=total,
        limit=MAX_OPTION_BYTES,
    )


def _any_set(options: SendOptions) -> bool:
    """Tell whether an option of one field is set: spelled out, as any loop costs every mail five times as much."""
    if (  # noqa: SIM103 -- returned as a value, each comparison costs twice as much
        options.template is not None
        or options.template_version is not None
        or options.template_text is not False
        or options.template_variables is not None
        or options.dkim is not None
        or options.secondary_dkim is not None
        or options.secondary_dkim_public is not None
        or options.delivery_time is not None
        or options.deliver_within is not None
        or options.delivery_time_optimize_period is not None
        or options.time_zone_localize is not None
        or options.test_mode is not False
        or options.tracking is not None
        or options.tracking_clicks is not None
        or options.tracking_opens is not None
        or options.tracking_pixel_location_top is not None
        or options.require_tls is not None
        or options.skip_verification is not None
        or options.sending_ip is not None
        or options.sending_ip_pool is not None
        or options.archive_to is not None
        or options.suppress_headers is not None
    ):
        return True
    return False


def _check_pairs(options: SendOptions) -> None:
    alone = options.template_version is not None or options.template_text or options.template_variables is not None
    if alone and options.template is None:
        raise InvalidMessage("template_version, template_text and template_variables need a template", field="template")
    if options.secondary_dkim_public is not None and options.secondary_dkim is None:
        raise InvalidMessage("secondary_dkim_public needs secondary_dkim", field="o:secondary-dkim-public")


def file_parts(message: Message, sizes: Mapping[Path, int]) -> Iterator[bytes | FilePart]:
    """Yield the files as parts; `sizes` are the bytes of those given by path.

    Raises:
        InvalidMessage: One is no attachment, or its name has more than one line.
    """
    for name, files in (("attachment", message.attachments), ("inline", message.inline)):
        for file in files:
            if not isinstance(file, Attachment):
                raise InvalidMessage(f"{name} takes Attachment(...), not {file!r:.100}", field=name)
            wire.line(name, file.filename)
            if file.path is not None:
                yield streamed_part(name, file.filename, file.path, sizes[file.path], file.content_type)
            else:
                yield file_part(name, file.filename, file.content or b"", file.content_type)
