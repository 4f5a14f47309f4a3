"""CSV files that are uploaded. Pure."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from mailgun_async.testing._submission import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["csv_rows"]


def csv_rows(content: bytes, *columns: str) -> Iterator[Mapping[str, str]]:
    """Read a CSV file whose first line names its columns.

    Args:
        content: The file.
        columns: One of these has to be there.

    Raises:
        Refused: None is.
    """
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig", errors="replace")), skipinitialspace=True, restval="")
    if set(columns).isdisjoint(rows.fieldnames or ()):
        raise Refused(400, "while reading csv header")
    # What goes beyond the columns is under None.
    return ({name: value for name, value in row.items() if isinstance(name, str)} for row in rows)
