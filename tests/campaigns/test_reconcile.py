"""What becomes of chunks of which nobody knows: on a clock moved by hand, a journal and a Mailgun in memory."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs
import pytest

from mailgun_async import RetryPolicy
from mailgun_async.campaigns import owners
from mailgun_async.campaigns.reconcile import LOOKS_S
from mailgun_async.errors import ConfigError, InvalidArgument, JournalError, MailgunError, ServerError, Unauthorized
from mailgun_async.transport.request import Response
from tests.campaigns.filled import fill
from tests.campaigns.stand_in import LOST, Bench, refusal

LEASE_S = 2 * 60.0 + 70.0
"""Twice the timeout of a small call, and the time by which it may outlast that."""


@pytest.fixture
async def bench() -> Bench:
    """A campaign's surroundings."""
    return Bench.made()


async def planned(bench: Bench, *counts: int) -> None:
    """Plan chunks of so many recipients."""
    journal = bench.journal()
    await journal.open()
    await fill(journal, counts)


async def unknown(bench: Bench, *, accepted: bool, chunks: int = 1) -> None:
    """Have chunks become unknown, each of one recipient, and stop there."""
    await planned(bench, *[1] * chunks)
    broken = "rule_after" if accepted else "rule"
    setattr(bench.office, broken, lambda _: LOST)
    sending = asyncio.ensure_future((await bench.campaign()).send())
    bench.later(1.0, sending.cancel)
    with pytest.raises(asyncio.CancelledError):
        await bench.clock.run(sending)
    setattr(bench.office, broken, lambda _: None)
    assert set(bench.states().values()) == {"unknown"}


def looks(bench: Bench) -> list[float]:
    """Return when it was looked up, in seconds after it became unknown."""
    since = bench.office.calls[0].at
    return [round(at - since) for _, at in bench.office.looked_up]


async def test_it_is_looked_up_on_its_schedule_and_then_planned_again(bench: Bench) -> None:
    """Often at first, then less often; it is sent by the next send."""
    await unknown(bench, accepted=False)
    report = await bench.clock.run((await bench.campaign()).reconcile())
    assert looks(bench) == pytest.approx(LOOKS_S, abs=1.0)
    assert bench.states() == {"0": "planned"}
    assert (report.open, report.unknown_recipients) == (1, 0)
    assert bench.chunk("0").reason == "the logs did not have it 30 minutes after it became unknown"
    await bench.clock.run((await bench.campaign()).send())
    assert bench.office.mails == {"0-0@example.com": 1}


async def test_one_item_is_proof_at_once(bench: Bench) -> None:
    """Whatever the policy."""
    await unknown(bench, accepted=True)
    report = await bench.clock.run((await bench.campaign()).reconcile(on_unknown="park"))
    assert (report.accepted, len(bench.office.looked_up)) == (1, 1)


async def test_logs_that_lag_are_waited_for(bench: Bench) -> None:
    """It is found when they show it."""
    await unknown(bench, accepted=True)
    bench.office.lag_s = 500.0
    await bench.clock.run((await bench.campaign()).reconcile())
    assert looks(bench)[-1] == pytest.approx(600.0, abs=1.0)
    assert bench.outcomes() == [("0", "unknown"), ("0", "found")]


async def test_parked_it_waits_for_somebody(bench: Bench) -> None:
    """With the reason; it is never sent by itself."""
    await unknown(bench, accepted=False)
    campaign = await bench.campaign(on_unknown="park")
    report = await bench.clock.run(campaign.send())
    assert (report.parked_recipients, report.open) == (1, 0)
    assert report.parked[0].reason == "the logs did not have it 30 minutes after it became unknown"
    assert len(bench.office.calls) == 1


async def test_a_policy_for_this_time(bench: Bench) -> None:
    """Goes before the campaign's."""
    await unknown(bench, accepted=False)
    await bench.clock.run((await bench.campaign(on_unknown="park")).reconcile(on_unknown="ignore"))
    assert (bench.states(), bench.office.looked_up) == ({"0": "planned"}, [])


async def test_trusted_sooner_it_is_decided_sooner(bench: Bench) -> None:
    """At that very moment, but not before its lease has ended: until then the call may still arrive."""
    await unknown(bench, accepted=False)
    campaign = await bench.campaign(trust_after_s=20.0, looks_s=[15.0])
    await bench.clock.run(campaign.reconcile())
    assert looks(bench) == [pytest.approx(at, abs=1.0) for at in (15.0, LEASE_S)]


async def test_many_are_looked_up_side_by_side(bench: Bench) -> None:
    """All that are due."""
    await unknown(bench, accepted=True, chunks=10)
    await bench.clock.run((await bench.campaign()).reconcile())
    assert len(bench.office.looked_up) == 10
    assert max(looks(bench)) - min(looks(bench)) <= 1.0


async def test_nothing_unknown_is_nothing_to_do(bench: Bench) -> None:
    """A report comes at once."""
    await planned(bench, 1)
    assert (await (await bench.campaign()).reconcile()).open == 1


@pytest.mark.parametrize("how", ["send", "reconcile"])
async def test_without_a_plan_there_is_nothing_to_do(bench: Bench, how: str) -> None:
    """Which is an error that says what to do."""
    campaign = await bench.campaign()
    with pytest.raises(JournalError, match="plan"):
        await getattr(campaign, how)()


# -- owners that are gone ----------------------------------------------------------------------------------------------


async def claimed(bench: Bench, owner: str) -> None:
    """Leave an intent behind, whose call was accepted."""
    await planned(bench, 1)
    journal = bench.journal()
    await journal.open()
    now = bench.clock.wall()
    (candidate,) = await journal.candidates(now=now, limit=1)
    assert await journal.claim(candidate.key, owner=owner, now=now, lease_until=now + LEASE_S)


async def test_an_intent_of_a_process_that_is_gone_is_unknown_at_once(bench: Bench) -> None:
    """Never planned: its call may have been accepted."""
    owner = owners.enter()
    owners.leave(owner)
    await claimed(bench, owner)
    await bench.clock.run((await bench.campaign()).send())
    assert bench.outcomes() == [("0", "absent"), ("0", "accepted")]
    assert bench.office.looked_up[0][1] - 1_764_000_000.0 == pytest.approx(15.0, abs=1.0)


async def test_an_intent_of_another_host_is_unknown_when_its_lease_has_ended(bench: Bench) -> None:
    """Nobody here knows whether it lives."""
    await claimed(bench, "elsewhere:1:a")
    await bench.clock.run((await bench.campaign()).send())
    assert bench.office.looked_up[0][1] - 1_764_000_000.0 == pytest.approx(LEASE_S + 15.0, abs=2.0)


async def test_where_unknown_is_ignored_the_intent_of_a_dead_process_is_planned(bench: Bench) -> None:
    """At once."""
    owner = owners.enter()
    owners.leave(owner)
    await claimed(bench, owner)
    await bench.clock.run((await bench.campaign(on_unknown="ignore")).send())
    assert bench.outcomes() == [("0", "unseen"), ("0", "accepted")]
    assert bench.clock.elapsed_s < 2.0


# -- look-ups that tell nothing ----------------------------------------------------------------------------------------


async def test_a_look_up_that_fails_is_no_evidence(bench: Bench) -> None:
    """It is made again, and what it finds then counts."""
    await unknown(bench, accepted=True)
    bench.office.logs = bench.office.events = refusal(503, "later")
    client = bench.client(retry=RetryPolicy(max_attempts=1))
    bench.later(100.0, lambda: _heal(bench))
    await bench.clock.run((await bench.campaign(client)).reconcile())
    assert bench.outcomes() == [("0", "unknown"), ("0", "found")]
    assert looks(bench)[-1] == pytest.approx(120.0, abs=1.0)


def _heal(bench: Bench) -> None:
    bench.office.logs = bench.office.events = None


async def test_look_ups_that_fail_for_long_are_an_error_when_there_is_nothing_else_to_do(bench: Bench) -> None:
    """The chunk stays unknown, however long the logs can't be read: it is neither sent again nor parked."""
    await unknown(bench, accepted=False)
    bench.office.logs = bench.office.events = refusal(503, "later")
    client = bench.client(retry=RetryPolicy(max_attempts=1))
    for how in ("send", "reconcile"):
        with pytest.raises(ServerError):
            await bench.clock.run(getattr(await bench.campaign(client), how)())
        assert bench.states() == {"0": "unknown"}


async def test_answers_about_other_messages_are_no_evidence(bench: Bench) -> None:
    """An index that does not filter can't show that something is absent."""
    await unknown(bench, accepted=False)
    other = Response(200, {}, b'{"items": [{"message": {"headers": {"message-id": "other@x"}}}]}')
    bench.office.logs = bench.office.events = other
    with pytest.raises(MailgunError, match="did not filter"):
        await bench.clock.run((await bench.campaign()).reconcile())
    assert bench.states() == {"0": "unknown"}


# -- keys --------------------------------------------------------------------------------------------------------------


async def test_a_sending_key_alone_parks_what_it_may_not_look_up(bench: Bench) -> None:
    """The reason, in the journal and in the report, names the key that would help."""
    await unknown(bench, accepted=True)
    client = bench.client(api_key=None, sending_keys={"mg.example.com": "key"})
    report = await bench.clock.run((await bench.campaign(client)).send())
    (parked,) = report.parked
    assert parked.reason == (
        "it may have been accepted; an account API key of role admin, developer or basic could look it up in the logs: "
        "there is only a sending key"
    )
    assert bench.office.looked_up == []


async def test_a_key_that_may_not_read_logs_parks_too(bench: Bench) -> None:
    """Even where the policy is to send again: never blindly."""
    await unknown(bench, accepted=True)
    bench.office.logs = bench.office.events = refusal(403, "Forbidden")
    report = await bench.clock.run((await bench.campaign()).send())
    assert "an account API key of role admin" in report.parked[0].reason
    assert [method for method, _ in bench.office.looked_up] == ["POST", "GET"]


async def test_a_wrong_key_ends_it(bench: Bench) -> None:
    """Nothing is decided."""
    await unknown(bench, accepted=True)
    bench.office.logs = bench.office.events = refusal(401, "Forbidden")
    for how in ("send", "reconcile"):
        with pytest.raises(Unauthorized):
            await bench.clock.run(getattr(await bench.campaign(), how)())
    assert bench.states() == {"0": "unknown"}


async def test_a_wrong_key_parks_where_that_is_the_policy(bench: Bench) -> None:
    """A sending key given as the account's may send, and is answered so when it looks up."""
    await unknown(bench, accepted=True)
    bench.office.logs = bench.office.events = refusal(401, "Forbidden")
    report = await bench.clock.run((await bench.campaign(on_unknown="park")).reconcile())
    assert report.parked_recipients == 1


async def test_a_client_that_was_closed_decides_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error."""
    await unknown(bench, accepted=True)

    async def closed(*_: Any, **__: Any) -> bool:
        raise ConfigError("this client is closed")

    campaign = await bench.campaign()
    reconciler = campaign._setup.reconciler(await campaign._planned())
    reconciler.find = closed
    with pytest.raises(ConfigError, match="closed"):
        await bench.clock.run(reconciler.until_known())
    assert bench.states() == {"0": "unknown"}


# -- by hand -----------------------------------------------------------------------------------------------------------


async def parked(bench: Bench, *, accepted: bool) -> None:
    """Have a chunk parked."""
    await unknown(bench, accepted=accepted)
    bench.office.logs = bench.office.events = refusal(403, "Forbidden")
    await bench.clock.run((await bench.campaign()).reconcile())
    bench.office.logs = bench.office.events = None
    assert bench.states() == {"0": "parked"}


async def test_parked_chunks_are_looked_up_before_they_are_planned_again(bench: Bench) -> None:
    """What the logs have by now is sent."""
    await parked(bench, accepted=True)
    campaign = await bench.campaign()
    assert (await campaign.retry_parked()).chunks == 0
    assert bench.states() == {"0": "sent"}
    assert (await campaign.report()).accepted == 1


async def test_parked_chunks_that_the_logs_do_not_have_are_planned_again(bench: Bench) -> None:
    """And sent by the next send."""
    await parked(bench, accepted=False)
    campaign = await bench.campaign()
    assert (await campaign.retry_parked()).recipients == 1
    assert (await bench.clock.run(campaign.send())).accepted == 1


async def test_with_a_sending_key_alone_parked_chunks_are_planned_again_unseen(bench: Bench) -> None:
    """As the user says."""
    await parked(bench, accepted=False)
    client = bench.client(api_key=None, sending_keys={"mg.example.com": "key"})
    assert (await (await bench.campaign(client)).retry_parked()).recipients == 1


async def test_a_parked_chunk_whose_look_up_fails_stays_parked(bench: Bench) -> None:
    """The error says so."""
    await parked(bench, accepted=False)
    bench.office.logs = bench.office.events = refusal(503, "later")
    with pytest.raises(ServerError):
        await bench.clock.run((await bench.campaign()).retry_parked())
    assert bench.states() == {"0": "parked"}


async def test_refused_chunks_are_planned_again(bench: Bench) -> None:
    """Once what Mailgun disliked was put right."""
    await planned(bench, 2)
    bench.office.rule = lambda _: refusal(400, "no such template")
    campaign = await bench.campaign()
    await bench.clock.run(campaign.send())
    bench.office.rule = lambda _: None
    assert (await campaign.retry_refused()).recipients == 2
    assert (await bench.clock.run(campaign.send())).accepted == 2


async def test_a_later_attempt_is_looked_up_from_the_beginning(bench: Bench) -> None:
    """The first one may have been accepted after all, long before the second was made."""
    await unknown(bench, accepted=False)
    asked: list[float] = []

    async def find(_id: str, /, *, sent_at: float, **_more: str) -> bool:
        asked.append(sent_at)
        return True

    assert bench.store.header is not None
    key = bench.chunk("0").key
    bench.store.chunks[key] = attrs.evolve(bench.chunk("0"), attempt=2, sent_from=bench.clock.wall())
    campaign = await bench.campaign()
    reconciler = campaign._setup.reconciler(await campaign._planned())
    reconciler.find = find
    await bench.clock.run(reconciler.until_known())
    assert asked == [bench.store.header.started_at]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"on_unknown": "hope"}, "on_unknown"),
    ({"looks_s": []}, "looks_s"),
    ({"looks_s": [30.0, 15.0]}, "looks_s"),
    ({"looks_s": [0.0, 15.0]}, "looks_s"),
    ({"trust_after_s": -1.0}, "trust_after_s"),
]


@pytest.mark.parametrize(("options", "names"), BAD, ids=str)
async def test_options_out_of_range_are_told(bench: Bench, options: dict[str, Any], names: str) -> None:
    """Before anything is opened."""
    with pytest.raises(InvalidArgument, match=names):
        bench.client().campaign("never.db", **options)
