"""The command `mailgun-async`: send from the shell, try things out on a local Mailgun, find out what is wrong.

Needs the extra `cli` (typer and rich). One file a command: it declares the options, and loads what carries them out
only then, so that `--help` is there at once. The files with an underscore do the work:

- for every command: `_app` puts them together, `_command` begins and ends them, `_exit` has their exit codes,
  `_signals` takes Ctrl-C, `_show` prints
- options that commands share: `_account`, `_message`, `_recipients`
- `send-batch`: `_batch_run` sends, `_rejects` finds who was not accepted and where to go on, `_rows_file` writes that
  down, `_dry_run` sends to nobody
- `doctor`: `_probe` asks, `_findings` judges
- any other belongs to the command that loads it
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    try:
        from mailgun_async.cli._app import app  # noqa: PLC0415 -- its absence is explained here
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"typer", "rich"}:
            raise
        sys.exit(f"mailgun-async needs {error.name}, which is not installed: pip install 'mailgun_async[cli]'")
    app(prog_name="mailgun-async")
