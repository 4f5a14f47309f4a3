"""Recipients out of files, in blocks, without holding the file.

The file is read and decompressed in a thread; decoding and reading rows happens on the loop in steps of about a
millisecond.
"""

from __future__ import annotations

import asyncio
import codecs
import gzip
import io
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from mailgun_async.batch.block import Rejected, RejectedRow
from mailgun_async.batch.rows import JsonLines, Table
from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, Sequence

    from mailgun_async.batch.block import Block
    from mailgun_async.batch.rows import Rows, Window

__all__ = ["CsvRecipients", "JsonLinesRecipients", "Rejected", "RejectedRow"]

_READ_BYTES: Final = 256 * 1024  # about a millisecond to decode and cut into lines
_MAX_LINE: Final = 16 * 1024 * 1024

OnReject = Callable[[RejectedRow], object]


class _File(ABC):
    """A file of rows."""

    def __init__(self, path: str | os.PathLike[str], *, encoding: str, skip: int, on_reject: OnReject | None) -> None:
        if skip < 0:
            raise InvalidArgument(f"skip must be 0 or more, not {skip}", field="skip")
        try:
            "".encode(encoding)
        except LookupError as error:
            raise InvalidArgument(f"{encoding!r} is no encoding of text that Python knows", field="encoding") from error
        self.path = Path(path)
        self.rejected: list[RejectedRow] = []
        """Rows that name no recipient, in their order; stays empty with `on_reject`, which gets them instead."""
        self._encoding, self._skip, self._on_reject = encoding, skip, on_reject

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    @abstractmethod
    def _begin(self, lines: Sequence[str]) -> tuple[Rows, int]:
        """Return what reads the rows, and the number of lines before them."""

    async def blocks(self, size: int) -> AsyncGenerator[Block, None]:
        """Yield the recipients from the start of the file, at most `size` at a time.

        Raises:
            OSError: The file can't be read, or decompressed.
            InvalidArgument: It is not that kind of file.
        """
        self.rejected.clear()
        skip = self._skip
        async with aclosing(self._windows(size)) as windows:
            async for window in windows:
                taken = len(window.block) + len(window.rejected)
                if skip < taken:
                    yield self._handed_over(window.after(skip) if skip else window)
                skip = max(0, skip - taken)

    def _handed_over(self, window: Window) -> Block:
        for row in window.rejected:
            (self._on_reject or self.rejected.append)(row)
        window.block.bad_rows = len(window.rejected)
        return window.block

    async def _windows(self, size: int) -> AsyncGenerator[Window, None]:
        rows: Rows | None = None
        lines: list[str] = []
        number, length = 1, size
        async with aclosing(_batches(self.path, self._encoding)) as batches:
            async for more, last in batches:
                lines += more
                at = 0
                if rows is None and (lines or last):
                    rows, at = self._begin(lines)
                while rows is not None and (len(lines) - at >= length or (last and at < len(lines))):
                    end = at + length
                    window = rows.read(lines[at:end], number + at, last=last and end >= len(lines))
                    at += window.used
                    # A row may be longer than the window: then it is tried again with more lines.
                    length = size if window.used else 2 * length
                    yield window
                    # Rows that are left out go by without anybody waiting, and others must get their turn.
                    await asyncio.sleep(0)
                del lines[:at]
                number += at


async def _batches(path: Path, encoding: str) -> AsyncGenerator[tuple[list[str], bool], None]:
    """Yield whole lines, and whether they are the last."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("surrogateescape"), translate=True)
    file = await asyncio.to_thread(_open, path)
    try:
        tail = ""
        while read := await asyncio.to_thread(_read, file, path):
            lines = (tail + decoder.decode(read)).split("\n")
            tail = lines.pop()
            if len(tail) > _MAX_LINE:
                raise InvalidArgument(f"{path} has a line of more than {_MAX_LINE:,} characters", field="path")
            yield lines, False
        tail += decoder.decode(b"", final=True)
        yield tail.removesuffix("\n").split("\n") if tail else [], True
    finally:
        file.close()


def _open(path: Path) -> BinaryIO:
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def _read(file: BinaryIO, path: Path) -> bytes:
    try:
        return file.read(_READ_BYTES)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise OSError(f"{path} can't be decompressed: {error}") from error


class CsvRecipients(_File):
    """Recipients from a CSV file with a header; each column but the address is a variable by its name.

    Rows that can't be used (wrong number of columns, no address, not of that encoding, a quote in the wrong place) are
    rejected with the number of their line, and the rest goes on. Blank lines are nothing. Line ends may be LF, CRLF or
    CR; inside quotes they become LF.

    Args:
        path: The file; one whose name ends in `.gz` is decompressed.
        address_column: Name of the column with addresses, which may also read `Name <address>`. Default: `email` or the
            like, whatever its case.
        name_column: Name of a column with names to show beside the address. It stays a variable too. Such recipients
            cost about ten times as much to encode. Default: no names are shown.
        encoding: Default: UTF-8, with or without a byte order mark.
        delimiter: Default: comma, semicolon, tab or bar, whichever the header has most of.
        skip: Rows after the header to leave out; a former report's `taken` goes on where it ended.
        on_reject: Gets each rejected row; without it they are kept in `rejected`.

    Raises:
        InvalidArgument: The encoding or the delimiter is none. A bad header raises it when reading starts.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        address_column: str | None = None,
        name_column: str | None = None,
        encoding: str = "utf-8-sig",
        delimiter: str | None = None,
        skip: int = 0,
        on_reject: OnReject | None = None,
    ) -> None:
        super().__init__(path, encoding=encoding, skip=skip, on_reject=on_reject)
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
            raise InvalidArgument(f"a delimiter is one character, not {delimiter!r}", field="delimiter")
        self._delimiter, self._address_column, self._name_column = delimiter, address_column, name_column

    def _begin(self, lines: Sequence[str]) -> tuple[Rows, int]:
        return Table.begin(
            lines,
            delimiter=self._delimiter,
            address_column=self._address_column,
            name_column=self._name_column,
            encoding=self._encoding,
        )


class JsonLinesRecipients(_File):
    """Recipients from a file with a JSON object on each line; each member but the address is a variable.

    Lines that can't be used (not JSON, no object, no address, not UTF-8) are rejected with their number, and the rest
    goes on. Blank lines are nothing.

    Args:
        path: The file, UTF-8; one whose name ends in `.gz` is decompressed.
        address_key: The member with the address.
        name_key: A member with the name to show beside it, which stays a variable too. Default: no names are shown.
        skip: Lines that are not blank to leave out; a former report's `taken` goes on where it ended.
        on_reject: Gets each rejected line; without it they are kept in `rejected`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        address_key: str = "email",
        name_key: str | None = None,
        skip: int = 0,
        on_reject: OnReject | None = None,
    ) -> None:
        super().__init__(path, encoding="utf-8-sig", skip=skip, on_reject=on_reject)
        self._address_key, self._name_key = address_key, name_key

    def _begin(self, _lines: Sequence[str]) -> tuple[Rows, int]:
        return JsonLines(address_key=self._address_key, name_key=self._name_key), 0
