"""Rows that were not accepted, and files of them in the format of the input."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TextIO

    from mailgun_async.batch.block import Block

__all__ = ["Reject", "RowsFile"]

_REMARKS: Final = ("reject_line", "reject_status", "reject_reason", "reject_message_id", "reject_row")

_FIRST: Final = 5


@attrs.define(kw_only=True)
class Reject:
    """One row that was not accepted."""

    status: Literal["bad row", "rejected", "unknown", "not sent"]
    reason: str
    line: int | None = None
    message_id: str = ""
    """What to look up when the status is `unknown`."""
    row: str = ""
    """The row as it stands in the file, when it names no recipient."""
    address: str = ""
    variables: Mapping[str, Any] | None = None
    """None until its row is found."""

    @property
    def remarks(self) -> dict[str, object]:
        """What is said of the row, by column."""
        said = (self.line, self.status, self.reason, self.message_id, self.row)
        return dict(zip(_REMARKS, said, strict=True))


class RowsFile:
    """Rows written in the format of the input, so that they can be sent; made by its first row.

    Args:
        path: Must not exist yet.
        address_name: Name of the column or member with the address.
        lines: JSON Lines instead of CSV.
        remarks: Say of each row why it is here, in columns before its own.
        encoding: What it is written in.
        delimiter: Of a CSV.
    """

    def __init__(
        self,
        path: Path,
        *,
        address_name: str,
        lines: bool,
        remarks: bool = False,
        encoding: str = "utf-8",
        delimiter: str = ",",
    ) -> None:
        self.path, self.written = path, 0
        self.first: list[Reject] = []
        """The first that were written, to be shown."""
        self._address_name, self._lines = address_name, lines
        self._remarks = _REMARKS if remarks else ()
        self._encoding, self._delimiter = encoding, delimiter
        self._columns: Sequence[str] = ()
        self._file: TextIO | None = None

    def describe(self, block: Block) -> None:
        """Learn the columns from a block of the input."""
        self._columns = [name for name in block.columns or () if name not in self._remarks]

    def write(self, reject: Reject) -> None:
        """Write one."""
        own = {name: value for name, value in reject.remarks.items() if name in self._remarks}
        own[self._address_name] = reject.address
        if self._file is None:
            self._file = self._created([*own, *self._columns])
        self.written += 1
        if len(self.first) < _FIRST:
            self.first.append(reject)
        values = {**own, **(reject.variables or {}), **own}  # first in order, and they win
        if self._lines:
            self._file.write(json.dumps(values, ensure_ascii=False) + "\n")
        else:
            self._write_cells(self._file, [values.get(name, "") for name in (*own, *self._columns)])

    def _created(self, head: Sequence[str]) -> TextIO:
        # Rows that are not of their encoding were decoded with the same error handler.
        file = self.path.open("x", encoding=self._encoding, errors="surrogateescape", newline="")
        if not self._lines:
            self._write_cells(file, head)
        return file

    def _write_cells(self, file: TextIO, cells: Sequence[object]) -> None:
        csv.writer(file, delimiter=self._delimiter).writerow(cells)

    def close(self) -> None:
        """End the file, if there is one."""
        if self._file is not None:
            self._file.close()
