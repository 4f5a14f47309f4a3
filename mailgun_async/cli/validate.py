"""`mailgun-async validate`: whether mail would reach an address, or each of a file."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import attrs
import typer

from mailgun_async.cli._account import Access
from mailgun_async.cli._command import Output, command, option, run
from mailgun_async.cli._exit import Exit
from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from mailgun_async import Mailgun
    from mailgun_async.endpoints.bulk_validation import BulkValidationJob
    from mailgun_async.endpoints.validation import Validated

__all__ = ["validate"]

_BAD: Final = frozenset({"undeliverable", "do_not_send"})
_OVER: Final = frozenset({"uploaded", "failed", "deleted"})
"""States of a job that nothing follows."""


@attrs.frozen(kw_only=True)
class Job:
    """How a file is validated."""

    save: Path | None = option(
        "--save",
        metavar="FILE",
        help="Where results go, a CSV; by default beside the file, -validated. Must not exist.",
    )
    list_id: str | None = option("--list-id", metavar="ID", help="Name of the job; by default made of file and time.")
    every: float = option("--every", default=10.0, metavar="SECONDS", help="Time between two looks at the job (10).")


@command
def validate(
    *,
    what: Annotated[
        str,
        typer.Argument(metavar="ADDRESS|FILE", help="An address, or a CSV with a column email.", show_default=False),
    ],
    job: Job,
    account: Access,
    output: Output,
) -> Exit:
    """Tell whether mail would reach an address, or each address of a file. Mailgun charges for every address."""
    if Path(what).is_file():
        return _validate_file(Path(what), job, account, output)
    if "@" not in what:
        raise InvalidArgument(f"{what} is neither an address nor a file", field="what")
    from mailgun_async.cli._answers import print_answer  # noqa: PLC0415 -- --help needs none

    found = run(_one(account.client(), what))
    print_answer(found, output, secrets=False)
    return Exit.PARTLY if found.result in _BAD else Exit.DONE


async def _one(client: Mailgun, address: str) -> Validated:
    async with client:
        return await client.validation.validate_form(address)


def _validate_file(file: Path, job: Job, account: Access, output: Output) -> Exit:
    if job.every <= 0:
        raise InvalidArgument(f"--every must be more than 0, not {job.every}", field="every")
    save = job.save or file.with_name(f"{file.name.partition('.')[0]}-validated.csv")
    if save.exists():
        raise FileExistsError(17, "there is such a file already; name another with --save", str(save))
    made = re.sub(r"[^A-Za-z0-9_-]+", "-", file.name.partition(".")[0])
    list_id = job.list_id or f"{made}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    done, results = run(_all(account.client(), list_id, file, output, every_s=job.every))
    with save.open("xb") as opened:
        opened.write(results)
    counts = done.summary.result if done.summary else {}
    rows: list[tuple[str, Any, str | None]] = [("addresses", done.quantity or 0, None)]
    rows += [(name, int(count), "red" if name in _BAD and count else None) for name, count in counts.items()]
    if output.json:
        output.document({"id": list_id, "quantity": done.quantity, "result": counts, "results": str(save)})
    else:
        from mailgun_async.cli._show import show_rows  # noqa: PLC0415 -- it loads rich

        show_rows([*rows, ("results", save, None)])
    return Exit.DONE


async def _all(
    client: Mailgun, list_id: str, file: Path, output: Output, *, every_s: float
) -> tuple[BulkValidationJob, bytes]:
    async with client:
        await client.bulk_validation.create(list_id, file)
        output.note(f"job {list_id}; should this end early: mailgun-async api bulk-validation get {list_id}")
        await _watched(client, list_id, every_s)
        done = await client.bulk_validation.wait(list_id)  # returns at once, or tells why there are no results
        return done, _unpacked(await client.bulk_validation.download(done))


async def _watched(client: Mailgun, list_id: str, every_s: float) -> None:
    import asyncio  # noqa: PLC0415 -- --help needs none

    from rich.console import Console  # noqa: PLC0415 -- --help needs none
    from rich.progress import Progress  # noqa: PLC0415 -- the same

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("validating", total=None)
        while (job := await client.bulk_validation.get(list_id)).status not in _OVER:
            progress.update(task, total=job.quantity, completed=job.records_processed or 0)
            await asyncio.sleep(every_s)


def _unpacked(content: bytes) -> bytes:
    """Return the results themselves: they come plain, as gzip, or as a zip of one file."""
    import gzip  # noqa: PLC0415 -- --help needs none
    import io  # noqa: PLC0415 -- the same
    import zipfile  # noqa: PLC0415 -- the same

    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return packed.read(packed.namelist()[0])
    return content
