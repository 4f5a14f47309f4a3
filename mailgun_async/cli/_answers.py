"""Answers of Mailgun, printed: as JSON, or as tables. Secrets are in tables only where they are the point."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailgun_async.cli._command import Output
    from mailgun_async.paging import Pages

__all__ = ["plain", "print_answer", "print_items", "print_table"]

MOST_ROWS: Final = 100
"""Rows of a table whose command names no other number."""
_MOST_COLUMNS: Final = 8
_ENOUGH_COLUMNS: Final = 3
_HIDDEN: Final = "(hidden; --json shows it)"


def plain(value: Any, *, secrets: bool = True) -> Any:
    """Return a value in terms of JSON: models as objects of what is set in them, moments in ISO form.

    Args:
        value: Any answer.
        secrets: With fields that are hidden in the `repr`.
    """
    if attrs.has(type(value)):
        return _fields(value, secrets=secrets)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(one, secrets=secrets) for name, one in value.items()}
    if isinstance(value, (Sequence, set, frozenset)) and not isinstance(value, (str, bytes)):
        return [plain(one, secrets=secrets) for one in value]
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def _fields(model: Any, *, secrets: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in attrs.fields(type(model)):
        value = getattr(model, field.name)
        if value is None or (isinstance(value, (dict, list, tuple)) and not value) or field.name.startswith("_"):
            continue
        if field.name == "extra":
            found = {**plain(value, secrets=secrets), **found}
        elif secrets or field.repr:
            found[field.name.rstrip("_")] = plain(value, secrets=secrets)
        else:
            found[field.name.rstrip("_")] = _HIDDEN
    return found


def print_answer(answer: Any, output: Output, *, secrets: bool) -> None:
    """Print a single answer: as JSON, or as a table of names and values; texts and bytes as they are.

    Args:
        answer: None when there was none.
        output: For whom.
        secrets: The table shows what is secret in the answer itself.
    """
    if isinstance(answer, bytes) and not output.json:
        sys.stdout.flush()
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()
    elif isinstance(answer, str) and not output.json:
        output.show(answer)
    elif output.json:
        shown = answer.decode("utf-8", "backslashreplace") if isinstance(answer, bytes) else plain(answer)
        output.show(json.dumps(shown, indent=2, ensure_ascii=False))
    elif answer is None:
        output.show("done")
    elif isinstance(answer, Sequence):
        print_table([plain(one, secrets=False) for one in answer], output)
    else:
        _print_pairs(plain(answer, secrets=False), plain(answer) if secrets else {})


async def print_items(pages: Pages[Any], output: Output, *, most: int | None) -> None:
    """Print a listing: as JSON Lines, each as it comes, or as a table of its first rows.

    Args:
        pages: The listing.
        output: For whom.
        most: The number of items that was asked for; without it a table ends after 100.
    """
    if output.json:
        async for item in pages:
            shown = plain(item)
            output.show(json.dumps(shown, ensure_ascii=False))
        return
    rows: list[Any] = []
    async for item in pages:
        if most is None and len(rows) == MOST_ROWS:
            output.note(f"the first {MOST_ROWS}; for more: --max-items N, or --json")
            break
        rows.append(plain(item, secrets=False))
    print_table(rows, output)


def print_table(rows: Sequence[Any], output: Output) -> None:
    """Print rows as a table of what is set in any of them."""
    from rich.console import Console  # noqa: PLC0415 -- --json does without
    from rich.table import Table  # noqa: PLC0415 -- the same

    records = [row if isinstance(row, dict) else {"value": row} for row in rows]
    if not records:
        output.note("nothing")
        return
    columns, left = _columns(records)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for record in records:
        table.add_row(*(_cell(record.get(name)) for name in columns))
    Console().print(table)
    if left:
        output.note(f"more with --json: {', '.join(left)}")


def _columns(records: Iterable[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """Choose the columns, and tell which are left out: what is nested, unless there is little else."""
    nested: dict[str, bool] = {}
    for record in records:
        for name, value in record.items():
            nested[name] = nested.get(name, False) or _is_nested(value)
    ordered = sorted(nested, key=nested.__getitem__)  # stable: the model's order otherwise
    flat = [name for name in ordered if not nested[name]]
    shown = (flat if len(flat) >= _ENOUGH_COLUMNS else ordered)[:_MOST_COLUMNS]
    return shown, [name for name in ordered if name not in shown]


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value))


def _print_pairs(pairs: dict[str, Any], shown: dict[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 -- --json does without
    from rich.table import Table  # noqa: PLC0415 -- the same

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in pairs.items():
        table.add_row(_cell(name), _cell(shown.get(name, value) if value == _HIDDEN else value))
    Console().print(table)


def _cell(value: Any) -> Any:
    from rich.text import Text  # noqa: PLC0415 -- --json does without

    if isinstance(value, (dict, list)):
        return Text(json.dumps(value, ensure_ascii=False) if _is_nested(value) else ", ".join(map(str, value)))
    return Text("" if value is None else str(value))
