"""`mailgun-async doctor`: what is wrong with key, region, domain, DNS or clock, and what to do about it."""

from __future__ import annotations

import attrs

from mailgun_async.cli._account import Account
from mailgun_async.cli._command import Output, command, run
from mailgun_async.cli._exit import Exit

__all__ = ["doctor"]


@command
def doctor(*, account: Account, output: Output) -> Exit:
    """Look for what keeps mail from being sent. Sends nothing.

    Both regions are asked for the domain, unless a base URL is given.
    """
    from mailgun_async.cli import _findings, _probe, _show  # noqa: PLC0415 -- --help needs none of them

    answers = run(_probe.probe(account.hosts(), account.key(), account.domain))
    found = list(_findings.findings(answers, account.domain))
    code = next((finding.exit for finding in found if finding.state == "wrong"), Exit.DONE)
    if output.json:
        rows = [attrs.asdict(finding, filter=attrs.filters.exclude("exit")) for finding in found]
        output.document({"ok": code is Exit.DONE, "domain": account.domain, "findings": rows})
    else:
        _show.show_findings(found)
    return code
