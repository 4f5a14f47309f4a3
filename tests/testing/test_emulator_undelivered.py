"""Mail of the emulator to those on a suppression list: accepted, and delivered to nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailgun_async import Mailgun, Message, Recipient
from mailgun_async.endpoints.bounces import Bounce
from mailgun_async.endpoints.logs import LogEvent, where
from mailgun_async.endpoints.unsubscribes import Unsubscribe
from mailgun_async.testing import Emulator

DOMAIN = "mg.example.com"
BOB = "bob@example.com"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def mail_to(*to: str, **fields: Any) -> Message:
    """A whole message."""
    return Message(**{"from_": "Ada <ada@mg.example.com>", "to": list(to), "subject": "Hi", "text": "Hello"} | fields)


async def events(mg: Mailgun, address: str) -> list[LogEvent]:
    """What became of mail to an address, the last first."""
    return [one async for one in mg.logs.query(filter=where("recipient", "=", address))]


@pytest.mark.parametrize(
    ("group", "code", "reason", "description"),
    [
        ("bounces", 605, "suppress-bounce", "Not delivering to previously bounced address"),
        ("unsubscribes", 606, "suppress-unsubscribe", "Not delivering to unsubscribed address"),
        ("complaints", 607, "suppress-complaint", "Not delivering to a user who marked your messages as spam"),
    ],
)
async def test_mail_to_a_suppressed_address_is_accepted_and_fails(
    mg: Mailgun, emulator: Emulator, *, group: str, code: int, reason: str, description: str
) -> None:
    """It is not in the outbox but among the undelivered, and a `failed` event says why; others get theirs."""
    await getattr(mg, group).create("Bob@Example.com")
    await mg.messages.send(mail_to("ada@example.com", BOB, "eve@example.com"))
    assert [mail.recipient for mail in emulator.outbox] == ["ada@example.com", "eve@example.com"]
    assert [(mail.recipient, mail.undelivered) for mail in emulator.outbox.undelivered] == [(BOB, reason)]
    assert emulator.outbox.to(BOB) == []
    assert (emulator.outbox[-1].recipient, emulator.outbox[1].undelivered) == ("eve@example.com", None)
    assert (emulator.outbox.tally().mails, emulator.counts.undelivered) == (2, 1)
    failed, accepted = await events(mg, BOB)
    assert (failed.event, accepted.event) == ("failed", "accepted")
    assert (failed.log_level, failed.severity, failed.reason) == ("error", "permanent", reason)
    assert failed.delivery_status is not None
    assert (failed.delivery_status.code, failed.delivery_status.description) == (code, description)
    assert [one.event for one in await events(mg, "eve@example.com")] == ["delivered", "accepted"]


async def test_logs_tell_failures_from_deliveries(api: Any, mg: Mailgun) -> None:
    """By event, by severity and by code."""
    await mg.bounces.create(BOB)
    await mg.messages.send(mail_to("ada@example.com", BOB))
    for predicate in (("event", "=", "failed"), ("severity", "=", "permanent"), ("delivery_status_code", "=", "605")):
        [entry] = (await api.logs(predicate))["items"]
        assert (entry["recipient"], entry["reason"], entry["delivery-status"]["code"]) == (BOB, "suppress-bounce", 605)
    [entry] = (await api.logs(("delivery_status_code", "=", "250")))["items"]
    assert entry["recipient"] == "ada@example.com"
    [event] = (await api.get(f"/v3/{DOMAIN}/events?severity=permanent"))["items"]
    assert (event["event"], event["recipient"], event["severity"]) == ("failed", BOB, "permanent")


async def test_an_unsubscribe_with_tags_holds_for_mail_with_one_of_them(mg: Mailgun, emulator: Emulator) -> None:
    """Case aside; mail with other tags, or none, is delivered."""
    await mg.unsubscribes.add_many([Unsubscribe(address=BOB, tags=["News"])])
    for number, tags in enumerate((["news"], ["offers"], [], ["offers", "NEWS"])):
        await mg.messages.send(mail_to(BOB, subject=str(number), tags=tags))
    assert [mail.subject for mail in emulator.outbox] == ["1", "2"]
    assert [mail.subject for mail in emulator.outbox.undelivered] == ["0", "3"]


async def test_a_tag_may_be_the_recipients_own(mg: Mailgun, emulator: Emulator) -> None:
    """Tags are compared as each mail has them."""
    await mg.unsubscribes.add_many([Unsubscribe(address=f"{who}@example.com", tags=["en"]) for who in ("ada", "bob")])
    readers = [Recipient("ada@example.com", variables={"l": "en"}), Recipient(BOB, variables={"l": "de"})]
    await mg.messages.send_batch(mail_to(tags=["%recipient.l%"]), readers)
    assert [mail.recipient for mail in emulator.outbox] == [BOB]


@pytest.mark.parametrize("entry", [{"address": BOB}, {"allowed_domain": "example.com"}])
async def test_the_allowlist_wins_over_bounces(mg: Mailgun, emulator: Emulator, entry: dict[str, str]) -> None:
    """By address and by domain, but not over complaints."""
    await mg.bounces.add_many([Bounce(address=BOB)])
    await mg.allowlist.create(**entry)
    await mg.messages.send(mail_to(BOB))
    await mg.complaints.create(BOB)
    await mg.messages.send(mail_to(BOB))
    assert [mail.recipient for mail in emulator.outbox] == [BOB]
    assert [mail.undelivered for mail in emulator.outbox.undelivered] == ["suppress-complaint"]


async def test_a_removed_bounce_lets_mail_through_again(mg: Mailgun, emulator: Emulator) -> None:
    """What was accepted before stays as it was."""
    await mg.bounces.create(BOB)
    await mg.messages.send(mail_to(BOB, subject="one"))
    await mg.bounces.delete(BOB)
    await mg.messages.send(mail_to(BOB, subject="two"))
    assert [mail.subject for mail in emulator.outbox] == ["two"]
    assert [mail.subject for mail in emulator.outbox.undelivered] == ["one"]


async def test_scheduled_mail_fails_when_its_time_has_come(mg: Mailgun, clock: Any) -> None:
    """Until then it is only accepted."""
    await mg.complaints.create(BOB)
    at = datetime.fromtimestamp(clock.wall(), UTC) + timedelta(hours=1)
    await mg.messages.send(mail_to(BOB, delivery_time=at))
    assert [one.event for one in await events(mg, BOB)] == ["accepted"]
    await clock.advance(3_601)
    assert [one.event for one in await events(mg, BOB)] == ["failed", "accepted"]


async def test_copies_are_looked_up_too(mg: Mailgun, emulator: Emulator) -> None:
    """A copy of each mail of a batch, as each is a mail of its own."""
    await mg.bounces.create("boss@example.com")
    readers = [f"r{n}@example.com" for n in range(3)]
    variables = {address: {"n": n} for n, address in enumerate(readers)}
    await mg.messages.send(mail_to(*readers, cc=["boss@example.com"], recipient_variables=variables))
    assert [mail.recipient for mail in emulator.outbox] == readers
    assert [mail.recipient for mail in emulator.outbox.undelivered] == ["boss@example.com"] * 3


async def test_mail_as_mime_and_mail_sent_again_are_looked_up_too(mg: Mailgun, emulator: Emulator) -> None:
    """Whatever way it comes."""
    await mg.bounces.create(BOB)
    mime = b"From: ada@mg.example.com\r\nSubject: one\r\n\r\nHello"
    await mg.messages.send_mime([BOB, "eve@example.com"], mime)
    [mail] = emulator.outbox
    await mg.messages.resend_stored(mail.storage_key, [BOB])
    assert [mail.subject for mail in emulator.outbox.undelivered] == ["one", "one"]
    assert len(emulator.outbox) == 1


async def test_an_emulator_that_only_counts_counts_failures(clock: Any) -> None:
    """The lists are kept all the same."""
    async with Emulator(clock=clock, keep="counts") as emulator, emulator.client() as mg:
        await mg.bounces.create(BOB)
        await mg.messages.send(mail_to(BOB, "eve@example.com"))
        assert (emulator.counts.recipients, emulator.counts.undelivered) == (2, 1)


async def test_lists_and_failures_outlive_the_process(tmp_path: Path) -> None:
    """In the file, when there is one."""
    path = tmp_path / "mail.db"
    async with Emulator(path=path) as emulator, emulator.client() as mg:
        await mg.bounces.add_many(["a@example.com", BOB, "c@example.com"])
        await mg.bounces.delete("a@example.com")
        await mg.messages.send(mail_to(BOB, "d@example.com"))
    async with Emulator(path=path) as emulator, emulator.client() as mg:
        assert [one.address async for one in mg.bounces.list()] == [BOB, "c@example.com"]
        assert [mail.recipient for mail in emulator.outbox] == ["d@example.com"]
        assert [mail.recipient for mail in emulator.outbox.undelivered] == [BOB]
