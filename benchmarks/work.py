"""The work that every contender does: the same message, the same recipients, the same loop of senders."""

from __future__ import annotations

import asyncio
import csv
from typing import TYPE_CHECKING, Final, TypeVar

from benchmarks.child import Meter, report, turns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

T = TypeVar("T")

DOMAIN: Final = "mg.example.com"
KEY: Final = "key-0123456789abcdef"
CHUNK: Final = 1000
"""Recipients of one call: the most that Mailgun takes."""

FROM: Final = "Example Shop <shop@mg.example.com>"
SUBJECT: Final = "Your order 4711 is on its way"
TEXT: Final = "\n".join(["Hello Ada,", *["your order has left our house and will be with you soon."] * 8, "The shop"])
HTML: Final = "<html><body><h1>Hello Ada</h1>%s<p>The shop</p></body></html>" % (
    "<p>your order has left our house and will be with you <b>soon</b>.</p>" * 11
)

BATCH_SUBJECT: Final = "%recipient.name%, your %recipient.plan% plan"
BATCH_TEXT: Final = "Hello %recipient.name%,\nuse %recipient.coupon% with your %recipient.plan% plan.\n"


def to(number: int) -> str:
    """Tell who gets the mail of a call: everybody sends to others."""
    return f"Ada Lovelace <ada.{number:06}@example.org>"


async def drive(items: Iterable[T], call: Callable[[T], Awaitable[object]], *, in_flight: int) -> None:
    """Await `call` for every item, `in_flight` at a time."""
    shared = iter(items)

    async def sender() -> None:
        for item in shared:
            await call(item)

    await asyncio.gather(*(sender() for _ in range(in_flight)))


async def measure_calls(call: Callable[[int], Awaitable[object]], *, calls: int, in_flight: int) -> None:
    """Measure `calls` calls a turn."""
    for _ in turns():
        with Meter() as meter:
            await drive(range(calls), call, in_flight=in_flight)
        report({"cpu_us": meter.cpu_s / calls * 1e6, "per_s": calls / meter.wall_s})


async def measure_batches(batch: Callable[[], Awaitable[object]]) -> None:
    """Measure a batch a turn."""
    for _ in turns():
        with Meter() as meter:
            await batch()
        report({"cpu_s": meter.cpu_s, "wall_s": meter.wall_s})


def write_csv(path: Path, recipients: int) -> Path:
    """Write a file of recipients with the columns email, name, plan and coupon."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("email", "name", "plan", "coupon"))
        rows.writerows(
            (f"user{n:07}@example.com", f"Customer {n}", ("free", "team", "enterprise")[n % 3], f"SPRING-{n:07}")
            for n in range(recipients)
        )
    return path
