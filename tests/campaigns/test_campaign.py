"""Whole campaigns: real files, real sockets, a local Mailgun that misbehaves."""

from __future__ import annotations

import asyncio
import inspect
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from mailgun_async import Attachment, Campaign, CsvRecipients, Mailgun, Message, RetryPolicy, Timeouts
from mailgun_async.campaigns.reconcile import LOOKS_S, TRUST_AFTER_S
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.errors import InvalidArgument, InvalidMessage, JournalError, Unauthorized
from mailgun_async.testing import Emulator
from mailgun_async.testing._faults import FaultName

MAIL = Message(from_="Ada <ada@mg.example.com>", subject="Hi %recipient.name%", text="Hello %recipient.name%")
PEOPLE = [{"email": f"r{number}@example.com", "name": f"Person {number}"} for number in range(200)]

MakeCampaign = Callable[..., Campaign]


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """A local Mailgun."""
    async with Emulator(sending_keys={"mg.example.com": "sending"}) as running:
        yield running


@pytest.fixture
async def mg(emulator: Emulator) -> AsyncIterator[Mailgun]:
    """A client of it, in a hurry."""
    async with client(emulator) as made:
        yield made


def client(emulator: Emulator, **settings: Any) -> Mailgun:
    """Make a client in a hurry: its calls, and so its leases, are short."""
    settings.setdefault("api_key", emulator.api_key)
    return Mailgun(
        base_url=emulator.url,
        domain=emulator.domain,
        retry=RetryPolicy(base_s=0.01, max_wait_s=0.02),
        timeouts=Timeouts(answer_s=0.15, connect_s=0.15),
        **settings,
    )


@pytest.fixture
def campaign(mg: Mailgun, tmp_path: Path) -> MakeCampaign:
    """Make a campaign in a hurry, always on the same file."""

    def make(of: Mailgun = mg, **options: Any) -> Campaign:
        options.setdefault("trust_after_s", 0.05)
        options.setdefault("looks_s", (0.01, 0.02, 0.05))
        made = of.campaign(tmp_path / "journal.db", **options)
        return hurried(made)

    return make


def hurried(made: Campaign) -> Campaign:
    """Have a campaign see every few milliseconds what others have done."""
    made._setup = attrs.evolve(made._setup, poll_s=0.01)
    return made


def mails(emulator: Emulator) -> Counter[str]:
    """Count the mails of everybody."""
    return Counter(mail.recipient for mail in emulator.outbox)


async def test_from_the_plan_to_the_report(emulator: Emulator, campaign: MakeCampaign) -> None:
    """Everybody gets one mail of their own."""
    async with campaign() as spring:
        plan = await spring.plan(MAIL, PEOPLE, name="spring", chunk_size=30)
        assert (plan.totals.recipients, plan.totals.chunks, plan.name) == (200, 7, "spring")
        assert emulator.calls == 0
        report = await spring.send()
    assert (report.accepted, report.complete, report.name) == (200, True, "spring")
    assert mails(emulator) == dict.fromkeys([one["email"] for one in PEOPLE], 1)
    assert {mail.text for mail in emulator.outbox} == {f"Hello {one['name']}" for one in PEOPLE}
    ids = {mail.message_id for mail in emulator.outbox}
    assert len(ids) == 7
    assert {mail.variables["mg-chunk"] for mail in emulator.outbox} == ids


async def test_sent_again_nothing_is_sent(emulator: Emulator, campaign: MakeCampaign) -> None:
    """Nor when it is planned again before: so a program can be run again as it is."""
    for _ in range(2):
        async with campaign() as spring:
            await spring.plan("mg.example.com", MAIL, PEOPLE)
            assert (await spring.send()).accepted == 200
    assert emulator.calls == 1


async def test_another_plan_is_an_error(campaign: MakeCampaign) -> None:
    """It says what differs."""
    async with campaign() as spring:
        await spring.plan(MAIL, PEOPLE)
        with pytest.raises(JournalError, match="subject"):
            await spring.plan(Message(from_="ada@mg.example.com", subject="Ho", text=MAIL.text), PEOPLE)


async def test_to_send_it_takes_the_journal_and_a_key(
    emulator: Emulator, campaign: MakeCampaign, tmp_path: Path
) -> None:
    """Neither the file of recipients nor that of the attachment is needed any more."""
    people, attached = tmp_path / "people.csv", tmp_path / "a.txt"
    people.write_text("email,name\na@example.com,Ada\nb@example.com,Bob\n")
    attached.write_text("abc")
    message = Message(
        from_="ada@mg.example.com",
        subject="Hi",
        text="%recipient.name%",
        attachments=[Attachment(path=attached)],
    )
    async with campaign() as spring:
        await spring.plan(message, CsvRecipients(people))
    people.unlink()
    attached.unlink()
    async with campaign() as spring:
        await spring.send()
    assert [(mail.recipient, mail.text) for mail in emulator.outbox] == [
        ("a@example.com", "Ada"),
        ("b@example.com", "Bob"),
    ]
    assert emulator.outbox[0].attachments[0].content == b"abc"


BEFORE: list[FaultName] = ["502-before", "hang-before", "drop-before", "rst-before", "garbage-before"]
AFTER: list[FaultName] = ["502-after", "hang-after", "drop-after", "half-head-after", "half-body-after"]


@pytest.mark.parametrize("fault", [*BEFORE, *AFTER])
async def test_whatever_goes_wrong_nobody_gets_two_mails_and_nobody_none(
    emulator: Emulator, campaign: MakeCampaign, fault: FaultName
) -> None:
    """When one call in three breaks."""
    emulator.faults.add(fault, rate=0.34, times=4)
    async with campaign() as spring:
        await spring.plan(MAIL, PEOPLE, chunk_size=20)
        report = await spring.send(max_in_flight=4)
    assert emulator.faults.drawn[fault] >= 1
    assert mails(emulator) == dict.fromkeys([one["email"] for one in PEOPLE], 1)
    assert (report.accepted, report.complete) == (200, True)


async def test_ignored_faults_show_as_duplicates(emulator: Emulator, campaign: MakeCampaign) -> None:
    """So that the tests of the other policies can fail."""
    emulator.faults.add("502-after", times=3)
    async with campaign(on_unknown="ignore") as spring:
        await spring.plan(MAIL, PEOPLE, chunk_size=20)
        report = await spring.send()
    assert report.accepted == 200
    assert Counter(mails(emulator).values()) == {1: 140, 2: 60}


async def test_parked_faults_show_as_missing_and_never_as_duplicates(
    emulator: Emulator, campaign: MakeCampaign
) -> None:
    """The report tells of them."""
    emulator.faults.add("502-before", times=3)
    async with campaign(on_unknown="park") as spring:
        await spring.plan(MAIL, PEOPLE, chunk_size=20)
        report = await spring.send()
    assert (report.accepted, report.parked_recipients) == (140, 60)
    assert Counter(mails(emulator).values()) == {1: 140}


async def test_logs_that_lag_do_not_lead_to_duplicates(emulator: Emulator, campaign: MakeCampaign) -> None:
    """As long as they are trusted late enough."""
    emulator.logs_lag_s = 0.1
    emulator.faults.add("502-after", times=3)
    async with campaign(trust_after_s=0.3, looks_s=(0.01, 0.05, 0.2)) as spring:
        await spring.plan(MAIL, PEOPLE, chunk_size=20)
        report = await spring.send()
    assert report.accepted == 200
    assert set(mails(emulator).values()) == {1}


async def test_a_sending_key_alone_sends_and_parks(emulator: Emulator, campaign: MakeCampaign) -> None:
    """What it can't look up."""
    emulator.faults.add("502-after", times=1)
    sending = client(emulator, api_key=None, sending_keys={"mg.example.com": "sending"})
    async with sending, campaign(sending) as spring:
        await spring.plan(MAIL, PEOPLE, chunk_size=20)
        report = await spring.send()
    assert (report.accepted, report.parked_recipients) == (180, 20)
    assert "an account API key" in report.parked[0].reason


async def test_bad_addresses_and_large_batches_at_once(emulator: Emulator, campaign: MakeCampaign) -> None:
    """All others get their mail, once."""
    emulator.refuse_large_batches(above=40)
    bad = ["x@nowhere", "y@no_tld.c0m"]
    people = [*PEOPLE[:70], {"email": bad[0], "name": "X"}, *PEOPLE[70:], {"email": bad[1], "name": "Y"}]
    async with campaign() as spring:
        await spring.plan(MAIL, people)
        report = await spring.send()
    assert {one.address for one in report.rejected_first} == set(bad)
    assert (report.accepted, report.rejected_by_mailgun, report.complete) == (200, 2, True)
    assert set(mails(emulator).values()) == {1}


async def test_a_key_that_is_refused_under_way(emulator: Emulator, campaign: MakeCampaign) -> None:
    """Is an error, and it goes on with the right one."""
    emulator.faults.add("401", rate=1.0)
    async with campaign() as spring:
        await spring.plan(MAIL, PEOPLE, chunk_size=20)
        with pytest.raises(Unauthorized):
            await spring.send()
        emulator.faults.clear()
        assert (await spring.send()).accepted == 200
    assert set(mails(emulator).values()) == {1}


async def test_a_rate_limit_is_followed(emulator: Emulator, campaign: MakeCampaign) -> None:
    """And costs no chunk."""
    emulator.limit("fixed", 5, 0.1, dialect="headers-ms")
    async with campaign() as spring:
        await spring.plan(MAIL, PEOPLE, chunk_size=20)
        report = await spring.send()
    assert (report.accepted, report.complete) == (200, True)
    assert set(mails(emulator).values()) == {1}


async def test_two_campaigns_on_one_file_share_the_work(emulator: Emulator, campaign: MakeCampaign) -> None:
    """At the same time, with faults: everybody gets one mail."""
    faults: list[FaultName] = ["502-before", "502-after", "drop-after"]
    for fault in faults:
        emulator.faults.add(fault, rate=0.1)
    emulator.faults.add("slow", seconds=0.02)  # else the first has sent everything before the second has begun
    async with campaign() as first, campaign() as second:
        await first.plan(MAIL, PEOPLE, chunk_size=4)
        reports = await asyncio.gather(first.send(max_in_flight=4), second.send(max_in_flight=4))
        owners = [chunk.owner async for chunk in first._journal.chunks()]
    assert [report.accepted for report in reports] == [200, 200]
    assert mails(emulator) == dict.fromkeys([one["email"] for one in PEOPLE], 1)
    assert len(set(owners)) == 2


async def test_cancelled_and_sent_again(emulator: Emulator, campaign: MakeCampaign) -> None:
    """Nobody is lost, nobody gets two."""
    emulator.faults.add("slow", seconds=0.05)
    async with campaign() as spring:
        await spring.plan(MAIL, PEOPLE, chunk_size=10)
        sending = asyncio.ensure_future(spring.send(max_in_flight=2))
        await asyncio.sleep(0.12)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        status = await spring.status()
        assert status.sums["sent"].recipients == emulator.counts.recipients
        assert "intent" not in status.sums
        emulator.faults.clear()
        assert (await spring.send()).accepted == 200
    assert set(mails(emulator).values()) == {1}


async def test_status_is_how_far_it_is(campaign: MakeCampaign) -> None:
    """Also before anything was sent."""
    async with campaign() as spring:
        with pytest.raises(JournalError, match=r"plan\(\)"):
            await spring.status()
        await spring.plan(MAIL, PEOPLE, name="spring")
        status = await spring.status()
        assert (status.name, status.state, status.recipients, status.open) == ("spring", "ready", 200, 200)
        assert (status.accepted, status.started_at) == (0, None)
        await spring.send()
        status = await spring.status()
        assert (status.accepted, status.open) == (200, 0)
        assert status.started_at is not None


async def test_an_unfinished_plan_is_not_sent(campaign: MakeCampaign) -> None:
    """It says what to do."""

    def broken() -> Any:
        yield from (f"r{number}@example.com" for number in range(1_000))
        raise LookupError("mine")

    async with campaign() as spring:
        with pytest.raises(LookupError):
            await spring.plan(Message(from_="a@mg.example.com", subject="Hi", text="Hi"), broken())
        for method in (spring.send, spring.reconcile, spring.retry_refused, spring.retry_parked):
            with pytest.raises(JournalError, match=r"plan\(\) again"):
                await method()


async def test_everybody_who_is_not_reached_is_in_a_file(campaign: MakeCampaign, tmp_path: Path) -> None:
    """Whoever rejected them."""
    async with campaign() as spring:
        await spring.plan(MAIL, [*PEOPLE, {"email": "nobody", "name": "N"}, {"email": "x@nowhere", "name": "X"}])
        await spring.send()
        assert await spring.write_rejects(tmp_path / "rejects.csv") == 2
    assert "x@nowhere" in (tmp_path / "rejects.csv").read_text()


async def test_a_journal_of_ones_own(mg: Mailgun, tmp_path: Path) -> None:
    """Anything that is a `Journal` will do."""
    async with mg.campaign(SqliteJournal(tmp_path / "own.db")) as spring:
        await spring.plan(MAIL, PEOPLE)
        assert (await spring.send()).accepted == 200


async def test_leaving_it_closes_the_journal(campaign: MakeCampaign) -> None:
    """Nothing is cancelled by that."""
    async with campaign() as spring:
        await spring.plan(MAIL, PEOPLE)
    with pytest.raises(JournalError):
        await spring.status()
    async with campaign() as spring:
        assert (await spring.status()).state == "ready"


async def test_a_file_that_is_no_journal_is_left_as_it_is(campaign: MakeCampaign, tmp_path: Path) -> None:
    """With an error."""
    path = tmp_path / "journal.db"
    path.write_text("my notes, which have nothing to do with SQLite and are longer than its header" * 20)
    before = path.read_bytes()
    with pytest.raises(JournalError):
        await campaign().open()
    assert path.read_bytes() == before


async def test_a_journal_that_another_process_locks_is_waited_for(
    emulator: Emulator, mg: Mailgun, tmp_path: Path
) -> None:
    """Then it is an error, nothing is lost, and it goes on later."""
    journal = SqliteJournal(tmp_path / "locked.db", busy_timeout_s=0.05)
    async with mg.campaign(journal, trust_after_s=0.05, looks_s=[0.01]) as spring:
        await spring.plan(MAIL, PEOPLE, chunk_size=50)
        other = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="locked"):
            await spring.send()
        assert emulator.calls == 0
        other.execute("ROLLBACK")
        other.close()
        assert (await spring.send()).accepted == 200
    assert set(mails(emulator).values()) == {1}


ARGUMENTS: list[tuple[Callable[[Campaign], Awaitable[object]], str]] = [
    (lambda one: one.send(max_in_flight=0), "max_in_flight"),
    (lambda one: one.send(until=datetime(2030, 1, 1)), "until"),  # noqa: DTZ001 -- that is the mistake
    (lambda one: one.send(spread_over=timedelta(hours=-1)), "spread_over"),
    (lambda one: one.reconcile(on_unknown="hope"), "on_unknown"),  # type: ignore[arg-type]
    (lambda one: one.plan("no domain", MAIL, PEOPLE), "domain"),
    (lambda one: one.plan("mg.example.com", PEOPLE), "a Message"),  # type: ignore[call-overload]
    (lambda one: one.plan(MAIL, PEOPLE, chunk_size=0), "chunk_size"),
]


@pytest.mark.parametrize(("call", "names"), ARGUMENTS, ids=[names for _, names in ARGUMENTS])
async def test_arguments_out_of_range_are_told(
    campaign: MakeCampaign, call: Callable[[Campaign], Awaitable[object]], names: str
) -> None:
    """Before anything is done."""
    async with campaign() as spring:
        with pytest.raises((InvalidArgument, InvalidMessage), match=names):
            await call(spring)


def test_the_clients_defaults_are_those_of_the_schedule() -> None:
    """They stand there as figures, so that the client loads without campaigns."""
    parameters = inspect.signature(Mailgun.campaign).parameters
    assert parameters["looks_s"].default == LOOKS_S
    assert parameters["trust_after_s"].default == TRUST_AFTER_S
