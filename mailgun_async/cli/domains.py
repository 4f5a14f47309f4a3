"""`mailgun-async domains`: the domains of the account, their states, and what DNS lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from mailgun_async.cli._account import Access
from mailgun_async.cli._command import command, option, run
from mailgun_async.cli._exit import Exit
from mailgun_async.cli._lines import JsonLines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailgun_async import Mailgun
    from mailgun_async.endpoints.domains import DnsRecord

__all__ = ["domains"]

_AT_ONCE: Final = 8


@attrs.frozen(kw_only=True)
class Wanted:
    """Which domains."""

    search: str | None = option("--search", metavar="TEXT", help="Only those with this in their name.")
    max_items: int | None = option("--max-items", metavar="N", help="Most domains; by default all.")


@command
def domains(*, wanted: Wanted, account: Access, output: JsonLines) -> Exit:
    """List the domains, with their state and with the DNS records that Mailgun has seen."""
    from mailgun_async.cli._answers import print_table  # noqa: PLC0415 -- --help needs none

    found = run(_domains(account.client(), wanted))
    if output.json:
        for one in found:
            output.document(one)
        return Exit.DONE
    print_table([{**one, "missing": [_text(record) for record in one["missing"]]} for one in found], output)
    return Exit.DONE


async def _domains(client: Mailgun, wanted: Wanted) -> list[dict[str, Any]]:
    import asyncio  # noqa: PLC0415 -- --help needs none

    slots = asyncio.Semaphore(_AT_ONCE)

    async def described(name: str) -> dict[str, Any]:
        async with slots:
            found = await client.domains.get(name)
        domain = found.domain
        return {
            "name": domain.name,
            "state": domain.state,
            "type": domain.type,
            "sending_dns": _seen(found.sending_dns_records),
            "receiving_dns": _seen(found.receiving_dns_records),
            "missing": [
                {"type": record.record_type, "name": record.name or domain.name, "value": record.value}
                for record in (*found.sending_dns_records, *found.receiving_dns_records)
                if record.valid != "valid"
            ],
        }

    async with client:
        names = [one.name async for one in client.domains.list(search=wanted.search, max_items=wanted.max_items)]
        return await asyncio.gather(*map(described, names))


def _seen(records: Sequence[DnsRecord]) -> str:
    return f"{sum(record.valid == 'valid' for record in records)}/{len(records)}"


def _text(record: dict[str, str]) -> str:
    return f"{record['type']} {record['name']}"
