"""The charts of a campaign's page: SVG that takes its colors from the page. Pure.

A chart names itself and says what it shows in words, for those who do not see it.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.campaigns.markup import Markup, el

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailgun_async.campaigns.history import Series

__all__ = ["bar", "clock", "progress", "short", "spoken", "troubles"]

_WIDTH: Final = 860
_LEFT: Final = 64
_RIGHT: Final = 28  # half the last label stands beyond
_TOP: Final = 16
_BOTTOM: Final = 26
_TICKS: Final = 6
_MINUTE: Final = 60.0
_DAY: Final = 86_400.0
_TIME_STEPS: Final = (
    *(step * 10.0**power for power in (-2, -1, 0, 1) for step in (1, 2, 5)),
    *(_MINUTE * step for step in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)),
    *(_DAY * step for step in (1, 2, 7, 14, 28, 91, 182)),
)


def bar(parts: Sequence[tuple[str, str, int]]) -> Markup:
    """Draw parts of a whole, each with its class, its name and its number, in one line."""
    whole = sum(number for _, _, number in parts)
    at, pieces = 0.0, []
    for kind, name, number in parts:
        if number:
            # A part of a million that is one must be seen too.
            width = max(2.0, number / whole * _WIDTH)
            pieces.append(el("rect", el("title", f"{name}: {number:,}"), class_=kind, **_box(at, 0, width, 28)))
            at += width
    said = ", ".join(f"{name} {number:,}" for _, name, number in parts if number)
    return _chart("share", "What became of everybody", f"{said or 'nobody'}.", (max(at, 1.0), 28), pieces)


def progress(series: Series, planned: int) -> Markup:
    """Draw the recipients accepted by and by, below a line for those planned."""
    plot = _Plot.of(series, max(planned, 1), 240)
    counts = [0, *accumulate(series.accepted)]
    points = [f"{plot.x(step):.1f},{plot.y(count):.1f}" for step, count in enumerate(counts)]
    floor = plot.y(0)
    content = [
        *plot.axes(),
        el("path", class_="area", d=f"M{plot.x(0):.1f},{floor:.1f} L{' '.join(points)} V{floor:.1f} Z"),
        el("polyline", class_="line", points=" ".join(points)),
        el("line", class_="goal", **_line(_LEFT, plot.y(planned), _WIDTH - _RIGHT, plot.y(planned))),
    ]
    said = f"{counts[-1]:,} of {planned:,} recipients accepted."
    return _chart("progress", "Recipients accepted", said, (_WIDTH, plot.height), content)


def troubles(series: Series) -> Markup:
    """Draw rate-limit refusals and other failures, step by step."""
    limited, failed = series.refusals, series.failures
    plot = _Plot.of(series, max(1, *map(sum, zip(limited, failed, strict=True))), 150)
    wide = max(1.0, plot.x(1) - plot.x(0) - 0.6)
    bars = []
    for step, (refusals, failures) in enumerate(zip(limited, failed, strict=True)):
        base = 0
        for kind, count in (("refusals", refusals), ("failures", failures)):
            if count:
                top, bottom = plot.y(base + count), plot.y(base)
                bars.append(el("rect", class_=kind, **_box(plot.x(step), top, wide, bottom - top)))
                base += count
    said = f"Refused for the rate: {sum(limited):,}; other attempts that were not accepted: {sum(failed):,}."
    return _chart("troubles", "Refusals and failures", said, (_WIDTH, plot.height), [*plot.axes(), *bars])


@attrs.frozen(kw_only=True)
class _Plot:
    """Where things are in a chart over time."""

    began_at: float
    step_s: float
    span_s: float
    most: float
    height: int

    @classmethod
    def of(cls, series: Series, most: float, height: int) -> _Plot:
        span_s = max(1, len(series.accepted)) * series.step_s
        return cls(began_at=series.began_at, step_s=series.step_s, span_s=span_s, most=most, height=height)

    def x(self, step: float) -> float:
        """Return where a step begins."""
        return _LEFT + step * self.step_s / self.span_s * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Return how high a value is."""
        return self.height - _BOTTOM - value / self.most * (self.height - _TOP - _BOTTOM)

    def axes(self) -> list[Markup]:
        """Draw lines and labels for values, and for the time."""
        made = []
        for value in _values(self.most):
            y = self.y(value)
            made.append(el("line", class_="grid", **_line(_LEFT, y, _WIDTH - _RIGHT, y)))
            made.append(el("text", short(value), class_="value", x=_LEFT - 8, y=f"{y + 4:.1f}"))
        for after_s, label in _times(self.began_at, self.span_s):
            x = self.x(after_s / self.step_s)
            made.append(el("line", class_="tick", **_line(x, self.height - _BOTTOM, x, self.height - _BOTTOM + 4)))
            made.append(el("text", label, class_="time", x=f"{x:.1f}", y=self.height - 6))
        return made


def _values(most: float) -> list[float]:
    """Return round values up to the most, some four of them."""
    rough = max(1.0, most / 4)
    power = 10.0 ** math.floor(math.log10(rough))
    steps = [power * factor for factor in (1, 2, 2.5, 5, 10)]
    step = next(step for step in steps if step >= rough and step.is_integer())
    return [step * number for number in range(int(most / step) + 1)]


def _times(began_at: float, span_s: float) -> list[tuple[float, str]]:
    """Return seconds after the beginning, with labels: the clock's time, or within a minute the seconds."""
    step = next((step for step in _TIME_STEPS if span_s / step <= _TICKS), _TIME_STEPS[-1])
    if span_s < _MINUTE:
        return [(number * step, f"{number * step:g} s") for number in range(int(span_s / step) + 1)]
    form = "%H:%M" if step < _DAY else "%d %b"
    if step < _MINUTE:
        form = "%H:%M:%S"
    first = math.ceil(began_at / step) * step
    ticks = [first + number * step for number in range(int((began_at + span_s - first) / step) + 1)]
    return [(at - began_at, datetime.fromtimestamp(at, tz=UTC).strftime(form)) for at in ticks]


def short(value: float) -> str:
    """Write a number with few digits: `2.5 M`, `40 k`."""
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:.4g}{unit}"
    return f"{value:g}"


def spoken(seconds: float) -> str:
    """Write a duration: `3 h 20 min`, `2.5 s`."""
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min {rest} s"


def clock(at: float) -> str:
    """Write an instant in UTC, to the second."""
    return f"{datetime.fromtimestamp(at, tz=UTC):%Y-%m-%d %H:%M:%S}"


def _chart(name: str, title: str, said: str, box: tuple[float, float], content: Sequence[Markup]) -> Markup:
    head = (el("title", title, id=f"{name}-title"), el("desc", said, id=f"{name}-desc"))
    labels = f"{name}-title {name}-desc"
    # Only the bar is drawn at another ratio than this one, and only along its length.
    how = {"viewBox": f"0 0 {box[0]:.1f} {box[1]:g}", "preserveAspectRatio": "none"}
    return el("svg", *head, *content, role="img", aria_labelledby=labels, class_=name, **how)


def _box(x: float, y: float, width: float, height: float) -> dict[str, str]:
    return {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}


def _line(x1: float, y1: float, x2: float, y2: float) -> dict[str, str]:
    return {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}"}
