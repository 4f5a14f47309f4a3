"""A batch from its message and its recipients to its report."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import attrs

from mailgun_async.batch.chunker import Chunker
from mailgun_async.batch.sender import Sender
from mailgun_async.batch.source import in_blocks
from mailgun_async.errors import InvalidArgument, InvalidMessage
from mailgun_async.message import MAX_RECIPIENTS, check_count, encode_common, file_sizes, header_message_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mailgun_async.batch.block import Block
    from mailgun_async.batch.chunker import Duplicates
    from mailgun_async.batch.flight import Post
    from mailgun_async.batch.report import BatchReport
    from mailgun_async.batch.sender import OnChunk
    from mailgun_async.batch.source import Recipients
    from mailgun_async.message import Message
    from mailgun_async.transport.request import PriorityName

__all__ = ["BatchOptions", "send"]


class BatchOptions(TypedDict, total=False):
    """The options of `Messages.send_batch`, where they are explained."""

    chunk_size: int
    max_in_flight: int
    duplicates: Duplicates
    address_key: str | None
    template_from_recipients: bool | Collection[str]
    on_chunk: OnChunk | None
    priority: PriorityName | None


async def send(
    message: Message,
    recipients: Recipients,
    *,
    post: Post,
    new_message_id: Callable[[], str],
    now: Callable[[], float],
    chunk_size: int = MAX_RECIPIENTS,
    max_in_flight: int = 8,
    duplicates: Duplicates = "later",
    address_key: str | None = None,
    template_from_recipients: bool | Collection[str] = False,
    on_chunk: OnChunk | None = None,
    known_size: int | None = None,
    remember_size: Callable[[int], None] = lambda _size: None,
) -> BatchReport:
    """Send a message to all recipients, each with variables of their own; see `Messages.send_batch`.

    Args:
        message: What is sent, without recipients.
        recipients: Where they come from.
        post: Posts one call.
        new_message_id: Makes a Message-Id, without angle brackets; all are equally long.
        now: Seconds, monotonic.
        chunk_size: 1 to 1,000.
        max_in_flight: Calls at the same time, at least 1.
        duplicates: What becomes of an address that its chunk has already.
        address_key: The key of the address, for recipients that are mappings.
        template_from_recipients: Variables of the recipients to pass on to the stored template; True means all that
            those read first have.
        on_chunk: Told when the fate of some recipients is known.
        known_size: How many recipients a call of this domain may have, as far as it is known.
        remember_size: Told of it when it turns out to be smaller.
    """
    _check(message, chunk_size, max_in_flight, duplicates)
    async with in_blocks(recipients, chunk_size, address_key=address_key) as blocks:
        if template_from_recipients:
            message = _bridged(message, await blocks.peek(), template_from_recipients)
        reserved = len(f"h:Message-Id<{new_message_id()}>")
        common = encode_common(message, reserved_bytes=reserved, sizes=await file_sizes(message))
        needed = frozenset[str]() if message.list_variables else common.used
        _check_columns(await blocks.peek(), needed)
        sender = Sender(
            blocks=blocks,
            chunker=Chunker(common_size=sum(map(len, common.parts)), needed=needed, duplicates=duplicates),
            post=post,
            common=common.parts,
            new_message_id=new_message_id,
            now=now,
            size=min(chunk_size, known_size or chunk_size),
            remember_size=remember_size,
            max_in_flight=max_in_flight,
            on_chunk=on_chunk,
        )
        return await sender.run()


def _check(message: Message, chunk_size: int, max_in_flight: int, duplicates: Duplicates) -> None:
    if not 1 <= chunk_size <= MAX_RECIPIENTS:
        raise InvalidArgument(
            f"chunk_size must be 1 to {MAX_RECIPIENTS}, not {chunk_size}",
            field="chunk_size",
            size=chunk_size,
            limit=MAX_RECIPIENTS,
        )
    if max_in_flight < 1:
        raise InvalidArgument(f"max_in_flight must be 1 or more, not {max_in_flight}", field="max_in_flight")
    if duplicates not in {"later", "report"}:
        raise InvalidArgument(f"duplicates is later or report, not {duplicates!r}", field="duplicates")
    if message.to or message.recipient_variables:
        name = "to" if message.to else "recipient-variables"
        raise InvalidMessage(f"{name} of a batch's message must be empty: give all as recipients", field=name)
    if message.cc or message.bcc:
        raise InvalidMessage(
            "a batch can't have cc or bcc: they would get a copy of every recipient's mail. Make them recipients",
            field="cc" if message.cc else "bcc",
        )
    if header_message_id(message.headers) is not None:
        raise InvalidMessage(
            "a batch can't have a Message-Id of yours: each call gets its own, to be looked up by", field="h:Message-Id"
        )
    check_count(message, chunk_size)


def _bridged(message: Message, first: Block, wanted: bool | Collection[str]) -> Message:
    """Have stored templates, which do not read recipient variables, get them as their own."""
    names = first.variable_names if isinstance(wanted, bool) else wanted
    bridge = {name: f"%recipient.{name}%" for name in names}
    return attrs.evolve(message, template_variables=bridge | dict(message.template_variables or {}))


def _check_columns(first: Block, needed: frozenset[str]) -> None:
    """Refuse at once what would be rejected for every row of a file."""
    if first.lines is None or first.columns is None:
        return
    missing = needed - first.columns.keys()
    if missing:
        raise InvalidMessage(
            f"%recipient.{min(missing)}% is used, and no column has that name; "
            f"there is {', '.join(first.columns) or 'none'}",
            field="recipient-variables",
        )
