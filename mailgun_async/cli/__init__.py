"""The command `mailgun-async`: send from the shell, try things out on a local Mailgun, find out what is wrong.

Needs the extra `cli` (typer and rich). One file a command; what they share is in the files with an underscore.
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
