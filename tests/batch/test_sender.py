from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailgun_async import errors
from mailgun_async.batch.chunker import Chunker
from mailgun_async.batch.report import BatchReport, ChunkResult
from mailgun_async.batch.sender import Sender
from mailgun_async.errors import ApiError, BadRequest
from mailgun_async.message import Recipient

if TYPE_CHECKING:
    from tests.batch.conftest import Post

NOT_AN_ADDRESS = "to parameter is not a valid address. please check documentation"

MakeSender = Callable[..., Sender]
Refusal = Callable[..., ApiError]


def people(count: int) -> list[str]:
    """So many addresses."""
    return [f"r{number}@x.de" for number in range(count)]


def counts(report: BatchReport) -> dict[str, int]:
    """Recipients by their fate."""
    return {
        "accepted": report.accepted,
        "rejected": len(report.rejected),
        "unknown": sum(len(one.addresses) for one in report.unknown),
        "not_sent": sum(len(one.addresses) for one in report.not_sent),
    }


async def test_everybody_is_sent_to_in_chunks(post: Post, make_sender: MakeSender) -> None:
    """In the order of the source, each chunk with a Message-Id of its own."""
    report = await make_sender(people(10)).run()
    assert post.calls == [people(10)[:4], people(10)[4:8], people(10)[8:]]
    assert post.message_ids == ["1@test", "2@test", "3@test"]
    assert (report.taken, report.accepted, report.chunks, report.calls) == (10, 10, 3, 3)
    assert (report.waits_s, report.elapsed_s, report.recipients_per_s) == (1.5, 2.5, 4.0)
    assert (report.refusals, report.stopped, report.pending) == (0, None, 0)


async def test_each_call_carries_its_variables_and_the_common_parts(post: Post, make_sender: MakeSender) -> None:
    """And the id that it can be looked up by."""
    common = b'Content-Disposition: form-data; name="subject"\r\n\r\nHi\r\n'
    sender = make_sender([Recipient("a@x.de", "Ada", {"n": 1})])
    sender.common = [common]
    await sender.run()
    assert post.fields == [
        {
            "to": "Ada <a@x.de>",
            "recipient-variables": '{"a@x.de":{"n":1}}',
            "h:Message-Id": "<1@test>",
            "subject": "Hi",
        }
    ]


async def test_nobody_makes_no_call(post: Post, make_sender: MakeSender) -> None:
    """And no chunk."""
    report = await make_sender([]).run()
    assert (post.calls, report.taken, report.recipients_per_s) == ([], 0, 0.0)


async def test_calls_are_made_at_the_same_time_up_to_the_number_allowed(post: Post, make_sender: MakeSender) -> None:
    """No more, and no fewer while there is work."""

    async def rule(_addresses: list[str]) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    post.rule = rule
    report = await make_sender(people(40), max_in_flight=3).run()
    assert post.most_in_flight == 3
    assert report.accepted == 40


async def test_rejected_and_duplicate_recipients_are_in_the_sums(post: Post, make_sender: MakeSender) -> None:
    """They are taken, and no call is made for them."""
    sender = make_sender(["a@x.de", "no", "a@x.de", "b@x.de"], chunker=Chunker(duplicates="report"))
    report = await sender.run()
    assert post.calls == [["a@x.de", "b@x.de"]]
    assert (report.taken, report.accepted, report.duplicates) == (4, 2, ["a@x.de"])
    assert [one.address for one in report.rejected] == ["no"]


async def test_blocks_without_anybody_good_are_passed_over(post: Post, make_sender: MakeSender) -> None:
    """Also when what is wrong shows only while encoding."""
    bad = [{"email": f"r{number}@x.de", "n": {1}} for number in range(9)]
    report = await make_sender(["no"] * 9 + bad + ["a@x.de"]).run()
    assert post.calls == [["a@x.de"]]
    assert counts(report) == {"accepted": 1, "rejected": 18, "unknown": 0, "not_sent": 0}


async def test_no_more_is_read_than_is_about_to_be_sent(post: Post, make_sender: MakeSender) -> None:
    """However long the list, only chunks in flight and a block are held."""
    read, held = 0, []

    def source() -> Iterator[str]:
        nonlocal read
        for address in people(2_000):
            read += 1
            yield address

    async def rule(_addresses: list[str]) -> None:
        held.append(read - len(post.accepted))
        await asyncio.sleep(0)

    post.rule = rule
    report = await make_sender(source(), size=10, max_in_flight=4).run()
    assert report.accepted == 2_000
    assert max(held) <= (4 + 1) * 10


# -- too many recipients ----------------------------------------------------------------------------------------------


def at_most(limit: int, refusal: Refusal) -> Callable[[list[str]], None]:
    """Refuse calls to more recipients."""

    def rule(addresses: list[str]) -> None:
        if len(addresses) > limit:
            raise refusal(errors.Forbidden, "not allowed to send large batches yet", status=403, oversize=True)

    return rule


async def test_a_chunk_refused_for_its_size_is_halved_until_it_passes(
    post: Post, make_sender: MakeSender, refusal: Refusal
) -> None:
    """Later chunks are cut to the size found, which is remembered once Mailgun has accepted it."""
    post.rule = at_most(3, refusal)
    remembered: list[int] = []
    report = await make_sender(people(24), size=12, remember_size=remembered.append).run()
    assert post.sizes == [12, 6, 3, 3, 3, 3, 3, 3, 3, 3]
    assert list(post.accepted) == people(24)
    assert (report.accepted, report.chunks, report.calls) == (24, 8, 10)
    assert remembered == [3]


async def test_the_size_found_holds_for_calls_that_were_refused_meanwhile(
    post: Post, make_sender: MakeSender, refusal: Refusal
) -> None:
    """What was cut too large is cut again before it is posted."""
    limited = at_most(1, refusal)
    remembered: list[int] = []
    sender = make_sender(people(32), size=8, max_in_flight=4, remember_size=remembered.append)

    async def rule(addresses: list[str]) -> None:
        assert len(addresses) <= sender.size
        for _ in range(20):
            await asyncio.sleep(0)
        limited(addresses)

    post.rule = rule
    report = await sender.run()
    assert post.sizes[:4] == [8, 8, 8, 8]
    assert (report.accepted, remembered) == (32, [1])


async def test_a_known_size_is_kept_from_the_start(post: Post, make_sender: MakeSender) -> None:
    """Whatever size the blocks have."""
    sender = make_sender(people(10), size=10)
    sender.size = 4
    await sender.run()
    assert post.sizes == [4, 4, 2]


async def test_a_single_recipient_too_many_stops_the_batch(
    post: Post, make_sender: MakeSender, refusal: Refusal
) -> None:
    """The domain can't send at all; everybody taken is put down as not sent."""
    post.rule = at_most(0, refusal)
    remembered: list[int] = []
    report = await make_sender(people(100), size=4, remember_size=remembered.append).run()
    assert post.sizes == [4, 2, 1]
    assert isinstance(report.stopped, errors.Forbidden)
    assert (report.taken, remembered) == (4, [])
    assert counts(report) == {"accepted": 0, "rejected": 0, "unknown": 0, "not_sent": 4}


# -- addresses that Mailgun does not take -----------------------------------------------------------------------------


def all_but(bad: Collection[str], refusal: Refusal, text: str = NOT_AN_ADDRESS) -> Callable[[list[str]], None]:
    """Refuse calls to any of these; the text may name the first."""

    def rule(addresses: list[str]) -> None:
        found = [address for address in addresses if address in bad]
        if found:
            raise refusal(BadRequest, text.format(found[0]))

    return rule


@pytest.mark.parametrize("place", [0, 1, 499, 500, 998, 999])
async def test_one_bad_address_is_found_in_the_fewest_calls(
    post: Post, make_sender: MakeSender, refusal: Refusal, place: int
) -> None:
    """The refusal, ten probes by halves, and one call for all halves that were not probed."""
    everybody = people(1000)
    post.rule = all_but([everybody[place]], refusal)
    report = await make_sender(everybody, size=1000).run()
    assert [(one.address, one.reason) for one in report.rejected] == [(everybody[place], f"Mailgun: {NOT_AN_ADDRESS}")]
    assert set(post.accepted) == set(everybody) - {everybody[place]}
    assert len(post.calls) <= 1 + 10 + 1
    assert report.calls == len(post.calls)


async def test_a_bad_address_is_never_posted_alone(post: Post, make_sender: MakeSender, refusal: Refusal) -> None:
    """When its other half was accepted it is known without a call."""
    post.rule = all_but(["r3@x.de"], refusal)
    await make_sender(people(4)).run()
    assert post.calls == [people(4), people(2), ["r2@x.de"]]


async def test_an_address_that_mailgun_names_needs_no_search(
    post: Post, make_sender: MakeSender, refusal: Refusal
) -> None:
    """The rest goes in one more call."""
    post.rule = all_but(["r1@x.de", "r5@x.de"], refusal, "to parameter is not a valid address: '{}'")
    report = await make_sender(people(8), size=8).run()
    assert post.sizes == [8, 7, 3, 3]
    assert [one.address for one in report.rejected] == ["r1@x.de", "r5@x.de"]
    assert report.accepted == 6


async def test_a_chunk_of_bad_addresses_alone_is_rejected_whole(
    post: Post, make_sender: MakeSender, refusal: Refusal
) -> None:
    """In some calls more than it has addresses, not in their number times its logarithm."""
    everybody = people(64)
    post.rule = all_but(everybody, refusal)
    report = await make_sender(everybody, size=64).run()
    assert sorted(one.address for one in report.rejected) == sorted(everybody)
    assert len(post.calls) <= 3 * 64


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(1, 40),
    bad=st.sets(st.integers(0, 39), max_size=6),
    size=st.integers(1, 16),
    most=st.integers(1, 16),
)
def test_whatever_is_bad_is_found_and_the_rest_is_sent(
    post: Post, make_sender: MakeSender, refusal: Refusal, *, count: int, bad: set[int], size: int, most: int
) -> None:
    """Also when calls are refused for their size on the way."""
    everybody = people(count)
    wrong = {everybody[number] for number in bad if number < count}
    by_address, by_size = all_but(wrong, refusal), at_most(most, refusal)

    def rule(addresses: list[str]) -> None:
        by_size(addresses)
        by_address(addresses)

    post.rule = rule
    post.calls.clear()
    post.accepted.clear()
    report = asyncio.run(make_sender(everybody, size=size, max_in_flight=3).run())
    assert {one.address for one in report.rejected} == wrong
    assert set(post.accepted) == set(everybody) - wrong
    assert report.accepted + len(report.rejected) == report.taken == count
    assert len(post.calls) <= 2 * math.ceil(count / min(size, most)) + 8 * (len(wrong) + 1) + math.ceil(count / size)


async def test_a_probe_of_unknown_fate_ends_the_search_in_its_half(
    post: Post, make_sender: MakeSender, refusal: Refusal
) -> None:
    """That half is not sent again, and of the other one nothing is known any more."""
    wrong = all_but(["r1@x.de"], refusal)

    def rule(addresses: list[str]) -> None:
        if addresses == people(4):
            raise errors.DeliveryUnknown("?", method="POST", template="/")
        wrong(addresses)

    post.rule = rule
    report = await make_sender(people(8), size=8).run()
    assert post.calls == [people(8), people(4), people(8)[4:]]
    assert counts(report) == {"accepted": 4, "rejected": 0, "unknown": 4, "not_sent": 0}


# -- what else may happen to a chunk ----------------------------------------------------------------------------------


async def test_a_chunk_of_unknown_fate_is_kept_and_never_sent_again(post: Post, make_sender: MakeSender) -> None:
    """With the Message-Id to look up, and its recipients as they were given."""

    def rule(addresses: list[str]) -> None:
        if "r0@x.de" in addresses:
            raise errors.DeliveryUnknown("?", method="POST", template="/", message_id="1@test")

    post.rule = rule
    given = [Recipient(address, "Ada", {"n": 1}) for address in people(6)]
    report = await make_sender(given).run()
    (unknown,) = report.unknown
    assert (unknown.message_id, unknown.addresses, unknown.recipients) == ("1@test", people(4), given[:4])
    assert isinstance(unknown.cause, errors.DeliveryUnknown)
    assert (len(post.calls), report.accepted) == (2, 2)


@pytest.mark.parametrize(
    "error",
    [
        errors.ConnectError("no", method="POST", template="/"),
        errors.WaitTooLong("no", wait_s=60.0),
        errors.RateLimited("no", status=429, message="no", method="POST", template="/"),
        BadRequest("no", status=400, message="'o:tag' is too long", method="POST", template="/"),
    ],
)
async def test_a_chunk_that_was_not_sent_does_not_stop_the_others(
    post: Post, make_sender: MakeSender, error: ApiError
) -> None:
    """It is kept with its error, and can be given to another batch."""

    def rule(addresses: list[str]) -> None:
        if "r0@x.de" in addresses:
            raise error

    post.rule = rule
    report = await make_sender(people(12)).run()
    (not_sent,) = report.not_sent
    assert (not_sent.error, not_sent.addresses) == (error, people(4))
    assert not_sent.recipients == [Recipient(address) for address in people(4)]
    assert (report.accepted, report.taken, report.stopped) == (8, 12, None)


async def test_refusals_for_rate_are_counted(post: Post, make_sender: MakeSender, refusal: Refusal) -> None:
    """Apart from the calls that carried them."""
    post.rule = at_most(2, refusal)
    report = await make_sender(people(4)).run()
    assert (report.calls, report.refusals) == (3, 1)


# -- who is told ------------------------------------------------------------------------------------------------------


async def test_every_fate_is_told(post: Post, make_sender: MakeSender, refusal: Refusal) -> None:
    """With numbers that add up, and the report as it stands."""
    wrong = all_but(["r0@x.de"], refusal)

    def rule(addresses: list[str]) -> None:
        wrong(addresses)
        if "r4@x.de" in addresses:
            raise errors.DeliveryUnknown("?", method="POST", template="/")
        if "r8@x.de" in addresses:
            raise errors.ConnectError("no", method="POST", template="/")

    post.rule = rule
    told: list[tuple[ChunkResult, int]] = []
    sender = make_sender(people(12), on_chunk=lambda result: told.append((result, result.report.accepted)))
    report = await sender.run()
    assert [(one.fate, one.recipients, one.message_id, accepted) for one, accepted in told] == [
        ("rejected", 1, None, 0),
        ("accepted", 3, "4@test", 3),
        ("unknown", 4, "5@test", 3),
        ("not_sent", 4, "6@test", 3),
    ]
    assert [type(one.error) for one, _ in told] == [BadRequest, type(None), errors.DeliveryUnknown, errors.ConnectError]
    assert all(one.report is report for one, _ in told)


async def test_telling_may_take_its_time(make_sender: MakeSender) -> None:
    """What can be awaited is awaited before the next chunk of that worker."""
    order: list[str] = []

    async def tell(result: ChunkResult) -> None:
        order.append(f"begin {result.message_id}")
        await asyncio.sleep(0)
        order.append(f"end {result.message_id}")

    await make_sender(people(8), on_chunk=tell).run()
    assert order == ["begin 1@test", "end 1@test", "begin 2@test", "end 2@test"]
