"""What commands tell of a campaign: its figures, and what is to be done next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mailgun_async.cli._exit import Exit
from mailgun_async.cli._journal import hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailgun_async.campaigns.report import CampaignReport
    from mailgun_async.cli._show import Row

__all__ = ["exit_of", "next_steps", "rows"]


def rows(report: CampaignReport) -> Iterator[Row]:
    """Give the figures; those that are nothing to worry about only when there are any."""
    sums, history = report.sums, report.history
    yield "campaign", report.name or report.id, None
    yield "state", report.stage, "yellow" if report.stage in {"paused", "cancelled"} else None
    yield "accepted", report.accepted, "green" if report.accepted else None
    for name, count, color in (
        ("planned", sums["planned"].recipients, "yellow"),
        ("on the wire", sums["intent"].recipients, "yellow"),
        ("unknown", report.unknown_recipients, "red"),
        ("parked", report.parked_recipients, "red"),
        ("refused", report.refused_recipients, "red"),
        ("rejected", report.rejected, "red"),
        ("bad rows", report.bad_rows, "red"),
        ("duplicates", report.duplicates, None),
        ("excluded", report.excluded, None),
        ("may have two mails", history.twice_recipients, "red"),
    ):
        if count:
            yield name, count, color
    if history.attempts:
        yield "calls", history.calls, None
        yield "rate-limit refusals", history.refusals, None
        yield "time spent sending", f"{history.sending_s:,.1f} s", None
        yield "recipients/s", round(report.recipients_per_s), None


def next_steps(report: CampaignReport, journal: Path) -> Iterator[str]:
    """Say what is to be done, and with which command."""
    sums = report.sums
    if sums["unknown"].chunks and not sums["planned"].chunks:
        yield f"To look the unknown ones up: {hint('reconcile', journal)}"
    if sums["planned"].chunks and report.state == "paused":
        yield f"To go on: {hint('resume', journal)}"
    if sums["planned"].chunks and report.state == "ready":
        yield f"To {'send' if report.started_at is None else 'go on'}: {hint('send', journal)}"
    if sums["refused"].chunks:
        yield f"When the reason of the refusals is mended: {hint('retry-refused', journal)}"
    if sums["parked"].chunks:
        yield f"Parked ones may have been accepted. To send them again all the same: {hint('retry-parked', journal)}"


def exit_of(report: CampaignReport) -> Exit:
    """Choose the exit code of a campaign that was worked on."""
    if report.unknown_recipients or report.parked_recipients:
        return Exit.UNKNOWN
    return Exit.DONE if report.accepted == report.recipients else Exit.PARTLY
