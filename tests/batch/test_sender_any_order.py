from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailgun_async import errors
from mailgun_async.batch.report import BatchReport, ChunkResult
from mailgun_async.batch.sender import Sender
from mailgun_async.errors import ApiError, BadRequest

if TYPE_CHECKING:
    from tests.batch.conftest import Post

FATES = ["accept", "accept", "accept", "bad", "unknown", "unsent", "oversize", "hopeless", "fault"]


class BrokenError(Exception):
    """Raised by what the user wrote."""


@attrs.define
class World:
    """What befalls a batch: an answer to each call, an exception of `on_chunk`, a cancellation."""

    script: list[str]
    refusal: Callable[..., ApiError]
    told_raises: int | None
    cancel_after: int | None
    told: int = 0
    accepted: list[str] = attrs.Factory(list)

    async def answer(self, addresses: list[str]) -> None:
        fate = self.script.pop() if self.script else "accept"
        for _ in range(len(addresses) % 3):
            await asyncio.sleep(0)
        match fate:
            case "bad":
                raise self.refusal(BadRequest, "to parameter is not a valid address")
            case "unknown":
                raise errors.DeliveryUnknown("?", method="POST", template="/")
            case "unsent":
                raise errors.ConnectError("no", method="POST", template="/")
            case "oversize":
                raise self.refusal(errors.Forbidden, status=403, oversize=True)
            case "hopeless":
                raise self.refusal(errors.Unauthorized, status=401)
            case "fault":
                raise ZeroDivisionError
        self.accepted += addresses

    def tell(self, _result: ChunkResult) -> None:
        self.told += 1
        if self.told == self.told_raises:
            raise BrokenError

    async def run(self, sender: Sender) -> BatchReport | None:
        batch = asyncio.create_task(sender.run())
        if self.cancel_after is not None:
            for _ in range(self.cancel_after):
                await asyncio.sleep(0)
            batch.cancel()
        try:
            return await batch
        except (asyncio.CancelledError, ZeroDivisionError, BrokenError) as error:
            return BatchReport.of(error)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(0, 40),
    script=st.lists(st.sampled_from(FATES), max_size=30),
    told_raises=st.none() | st.integers(1, 8),
    cancel_after=st.none() | st.integers(0, 60),
    in_flight=st.integers(1, 4),
)
def test_everybody_is_accounted_for_and_nobody_is_sent_to_twice(
    make_sender: Callable[..., Sender],
    post: Post,
    refusal: Callable[..., ApiError],
    *,
    count: int,
    script: list[str],
    told_raises: int | None,
    cancel_after: int | None,
    in_flight: int,
) -> None:
    """Whatever Mailgun, the user and the loop do, in any order."""
    everybody = [f"r{number}@x.de" for number in range(count)]
    world = World(list(script), refusal, told_raises, cancel_after)
    post.rule = world.answer
    report = asyncio.run(world.run(make_sender(everybody, max_in_flight=in_flight, on_chunk=world.tell)))
    if report is None:
        assert (cancel_after, world.accepted) == (0, [])  # cancelled before it began
        return
    assert report.pending == 0
    assert report.accepted == len(world.accepted) == len(set(world.accepted))
    left = [address for one in report.unknown for address in one.addresses]
    left += [address for one in report.not_sent for address in one.addresses]
    left += [one.address for one in report.rejected]
    assert sorted(world.accepted + left) == sorted(everybody[: report.taken])
