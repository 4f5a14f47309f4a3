"""The commands, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from mailgun_async import __version__
from mailgun_async.cli._exit import EXIT_HELP
from mailgun_async.cli.api import api
from mailgun_async.cli.campaign import campaign
from mailgun_async.cli.demo import demo
from mailgun_async.cli.doctor import doctor
from mailgun_async.cli.domains import domains
from mailgun_async.cli.emulator import emulator
from mailgun_async.cli.logs import logs
from mailgun_async.cli.metrics import metrics
from mailgun_async.cli.send import send
from mailgun_async.cli.send_batch import send_batch
from mailgun_async.cli.templates import templates
from mailgun_async.cli.validate import validate

__all__ = ["app"]

app = typer.Typer(
    name="mailgun-async",
    help="Send mail through Mailgun, try it out on a local one, find out what is wrong.",
    epilog=EXIT_HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # errors raised on purpose are one line; what is left is a bug
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        print(f"mailgun-async {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    *,
    _: Annotated[
        bool,
        typer.Option("--version", metavar="", callback=_version, is_eager=True, help="Print the version and leave."),
    ] = False,
) -> None:
    """Read what comes before the command."""


for command in (demo, send, send_batch, emulator, doctor, logs, metrics, domains, validate):
    app.command(epilog=EXIT_HELP)(command)
app.add_typer(campaign)
app.add_typer(api)
app.add_typer(templates)
