"""`mailgun-async send-batch`: a mail to each row of a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import attrs
import typer

import mailgun_async
from mailgun_async.cli._account import Account
from mailgun_async.cli._command import Output, command, option
from mailgun_async.cli._exit import Exit
from mailgun_async.cli._message import Mail
from mailgun_async.cli._recipients import RecipientsFile
from mailgun_async.cli._signals import undisturbed

if TYPE_CHECKING:
    from mailgun_async.cli._batch_run import BatchRun
    from mailgun_async.cli._rows_file import RowsFile

__all__ = ["send_batch"]


@attrs.frozen(kw_only=True)
class Pace:
    """How many at a time."""

    chunk_size: int = option(
        "--chunk-size", default=1000, min=1, max=1000, metavar="COUNT", panel="Pace", help="Recipients in a call."
    )
    max_in_flight: int = option(
        "--max-in-flight", default=8, min=1, metavar="COUNT", panel="Pace", help="Calls at the same time."
    )
    learned: Path | None = option(
        "--learned", metavar="FILE", panel="Pace", help="Keeps what is learned of rate limits for the next run."
    )

    def settings(self) -> dict[str, Any]:
        """Return the arguments of `send_batch`."""
        return {"chunk_size": self.chunk_size, "max_in_flight": self.max_in_flight}


@command
def send_batch(
    *,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV with a header, or JSON Lines (.jsonl); may end in .gz.")
    ],
    mail: Mail,
    recipients: RecipientsFile,
    pace: Pace,
    account: Account,
    output: Output,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing: show the first mails and count the calls.")
    ] = False,
) -> Exit:
    """Send a mail to each row of a file; its columns are variables, %recipient.name%.

    Rows that were not accepted are written to the rejects file with their line and the reason. Stopped by Ctrl-C, calls
    in flight are finished, and the --skip to go on with is told: with it nobody is left out, and nobody gets two mails.
    """
    message, domain = mail.message(), account.sending_domain()
    if dry_run:
        from mailgun_async.cli._dry_run import dry_run as rehearse  # noqa: PLC0415 -- it loads the emulator

        return rehearse(domain, message, recipients.of(file), output, **pace.settings())
    from mailgun_async.cli._batch_run import BatchRun  # noqa: PLC0415 -- other commands do without
    from mailgun_async.cli._progress import BatchProgress  # noqa: PLC0415 -- it loads rich

    sources, (rejects, unsent) = recipients.of(file), recipients.leftovers(file)
    source = sources(lambda _row: None)  # bad rows are read again in the end
    client = account.client(rate=mailgun_async.RatePolicy(learned_path=pace.learned))
    with BatchProgress(recipients.count(file) if sys.stderr.isatty() else None) as progress:
        run = BatchRun(on_stop=lambda: progress.note(_STOPPING), show=progress.update)
        run.send(client, domain, message, source, **pace.settings())
    with undisturbed():
        run.settle(sources, rejects, unsent)
    outcome = {
        "complete": run.complete,
        "skip": recipients.skip + run.skip,
        "rejects": str(rejects.path) if rejects.written else None,
        "unsent": str(unsent.path) if unsent.written else None,
        "exit_code": int(run.exit),
    }
    if output.json:
        output.document({**run.report.as_dict(), **outcome})
    else:
        _show(run, rejects, unsent, recipients.skip + run.skip)
    return run.exit


_STOPPING = "stopping: calls in flight are finished; Ctrl-C once more gives them up"


def _show(run: BatchRun, rejects: RowsFile, unsent: RowsFile, skip: int) -> None:
    from mailgun_async.cli._show import show_rows  # noqa: PLC0415 -- it loads rich

    show_rows(run.rows(unsent.written))
    if run.cause is not None:
        typer.secho(f"stopped: {run.cause}", err=True, fg="red")
    if rejects.written:
        print(f"{rejects.written:,} rows that need a look are in {rejects.path}, with their lines and reasons.")
    if run.report.unknown:
        print("Nobody knows whether unknown ones were accepted: look their message ids up before sending again.")
    if unsent.written:
        print(f"{unsent.written:,} rows of which nothing was sent are in {unsent.path}: send that file too.")
    if not run.complete:
        print(f"To go on where this run ended: --skip {skip}")
