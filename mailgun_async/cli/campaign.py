"""`mailgun-async campaign`: a campaign in a journal, planned, sent, and accounted for."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mailgun_async.cli._command import Output, command, run
from mailgun_async.cli._exit import EXIT_HELP, Exit
from mailgun_async.cli._journal import JournalPath, hint, opened
from mailgun_async.cli.campaign_plan import plan
from mailgun_async.cli.campaign_send import reconcile, resume, retry_parked, send
from mailgun_async.errors import JournalError

if TYPE_CHECKING:
    from mailgun_async.campaigns.journal import ChunkState, Header, Sum
    from mailgun_async.campaigns.report import CampaignReport

__all__ = ["campaign"]


@command
def pause(*, journal: JournalPath, output: Output) -> Exit:
    """Let no more calls begin, in any process. Needs no key; `resume` goes on."""
    run(_steer(journal, "paused"))
    text = f"Paused: calls on the wire are finished, and nothing more is begun. To go on: {hint('resume', journal)}"
    output.announce(text, {"state": "paused"})
    return Exit.DONE


@command
def cancel(
    *,
    journal: JournalPath,
    output: Output,
    yes: Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Do not ask whether it is meant.")] = False,
) -> Exit:
    """Let no more calls begin, in any process, for good. Needs no key."""
    if not yes and sys.stdin.isatty():
        typer.confirm("Nothing more of this campaign will ever be sent. Cancel it?", abort=True, err=True)
    run(_steer(journal, "cancelled"))
    output.announce("Cancelled: calls on the wire are finished, and nothing more is sent.", {"state": "cancelled"})
    return Exit.DONE


@command
def retry_refused(*, journal: JournalPath, output: Output) -> Exit:
    """Plan again what Mailgun refused, for when its reason is mended. Needs no key, and sends nothing."""

    async def replan() -> Sum:
        async with opened(journal) as one:
            return await one.replan({"refused"})

    moved = run(replan())
    text = f"Planned again: {moved.recipients:,} recipients in {moved.chunks:,} calls."
    if moved.chunks:
        text += f" To send them: {hint('send', journal)}"
    output.announce(text, {"chunks": moved.chunks, "recipients": moved.recipients})
    return Exit.DONE


@command
def status(*, journal: JournalPath, output: Output) -> Exit:
    """Show how much is in each state. Needs no key, and may be asked while the campaign is being sent."""
    header, sums = run(_status(journal))
    if output.json:
        output.document(
            {
                "id": header.id,
                "name": header.name,
                "domain": header.domain,
                "state": header.state,
                "recipients": header.totals and header.totals.recipients,
                "states": {state: {"chunks": one.chunks, "recipients": one.recipients} for state, one in sums.items()},
            }
        )
    else:
        _show_status(header, sums)
    return Exit.DONE


@command
def report(
    *,
    journal: JournalPath,
    output: Output,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with charts; it needs no network.")
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option("--rejects", metavar="FILE", help="Write everybody not reached to a CSV, with status and reason."),
    ] = None,
) -> Exit:
    """Show what became of everybody, after checking that it adds up to the plan. Needs no key.

    Files that are there are replaced.
    """
    from mailgun_async.cli._campaign_show import exit_of, next_steps, rows  # noqa: PLC0415 -- others do without
    from mailgun_async.cli._show import show_rows  # noqa: PLC0415 -- it loads rich

    made, written = run(_report(journal, rejects))
    if html is not None:
        made.write_page(html)
    if output.json:
        output.document(made.as_dict())
    else:
        show_rows(rows(made))
        for text in next_steps(made, journal):
            print(text)
    if rejects is not None:
        output.note(f"not reached, with status and reason: {rejects} ({written:,})")
    if html is not None:
        output.note(f"page: {html}")
    return exit_of(made) if made.complete else Exit.DONE


async def _steer(path: Path, state: Literal["paused", "cancelled"]) -> None:
    async with opened(path) as journal:
        await journal.steer(state)


async def _status(path: Path) -> tuple[Header, dict[ChunkState, Sum]]:
    async with opened(path) as journal:
        header = await journal.header()
        if header is None:
            raise JournalError(f"{path} is an empty journal: nothing was planned")
        return header, await journal.sums()


def _show_status(header: Header, sums: dict[ChunkState, Sum]) -> None:
    from mailgun_async.cli._show import show_rows  # noqa: PLC0415 -- it loads rich

    figures: list[tuple[str, Any, str | None]] = [
        ("campaign", header.name or header.id, None),
        ("domain", header.domain, None),
        ("state", header.state, "yellow" if header.state != "ready" else None),
    ]
    names = {"sent": "accepted", "intent": "on the wire"}
    figures += [
        (names.get(state, state), one.recipients, "green" if state == "sent" else None)
        for state, one in sorted(sums.items())
        if state != "split"
    ]
    show_rows(figures)


async def _report(path: Path, rejects: Path | None) -> tuple[CampaignReport, int]:
    from mailgun_async.campaigns.rejects import write_rejects  # noqa: PLC0415 -- other commands do without
    from mailgun_async.campaigns.report import report as made_of  # noqa: PLC0415 -- the same

    async with opened(path) as journal:
        made = await made_of(journal, now=time.time())
        return made, 0 if rejects is None else await write_rejects(journal, rejects)


campaign = typer.Typer(
    name="campaign",
    help="A campaign that survives whatever happens: planned into a journal, sent from it, and accounted for.",
    epilog=EXIT_HELP,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for function in (plan, send, resume, pause, cancel, status, reconcile, report, retry_refused, retry_parked):
    campaign.command(epilog=EXIT_HELP)(function)
