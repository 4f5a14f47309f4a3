"""`mailgun-async templates`: stored templates of a domain, kept in a folder of files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailgun_async.cli._account import Account
from mailgun_async.cli._command import Output, command, run
from mailgun_async.cli._exit import EXIT_HELP, Exit

if TYPE_CHECKING:
    from mailgun_async import Mailgun
    from mailgun_async.cli._template_folder import Change, Stored

__all__ = ["templates"]

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Holds a folder for each template.", show_default=False)]


@command
def pull(*, folder: Folder, account: Account, output: Output) -> Exit:
    """Write all templates of a domain, with all their versions, into a folder. Other files there stay."""
    from mailgun_async.cli._template_folder import write_folder  # noqa: PLC0415 -- --help needs none

    found = run(_pulled(account.client(), account.sending_domain()))
    changed = write_folder(folder, found)
    text = f"{len(found)} templates; files written: {len(changed)}"
    output.announce("\n".join([*map(str, changed), text]), {"templates": len(found), "written": [*map(str, changed)]})
    return Exit.DONE


@command
def push(
    *,
    folder: Folder,
    account: Account,
    output: Output,
    dry_run: Annotated[bool, typer.Option("--dry-run", metavar="", help="Only tell what differs.")] = False,
) -> Exit:
    """Send what differs to Mailgun: new templates and versions, changed ones. Deletes nothing."""
    from mailgun_async.cli._template_folder import read_folder  # noqa: PLC0415 -- --help needs none

    done = run(_pushed(account.client(), account.sending_domain(), read_folder(folder), output, dry_run=dry_run))
    if output.json:
        output.document({"changes": [*map(str, done)], "dry_run": dry_run})
    elif not done:
        output.show("nothing differs")
    return Exit.DONE


async def _pulled(client: Mailgun, domain: str) -> dict[str, Stored]:
    async with client:
        return await _stored(client, domain)


async def _stored(client: Mailgun, domain: str) -> dict[str, Stored]:
    from mailgun_async.cli._template_folder import Stored, Version  # noqa: PLC0415 -- --help needs none

    found = {}
    async for one in client.templates.list(domain):
        versions, active = {}, None
        async for listed in client.templates.list_versions(domain, one.name):
            version = (await client.templates.get_version(domain, one.name, listed.tag)).version or listed
            text, comment, headers = version.template or "", version.comment or "", version.headers or {}
            versions[listed.tag] = Version(text=text, comment=comment, headers=headers)
            active = listed.tag if listed.active else active
        found[one.name.lower()] = Stored(description=one.description or "", active=active, versions=versions)
    return found


async def _pushed(
    client: Mailgun, domain: str, here: dict[str, Stored], output: Output, *, dry_run: bool
) -> list[Change]:
    from mailgun_async.cli._template_folder import changes  # noqa: PLC0415 -- --help needs none

    done = []
    async with client:
        for change in changes(here, await _stored(client, domain)):
            if not dry_run:
                await _apply(client, domain, change)
            if not output.json:
                output.show(str(change))
            done.append(change)
    return done


async def _apply(client: Mailgun, domain: str, change: Change) -> None:
    calls = client.templates
    if change.tag is not None:
        called = calls.create_version if change.kind == "add" else calls.update_version
        await called(domain, change.template, change.tag, **change.given)
    elif change.kind == "create":
        await calls.create(domain, change.template, **change.given)
    else:
        await calls.update(domain, change.template, **change.given)


templates = typer.Typer(
    name="templates",
    help="Stored templates of a domain, kept in a folder of files.",
    epilog=EXIT_HELP,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for function in (pull, push):
    templates.command(epilog=EXIT_HELP)(function)
