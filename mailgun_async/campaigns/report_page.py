"""A campaign's report as one HTML page that loads nothing from anywhere. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mailgun_async.campaigns import report_charts as charts
from mailgun_async.campaigns.markup import Markup, el
from mailgun_async.campaigns.report_style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from mailgun_async.campaigns.report import CampaignReport, ReportedChunk

__all__ = ["page"]

_ROWS: Final = 24
_LISTED: Final = 100


def page(report: CampaignReport) -> str:
    """Return the page."""
    title = report.name or report.id
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        # Whatever got into a value, the browser runs no script and loads nothing.
        el("meta", http_equiv="Content-Security-Policy", content="default-src 'none'; style-src 'unsafe-inline'"),
        el("title", f"{title}: campaign report"),
        el("style", Markup(STYLE)),
    )
    body = el("body", el("main", _top(report, title), *_sections(report), _foot(report)))
    return f"<!DOCTYPE html>\n{el('html', head, body, lang='en')}\n"


def _sections(report: CampaignReport) -> Iterator[Markup]:
    yield from _advice(report)
    yield _shares(report)
    yield from _over_time(report)
    for name, chunks, count, meaning in (
        ("Unknown", report.unknown, report.sums["unknown"].chunks, "Calls that may have been accepted."),
        ("Parked", report.parked, report.sums["parked"].chunks, "Calls that may have been accepted; they stay so."),
        ("Refused", report.refused, report.sums["refused"].chunks, "Calls that Mailgun refused, with its words."),
    ):
        if chunks:
            yield _section(name, el("p", meaning), _chunks(chunks), *_more(count, min(len(chunks), _LISTED)))
    yield from _rejected(report)
    yield _section("All figures", _table(("", "#"), _figures(report)))


def _top(report: CampaignReport, title: str) -> Markup:
    said = f"{report.accepted:,} of {report.recipients:,} recipients accepted by Mailgun, from {report.domain}."
    tiles = [
        ("accepted", f"{report.accepted / report.recipients:.1%}" if report.recipients else "-"),
        ("open", f"{report.open:,}"),
        ("recipients/s", f"{report.recipients_per_s:,.0f}"),
        ("rate-limit refusals", f"{report.history.refusals:,}"),
        ("time spent sending", charts.spoken(report.history.sending_s)),
    ]
    return el(
        "header",
        el("h1", title, " ", el("span", report.stage, class_=f"state {report.state}")),
        el("p", said),
        el("dl", *(el("div", el("dt", name), el("dd", value)) for name, value in tiles), class_="tiles"),
    )


def _advice(report: CampaignReport) -> Iterator[Markup]:
    history, sums = report.history, report.sums
    if history.accepted_twice:
        yield _notice(
            f"Accepted twice: {_calls(history.accepted_twice)}. {history.twice_recipients:,} recipients may have two "
            "mails."
        )
    if sums["unknown"].chunks:
        yield _notice(f"Unknown whether accepted: {_calls(sums['unknown'].chunks)}. Reconciling looks them up.")
    if sums["parked"].chunks:
        yield _notice(f"Parked: {_calls(sums['parked'].chunks)}. Somebody has to decide whether they go out again.")
    if sums["refused"].chunks:
        yield _notice(f"Refused: {_calls(sums['refused'].chunks)}. When the reason is mended, they can be retried.")


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count:,} calls"


def _notice(text: str) -> Markup:
    return el("p", text, class_="notice")


def _shares(report: CampaignReport) -> Markup:
    parts = [
        ("sent", "accepted", report.accepted),
        ("planned", "planned", report.sums["planned"].recipients),
        ("intent", "on the wire", report.sums["intent"].recipients),
        ("unknown", "unknown", report.unknown_recipients),
        ("parked", "parked", report.parked_recipients),
        ("refused", "refused", report.refused_recipients),
        ("rejected", "rejected", report.rejected),
        ("bad", "bad rows", report.bad_rows),
        ("duplicates", "duplicates", report.duplicates),
        ("excluded", "excluded", report.excluded),
    ]
    rows: list[tuple[object, ...]] = [
        (el("span", el("span", class_=f"swatch {kind}"), name), f"{number:,}", f"{number / report.taken:.2%}")
        for kind, name, number in parts
        if number
    ]
    rows.append(("taken from the source", f"{report.taken:,}", "100%" if report.taken else ""))
    drawn = [charts.bar(parts)] if report.taken else []
    return _section("What became of everybody", *drawn, _table(("", "#recipients", "#share"), rows))


def _over_time(report: CampaignReport) -> Iterator[Markup]:
    series = report.history.series
    if not series.accepted:
        yield _section("Progress", el("p", "Nothing has been sent.", class_="none"))
        return
    rows = list(_steps(report))
    head = ("from (UTC)", "#accepted", "#in all", "#refused for the rate", "#other failures")
    since = f"from {charts.clock(series.began_at)} UTC"
    legend = (el("span", class_="swatch line"), "accepted", el("span", class_="swatch goal"), f"planned; {since}")
    yield _section("Progress", _scroll(charts.progress(series, report.recipients)), el("p", *legend, class_="legend"))
    legend = (
        el("span", class_="swatch refusals"),
        "refused for the rate",
        el("span", class_="swatch failures"),
        "other attempts that were not accepted",
    )
    yield _section(
        "Refusals and failures",
        _scroll(charts.troubles(series)),
        el("p", *legend, class_="legend"),
        el("details", el("summary", "Progress, refusals and failures as a table"), _table(head, rows)),
    )


def _steps(report: CampaignReport) -> Iterator[tuple[str, ...]]:
    series, in_all = report.history.series, 0
    width = -(-len(series.accepted) // _ROWS)
    for at in range(0, len(series.accepted), width):
        counts = [sum(row[at : at + width]) for row in (series.accepted, series.refusals, series.failures)]
        in_all += counts[0]
        when = charts.clock(series.began_at + at * series.step_s)
        yield when, f"{counts[0]:,}", f"{in_all:,}", f"{counts[1]:,}", f"{counts[2]:,}"


def _chunks(chunks: Sequence[ReportedChunk]) -> Markup:
    rows = [
        (
            one.ordinal,
            el("span", one.message_id, class_="id"),
            f"{one.recipients:,}",
            el("span", _when(one.since), class_="moment"),
            f"{one.attempts:,}",
            one.reason,
        )
        for one in chunks[:_LISTED]
    ]
    return _table(("chunk", "Message-Id", "#recipients", "since (UTC)", "#attempts", "why"), rows)


def _rejected(report: CampaignReport) -> Iterator[Markup]:
    if not report.rejected:
        return
    listed = [
        (one.address, one.reason, "our checks" if one.by == "plan" else "Mailgun", one.line or "")
        for one in report.rejected_first[:_LISTED]
    ]
    yield _section(
        "Rejected",
        el("p", "Recipients who can't be sent to: by our own checks when they were planned, or by Mailgun's word."),
        _table(("reason", "#recipients"), [(reason, f"{count:,}") for reason, count in report.reasons.items()]),
        el(
            "details",
            el("summary", f"The first {len(listed):,} of them"),
            _table(("address", "reason", "by", "#line"), listed),
            *_more(report.rejected, len(listed)),
        ),
    )


def _more(count: int, listed: int) -> list[Markup]:
    return [el("p", f"{count - listed:,} more are in the file of rejects.")] if count > listed else []


def _figures(report: CampaignReport) -> Iterator[tuple[str, str]]:
    history = report.history
    yield "planned", _when(report.created_at)
    yield "started", _when(report.started_at)
    yield "ended", _when(report.ended_at)
    yield "calls planned", f"{report.totals.chunks:,}"
    yield "attempts", f"{history.attempts:,}"
    yield "calls made", f"{history.calls:,}"
    yield "refused for the rate", f"{history.refusals:,}"
    yield "look-ups that found a call", f"{history.outcomes['found']:,}"
    yield "look-ups that found none", f"{history.outcomes['absent']:,}"
    yield "calls that nobody could look up", f"{history.outcomes['unseen']:,}"
    yield "calls accepted twice", f"{history.accepted_twice:,}"
    yield "waited for the rate, over all calls", charts.spoken(history.waits_s)
    yield "time spent sending", charts.spoken(history.sending_s)
    yield "recipients/s", f"{report.recipients_per_s:,.1f}"


def _foot(report: CampaignReport) -> Markup:
    return el("footer", f"Campaign {report.id} of {report.domain}, as of {_when(report.made_at)} UTC. mailgun_async")


def _when(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def _section(name: str, *content: Markup) -> Markup:
    return el("section", el("h2", name), *content)


def _scroll(content: Markup) -> Markup:
    return el("div", content, class_="scroll")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """Make a table; columns whose name begins with # hold numbers."""
    kinds = ["number" if name.startswith("#") else None for name in head]
    top = [el("th", name.removeprefix("#"), scope="col", class_=kind) for name, kind in zip(head, kinds, strict=True)]
    body = [el("tr", *(el("td", cell, class_=kind) for cell, kind in zip(row, kinds, strict=True))) for row in rows]
    shown = [el("thead", el("tr", *top))] if any(name.strip("#") for name in head) else []
    return _scroll(el("table", *shown, el("tbody", *body)))
