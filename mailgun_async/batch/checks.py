"""What a batch's message must be like, whether or not a journal keeps the batch. Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import attrs

from mailgun_async.errors import InvalidArgument, InvalidMessage
from mailgun_async.message import MAX_RECIPIENTS, check_count, header_message_id

if TYPE_CHECKING:
    from collections.abc import Collection

    from mailgun_async.batch.block import Block
    from mailgun_async.message import Message

__all__ = ["bridged", "check_columns", "check_message"]


def check_message(message: Message, chunk_size: int, *, kind: str = "batch") -> None:
    """Refuse what can't go to many recipients in chunks of that size.

    Args:
        message: What is sent.
        chunk_size: Most recipients of a call.
        kind: What the whole is called in errors.

    Raises:
        InvalidArgument: The size is outside 1 to 1,000.
        InvalidMessage: The message names recipients, or a Message-Id, or goes to one recipient a call.
    """
    if not 1 <= chunk_size <= MAX_RECIPIENTS:
        raise InvalidArgument(
            f"chunk_size must be 1 to {MAX_RECIPIENTS}, not {chunk_size}",
            field="chunk_size",
            size=chunk_size,
            limit=MAX_RECIPIENTS,
        )
    if message.to or message.recipient_variables:
        name = "to" if message.to else "recipient-variables"
        raise InvalidMessage(f"{name} of a {kind}'s message must be empty: give all as recipients", field=name)
    if message.cc or message.bcc:
        raise InvalidMessage(
            f"a {kind} can't have cc or bcc: they would get a copy of every recipient's mail. Make them recipients",
            field="cc" if message.cc else "bcc",
        )
    if header_message_id(message.headers) is not None:
        raise InvalidMessage(
            f"a {kind} can't have a Message-Id of yours: each call gets its own, to be looked up by",
            field="h:Message-Id",
        )
    check_count(message, chunk_size)


def bridged(message: Message, first: Block, wanted: bool | Collection[str]) -> Message:
    """Have stored templates, which do not read recipient variables, get them as their own."""
    names = first.variable_names if isinstance(wanted, bool) else wanted
    # A set has another order in every process, and the same message must always have the same bytes.
    names = sorted(names) if isinstance(names, AbstractSet) else names
    bridge = {name: f"%recipient.{name}%" for name in names}
    return attrs.evolve(message, template_variables=bridge | dict(message.template_variables or {}))


def check_columns(first: Block, needed: frozenset[str]) -> None:
    """Refuse at once what would be rejected for every row of a file.

    Raises:
        InvalidMessage: The file has no column for a variable that the message uses.
    """
    if first.lines is None or first.columns is None:
        return
    missing = needed - first.columns.keys()
    if missing:
        raise InvalidMessage(
            f"%recipient.{min(missing)}% is used, and no column has that name; "
            f"there is {', '.join(first.columns) or 'none'}",
            field="recipient-variables",
        )
