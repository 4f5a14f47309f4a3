"""A batch from its message and its recipients to its report."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from mailgun_async.batch.checks import bridged, check_columns, check_message
from mailgun_async.batch.chunker import Chunker
from mailgun_async.batch.sender import Sender
from mailgun_async.batch.source import in_blocks
from mailgun_async.errors import InvalidArgument
from mailgun_async.message import MAX_RECIPIENTS, encode_common, file_sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

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
    check_message(message, chunk_size)
    _check(max_in_flight, duplicates)
    async with in_blocks(recipients, chunk_size, address_key=address_key) as blocks:
        if template_from_recipients:
            message = bridged(message, await blocks.peek(), template_from_recipients)
        reserved = len(f"h:Message-Id<{new_message_id()}>")
        common = encode_common(message, reserved_bytes=reserved, sizes=await file_sizes(message))
        needed = frozenset[str]() if message.list_variables else common.used
        check_columns(await blocks.peek(), needed)
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


def _check(max_in_flight: int, duplicates: Duplicates) -> None:
    if max_in_flight < 1:
        raise InvalidArgument(f"max_in_flight must be 1 or more, not {max_in_flight}", field="max_in_flight")
    if duplicates not in {"later", "report"}:
        raise InvalidArgument(f"duplicates is later or report, not {duplicates!r}", field="duplicates")
