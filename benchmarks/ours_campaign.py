"""This package's durable campaigns, through its public face alone: planned into a file, and sent from there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from benchmarks import work
from benchmarks.child import Meter, peak_rss_mb, report, turns
from mailgun_async import CsvRecipients, Mailgun, Message

if TYPE_CHECKING:
    from benchmarks.child import Figures

_MAIL: Final = Message(from_=work.FROM, subject=work.BATCH_SUBJECT, text=work.BATCH_TEXT)


async def _campaign(url: str, path: str, in_flight: int) -> Figures:
    """Plan a campaign and send it, each measured; its journal lies beside the file of recipients."""
    planning, sending = Meter(), Meter()
    with TemporaryDirectory(dir=Path(path).parent) as folder:
        async with Mailgun(api_key=work.KEY, base_url=url) as mg, mg.campaign(Path(folder) / "journal.db") as campaign:
            with planning:
                await campaign.plan(work.DOMAIN, _MAIL, CsvRecipients(path))
            with sending:
                sent = await campaign.send(max_in_flight=in_flight)
    assert sent.complete
    assert sent.accepted == sent.taken
    return {
        "plan_cpu_s": planning.cpu_s,
        "send_cpu_s": sending.cpu_s,
        "cpu_s": planning.cpu_s + sending.cpu_s,
        "wall_s": planning.wall_s + sending.wall_s,
    }


def campaigns(*, url: str, path: str, in_flight: int) -> None:
    """Plan and send a campaign a turn, each with a journal of its own; the peak of memory is that of all turns."""
    for _ in turns():
        figures = asyncio.run(_campaign(url, path, in_flight))
        report({**figures, "peak_rss_mb": peak_rss_mb()})
