"""What becomes of chunks when they are sent: on a clock moved by hand, a journal and a Mailgun in memory."""

from __future__ import annotations

import os

import attrs
import pytest

from mailgun_async import ChunkMoved
from mailgun_async.batch.chunks import Chunk
from mailgun_async.campaigns.journal import CommonPart
from mailgun_async.campaigns.payload import freeze
from mailgun_async.transport.encoding import field
from mailgun_async.transport.request import BULK
from tests.campaigns.filled import fill
from tests.campaigns.stand_in import DOMAIN, DOWN, LOST, Bench, Call, Reply, bad_address, refusal


@pytest.fixture
async def bench() -> Bench:
    """A campaign's surroundings."""
    return Bench.made()


async def planned(bench: Bench, *counts: int) -> None:
    """Plan chunks of so many recipients."""
    journal = bench.journal()
    await journal.open()
    await fill(journal, counts)
    bench.store.common += [CommonPart(name="subject", data=field("subject", "Hi"))]


async def test_every_chunk_is_sent_once(bench: Bench) -> None:
    """In the order of the plan, each with its recipients, its id and the parts that all share."""
    await planned(bench, 2, 1)
    report = await bench.clock.run((await bench.campaign()).send(max_in_flight=1))
    first, second = bench.office.calls
    assert first.addresses == ["0-0@example.com", "0-1@example.com"]
    assert first.message_id == bench.chunk("0").message_id
    assert first.fields == {
        "to": ["0-0@example.com,0-1@example.com"],
        "recipient-variables": ['{"0-0@example.com":{},"0-1@example.com":{}}'],
        "h:Message-Id": [f"<{first.message_id}>"],
        "v:mg-chunk": [first.message_id],
        "subject": ["Hi"],
    }
    assert second.addresses == ["1-0@example.com"]
    assert (report.accepted, report.complete) == (3, True)


async def test_calls_are_told_to_the_limiter_as_bulk(bench: Bench) -> None:
    """With their recipients, and never as such that may be repeated."""
    await planned(bench, 2)
    await bench.clock.run((await bench.campaign()).send())
    (request,) = bench.office.transport.requests
    assert (request.domain, request.recipients, request.priority, request.safety) == (DOMAIN, 2, BULK, "unsafe")


async def test_no_more_calls_are_in_flight_than_allowed(bench: Bench) -> None:
    """And as many, when there is enough to do."""
    await planned(bench, *[1] * 12)
    bench.office.takes_s = 1.0
    await bench.clock.run((await bench.campaign()).send(max_in_flight=3))
    assert bench.office.most_in_flight == 3
    assert bench.office.mails.total() == 12


async def test_nothing_planned_is_nothing_to_send(bench: Bench) -> None:
    """A report comes at once."""
    await planned(bench)
    report = await bench.clock.run((await bench.campaign()).send())
    assert (report.complete, bench.office.calls) == (True, [])


async def test_the_intent_is_in_the_journal_before_a_byte_leaves(bench: Bench) -> None:
    """With an owner, and a lease of twice the call's timeout and the time by which it may outlast that."""
    await planned(bench, 1)

    def rule(_call: Call) -> None:
        chunk = bench.chunk("0")
        assert (chunk.state, chunk.attempt) == ("intent", 1)
        assert chunk.owner
        assert chunk.lease_until == pytest.approx(bench.clock.wall() + 2 * 60.0 + 70.0, abs=0.1)

    bench.office.rule = rule
    await bench.clock.run((await bench.campaign()).send())
    assert bench.states() == {"0": "sent"}


async def test_a_permit_comes_before_the_claim(bench: Bench) -> None:
    """A chunk that waits for the rate limit is planned still: anybody may take it."""
    await planned(bench, 1, 1)
    seen: list[str] = []

    def rule(_call: Call) -> Reply | None:
        if len(bench.office.calls) == 1:
            bench.later(30.0, lambda: seen.extend(bench.states().values()))
            return refusal(429, "too fast", **{"Retry-After": "60"})
        return None

    bench.office.rule = rule
    await bench.clock.run((await bench.campaign()).send())
    assert seen == ["planned", "planned"]
    assert bench.states() == {"0": "sent", "1": "sent"}


# -- refusals ----------------------------------------------------------------------------------------------------------


async def test_a_limited_chunk_is_sent_when_the_limit_opens(bench: Bench) -> None:
    """And not claimed before, by any process; it spends nothing."""
    await planned(bench, 1)
    bench.office.rule = lambda _: refusal(429, "no", **{"Retry-After": "30"}) if bench.clock.elapsed_s < 29 else None
    report = await bench.clock.run((await bench.campaign()).send())
    assert bench.outcomes() == [("0", "limited"), ("0", "accepted")]
    assert bench.office.calls[1].at - bench.office.calls[0].at == pytest.approx(30.0, abs=1.5)
    assert (report.history.refusals, report.accepted) == (1, 1)


async def test_a_refusal_for_another_reason_is_kept_with_its_words(bench: Bench) -> None:
    """And the others are sent."""
    await planned(bench, 1, 1)
    bench.office.rule = lambda call: refusal(400, "bad template") if "0-0@example.com" in call.addresses else None
    report = await bench.clock.run((await bench.campaign()).send())
    chunk = bench.chunk("0")
    assert (chunk.state, chunk.status, chunk.reason) == ("refused", 400, "bad template")
    assert chunk.body == b'{"message":"bad template"}'
    assert (report.accepted, report.refused_recipients) == (1, 1)


async def test_too_many_recipients_are_halved_until_it_passes(bench: Bench) -> None:
    """Later chunks are cut to that size before they are sent, and the next campaign knows it."""
    await planned(bench, 8, 8)
    words = f"Domain {DOMAIN} is not allowed to send large batches yet"
    bench.office.rule = lambda call: refusal(403, words) if len(call.addresses) > 2 else None
    client = bench.client()
    report = await bench.clock.run((await bench.campaign(client)).send(max_in_flight=1))
    assert [len(call.addresses) for call in bench.office.calls] == [8, 4, 2, 2, 2, 2, 2, 2, 2, 2]
    assert bench.chunk("1").state == "split"
    assert bench.chunk("1").attempt == 1
    assert bench.store.header is not None
    assert bench.store.header.size == 2
    assert report.accepted == 16
    assert set(bench.office.mails.values()) == {1}
    context = client._context
    assert context.session.limiter.size_for(context.credentials("", None).account, DOMAIN) == 2


async def test_a_size_that_another_process_found_is_known(bench: Bench) -> None:
    """It stands in the journal."""
    await planned(bench, 5)
    assert bench.store.header is not None
    bench.store.header = attrs.evolve(bench.store.header, size=2)
    await bench.clock.run((await bench.campaign()).send(max_in_flight=1))
    assert [len(call.addresses) for call in bench.office.calls] == [2, 2, 1]


async def test_an_address_that_mailgun_names_is_rejected_alone(bench: Bench) -> None:
    """The others of its chunk are sent in one call."""
    await planned(bench, 4)
    bad = "0-2@example.com"
    words = f"to parameter is not a valid address: {bad}"
    bench.office.rule = lambda call: refusal(400, words) if bad in call.addresses else None
    report = await bench.clock.run((await bench.campaign()).send())
    assert [len(call.addresses) for call in bench.office.calls] == [4, 3]
    assert bench.states() == {"0": "split", "0.0": "sent"}
    (rejected,) = report.rejected_first
    assert (rejected.address, rejected.reason, rejected.by) == (bad, words, "mailgun")
    assert (report.accepted, report.rejected_by_mailgun, report.complete) == (3, 1, True)


async def test_an_address_that_mailgun_does_not_name_is_searched_for(bench: Bench) -> None:
    """By halves, down to one; everybody else gets one mail."""
    await planned(bench, 16)
    bad = {"0-2@example.com", "0-11@example.com"}
    bench.office.rule = lambda call: bad_address() if bad & set(call.addresses) else None
    report = await bench.clock.run((await bench.campaign()).send())
    assert {one.address for one in report.rejected_first} == bad
    assert (report.accepted, report.rejected_by_mailgun) == (14, 2)
    assert set(bench.office.mails.values()) == {1}
    assert max(len(chunk.ordinal) for chunk in bench.chunks()) == len("0.0.0.0.0")


async def test_a_chunk_of_nothing_but_bad_addresses_leaves_nobody(bench: Bench) -> None:
    """It is split into nothing."""
    await planned(bench, 2)
    bench.office.rule = lambda _: bad_address()
    report = await bench.clock.run((await bench.campaign()).send())
    assert (report.accepted, report.rejected_by_mailgun, report.complete) == (0, 2, True)


# -- nobody knows ------------------------------------------------------------------------------------------------------


async def test_an_unknown_chunk_is_looked_up_while_others_are_sent(bench: Bench) -> None:
    """Found in the logs it is sent, and no second mail leaves."""
    await planned(bench, 1, 1)
    bench.office.rule_after = lambda call: LOST if "0-0@example.com" in call.addresses else None
    report = await bench.clock.run((await bench.campaign()).send())
    assert bench.outcomes() == [("0", "unknown"), ("1", "accepted"), ("0", "found")]
    assert set(bench.office.mails.values()) == {1}
    assert report.accepted == 2
    assert bench.clock.elapsed_s == pytest.approx(15.0, abs=1.0)


async def test_what_the_logs_do_not_have_in_the_end_is_sent_again(bench: Bench) -> None:
    """With the same Message-Id."""
    await planned(bench, 1)
    bench.office.rule = lambda _: LOST if len(bench.office.calls) == 1 else None
    await bench.clock.run((await bench.campaign()).send())
    assert bench.outcomes() == [("0", "unknown"), ("0", "absent"), ("0", "accepted")]
    assert len({call.message_id for call in bench.office.calls}) == 1
    assert bench.clock.elapsed_s == pytest.approx(1800.0, abs=2.0)


async def test_ignored_it_is_sent_again_at_once(bench: Bench) -> None:
    """And may arrive twice: that is what was asked for."""
    await planned(bench, 1)
    bench.office.rule_after = lambda _: refusal(502, "") if len(bench.office.calls) == 1 else None
    await bench.clock.run((await bench.campaign(on_unknown="ignore")).send())
    assert bench.outcomes() == [("0", "unknown"), ("0", "accepted")]
    assert bench.office.mails == {"0-0@example.com": 2}
    assert bench.office.looked_up == []


# -- no network --------------------------------------------------------------------------------------------------------


async def test_a_minute_without_network_is_waited_for(bench: Bench) -> None:
    """All workers wait together, longer each time; nothing is lost."""
    await planned(bench, *[1] * 20)
    bench.office.rule = lambda _: DOWN if bench.clock.elapsed_s < 60.0 else None
    report = await bench.clock.run((await bench.campaign()).send())
    assert report.accepted == 20
    assert bench.office.looked_up == []
    failed = [outcome for _, outcome in bench.outcomes() if outcome == "unsent"]
    assert len(failed) < 30


async def test_on_chunk_is_told_what_is_in_the_journal(bench: Bench) -> None:
    """With figures that go on changing; what can be awaited is awaited."""
    await planned(bench, 2, 1)
    told: list[tuple[str, str, str | None]] = []
    settled: list[int] = []

    async def on_chunk(moved: ChunkMoved) -> None:
        assert bench.chunk(moved.ordinal).state == moved.state
        told.append((moved.ordinal, moved.state, moved.reason))
        settled.append(moved.progress.settled)

    bench.office.rule = lambda call: refusal(400, "no") if len(call.addresses) == 1 else None
    await bench.clock.run((await bench.campaign()).send(max_in_flight=1, on_chunk=on_chunk))
    assert told == [("0", "sent", None), ("1", "refused", "no")]
    assert settled == [2, 3]


async def test_a_large_chunk_is_thawed_in_a_thread(bench: Bench) -> None:
    """It is the same chunk."""
    large = os.urandom(40_000).hex()
    chunk = freeze(Chunk.of({"a@example.com": {"x": large}}, {}), campaign="c1", ordinal="0", domain=DOMAIN)
    await planned(bench, 1)
    key = bench.chunk("0").key
    bench.store.payloads[key] = chunk.payload
    bench.store.chunks[key] = attrs.evolve(bench.chunk("0"), digest=chunk.digest)
    await bench.clock.run((await bench.campaign()).send())
    assert bench.office.calls[0].fields["recipient-variables"] == [f'{{"a@example.com":{{"x":"{large}"}}}}']


async def test_each_step_of_a_chunk_is_told_in_its_order(bench: Bench) -> None:
    """To tests, which end the process at any of them."""
    await planned(bench, 1)
    campaign = await bench.campaign()
    steps: list[tuple[str, str]] = []
    sender = await campaign._setup.sender(await campaign._ready(), owner="host:1:a")
    sender.courier.at = lambda step: steps.append((step, bench.chunk("0").state))
    await bench.clock.run(sender.run())
    assert steps == [("permit", "planned"), ("claimed", "intent"), ("answered", "intent"), ("committed", "sent")]
