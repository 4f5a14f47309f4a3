"""`mailgun-async send-batch`: a mail to each row of a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import attrs
import typer

import mailgun_async
from mailgun_async.cli._account import Account
from mailgun_async.cli._command import Output, command, option, text_of
from mailgun_async.cli._exit import Exit
from mailgun_async.cli._message import Mail
from mailgun_async.cli._recipients import RecipientsFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailgun_async.cli._batch_run import BatchRun
    from mailgun_async.cli._rows_file import RowsFile

__all__ = ["send_batch"]

_STOPPING: Final = "stopping: calls in flight are finished; Ctrl-C once more gives them up"


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
        bool, typer.Option("--dry-run", metavar="", help="Send nothing: show the first mails and count the calls.")
    ] = False,
) -> Exit:
    """Send a mail to each row of a file; its columns are variables, %recipient.name%.

    Rows that were not accepted are written to the rejects file with their line and the reason. Stopped by Ctrl-C, calls
    in flight are finished, and the --skip to go on with is told: with it nobody is left out, and nobody gets two mails.
    """
    message, domain = mail.message(), account.sending_domain()
    # Stored templates do not read variables of recipients by themselves.
    how = {**pace.settings(), "template_from_recipients": message.template is not None}
    if dry_run:
        from mailgun_async.cli._dry_run import dry_run as rehearse  # noqa: PLC0415 -- it loads the emulator

        return rehearse(domain, message, recipients.of(file), output, **how)
    from mailgun_async.cli._batch_run import BatchRun  # noqa: PLC0415 -- --help needs none of them
    from mailgun_async.cli._show import BatchProgress  # noqa: PLC0415 -- the same
    from mailgun_async.cli._signals import Stops  # noqa: PLC0415 -- the same

    sources, leftovers = recipients.of(file), recipients.leftovers(file)
    source = sources(on_reject=lambda _row: None)  # bad rows are read again in the end
    client = account.client(rate=mailgun_async.RatePolicy(learned_path=pace.learned))
    with Stops() as stops:  # until the report is out: nobody else knows it
        with BatchProgress(recipients.count(file) if sys.stderr.isatty() else None) as progress:
            run = BatchRun(stops=stops, on_stop=lambda: progress.note(_STOPPING), show=progress.update)
            run.send(client, domain, message, source, **how)
        run.settle(sources, *leftovers)
        _tell(run, *leftovers, recipients.skip, output)
    return run.exit


def _tell(run: BatchRun, rejects: RowsFile, unsent: RowsFile, before: int, output: Output) -> None:
    if run.cause is not None:
        output.alarm(f"stopped: {text_of(run.cause)}")
    elif run.obstacle is not None:
        output.alarm(f"not sent: {text_of(run.obstacle)}")
    skip = None if run.skip is None else before + run.skip
    document = {
        **run.report.as_dict(),
        "complete": run.complete,
        "skip": skip,
        "rejects": str(rejects.path) if rejects.written else None,
        "unsent": str(unsent.path) if unsent.written else None,
        "exit_code": int(run.exit),
    }
    if output.json or skip is None:  # who was not accepted stands in no file, then
        output.document(document)
        return
    from mailgun_async.cli._show import show_rows  # noqa: PLC0415 -- it loads rich

    try:
        show_rows(run.rows())
    except BrokenPipeError:
        raise
    except OSError:  # stdout cannot be written: then the document goes to stderr
        output.document(document)
        return
    for text in _next_steps(run, rejects, unsent, skip):
        output.show(text)


def _next_steps(run: BatchRun, rejects: RowsFile, unsent: RowsFile, skip: int) -> Iterator[str]:
    if rejects.written:
        yield f"{_rows(rejects)} to look at, with lines and reasons: {rejects.path}"
        for reject in rejects.first:
            yield f"  line {reject.line or '?'}: {reject.status}, {reject.reason}"
        if rejects.written > len(rejects.first):
            yield "  ..."
    if run.report.unknown:
        yield "Nobody knows whether unknown ones were accepted: look their message ids up before sending again."
    if unsent.written:
        yield f"{_rows(unsent)} of which nothing was sent, to be sent with the same options: {unsent.path}"
    if not run.complete:
        yield f"The file is not done. To go on: the same command with --skip {skip}"


def _rows(file: RowsFile) -> str:
    return f"{file.written:,} row{'' if file.written == 1 else 's'}"
