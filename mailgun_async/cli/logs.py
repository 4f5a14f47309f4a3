"""`mailgun-async logs`: what happened to every message."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs

from mailgun_async.cli._account import Account
from mailgun_async.cli._command import command, flag, option, run
from mailgun_async.cli._exit import Exit
from mailgun_async.cli._lines import JsonLines
from mailgun_async.cli._since import instant
from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from mailgun_async import Mailgun
    from mailgun_async.endpoints.logs import LogEvent
    from mailgun_async.paging import Pages

__all__ = ["logs"]

MOST_LINES: Final = 100


@attrs.frozen(kw_only=True)
class Wanted:
    """Which entries."""

    event: list[str] | None = option(
        "--event", "-e", metavar="NAME", help="accepted, delivered, failed ...; repeatable."
    )
    recipient: str | None = option("--recipient", metavar="ADDRESS", help="Only of this recipient.")
    message_id: str | None = option("--message-id", metavar="ID", help="Only of this message.")
    tag: str | None = option("--tag", metavar="TAG", help="Only of messages with this tag.")
    since: str | None = option(
        "--since", metavar="TIME", help="From when: 2h, 7d or 2027-01-31T09:30+01:00; by default a day ago."
    )
    until: str | None = option("--until", metavar="TIME", help="To when, in the same forms; by default now.")
    max_items: int | None = option(
        "--max-items", metavar="N", help=f"Most entries; by default all with --json, else {MOST_LINES}."
    )

    def filter(self, domain: str | None) -> Any:
        """Return the conditions; None when there are none."""
        from mailgun_async.endpoints.logs import where  # noqa: PLC0415 -- --help needs none

        given = {"domain": domain, "recipient": self.recipient, "message_id": self.message_id, "tag": self.tag}
        joined: Any = None
        for name, value in given.items():
            if value is not None:
                one = where(name, "=", value)  # type: ignore[arg-type] # a dict's keys are but texts
                joined = one if joined is None else joined & one
        return joined


@attrs.frozen(kw_only=True)
class Following:
    """How they are waited for."""

    follow: bool = flag("--follow", "-f", help="Show entries as they come, from now on or --since, until Ctrl-C.")
    every: float = option("--every", default=10.0, metavar="SECONDS", help="Time between two looks (10).")


@command
def logs(*, wanted: Wanted, following: Following, account: Account, output: JsonLines) -> Exit:
    """Show what happened to messages, the newest first.

    Entries come late and out of order: what is absent may still come for half an hour. With --domain or MAILGUN_DOMAIN
    they are those of the domain, otherwise of the whole account.
    """
    now = datetime.now(UTC)
    until = instant("until", wanted.until, now)
    if following.follow and (until is not None or wanted.max_items is not None):
        raise InvalidArgument("--follow has no end: give it without --until and --max-items", field="follow")
    if following.every <= 0:
        raise InvalidArgument(f"--every must be more than 0, not {following.every}", field="every")
    since = instant("since", wanted.since, now)
    work = _Work(wanted=wanted, domain=account.domain, output=output)
    if following.follow:
        with suppress(KeyboardInterrupt):  # there is no other end
            run(work.follow(account.client(), since or now, following.every))
    else:
        run(work.list(account.client(), since or now - timedelta(days=1), until))
    return Exit.DONE


@attrs.frozen(kw_only=True)
class _Work:
    wanted: Wanted
    domain: str | None
    output: JsonLines

    async def list(self, client: Mailgun, since: datetime, until: datetime | None) -> None:
        most = self.wanted.max_items
        if most is None and not self.output.json:
            most = MOST_LINES
        shown = 0
        async with client:
            async for entry in self._query(client, since, end=until, max_items=most):
                self._show(entry, first=not shown)
                shown += 1
        if not shown:
            self.output.note("no entries")
        elif shown == most and self.wanted.max_items is None:
            self.output.note(f"the first {most}; for more: --max-items N, or --json")

    async def follow(self, client: Mailgun, since: datetime, every_s: float) -> None:
        from mailgun_async.cli import _log_lines  # noqa: PLC0415 -- --help needs none

        def query(start: datetime) -> Pages[LogEvent]:
            return self._query(client, start, sort="timestamp:asc")

        first = True
        async with client:
            async for entry in _log_lines.follow(query, since, every_s=every_s, now=lambda: datetime.now(UTC)):
                self._show(entry, first=first)
                first = False

    def _query(self, client: Mailgun, start: datetime, **further: Any) -> Pages[LogEvent]:
        events: Any = self.wanted.event
        return client.logs.query(start=start, events=events, filter=self.wanted.filter(self.domain), **further)

    def _show(self, entry: LogEvent, *, first: bool) -> None:
        from mailgun_async.cli import _answers, _log_lines  # noqa: PLC0415 -- --help needs none

        if self.output.json:
            self.output.document(_answers.plain(entry))
            return
        if first:
            self.output.show(_log_lines.heading())
        self.output.show(_log_lines.line(entry))
