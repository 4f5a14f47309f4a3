"""What only the disk knows about attachments."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mailgun_async.errors import InvalidMessage
from mailgun_async.transport.encoding import FilePart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from mailgun_async.message.model import Message

__all__ = ["file_sizes", "whole_parts"]


async def file_sizes(message: Message) -> Mapping[Path, int]:
    """Return the bytes of each attachment given by path, asked for in a thread; no thread when there is none.

    Raises:
        InvalidMessage: A path is no readable file.
    """
    paths = [path for file in (*message.attachments, *message.inline) if (path := getattr(file, "path", None))]
    return await asyncio.to_thread(_sizes, paths) if paths else {}


async def whole_parts(parts: Sequence[bytes | FilePart]) -> list[bytes]:
    """Return parts with the content of their files in them, read in a thread.

    Raises:
        InvalidMessage: A file can't be read, or has another size than when its part was made.
    """
    return [await asyncio.to_thread(_whole, part) if isinstance(part, FilePart) else part for part in parts]


def _sizes(paths: Iterable[Path]) -> Mapping[Path, int]:
    sizes = {}
    for path in paths:
        try:
            with path.open("rb") as file:
                sizes[path] = file.seek(0, 2)
        except OSError as error:
            raise _unreadable(path, error) from error
    return sizes


def _whole(part: FilePart) -> bytes:
    try:
        with part.path.open("rb") as file:
            # One byte more than there should be: the file may be another by now, of any size.
            content = file.read(part.size + 1)
    except OSError as error:
        raise _unreadable(part.path, error) from error
    if len(content) != part.size:
        raise InvalidMessage(f"can't attach {part.path}: it is being written to", field="attachment", size=len(content))
    return b"".join((part.head, content, b"\r\n"))


def _unreadable(path: Path, error: OSError) -> InvalidMessage:
    return InvalidMessage(f"can't attach {path}: {error.strerror}", field="attachment")
