"""Query, form and multipart bytes. Pure, but for the file that a streamed body reads when it is sent.

Multipart is made of ready parts that know no boundary: what many requests have in common is encoded once. Names,
file names and values travel as raw UTF-8, as browsers send them; `filename*` is never written, since Mailgun drops
such parts.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final
from urllib.parse import quote, quote_plus, urlencode

import attrs

from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mailgun_async.transport.request import StreamedBody

__all__ = [
    "FIELD_OVERHEAD",
    "STREAM_ABOVE",
    "FilePart",
    "draw_boundary",
    "encoded",
    "field",
    "field_head",
    "file_part",
    "flat",
    "form",
    "multipart",
    "query",
    "streamed_part",
    "text_field",
    "text_multipart",
]

Scalar = str | int | float | bool | None
Parameters = Mapping[str, Scalar | Sequence[Scalar]]

STREAM_ABOVE: Final = 1024 * 1024
"""Bytes above which a multipart body is handed out in blocks, so that no long copy holds up the loop."""

_BLOCK: Final = 256 * 1024
_HEADS_KEPT: Final = 1024
# A quoted string can't hold these safely. Browsers leave the backslash alone, and parsers then disagree about it.
_ESCAPES: Final = str.maketrans({'"': "%22", "\\": "%5C", "\r": "%0D", "\n": "%0A"})
# Letters only, and no J or M: bytes.find then skips through lower-case text, digits and line ends in long steps.
_LETTERS: Final = b"ABCDEFGHIKLNOPQR" * 16


@attrs.frozen
class FilePart:
    """A part whose content is read from disk while it is sent."""

    head: bytes
    """The part's headers and the blank line after them."""
    path: Path
    size: int
    """Bytes of the file; sending fails when the file has another size by then."""

    def __len__(self) -> int:
        """Bytes of the whole part."""
        return len(self.head) + self.size + 2


class _Heads(dict[str, str]):
    """The headers of a field by its name, checked and escaped once for each name."""

    def __missing__(self, name: str) -> str:
        if not name.isascii() or not name or "\r" in name or "\n" in name or "\0" in name:
            raise InvalidArgument(f"{name!r} can't be the name of a field: it must be ASCII on one line", field=name)
        head = f'Content-Disposition: form-data; name="{name.translate(_ESCAPES)}"\r\n\r\n'
        if len(self) < _HEADS_KEPT:
            self[name] = head
        return head


_heads: Final = _Heads()

FIELD_OVERHEAD: Final = len(_heads["x"]) + len("\r\n") - 1
"""Bytes of a field's part beside its name and value."""


def field_head(name: str) -> str:
    """Return what stands before the value in a field's part; after it comes CRLF.

    Raises:
        InvalidArgument: The name is empty, not ASCII, or holds CR, LF or NUL.
    """
    return _heads[name]


def text_field(name: str, value: str) -> str:
    """Make one part of a name and a value, as text; `encoded` makes bytes of it.

    Raises:
        InvalidArgument: The name is empty, not ASCII, or holds CR, LF or NUL.
    """
    return f"{_heads[name]}{value}\r\n"


def encoded(part: str) -> bytes:
    """Encode a part that `text_field` made.

    Raises:
        InvalidArgument: The value holds half a surrogate pair.
    """
    try:
        return part.encode()
    except UnicodeEncodeError as error:
        name = part.split('"', 2)[1]
        raise InvalidArgument(f"the value of {name} is not text that UTF-8 can hold: {error}", field=name) from error


def field(name: str, value: str | bytes) -> bytes:
    """Make one part of a name and a value.

    Raises:
        InvalidArgument: As for `text_field` and `encoded`.
    """
    if isinstance(value, bytes):
        return b"".join((_heads[name].encode(), value, b"\r\n"))
    return encoded(f"{_heads[name]}{value}\r\n")


def _file_head(name: str, filename: str, content_type: str) -> bytes:
    if not filename or "\0" in filename:
        raise InvalidArgument(f"{filename!r} can't be the name of a file in {name}", field=name)
    if not content_type.isascii() or not content_type.isprintable() or "/" not in content_type:
        raise InvalidArgument(f"{content_type!r} is not a content type", field=name)
    start = _heads[name][: -len("\r\n\r\n")]
    try:
        return (f'{start}; filename="{filename.translate(_ESCAPES)}"\r\nContent-Type: {content_type}\r\n\r\n').encode()
    except UnicodeEncodeError as error:
        raise InvalidArgument(f"a file name of {name} is not text that UTF-8 can hold: {error}", field=name) from error


def file_part(name: str, filename: str, content: bytes, content_type: str) -> bytes:
    """Make one part of a file that is held in memory.

    Raises:
        InvalidArgument: The field name is one that `field` refuses; the file name is empty or holds NUL; the content
            type is none.
    """
    return b"".join((_file_head(name, filename, content_type), content, b"\r\n"))


def streamed_part(name: str, filename: str, path: Path, size: int, content_type: str) -> FilePart:
    """Make one part of a file of `size` bytes that is read when it is sent.

    Raises:
        InvalidArgument: As for `file_part`.
    """
    return FilePart(_file_head(name, filename, content_type), path, size)


def draw_boundary() -> str:
    """Draw a boundary: 128 bits from the system, as 32 letters."""
    return os.urandom(32).translate(_LETTERS).decode()


_own_boundary: Final = draw_boundary()


def multipart(
    parts: Sequence[bytes | FilePart], boundary: str | None = None, *, draw: Callable[[], str] = draw_boundary
) -> tuple[bytes | StreamedBody, str]:
    """Join ready parts to a body; return it and its content type.

    The body is bytes, or a `StreamedBody` when it holds a `FilePart` or is larger than `STREAM_ABOVE`. The boundary
    occurs in no part that is held in memory: it is this process' own, or drawn when that occurs. Files are not
    searched: for them it is always drawn, after they were written, and 128 random bits are as good as a search.

    Raises:
        InvalidArgument: The boundary given occurs in a part.
    """
    whole = _whole(parts)
    chosen = boundary or (draw() if whole is None else _own_boundary)
    while _occurs((frame := _frame(chosen)).needle, parts, whole):
        if boundary is not None:
            raise InvalidArgument(f"the boundary {boundary} occurs in a part", field="boundary")
        chosen = draw()
    if whole is None:
        return _Streamed(parts, frame), frame.content_type
    return frame.delimiter.join((b"", *parts)) + frame.end, frame.content_type  # type: ignore[arg-type]


def text_multipart(parts: Sequence[str], boundary: str) -> tuple[bytes | StreamedBody, str]:
    """Join parts that `text_field` made, as `multipart` does with others, for a third of the price.

    Nothing is searched for the boundary: it must be random, and drawn when what is in the parts was written.

    Raises:
        InvalidArgument: A value holds half a surrogate pair.
    """
    text = f"--{boundary}\r\n".join(("", *parts))
    if len(text) <= STREAM_ABOVE:
        try:
            return f"{text}--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
        except UnicodeEncodeError:
            pass
    return multipart([encoded(part) for part in parts], boundary)


@attrs.frozen
class _Frame:
    """What a boundary puts around parts."""

    needle: bytes
    delimiter: bytes
    end: bytes
    content_type: str


@lru_cache(maxsize=8)
def _frame(boundary: str) -> _Frame:
    needle = boundary.encode()
    return _Frame(
        needle, b"--" + needle + b"\r\n", b"--" + needle + b"--\r\n", f"multipart/form-data; boundary={boundary}"
    )


def _whole(parts: Sequence[bytes | FilePart]) -> bytes | None:
    """Join what is small and in memory; None for all else."""
    if sum(map(len, parts)) > STREAM_ABOVE:
        return None
    try:
        return b"".join(parts)  # type: ignore[arg-type]
    except TypeError:  # join takes bytes only, hence no FilePart
        return None


def _occurs(needle: bytes, parts: Sequence[bytes | FilePart], whole: bytes | None) -> bool:
    if whole is not None:
        return needle in whole
    return any(needle in (part.head if isinstance(part, FilePart) else part) for part in parts)


class _Streamed:
    """A multipart body in blocks; files are read in a thread."""

    def __init__(self, parts: Sequence[bytes | FilePart], frame: _Frame) -> None:
        self._frame = frame
        self._parts = tuple(parts)
        self.size = sum(map(len, parts)) + len(frame.delimiter) * len(parts) + len(frame.end)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body from its start.

        Raises:
            InvalidArgument: A file has another size than when its part was made.
            OSError: A file can't be read.
        """
        for part in self._parts:
            if isinstance(part, FilePart):
                yield self._frame.delimiter + part.head
                async for block in _blocks(part):
                    yield block
                yield b"\r\n"
            else:
                yield self._frame.delimiter
                for start in range(0, len(part), _BLOCK):
                    yield part[start : start + _BLOCK]
        yield self._frame.end


async def _blocks(part: FilePart) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(_open, part)
    try:
        left = part.size
        while left:
            block = await asyncio.to_thread(file.read, min(left, _BLOCK))
            if not block:
                raise _changed(part)
            left -= len(block)
            yield block
        if await asyncio.to_thread(file.read, 1):
            raise _changed(part)
    finally:
        file.close()


def _open(part: FilePart) -> BinaryIO:
    file = part.path.open("rb")
    if os.fstat(file.fileno()).st_size == part.size:
        return file
    file.close()
    raise _changed(part)


def _changed(part: FilePart) -> InvalidArgument:
    return InvalidArgument(
        f"{part.path} had {part.size} bytes when it was attached and has another size now", field=str(part.path)
    )


def query(parameters: Parameters) -> str:
    """Encode the query of a URL: None is left out, booleans are `true` and `false`, sequences repeat their name.

    Raises:
        InvalidArgument: A value is neither text nor a number, or can't be encoded.
    """
    return _urlencoded(parameters, quote)


def form(parameters: Parameters) -> bytes:
    """Encode a body of type `application/x-www-form-urlencoded`, by the same rules as `query`.

    Raises:
        InvalidArgument: A value is neither text nor a number, or can't be encoded.
    """
    return _urlencoded(parameters, quote_plus).encode()


def flat(parameters: Parameters) -> list[tuple[str, str]]:
    """Return pairs of names and texts, by the same rules as `query`, for the fields of a multipart body.

    Raises:
        InvalidArgument: A value is neither text nor a number.
    """
    pairs: list[tuple[str, str]] = []
    for name, value in parameters.items():
        values = value if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) else (value,)
        pairs += ((name, _plain(name, one)) for one in values if one is not None)
    return pairs


def _urlencoded(parameters: Parameters, how: Callable[..., str]) -> str:
    try:
        return urlencode(flat(parameters), safe="", quote_via=how)
    except UnicodeEncodeError as error:
        raise InvalidArgument(f"a parameter is not text that UTF-8 can hold: {error}") from error


def _plain(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise InvalidArgument(f"{name} is {type(value).__name__}: give text or a number", field=name)
