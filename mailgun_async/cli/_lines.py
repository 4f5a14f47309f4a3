"""Options of commands that list: what they print with `--json` are JSON Lines."""

from __future__ import annotations

from typing import Any

import attrs

from mailgun_async.cli._command import Output, flag

__all__ = ["JsonLines"]


@attrs.frozen(kw_only=True)
class JsonLines(Output):
    """`Output` whose `--json` is a document on each line, so that it can be read as it comes."""

    json: bool = flag("--json", help="Print JSON Lines on stdout, one for each item, and nothing else there.")

    def document(self, content: dict[str, Any]) -> None:
        """Print a document on one line."""
        import json  # noqa: PLC0415 -- the quickest answer, --help, needs none

        self.show(json.dumps(content, ensure_ascii=False))
