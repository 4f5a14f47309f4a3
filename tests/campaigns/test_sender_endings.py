"""How sending ends before everything is settled, and that it can go on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailgun_async import ChunkMoved, RatePolicy, RetryPolicy
from mailgun_async.errors import (
    ApiError,
    ConfigError,
    ConnectError,
    DeliveryUnknown,
    Forbidden,
    JournalError,
    NotFound,
    PaymentRequired,
    Unauthorized,
    UnexpectedAnswer,
    WaitTooLong,
)
from mailgun_async.transport.request import Response
from tests.campaigns.filled import fill
from tests.campaigns.stand_in import DOMAIN, DOWN, LOST, POLL_S, Bench, Call, Reply, refusal


@pytest.fixture
async def bench() -> Bench:
    """A campaign's surroundings."""
    return Bench.made()


async def planned(bench: Bench, *counts: int) -> None:
    """Plan chunks of so many recipients."""
    journal = bench.journal()
    await journal.open()
    await fill(journal, counts)


HOPELESS: list[tuple[Reply, type[ApiError]]] = [
    (refusal(401, "Forbidden"), Unauthorized),
    (refusal(402, "no money"), PaymentRequired),
    (refusal(403, "no"), Forbidden),
    (refusal(404, f"Domain not found: {DOMAIN}"), NotFound),
    (refusal(400, f"Domain {DOMAIN} is not allowed to send: The domain is disabled"), ApiError),
    (refusal(403, f"Domain {DOMAIN} is not allowed to send large batches yet"), Forbidden),
    (Response(200, {}, b"Mailgun Magnificent API"), UnexpectedAnswer),
]


@pytest.mark.parametrize(("answer", "kind"), HOPELESS, ids=[str(kind.__name__) for _, kind in HOPELESS])
async def test_a_refusal_that_every_chunk_would_meet_ends_it(bench: Bench, answer: Reply, kind: type[ApiError]) -> None:
    """Calls in flight finish, nothing else is begun, and the chunk is planned again; later it goes on."""
    await planned(bench, *[1] * 10)
    bench.office.takes_s = 1.0
    bench.office.rule = lambda _: answer if len(bench.office.accepted) == 2 else None
    campaign = await bench.campaign()
    with pytest.raises(kind):
        await bench.clock.run(campaign.send(max_in_flight=2))
    assert list(bench.states().values()) == ["sent"] * 2 + ["planned"] * 8
    assert len(bench.office.calls) == 4
    bench.office.rule = lambda _: None
    report = await bench.clock.run(campaign.send())
    assert (report.accepted, set(bench.office.mails.values())) == (10, {1})


async def test_no_network_for_too_long_is_an_error(bench: Bench) -> None:
    """After as long as the retry policy says; nothing is lost."""
    await planned(bench, *[1] * 10)
    bench.office.rule = lambda _: DOWN
    with pytest.raises(ConnectError):
        await bench.clock.run((await bench.campaign()).send())
    assert 300.0 <= bench.clock.elapsed_s < 340.0
    assert set(bench.states().values()) == {"planned"}
    assert len(bench.office.calls) < 60


async def test_a_failing_mailgun_is_not_hammered(bench: Bench) -> None:
    """Nor does all of the campaign become unknown while it fails."""
    await planned(bench, *[1] * 500)
    bench.office.takes_s = 0.1
    bench.office.rule = lambda _: refusal(502, "")
    with pytest.raises(DeliveryUnknown):
        await bench.clock.run((await bench.campaign()).send())
    assert 300.0 <= bench.clock.elapsed_s < 340.0
    assert list(bench.states().values()).count("unknown") < 60


async def test_single_failures_do_not_slow_it_down(bench: Bench) -> None:
    """Only failures in a row do."""
    await planned(bench, *[1] * 100)
    bench.office.takes_s = 0.1
    bench.office.rule_after = lambda _: LOST if len(bench.office.calls) % 10 == 5 else None
    await bench.clock.run((await bench.campaign()).send(max_in_flight=1))
    assert set(bench.clock.sleeps) == {0.1, POLL_S}


# -- steered -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["pause", "cancel"])
async def test_another_handle_steers_it(bench: Bench, how: str) -> None:
    """Calls on the wire are finished, nothing is begun, and a report is returned."""
    await planned(bench, *[1] * 10)
    bench.office.takes_s = 1.0
    other = await bench.campaign()
    bench.later(1.5, getattr(other, how))
    report = await bench.clock.run((await bench.campaign()).send(max_in_flight=2))
    assert report.state == ("paused" if how == "pause" else "cancelled")
    assert list(bench.states().values()) == ["sent"] * 4 + ["planned"] * 6
    with pytest.raises(JournalError, match="resume" if how == "pause" else "cancelled"):
        await other.send()


async def test_a_paused_campaign_goes_on_when_it_is_resumed(bench: Bench) -> None:
    """Where it was."""
    await planned(bench, 1, 1)
    campaign = await bench.campaign()
    await campaign.pause()
    await campaign.resume()
    assert (await bench.clock.run(campaign.send())).accepted == 2


async def test_those_who_wait_for_a_permit_see_a_pause(bench: Bench) -> None:
    """At the next look into the journal, however long the limit has still to wait; nothing is sent."""
    await planned(bench, *[1] * 4)
    bench.office.rule = lambda _: (
        refusal(429, "no", **{"Retry-After": "3600"}) if len(bench.office.calls) == 1 else None
    )
    other = await bench.campaign()
    bench.later(30.0, other.pause)
    report = await bench.clock.run((await bench.campaign()).send(max_in_flight=4))
    assert (report.state, len(bench.office.calls)) == ("paused", 1)
    assert bench.outcomes() == [("0", "limited")]
    assert bench.clock.elapsed_s <= 30.0 + POLL_S
    await other.resume()
    assert (await bench.clock.run(other.send())).accepted == 4


async def test_until_then_and_no_longer(bench: Bench) -> None:
    """What is on the wire is finished; those that wait for a permit give up; the rest stays planned."""
    await planned(bench, *[1] * 10)
    bench.office.takes_s = 10.0
    until = datetime.fromtimestamp(bench.clock.wall() + 25.0, UTC)
    report = await bench.clock.run((await bench.campaign()).send(max_in_flight=2, until=until))
    assert (report.accepted, report.open) == (6, 4)
    assert bench.clock.elapsed_s == pytest.approx(30.0, abs=0.1)


async def test_until_a_time_that_is_over_nothing_is_begun(bench: Bench) -> None:
    """A report comes all the same."""
    await planned(bench, 1)
    report = await bench.clock.run((await bench.campaign()).send(until=datetime(2020, 1, 1, tzinfo=UTC)))
    assert (report.open, bench.office.calls) == (1, [])


async def test_those_who_wait_for_a_permit_give_up_when_until_comes(bench: Bench) -> None:
    """However long the limit has still to wait."""
    await planned(bench, 1, 1)
    bench.office.rule = lambda _: refusal(429, "no", **{"Retry-After": "3600"})
    until = datetime.fromtimestamp(bench.clock.wall() + 60.0, UTC)
    await bench.clock.run((await bench.campaign()).send(until=until))
    assert bench.clock.elapsed_s == pytest.approx(60.0, abs=0.1)
    assert set(bench.states().values()) == {"planned"}


async def test_spread_over_a_time_chunks_are_begun_evenly(bench: Bench) -> None:
    """The first at once."""
    await planned(bench, *[1] * 5)
    start = bench.clock.wall()
    await bench.clock.run((await bench.campaign()).send(spread_over=timedelta(minutes=10)))
    assert [call.at - start for call in bench.office.calls] == pytest.approx([0, 120, 240, 360, 480], abs=1.0)


async def test_two_processes_share_one_spread(bench: Bench) -> None:
    """They are not twice as fast."""
    await planned(bench, *[1] * 5)
    start = bench.clock.wall()
    campaigns = [await bench.campaign(), await bench.campaign()]
    sending = [campaign.send(spread_over=timedelta(minutes=10)) for campaign in campaigns]
    await bench.clock.run(asyncio.gather(*sending))
    assert [call.at - start for call in bench.office.calls] == pytest.approx([0, 120, 240, 360, 480], abs=2.0)


async def test_spread_anew_what_is_left_is_spread_over_all_of_the_time(bench: Bench) -> None:
    """After a crash as after a pause."""
    await planned(bench, *[1] * 4)
    until = datetime.fromtimestamp(bench.clock.wall() + 90.0, UTC)
    campaign = await bench.campaign()
    await bench.clock.run(campaign.send(spread_over=timedelta(minutes=2), until=until))
    again = bench.clock.wall()
    assert len(bench.office.calls) == 3
    await bench.clock.run(campaign.send(spread_over=timedelta(minutes=2)))
    assert bench.office.calls[-1].at == pytest.approx(again, abs=1.0)


# -- cancelled and broken ----------------------------------------------------------------------------------------------


async def cancelled_after(bench: Bench, seconds: float, sending: Any) -> None:
    """Cancel the sending after some seconds and wait for its end."""
    task = asyncio.ensure_future(sending)
    bench.later(seconds, task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await bench.clock.run(task)


async def test_cancelled_it_finishes_what_is_on_the_wire(bench: Bench) -> None:
    """And records it; nothing else is begun."""
    await planned(bench, *[1] * 10)
    bench.office.takes_s = 10.0
    await cancelled_after(bench, 5.0, (await bench.campaign()).send(max_in_flight=3))
    assert list(bench.states().values()) == ["sent"] * 3 + ["planned"] * 7
    assert bench.clock.elapsed_s == pytest.approx(10.0, abs=0.1)


async def test_cancelled_it_gives_up_what_waits_for_a_permit(bench: Bench) -> None:
    """At once."""
    await planned(bench, 1, 1)
    bench.office.rule = lambda _: refusal(429, "no", **{"Retry-After": "3600"})
    await cancelled_after(bench, 5.0, (await bench.campaign()).send())
    assert bench.clock.elapsed_s == pytest.approx(5.0, abs=0.1)
    assert set(bench.states().values()) == {"planned"}


async def test_cancelled_while_it_looks_up_it_ends_at_once(bench: Bench) -> None:
    """The chunk stays unknown, for the next time."""
    await planned(bench, 1)
    bench.office.rule = lambda _: LOST
    await cancelled_after(bench, 20.0, (await bench.campaign()).send())
    assert bench.states() == {"0": "unknown"}


async def test_an_error_after_the_cancellation_is_logged(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """As what is raised is the cancellation."""
    await planned(bench, 1)
    bench.office.takes_s = 10.0
    bench.office.rule = lambda _: refusal(401, "Forbidden")
    await cancelled_after(bench, 5.0, (await bench.campaign()).send())
    assert "401 Forbidden" in caplog.text


async def test_an_error_in_on_chunk_ends_it(bench: Bench) -> None:
    """After the calls on the wire; what the chunk became is in the journal."""
    await planned(bench, *[1] * 6)
    bench.office.takes_s = 1.0

    def on_chunk(_moved: ChunkMoved) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await bench.clock.run((await bench.campaign()).send(max_in_flight=2, on_chunk=on_chunk))
    assert list(bench.states().values()) == ["sent"] * 2 + ["planned"] * 4


async def test_a_damaged_chunk_is_not_sent(bench: Bench) -> None:
    """What it holds is no longer what was planned."""
    await planned(bench, 1, 2)
    first, second = (chunk.key for chunk in bench.chunks())
    bench.store.payloads[first] = bench.store.payloads[second]
    with pytest.raises(JournalError, match="chunk 0 of the journal is damaged"):
        await bench.clock.run((await bench.campaign()).send(max_in_flight=1))
    assert bench.office.calls == []


async def test_an_outcome_that_cannot_be_recorded_is_not_lost(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error that says which; the chunk is looked up when its lease has ended."""
    await planned(bench, 1)
    campaign = await bench.campaign()
    settle = campaign._journal.settle

    async def broken(*_: Any) -> bool:
        raise JournalError("the disk is full")

    monkeypatch.setattr(campaign._journal, "settle", broken)
    with pytest.raises(JournalError, match="full") as raised:
        await bench.clock.run(campaign.send())
    assert "accepted" in raised.value.__notes__[0]
    assert bench.states() == {"0": "intent"}
    monkeypatch.setattr(campaign._journal, "settle", settle)
    report = await bench.clock.run(campaign.send())
    assert bench.outcomes() == [("0", "found")]
    assert (report.accepted, bench.office.mails.total()) == (1, 1)


async def test_a_wait_longer_than_the_client_allows_is_an_error(bench: Bench) -> None:
    """What was not sent stays planned."""
    await planned(bench, 1, 1)
    bench.office.rule = lambda _: refusal(429, "no", **{"Retry-After": "3600"})
    client = bench.client(rate=RatePolicy(max_wait_s=10.0))
    with pytest.raises(WaitTooLong):
        await bench.clock.run((await bench.campaign(client)).send(max_in_flight=1))
    assert set(bench.states().values()) == {"planned"}


async def test_a_closed_client_sends_nothing(bench: Bench) -> None:
    """And says so."""
    await planned(bench, 1)
    client = bench.client()
    campaign = await bench.campaign(client)
    await client.close()
    with pytest.raises(ConfigError, match="closed"):
        await campaign.send()
    assert bench.states() == {"0": "planned"}


async def test_a_client_that_is_closed_under_way_gives_the_chunk_back(bench: Bench) -> None:
    """Nothing of it was sent."""
    await planned(bench, 1)

    def closed(_call: Call) -> Reply:
        raise ConfigError("this client is closed")

    bench.office.rule = closed
    with pytest.raises(ConfigError, match="closed"):
        await bench.clock.run((await bench.campaign()).send())
    assert bench.outcomes() == [("0", "given back")]


# -- leases ------------------------------------------------------------------------------------------------------------


async def test_a_claim_that_took_too_long_is_given_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the call might not be over by the end of its lease, it is not begun."""
    await planned(bench, 1)
    campaign = await bench.campaign()
    claim = campaign._journal.claim
    slow = iter([61.0, 0.0])

    async def slowly(*args: Any, **kwargs: Any) -> Any:
        claimed = await claim(*args, **kwargs)
        await bench.clock.sleep(next(slow))
        return claimed

    monkeypatch.setattr(campaign._journal, "claim", slowly)
    await bench.clock.run(campaign.send())
    assert bench.outcomes() == [("0", "given back"), ("0", "accepted")]
    assert len(bench.office.calls) == 1


async def test_an_answer_after_the_lease_does_not_undo_what_is_known(bench: Bench) -> None:
    """A worker that was frozen: another has found its call in the logs meanwhile."""
    await planned(bench, 1)
    frozen: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    bench.later(400.0, lambda: frozen.set_result(None))
    answer = bench.office.answer

    async def late(request: Any, exchange: Any) -> Any:
        reply = await answer(request, exchange)
        if request.url.endswith("/messages"):
            await frozen
        return reply

    bench.office.transport._otherwise = late
    other = await bench.campaign()
    reports = await bench.clock.run(asyncio.gather((await bench.campaign()).send(), other.send()))
    assert [report.accepted for report in reports] == [1, 1]
    assert bench.outcomes() == [("0", "found"), ("0", "accepted")]
    assert bench.office.mails.total() == 1


async def test_two_campaigns_on_one_journal_send_everything_once(bench: Bench) -> None:
    """Both get their share."""
    await planned(bench, *[2] * 50)
    bench.office.takes_s = 1.0
    campaigns = [await bench.campaign(), await bench.campaign()]
    reports = await bench.clock.run(asyncio.gather(*(campaign.send(max_in_flight=4) for campaign in campaigns)))
    assert [report.accepted for report in reports] == [100, 100]
    assert set(bench.office.mails.values()) == {1}
    assert bench.office.most_in_flight == 8
    owners = {chunk.owner for chunk in bench.chunks()}
    assert len(owners) == 2


async def test_errors_of_several_kinds_are_told_together(bench: Bench) -> None:
    """The first is raised."""
    await planned(bench, *[1] * 4)
    bench.office.takes_s = 1.0
    bench.office.rule = lambda _: refusal(401, "Forbidden") if len(bench.office.calls) <= 4 else None

    def on_chunk(moved: ChunkMoved) -> None:
        if moved.ordinal == "3":
            raise LookupError("mine")

    with pytest.raises(Unauthorized) as raised:
        await bench.clock.run((await bench.campaign()).send(max_in_flight=4, on_chunk=on_chunk))
    assert raised.value.__notes__ == ["Then there was LookupError: mine"]


async def test_a_refusal_that_ends_it_is_met_once(bench: Bench) -> None:
    """Workers with nothing to do do not take the chunk that was planned again."""
    await planned(bench, 1)
    bench.office.rule = lambda _: refusal(401, "Forbidden")
    with pytest.raises(Unauthorized):
        await bench.clock.run((await bench.campaign()).send(max_in_flight=4))
    assert len(bench.office.calls) == 1


async def test_an_exception_that_looks_like_a_cancellation_ends_it(bench: Bench) -> None:
    """On_chunk raised it, and nobody cancelled the sending."""
    await planned(bench, *[1] * 4)

    def on_chunk(_moved: ChunkMoved) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await bench.clock.run((await bench.campaign()).send(max_in_flight=1, on_chunk=on_chunk))
    assert list(bench.states().values()) == ["sent"] + ["planned"] * 3


async def test_a_retry_policy_of_the_client_holds(bench: Bench) -> None:
    """Also for how long the network may be down."""
    await planned(bench, 1)
    bench.office.rule = lambda _: DOWN
    client = bench.client(retry=RetryPolicy(total_s=20.0))
    with pytest.raises(ConnectError):
        await bench.clock.run((await bench.campaign(client)).send())
    assert 20.0 <= bench.clock.elapsed_s < 55.0
