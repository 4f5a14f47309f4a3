"""`mailgun-async metrics`: what was sent and what became of it, in figures and bars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs

from mailgun_async.cli._account import Account
from mailgun_async.cli._command import command, option, run
from mailgun_async.cli._exit import Exit
from mailgun_async.cli._lines import JsonLines
from mailgun_async.cli._since import instant
from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailgun_async import Mailgun
    from mailgun_async.endpoints.metrics import MetricRow

__all__ = ["metrics"]

_METRICS: Final = ("accepted_count", "delivered_count", "failed_count", "opened_count", "clicked_count")
_BAR: Final = 30


@attrs.frozen(kw_only=True)
class Asked:
    """What is summed."""

    metric: list[str] | None = option(
        "--metric",
        "-m",
        metavar="NAME",
        help=f"A figure; repeatable, bars are of the first. By default {', '.join(_METRICS)}.",
    )
    by: list[str] | None = option(
        "--by", metavar="DIMENSION", help="What figures are told apart by: time (default), domain, tag ...; repeatable."
    )
    since: str | None = option(
        "--since", metavar="TIME", help="From when: 2h, 7d or 2027-01-31T09:30+01:00; by default 7 days ago."
    )
    until: str | None = option("--until", metavar="TIME", help="To when, in the same forms; by default now.")
    resolution: str | None = option("--resolution", metavar="STEP", help="hour, day (default) or month.")

    def query(self, domain: str | None, now: datetime) -> dict[str, Any]:
        """Return the arguments of `mg.metrics.query`.

        Raises:
            InvalidArgument: A name is none of Mailgun's, or a time is no time.
        """
        from typing import get_args  # noqa: PLC0415 -- --help needs none

        from mailgun_async.endpoints._figures import MetricName  # noqa: PLC0415 -- the same
        from mailgun_async.endpoints.metrics import Resolution, where  # noqa: PLC0415 -- the same

        for name, given, known in (
            ("metric", self.metric or (), get_args(MetricName)),
            ("resolution", [self.resolution] if self.resolution else (), get_args(Resolution)),
        ):
            strange = [one for one in given if one not in known]
            if strange:
                raise InvalidArgument(f"--{name} {strange[0]} is none of: {', '.join(known)}", field=name)
        return {
            "metrics": self.metric or list(_METRICS),
            "dimensions": self.by or ["time"],
            "start": instant("since", self.since, now) or now - timedelta(days=7),
            "end": instant("until", self.until, now),
            "resolution": self.resolution,
            "filter": None if domain is None else where("domain", "=", domain),
        }


@command
def metrics(*, asked: Asked, account: Account, output: JsonLines) -> Exit:
    """Show what was sent and what became of it, with bars of the first figure.

    With --domain or MAILGUN_DOMAIN the figures are those of the domain, otherwise of the whole account.
    """
    query = asked.query(account.domain, datetime.now(UTC))
    rows = run(_rows(account.client(), query))
    if output.json:
        for row in rows:
            figures = {name: getattr(row.metrics, name) for name in query["metrics"]}
            output.document({**{name: row.value(name) for name in query["dimensions"]}, **figures})
    elif rows:
        _show(rows, query["dimensions"], query["metrics"])
    else:
        output.note("no figures")
    return Exit.DONE


async def _rows(client: Mailgun, query: dict[str, Any]) -> list[MetricRow]:
    async with client:
        return await client.metrics.query(**query).all()


def _show(rows: Sequence[MetricRow], dimensions: Sequence[Any], names: Sequence[str]) -> None:
    from rich.bar import Bar  # noqa: PLC0415 -- --json does without
    from rich.console import Console  # noqa: PLC0415 -- the same
    from rich.table import Table  # noqa: PLC0415 -- the same

    table = Table(box=None, header_style="bold", pad_edge=False)
    for dimension in dimensions:
        table.add_column(dimension, no_wrap=True)
    for name in names:
        table.add_column(name.removesuffix("_count"), justify="right")
    table.add_column(names[0])
    figures = [[_number(getattr(row.metrics, name)) for name in names] for row in rows]
    most = max(one[0] for one in figures)
    for row, numbers in zip(rows, figures, strict=True):
        bar = Bar(most or 1, 0, numbers[0], width=_BAR, color="green")
        table.add_row(
            *(_shown(row, one) for one in dimensions),
            *(f"{one:,.6g}" if one % 1 else f"{one:,.0f}" for one in numbers),
            bar,
        )
    Console().print(table)


def _number(value: object) -> float:
    """Read a figure; rates come as texts."""
    return 0.0 if value is None else float(str(value))


def _shown(row: MetricRow, dimension: Any) -> str:
    value = row.value(dimension) or ""
    return value.removesuffix(" +0000").removesuffix(" 00:00:00") if dimension == "time" else value
