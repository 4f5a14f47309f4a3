"""Options that say how a file of recipients is read."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

import mailgun_async
from mailgun_async.cli._command import option
from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from mailgun_async.batch.source import RecipientsInBlocks
    from mailgun_async.cli._rows_file import RowsFile

__all__ = ["RecipientsFile", "Sources"]

_PANEL: Final = "Recipients"
_LINES: Final = (".jsonl", ".ndjson")


Sources = Callable[..., "RecipientsInBlocks"]
"""Makes the source of recipients, as often as the file is read; its one argument is `on_reject`."""


@attrs.frozen(kw_only=True)
class RecipientsFile:
    """How rows are read; the file's name tells its format."""

    address_column: str | None = option(
        "--address-column", metavar="NAME", panel=_PANEL, help="Column with addresses; default: email or the like."
    )
    name_column: str | None = option(
        "--name-column", metavar="NAME", panel=_PANEL, help="Column with names to show beside the addresses."
    )
    encoding: str | None = option("--encoding", metavar="NAME", panel=_PANEL, help="Of a CSV; default: UTF-8.")
    delimiter: str | None = option(
        "--delimiter", metavar="CHARACTER", panel=_PANEL, help="Of a CSV; default: what the header has most of."
    )
    skip: int = option(
        "--skip",
        default=0,
        min=0,
        metavar="ROWS",
        panel=_PANEL,
        help="Rows to leave out: those that a former run has handled, as it told at its end.",
    )

    rejects: Path | None = option(
        "--rejects",
        metavar="FILE",
        panel=_PANEL,
        help="Where rows that were not accepted go; default: <name>-rejects.csv beside the file.",
    )

    def of(self, path: Path) -> Sources:
        """Return what makes the source, as often as the file is read.

        Raises:
            InvalidArgument: The path is no file, or an option is not for its format.
        """
        if not path.is_file():
            raise InvalidArgument(f"{path} is not a file", field="path")
        if not _is_lines(path):
            given = {"address_column": self.address_column, "name_column": self.name_column}
            given |= {"delimiter": self.delimiter, "encoding": self.encoding}
            how: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
            return partial(mailgun_async.CsvRecipients, path, skip=self.skip, **how)
        if self.encoding or self.delimiter:
            raise InvalidArgument("--encoding and --delimiter are for CSV", field="encoding")
        key, name = self._address_name, self.name_column
        return partial(mailgun_async.JsonLinesRecipients, path, address_key=key, name_key=name, skip=self.skip)

    def leftovers(self, path: Path) -> tuple[RowsFile, RowsFile]:
        """Choose where rejects and unsent rows go: never over a file that is there.

        Raises:
            InvalidArgument: The wanted file exists, or its folder can't be written.
        """
        rejects, unsent = (
            _free_names(_unpacked(path)) if self.rejects is None else (self.rejects, _unsent(self.rejects))
        )
        for wanted in (rejects, unsent):
            if wanted.exists():
                raise InvalidArgument(f"{wanted} exists: nothing is written over a file", field="rejects")
        if not os.access(rejects.parent, os.W_OK):
            raise InvalidArgument(f"{rejects.parent} can't be written: give --rejects FILE", field="rejects")
        from mailgun_async.cli._rows_file import RowsFile  # noqa: PLC0415 -- other commands do without

        form = partial(RowsFile, address_name=self._address_name, lines=_is_lines(path))
        # The unsent file is for the same options as this one.
        as_read = partial(form, encoding=self.encoding or "utf-8", delimiter=self.delimiter or ",")
        return form(rejects, remarks=True), as_read(unsent)

    @property
    def _address_name(self) -> str:
        return self.address_column or "email"

    def count(self, path: Path) -> int | None:
        """Count the rows that are not skipped, by line ends: a guess, and None when the file is broken."""
        import gzip  # noqa: PLC0415 -- only a bar needs them
        import zlib  # noqa: PLC0415 -- the same

        packed = path.suffix.lower() == ".gz"
        try:
            with gzip.open(path) if packed else path.open("rb") as file:
                lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
        except (OSError, EOFError, zlib.error):
            return None
        return max(0, lines - self.skip - (not _is_lines(path)))


def _is_lines(path: Path) -> bool:
    return _unpacked(path).suffix.lower() in _LINES


def _free_names(path: Path) -> tuple[Path, Path]:
    numbers = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    pairs = (
        (path.with_name(f"{path.stem}-rejects{n}{path.suffix}"), path.with_name(f"{path.stem}-unsent{n}{path.suffix}"))
        for n in numbers
    )
    return next((rejects, unsent) for rejects, unsent in pairs if not rejects.exists() and not unsent.exists())


def _unsent(rejects: Path) -> Path:
    return rejects.with_name(f"{rejects.stem}-unsent{rejects.suffix}")


def _unpacked(path: Path) -> Path:
    return path.with_suffix("") if path.suffix.lower() == ".gz" else path
