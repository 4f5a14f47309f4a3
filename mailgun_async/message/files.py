"""What only the disk knows about attachments."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mailgun_async.errors import InvalidMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from mailgun_async.message.model import Message

__all__ = ["file_sizes"]


async def file_sizes(message: Message) -> Mapping[Path, int]:
    """Return the bytes of each attachment given by path, asked for in a thread; no thread when there is none.

    Raises:
        InvalidMessage: A path is no readable file.
    """
    paths = [path for file in (*message.attachments, *message.inline) if (path := getattr(file, "path", None))]
    return await asyncio.to_thread(_sizes, paths) if paths else {}


def _sizes(paths: Iterable[Path]) -> Mapping[Path, int]:
    sizes = {}
    for path in paths:
        try:
            with path.open("rb") as file:
                sizes[path] = file.seek(0, 2)
        except OSError as error:
            raise InvalidMessage(f"can't attach {path}: {error.strerror}", field="attachment") from error
    return sizes
