"""What a row says, how it is judged, and how a table of rows is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Columns", "Goal", "Result", "at_least", "at_most", "table"]


@attrs.frozen
class Goal:
    """A bound, and what the figure that must keep it is."""

    kind: Literal["<=", ">="]
    bound: float
    of: str
    """Unit, or what is divided by what."""

    def met_by(self, figure: float) -> bool:
        """Tell whether the figure is on the right side of the bound."""
        return figure <= self.bound if self.kind == "<=" else figure >= self.bound

    def __str__(self) -> str:
        return f"{self.kind} {self.bound:g} {self.of}"


def at_most(bound: float, of: str) -> Goal:
    """State an upper bound."""
    return Goal("<=", bound, of)


def at_least(bound: float, of: str) -> Goal:
    """State a lower bound."""
    return Goal(">=", bound, of)


@attrs.frozen(kw_only=True)
class Columns:
    """What the contenders measured; None for one that did not take part."""

    ours: float | None = None
    bare: float | None = None
    """The floor: bare aiohttp."""
    official: float | None = None


@attrs.frozen(kw_only=True)
class Result:
    """One row: the same work by up to three contenders, and the figure that the goal is about."""

    row: str
    """The goal's name, `P1`; a letter is added where it has several parts."""
    work: str
    unit: str
    """Of the three columns."""
    columns: Columns
    figure: float | None
    """What the goal is compared with; None when a contender is missing."""
    goal: Goal | None
    """None: the row is there to be known, and nothing was promised."""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None when there is none or it could not be measured."""
        return None if self.figure is None or self.goal is None else self.goal.met_by(self.figure)

    def document(self) -> dict[str, object]:
        """The row as plain JSON."""
        columns = attrs.asdict(self.columns)
        return {
            "row": self.row,
            "work": self.work,
            "unit": self.unit,
            **columns,
            "figure": self.figure,
            "goal": self.goal and str(self.goal),
            "met": self.met,
        }


_HEAD = ("row", "work", "unit", "ours", "bare aiohttp", "official", "figure", "goal", "met")


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _cells(result: Result) -> tuple[str, ...]:
    numbers = (*attrs.astuple(result.columns), result.figure)
    met = {True: "yes", False: "NO", None: "-"}[result.met]
    return (result.row, result.work, result.unit, *map(_number, numbers), str(result.goal or "-"), met)


def table(results: Iterable[Result]) -> str:
    """Write the rows as a Markdown table that also lines up in a terminal."""
    lines = [_HEAD, *map(_cells, results)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    head, *rows = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    return "\n".join([head, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rows])
