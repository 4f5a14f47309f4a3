from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from mailgun_async.testing import Emulator, FakeClock


async def storage_url(api: Any) -> str:
    """The URL of the newest mail, as events tell it."""
    page = await api.get("/v3/mg.example.com/events?event=accepted")
    return str(page["items"][0]["storage"]["url"])


async def test_a_stored_message_is_found_by_the_url_of_its_event(api: Any, emulator: Emulator) -> None:
    """Bodies, headers and names are those of the rendered mail."""
    await api.send(
        to="bob@example.com",
        html="<p>Hello</p>",
        **{"o:tag": "news", "recipient-variables": "{}", "template": None},
    )
    stored = await api.get(await storage_url(api))
    mail = emulator.outbox[0]
    assert (stored["From"], stored["To"], stored["Subject"]) == ("Ada <ada@mg.example.com>", "bob@example.com", "Hi")
    assert (stored["sender"], stored["recipients"]) == ("ada@mg.example.com", "bob@example.com")
    assert (stored["body-plain"], stored["body-html"]) == ("Hello", "<p>Hello</p>")
    assert (stored["stripped-text"], stored["stripped-html"]) == ("Hello", "<p>Hello</p>")
    assert stored["Message-Id"] == f"<{mail.message_id}>"
    assert ["Subject", "Hi"] in stored["message-headers"]
    assert (stored["X-Mailgun-Tag"], stored["attachments"]) == ("news", [])


async def test_a_stored_message_tells_its_template(api: Any) -> None:
    """The name, and the variables as JSON."""
    await api.send(text=None, template="welcome", **{"t:variables": '{"a": 1}'})
    stored = await api.get(await storage_url(api))
    assert stored["X-Mailgun-Template-Name"] == "welcome"
    assert stored["X-Mailgun-Template-Variables"] == '{"a":1}'


async def test_a_stored_message_can_be_had_raw(api: Any) -> None:
    """`Accept: message/rfc2822` answers JSON with the MIME source."""
    await api.send()
    stored = await api.get(await storage_url(api), headers={"Accept": "message/rfc2822"})
    assert "Subject: Hi\r\n" in stored["body-mime"]
    assert "body-plain" not in stored


async def test_attachments_are_downloaded_one_by_one(api: Any, form: Any) -> None:
    """Each has a URL in the stored message, and comes with its type."""
    files = [("attachment", "a.csv", b"1,2", "text/csv"), ("inline", "b.png", b"\x89", "image/png")]
    await api.post("/v3/mg.example.com/messages", form.fields(), files)
    stored = await api.get(await storage_url(api))
    first, second = stored["attachments"]
    assert (first["name"], first["content-type"], first["size"]) == ("a.csv", "text/csv", 3)
    status, body, headers = await api.call("GET", second["url"])
    assert (status, body, headers["Content-Type"]) == (200, b"\x89", "image/png")
    status, body, _ = await api.call("GET", first["url"][:-1] + "7")
    assert (status, body) == (404, {"message": "Attachment not found"})


@pytest.mark.parametrize("key", ["1.1", "2.0", "nonsense", "1.0.0"])
async def test_an_unknown_message_is_not_found(key: str, api: Any) -> None:
    """404 with Mailgun's text."""
    await api.send()
    status, body, _ = await api.call("GET", f"/v3/domains/mg.example.com/messages/{key}")
    assert (status, body) == (404, {"message": "Message not found"})


async def test_a_message_of_another_domain_is_not_found(api: Any, emulator: Emulator) -> None:
    """A key opens the messages of its own domain alone."""
    emulator.add_domain("other.example.com")
    await api.send()
    status, _, _ = await api.call("GET", "/v3/domains/other.example.com/messages/1.0")
    assert status == 404


async def test_a_stored_message_can_be_sent_again(api: Any, emulator: Emulator) -> None:
    """To others, rendered as its first reader got it, under a new id."""
    await api.send(
        to="bob@example.com",
        text="Hello %recipient.name%",
        **{"recipient-variables": '{"bob@example.com": {"name": "Bob"}}', "o:tag": "news"},
    )
    status, body, _ = await api.post(await storage_url(api), {"to": ["eve@example.com", "dan@example.com"]})
    assert (status, body["message"]) == (200, "Queued. Thank you.")
    again = emulator.outbox[1:]
    assert [mail.recipient for mail in again] == ["eve@example.com", "dan@example.com"]
    assert {mail.text for mail in again} == {"Hello Bob\r\n"}
    assert (again[0].tags, f"<{again[0].message_id}>") == (["news"], body["id"])
    assert again[0].message_id != emulator.outbox[0].message_id
    assert again[0].rendered["Message-Id"] == body["id"]
    assert emulator.counts.calls == 2


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"x": "1"}, "to parameter is missing"),
        ({"to": "nobody"}, "to parameter is not a valid address. please check documentation"),
    ],
)
async def test_sending_again_needs_recipients(fields: dict[str, str], text: str, api: Any, emulator: Emulator) -> None:
    """They are checked as for any message."""
    await api.send()
    status, body, _ = await api.post("/v3/domains/mg.example.com/messages/1.0", fields)
    assert (status, body, emulator.calls) == (400, {"message": text}, 1)


async def test_scheduled_mail_is_delivered_when_its_time_has_come(
    api: Any, emulator: Emulator, clock: FakeClock
) -> None:
    """Accepted at once, delivered later; the outbox tells when."""
    due = datetime.fromtimestamp(clock.wall() + 3_600, UTC)
    await api.send(**{"o:deliverytime": format_datetime(due)})
    assert emulator.outbox[0].deliver_at == due
    first = await api.logs(pagination={"sort": "timestamp:asc"})
    assert [item["event"] for item in first["items"]] == ["accepted"]
    assert first["items"][0]["message"]["scheduled-for"] == int(due.timestamp())
    await clock.advance(3_601)
    later = await api.logs(pagination={"sort": "timestamp:desc"})
    assert [item["event"] for item in later["items"]] == ["delivered", "accepted"]


async def test_scheduled_mail_can_be_deleted_before_its_time(api: Any, emulator: Emulator, clock: FakeClock) -> None:
    """What has not left is dropped and never delivered; what has left stays."""
    soon, late = (format_datetime(datetime.fromtimestamp(clock.wall() + after, UTC)) for after in (60, 3_600))
    await api.send(subject="soon", **{"o:deliverytime": soon})
    await api.send(subject="late", **{"o:deliverytime": late})
    await clock.advance(61)
    status, body, _ = await api.call("DELETE", "/v3/mg.example.com/envelopes")
    assert (status, body) == (200, {"message": "done"})
    await clock.advance(7_200)
    delivered = await api.logs(("event", "=", "delivered"))
    assert [item["message"]["headers"]["subject"] for item in delivered["items"]] == ["soon"]


async def test_a_time_that_has_passed_means_at_once(api: Any, clock: FakeClock) -> None:
    """Mailgun sends it right away."""
    await api.send(**{"o:deliverytime": format_datetime(datetime.fromtimestamp(clock.wall() - 60, UTC))})
    assert len((await api.logs(("event", "=", "delivered")))["items"]) == 1


async def test_sending_queues_are_open_until_one_is_paused(api: Any, emulator: Emulator) -> None:
    """A paused one says until when, and why."""
    path = "/v3/domains/mg.example.com/sending_queues"
    assert await api.get(path) == {"regular": {"is_disabled": False}, "scheduled": {"is_disabled": False}}
    emulator.pause_queue("scheduled", until=datetime(2026, 9, 22, 12, tzinfo=UTC), reason="too many")
    assert (await api.get(path))["scheduled"] == {
        "is_disabled": True,
        "disabled": {"until": "Tue, 22 Sep 2026 12:00:00 GMT", "reason": "too many"},
    }
