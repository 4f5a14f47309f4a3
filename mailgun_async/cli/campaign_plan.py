"""`mailgun-async campaign plan`: a file of recipients and a mail, frozen in a journal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import attrs
import typer

import mailgun_async
from mailgun_async.cli._command import Output, command, option, run
from mailgun_async.cli._exit import Exit
from mailgun_async.cli._journal import hint, opened
from mailgun_async.cli._message import Mail
from mailgun_async.cli._recipients import RecipientsFile
from mailgun_async.errors import ConfigError, InvalidArgument

if TYPE_CHECKING:
    from mailgun_async import Message
    from mailgun_async.campaigns.planner import Plan
    from mailgun_async.cli._recipients import Sources
    from mailgun_async.cli._rows_file import RowsFile

__all__ = ["plan"]

_PANEL: Final = "Plan"


@attrs.frozen(kw_only=True)
class Terms:
    """What a plan is besides its mail and its recipients."""

    domain: str | None = option(
        "--domain", "-d", metavar="DOMAIN", panel=_PANEL, envvar="MAILGUN_DOMAIN", help="Sending domain."
    )
    name: str | None = option("--name", metavar="TEXT", panel=_PANEL, help="What reports call the campaign.")
    exclude: Path | None = option(
        "--exclude",
        metavar="FILE",
        panel=_PANEL,
        help="Who is left out: a file like that of the recipients, or a .txt with an address on each line.",
    )
    chunk_size: int = option(
        "--chunk-size", default=1000, min=1, max=1000, metavar="COUNT", panel=_PANEL, help="Recipients in a call."
    )


@command
def plan(
    *,
    journal: Annotated[
        Path, typer.Argument(metavar="JOURNAL", help="The campaign's file, to be made: spring-sale.db.")
    ],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV with a header, or JSON Lines (.jsonl); may end in .gz.")
    ],
    mail: Mail,
    terms: Terms,
    recipients: RecipientsFile,
    output: Output,
) -> Exit:
    """Freeze a campaign in a journal: everybody once, checked and cut into calls. Sends nothing, and needs no key.

    The columns of the file are variables, %recipient.name%. Shown are the first mails and the figures; rows that cannot
    be sent to are written to the rejects file. Planned again with the same content, nothing changes.
    """
    if not terms.domain:
        raise ConfigError("no domain: give --domain or set MAILGUN_DOMAIN")
    message, sources, rejects = mail.message(), recipients.of(file), recipients.leftovers(file)
    made = run(_plan(journal, terms, message, sources, rejects))
    code = Exit.PARTLY if made.totals.rejected or made.totals.bad_rows else Exit.DONE
    written = rejects[0] if rejects[0].written else None
    if output.json:
        output.document(_document(made) | {"rejects": written and str(written.path), "exit_code": int(code)})
    else:
        _show(made, written)
        print(f"Nothing was sent. To send it: {hint('send', journal)}")
    return code


async def _plan(
    journal: Path, terms: Terms, message: Message, sources: Sources, rejects: tuple[RowsFile, RowsFile]
) -> Plan:
    excluded = None if terms.exclude is None else await _addresses(terms.exclude)
    client = mailgun_async.Mailgun(api_key="none", domain=terms.domain)  # planning calls nobody
    async with client, client.campaign(journal) as campaign:
        made = await campaign.plan(
            message,
            sources(on_reject=lambda _row: None),  # bad rows are read again in the end
            name=terms.name,
            exclude=excluded,
            chunk_size=terms.chunk_size,
            template_from_recipients=message.template is not None,
        )
    if (made.totals.rejected or made.totals.bad_rows) and not made.already_planned:
        await _write_rejects(journal, made, sources, rejects)
    return made


async def _addresses(path: Path) -> set[str]:
    """Read who is left out."""
    from mailgun_async.batch.source import in_blocks  # noqa: PLC0415 -- only this needs it

    if path.suffix.lower() == ".txt":
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()  # noqa: ASYNC240 -- nothing else is under way
        except UnicodeDecodeError as error:
            raise InvalidArgument(f"{path} is not UTF-8: {error.reason}", field="exclude") from None
        return {line.strip() for line in lines if line.strip()}
    found: set[str] = set()
    async with in_blocks(RecipientsFile().of(path)(on_reject=lambda _row: None), 1_000) as blocks:
        while (block := await blocks.next()) is not None:
            found.update(block.addresses)
    return found


async def _write_rejects(journal: Path, made: Plan, sources: Sources, files: tuple[RowsFile, RowsFile]) -> None:
    from mailgun_async.batch.block import Rejected  # noqa: PLC0415 -- loaded when somebody was rejected
    from mailgun_async.cli._rejects import settle  # noqa: PLC0415 -- the same

    report = mailgun_async.BatchReport(taken=made.totals.taken)
    async with opened(journal) as one:
        async for rejected in one.rejected():
            if rejected.by == "plan":
                report.rejected.append(Rejected(rejected.address, rejected.reason, rejected.line))
    await settle(report, sources, rejects=files[0], unsent=files[1])


def _document(made: Plan) -> dict[str, Any]:
    totals = made.totals
    names = ("taken", "recipients", "rejected", "bad_rows", "duplicates", "excluded")
    mails = [{name: getattr(mail, name) for name in ("address", "subject", "text", "html")} for mail in made.preview]
    return {
        "id": made.id,
        "name": made.name,
        "domain": made.domain,
        "already_planned": made.already_planned,
        "calls": made.calls,
        **{name: getattr(totals, name) for name in names},
        "mails": mails,
    }


def _show(made: Plan, rejects: RowsFile | None) -> None:
    from mailgun_async.cli._show import show_letter, show_rows  # noqa: PLC0415 -- it loads rich

    totals = made.totals
    for number, mail in enumerate(made.preview, start=1):
        fields = {"To": mail.address, "Subject": mail.subject or ""}
        show_letter(
            fields, mail.text or mail.html or "(the stored template)", f"mail {number} of {totals.recipients:,}"
        )
    figures = [("recipients", totals.recipients, "green"), ("calls", totals.chunks, None)]
    problems = [("rejected", totals.rejected, "red"), ("bad rows", totals.bad_rows, "red")]
    left_out = [("duplicates", totals.duplicates, None), ("excluded", totals.excluded, None)]
    show_rows([*figures, *(row for row in problems + left_out if row[1])])
    if made.already_planned:
        print("This was planned before; nothing was changed.")
    if rejects is not None:
        print(f"Rows to look at, with lines and reasons: {rejects.path}")
