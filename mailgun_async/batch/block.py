"""Recipients on their way from a source to the encoder: parallel lists, one value a recipient. Pure.

A container for each recipient would cost more than all the work done on it, and the collector would visit each of
them again and again. So a block holds columns: a file's cells as lists of text by column, anything else as a list
of mappings. What touches all recipients then runs at the speed of C over whole lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any, Self

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Block", "Rejected", "RejectedRow"]


@attrs.define
class Rejected:
    """A recipient that was not sent to, for a reason of its own."""

    address: str
    """As it was given; empty when there was none."""
    reason: str
    line: int | None = None
    """The line of the file it stands on, the first being 1; None when it came from no file."""


@attrs.define
class RejectedRow:
    """A row of a file that names no recipient."""

    line: int
    """Where the row starts; the file's first line is 1."""
    reason: str
    row: str = attrs.field(repr=False)
    """The row as it was read, without its line end. Bytes that do not fit the encoding are kept as by the error handler
    `surrogateescape`, with which they can be written again."""


@attrs.define
class Block:
    """Some recipients, in their order. Either `columns` or `mappings` holds the variables, never both."""

    addresses: list[str] = attrs.Factory(list)
    columns: Mapping[str, list[str]] | None = None
    """Values by the name of their variable, each list as long as `addresses`."""
    mappings: list[Mapping[str, Any]] | None = None
    """Variables of each recipient."""
    names: list[str | None] | None = None
    """Names to show beside the addresses, as the source has them; None when nobody has one."""
    mailboxes: list[str | None] | None = None
    """`Name <address>` ready for the wire, for those whose address was read and can't stand bare."""
    lines: Sequence[int] | None = None
    """Lines of the file they stand on."""
    rejected: list[Rejected] = attrs.Factory(list)
    """Taken from the source in the same go, and no recipients."""
    bad_rows: int = 0
    """The same, told by the source itself and only counted here."""

    def __len__(self) -> int:
        return len(self.addresses)

    @property
    def taken(self) -> int:
        """Recipients that the source gave, good and bad."""
        return len(self.addresses) + len(self.rejected) + self.bad_rows

    @property
    def variable_names(self) -> list[str]:
        """Names of the variables, in the order of their first appearance."""
        if self.columns is not None:
            return list(self.columns)
        return list(dict.fromkeys(name for mapping in self.mappings or () for name in mapping))

    def variables(self) -> list[Mapping[str, Any]]:
        """Return the variables of each recipient."""
        if self.columns:
            return [dict(zip(self.columns, row, strict=True)) for row in zip(*self.columns.values(), strict=True)]
        return [{} for _ in self.addresses] if self.mappings is None else self.mappings

    def line(self, index: int) -> int | None:
        """Return the line of one recipient."""
        return None if self.lines is None else self.lines[index]

    def split(self, count: int) -> tuple[Self, Self]:
        """Cut off the first `count`."""
        return self._each(lambda values: list(values[:count])), self._each(lambda values: list(values[count:]))

    def pick(self, indexes: Iterable[int]) -> Self:
        """Return those at the indexes, in that order."""
        chosen = list(indexes)
        return self._each(lambda values: [values[index] for index in chosen])

    def plus(self, other: Self) -> Self:
        """Return these and then the others, without those rejected."""
        if not self.addresses or not other.addresses:
            return other if other.addresses else self
        columns: dict[str, list[str]] | None = None
        mappings: list[Mapping[str, Any]] | None = None
        if self.columns is not None and other.columns is not None and list(self.columns) == list(other.columns):
            columns = {name: values + other.columns[name] for name, values in self.columns.items()}
        else:
            mappings = [*self.variables(), *other.variables()]
        names = _joined(self.names, len(self), other.names, len(other))
        mailboxes = _joined(self.mailboxes, len(self), other.mailboxes, len(other))
        lines = None if self.lines is None or other.lines is None else [*self.lines, *other.lines]
        return type(self)(self.addresses + other.addresses, columns, mappings, names, mailboxes, lines)

    def _each(self, change: Callable[[Sequence[Any]], list[Any]]) -> Self:
        """Change all lists alike."""
        return type(self)(
            change(self.addresses),
            None if self.columns is None else {name: change(values) for name, values in self.columns.items()},
            None if self.mappings is None else change(self.mappings),
            None if self.names is None else change(self.names),
            None if self.mailboxes is None else change(self.mailboxes),
            None if self.lines is None else change(self.lines),
        )


def _joined(
    first: list[str | None] | None, count: int, second: list[str | None] | None, other_count: int
) -> list[str | None] | None:
    if first is None and second is None:
        return None
    return [*(first or repeat(None, count)), *(second or repeat(None, other_count))]
