"""Rows of CSV and JSON Lines, a window of lines at a time. Pure.

Most windows of CSV are regular: each line a row, each row as wide as the header. They become columns in a few passes
over all of the text, without quotes by splitting it, else by `csv.reader`. Other windows are read row by row, with a
reason for each row that can't be used. The reader is strict: out of a quote that nobody closes it would else make one
cell of all that follows.
"""

from __future__ import annotations

import csv
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

import attrs

from mailgun_async import convert
from mailgun_async.batch.block import Block, RejectedRow
from mailgun_async.errors import DecodingError, InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["JsonLines", "Rows", "Table", "Window"]

_reader = partial(csv.reader, strict=True)
_DELIMITERS: Final = ",;\t|"
_ADDRESS_NAMES: Final = ("email", "e-mail", "email address", "email_address", "address", "mail", "recipient", "to")


@attrs.define
class Window:
    """What was read of a window of lines. All its recipients have line numbers."""

    block: Block
    rejected: list[RejectedRow]
    used: int
    """Lines that were read: fewer than there are when the last row may go on beyond them."""

    def after(self, rows: int) -> Window:
        """Leave out the first so many rows, good and bad."""
        numbers = self.block.lines or ()
        start = sorted([*numbers, *(row.line for row in self.rejected)])[rows]
        block = self.block.pick(index for index, number in enumerate(numbers) if number >= start)
        return Window(block, [row for row in self.rejected if row.line >= start], self.used)


class Rows(Protocol):
    """What reads the rows of a kind of file."""

    def read(self, lines: Sequence[str], first: int, *, last: bool) -> Window:
        """Read the rows on lines that start with line `first`; when they are the `last` ones, all of them."""


@attrs.frozen(kw_only=True)
class JsonLines:
    """JSON Lines: a line is an object is a recipient."""

    address_key: str
    name_key: str | None

    def read(self, lines: Sequence[str], first: int, *, last: bool) -> Window:  # noqa: ARG002 -- a row ends with its line
        """Read lines that start with line `first`."""
        mappings: list[Mapping[str, Any]] = []
        names: list[str | None] = []
        numbers: list[int] = []
        block = Block(mappings=mappings, names=None if self.name_key is None else names, lines=numbers)
        rejected = []
        for number, line in enumerate(lines, start=first):
            if not line or line.isspace():
                continue
            row = self._row(line)
            if isinstance(row, str):
                rejected.append(RejectedRow(number, row, line))
                continue
            block.addresses.append(row.pop(self.address_key))
            if self.name_key is not None:
                names.append(row.get(self.name_key) or None)
            mappings.append(row)
            numbers.append(number)
        return Window(block, rejected, len(lines))

    def _row(self, line: str) -> dict[str, Any] | str:
        """Return the object on a line, or why there is none."""
        reason = _why_not_text(line, "UTF-8")
        if reason is not None:
            return reason
        try:
            row = convert.loads(line.encode())
        except DecodingError as error:
            return f"not JSON: {error.__cause__}"
        if not isinstance(row, dict):
            return "not a JSON object"
        address = row.get(self.address_key)
        return row if isinstance(address, str) and address.strip() else "no address"


@attrs.frozen(kw_only=True)
class Table:
    """What the header tells of the rows."""

    names: tuple[str, ...]
    delimiter: str
    address_at: int
    name_at: int | None
    encoding: str
    """Named in reasons."""

    @classmethod
    def begin(
        cls,
        lines: Sequence[str],
        *,
        delimiter: str | None,
        address_column: str | None,
        name_column: str | None,
        encoding: str,
    ) -> tuple[Self, int]:
        """Read the header; return also the number of its lines.

        Raises:
            InvalidArgument: It is no header, or lacks the column.
        """
        if not lines:
            raise InvalidArgument("the file is empty: its first line must name the columns", field="path")
        reason = _why_not_text(lines[0], encoding)
        if reason is not None:
            raise InvalidArgument(f"the first line is {reason}; name the encoding of the file", field="encoding")
        if delimiter is None:
            delimiter = max(_DELIMITERS, key=lines[0].count)
        reader = _reader((f"{line}\n" for line in lines), delimiter=delimiter)
        try:
            names = tuple(name.strip() for name in next(reader))
        except csv.Error as error:
            raise InvalidArgument(f"the first line is no CSV header: {error}", field="path") from error
        _check_names(names)
        address_at = _address_column(names) if address_column is None else _column(names, address_column)
        name_at = None if name_column is None else _column(names, name_column)
        table = cls(names=names, delimiter=delimiter, address_at=address_at, name_at=name_at, encoding=encoding)
        return table, reader.line_num

    def read(self, lines: Sequence[str], first: int, *, last: bool) -> Window:
        """Read the rows on lines that start with line `first`; when they are the `last` ones, all of them."""
        columns = self._columns(lines)
        if columns is not None:
            return Window(self._block(columns, range(first, first + len(lines))), [], len(lines))
        return self._read_by_row(lines, first, last=last)

    def _columns(self, lines: Sequence[str]) -> list[list[str]] | None:
        """Read all lines at once; None when they are not regular."""
        width, delimiter = len(self.names), self.delimiter
        text = delimiter.join(lines)
        if not _encodable(text):
            return None
        if '"' in text:
            try:
                rows = list(_reader(lines, delimiter=delimiter))
            except csv.Error:
                return None
            if len(rows) != len(lines) or set(map(len, rows)) != {width}:
                return None
            columns = [list(column) for column in zip(*rows, strict=True)]
        else:
            if set(map(str.count, lines, repeat(delimiter))) != {width - 1}:
                return None
            cells = text.split(delimiter)
            columns = [cells[at::width] for at in range(width)]
        return columns if all(columns[self.address_at]) else None

    def _read_by_row(self, lines: Sequence[str], first: int, *, last: bool) -> Window:
        rows: list[list[str]] = []
        numbers: list[int] = []
        rejected: list[RejectedRow] = []
        at = start = 0
        while at < len(lines):
            reader, start = _reader((f"{line}\n" for line in lines[at:]), delimiter=self.delimiter), at
            try:
                for row in reader:
                    end = start + reader.line_num
                    reason = self._why_not(row)
                    if reason is not None:
                        rejected.append(RejectedRow(first + at, reason, "\n".join(lines[at:end])))
                    elif row and row != [""]:
                        rows.append(row)
                        numbers.append(first + at)
                    at = end
            except csv.Error as error:
                if not last and start + reader.line_num == len(lines):
                    break
                rejected.append(RejectedRow(first + at, str(error), lines[at]))
                at += 1
        columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in self.names]
        return Window(self._block(columns, numbers), rejected, at)

    def _why_not(self, row: list[str]) -> str | None:
        if not row or row == [""]:
            return None
        reason = _why_not_text("".join(row), self.encoding)
        if reason is not None:
            return reason
        if len(row) != len(self.names):
            return f"{len(row)} columns instead of {len(self.names)}"
        return None if row[self.address_at].strip() else "no address"

    def _block(self, columns: list[list[str]], lines: Sequence[int]) -> Block:
        values = dict(zip(self.names, columns, strict=True))
        addresses = values.pop(self.names[self.address_at])
        names = None if self.name_at is None else [name.strip() or None for name in columns[self.name_at]]
        return Block(addresses, values, names=names, lines=lines)


def _why_not_text(text: str, encoding: str) -> str | None:
    """Return why text that was decoded with `surrogateescape` is none; None when it is."""
    if _encodable(text):
        return None
    byte = next((ord(sign) & 0xFF for sign in text if "\udc80" <= sign <= "\udcff"), 0)
    return f"not {encoding.upper().removesuffix('-SIG')}: byte 0x{byte:02x}"


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_names(names: tuple[str, ...]) -> None:
    for at, name in enumerate(names):
        if not name:
            raise InvalidArgument(f"column {at + 1} of {len(names)} has no name in the first line", field="path")
        if name in names[:at]:
            raise InvalidArgument(f"two columns are named {name!r}", field="path")


def _address_column(names: tuple[str, ...]) -> int:
    lowered = [name.lower() for name in names]
    for name in _ADDRESS_NAMES:
        if name in lowered:
            return lowered.index(name)
    raise InvalidArgument(
        f"no column is named email: name the one with addresses as address_column; there is {', '.join(names)[:500]}",
        field="address_column",
    )


def _column(names: tuple[str, ...], wanted: str) -> int:
    if wanted in names:
        return names.index(wanted)
    raise InvalidArgument(f"no column is named {wanted!r}; there is {', '.join(names)[:500]}", field="address_column")
