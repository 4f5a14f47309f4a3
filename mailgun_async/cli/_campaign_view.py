"""A campaign while it is being sent, on stderr, and only where somebody can see it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.constrain import Constrain
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import RenderableType

    from mailgun_async.campaigns.campaign import Campaign
    from mailgun_async.campaigns.progress import CampaignStatus, ChunkMoved

__all__ = ["CampaignView"]

_EVERY_S = 0.25


class CampaignView:
    """Shows a bar with the time left, and below it recipients accepted, their rate, refusals, calls in flight, unknown.

    What other processes do on the same journal is in it too, but for refusals.
    """

    def __init__(self) -> None:
        self._progress = _TwoLines(
            SpinnerColumn(),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            expand=True,
            transient=True,
        )
        self.seen = self._progress.console.is_terminal
        """Somebody can see it."""
        self._progress.disable = not self.seen
        self.refusals: Callable[[], int] = lambda: 0
        """Tells how many calls were refused for the rate: what the journal is not asked for."""

    async def follow(self, campaign: Campaign) -> None:
        """Show the campaign's state again and again, until cancelled."""
        while self.seen:
            self.show(await campaign.status())
            await asyncio.sleep(_EVERY_S)

    def moved(self, chunk: ChunkMoved) -> None:
        """Learn who tells the refusals: the `on_chunk` of a campaign."""
        self.refusals = lambda: chunk.progress.refusals

    def show(self, status: CampaignStatus) -> None:
        """Show a state."""
        done, sums = status.recipients - status.open, status.sums
        if not self._progress.tasks:
            self._progress.add_task("", total=status.recipients, completed=done)
        [task] = self._progress.tasks
        self._progress.update(task.id, completed=done)
        unknown = sums["unknown"].recipients if "unknown" in sums else 0
        refusals = self.refusals()
        parts = [
            (f"{status.accepted:,} of {status.recipients:,} accepted", ""),
            (f"{task.speed or 0:,.0f}/s", ""),
            (f"{refusals:,} refusals", "yellow" if refusals else ""),
            (f"{sums['intent'].chunks if 'intent' in sums else 0:,} in flight", ""),
            (f"{unknown:,} unknown", "red" if unknown else ""),
        ]
        self._progress.line = Text("  ", overflow="ellipsis", no_wrap=True).join(
            Text(text, style=style) for text, style in parts
        )

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(text, markup=False, highlight=False)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._progress.stop()


class _TwoLines(Progress):
    """A bar, and a line of text below it."""

    line = Text()

    def get_renderables(self) -> Iterable[RenderableType]:
        """Give both, as soon as there is something to show."""
        if not self.tasks:
            return
        # The terminal writes ^C behind it, and a line that wraps cannot be taken away again.
        width = self.console.width - len("^C") - 1
        yield Constrain(self.make_tasks_table(self.tasks), width)
        yield Constrain(self.line, width)
