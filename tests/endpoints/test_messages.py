"""Each call of the messages group: the exact request, a canned answer, the model made of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from mailgun_async import Mailgun
from mailgun_async.endpoints.messages import (
    QueueDisabled,
    QueueState,
    SendingQueues,
    Sent,
    StoredAttachment,
    StoredMessage,
    StoredMime,
)
from mailgun_async.errors import (
    ConfigError,
    ConnectError,
    DecodingError,
    DeliveryUnknown,
    InvalidArgument,
    InvalidMessage,
    NotFound,
    Unauthorized,
    WaitTooLong,
)
from mailgun_async.message import MAX_RECIPIENTS, Attachment, Message, Recipient, SendOptions
from mailgun_async.testing import FakeClock, FakeTransport, FormFile
from mailgun_async.transport.request import BULK, INTERACTIVE, NORMAL

DOMAIN = "mg.example.com"
BASE = "https://api.mailgun.net"
QUEUED = {"id": "<1@mg.example.com>", "message": "Queued. Thank you."}
MAIL = Message(from_="Ada <ada@mg.example.com>", to="bob@example.com", subject="Grüße 🎉", text="Hi")


@pytest.fixture
def transport() -> FakeTransport:
    """Answers from a script."""
    return FakeTransport()


@pytest.fixture
def clock() -> FakeClock:
    """Stands still."""
    return FakeClock()


@pytest.fixture
async def mg(transport: FakeTransport, clock: FakeClock) -> AsyncIterator[Mailgun]:
    """A client of the US region with a default domain, that never touches the network."""
    async with Mailgun(api_key="key", domain=DOMAIN, transport=transport, clock=clock) as client:
        yield client


def called(transport: FakeTransport) -> list[str]:
    """Verb and URL of every request."""
    return [f"{request.method} {request.url}" for request in transport.requests]


# -- send --------------------------------------------------------------------------------------------------------------


async def test_send(mg: Mailgun, transport: FakeTransport) -> None:
    """One multipart POST with all fields and a Message-Id of ours; Mailgun's answer comes back."""
    transport.respond(json=QUEUED)
    sent = await mg.messages.send("other.example.com", MAIL)
    assert sent == Sent(id="<1@mg.example.com>", message="Queued. Thank you.")
    assert sent.message_id == "1@mg.example.com"
    assert called(transport) == [f"POST {BASE}/v3/other.example.com/messages"]
    fields = transport.fields()
    (message_id,) = fields.pop("h:Message-Id")
    assert fields == {
        "from": ["Ada <ada@mg.example.com>"],
        "to": ["bob@example.com"],
        "subject": ["Grüße 🎉"],
        "text": ["Hi"],
    }
    assert message_id.endswith("@other.example.com>")


async def test_the_request_tells_what_it_costs_and_what_to_look_up(mg: Mailgun, transport: FakeTransport) -> None:
    """The limiter and the errors need domain, recipients, priority and id; it may not be repeated blindly."""
    transport.respond(json=QUEUED)
    await mg.messages.send(Message(from_="a@x.org", to=["b@x.org", "c@x.org"], bcc="d@x.org", text="Hi"))
    (request,) = transport.requests
    assert request.template == "/v3/{domain_name}/messages"
    assert (request.domain, request.recipients, request.priority, request.safety) == (DOMAIN, 3, INTERACTIVE, "unsafe")
    assert transport.fields()["h:Message-Id"] == [f"<{request.message_id}>"]


async def test_every_message_has_an_id_of_its_own(mg: Mailgun, transport: FakeTransport) -> None:
    """The same message sent again is another mail."""
    for _ in range(50):
        transport.respond(json=QUEUED)
        await mg.messages.send(MAIL)
    assert len({request.message_id for request in transport.requests}) == 50


@pytest.mark.parametrize("name", ["Message-Id", "message-ID"])
async def test_a_message_id_of_the_caller_is_kept(mg: Mailgun, transport: FakeTransport, name: str) -> None:
    """It is sent once, and is what to look up."""
    transport.respond(json=QUEUED)
    await mg.messages.send(Message(from_="a@x.org", to="b@x.org", text="Hi", headers={name: "<mine@x.org>"}))
    headers = {key: value for key, value in transport.fields().items() if key.startswith("h:")}
    assert headers == {f"h:{name}": ["<mine@x.org>"]}
    assert transport.requests[0].message_id == "mine@x.org"


async def test_the_message_is_checked_before_anything_is_sent(mg: Mailgun, transport: FakeTransport) -> None:
    """No request is made for a message that breaks a rule."""
    with pytest.raises(InvalidMessage):
        await mg.messages.send(Message(from_="a@x.org", to="nobody", text="Hi"))
    assert transport.requests == []


async def test_attachments_from_memory_and_disk(mg: Mailgun, transport: FakeTransport, tmp_path: Path) -> None:
    """Files go along, whole, with their names."""
    (tmp_path / "my 報告.pdf").write_bytes(b"%PDF" * 100_000)
    transport.respond(json=QUEUED)
    await mg.messages.send(
        Message(
            from_="a@x.org",
            to="b@x.org",
            text="Hi",
            attachments=[Attachment(path=tmp_path / "my 報告.pdf")],
            inline=[Attachment(content=b"GIF", filename="logo.gif")],
        )
    )
    assert transport.files() == [
        FormFile("attachment", "my 報告.pdf", "application/pdf", b"%PDF" * 100_000),
        FormFile("inline", "logo.gif", "image/gif", b"GIF"),
    ]
    assert len(transport.bodies[0]) == transport.requests[0].size


async def test_a_message_without_files_on_disk_starts_no_thread(mg: Mailgun, transport: FakeTransport) -> None:
    """The fast path stays on the loop."""
    before = threading.active_count()
    transport.respond(json=QUEUED)
    await mg.messages.send(
        Message(from_="a@x.org", to="b@x.org", text="Hi", inline=[Attachment(content=b"", filename="a")])
    )
    assert threading.active_count() == before


@pytest.mark.parametrize("domain", ["mg.example.com/x", "bücher.example", "a b", "x@y", "mg.example.com\n"])
async def test_what_is_no_domain_is_refused(mg: Mailgun, transport: FakeTransport, domain: str) -> None:
    """It would go into the path and into the Message-Id."""
    with pytest.raises(InvalidArgument) as caught:
        await mg.messages.send(domain, MAIL)
    assert caught.value.field == "domain"
    assert transport.requests == []


async def test_without_any_domain_nothing_is_sent(transport: FakeTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says where a domain can come from."""
    monkeypatch.delenv("MAILGUN_DOMAIN", raising=False)
    async with Mailgun(api_key="key", transport=transport) as client:
        with pytest.raises(ConfigError, match="MAILGUN_DOMAIN"):
            await client.messages.send(MAIL)


@pytest.mark.parametrize("arguments", [("mg.example.com",), ("mg.example.com", "Hi"), (MAIL, MAIL)])
async def test_send_without_a_message_is_refused(mg: Mailgun, arguments: tuple[Any, ...]) -> None:
    """A domain alone, a text, or two messages."""
    with pytest.raises(InvalidArgument, match="send takes"):
        await mg.messages.send(*arguments)


@pytest.mark.parametrize(
    ("view", "given", "priority"),
    [
        (None, None, INTERACTIVE),
        (None, "bulk", BULK),
        ("bulk", None, BULK),
        ("bulk", "normal", NORMAL),
    ],
)
async def test_who_goes_first(mg: Mailgun, transport: FakeTransport, view: Any, given: Any, priority: int) -> None:
    """The call's priority, else the view's, else interactive."""
    transport.respond(json=QUEUED)
    client = mg if view is None else mg.with_options(priority=view)
    await client.messages.send(MAIL, priority=given)
    assert transport.requests[0].priority == priority


@pytest.mark.parametrize(("option", "value"), [("priority", "urgent"), ("on_unknown", "ignore")])
async def test_an_unknown_choice_is_refused(mg: Mailgun, option: str, value: str) -> None:
    """The text has those there are."""
    choice: dict[str, Any] = {option: value}
    with pytest.raises(InvalidArgument, match=f"{option} is") as caught:
        await mg.messages.send(MAIL, **choice)
    assert caught.value.field == option


async def test_an_answer_that_is_none_is_told(mg: Mailgun, transport: FakeTransport) -> None:
    """A 200 without an id can't be read, and its body is kept."""
    transport.respond(json={"message": "Queued."})
    with pytest.raises(DecodingError) as caught:
        await mg.messages.send(MAIL)
    assert caught.value.body == b'{"message":"Queued."}'


# -- when nobody knows -------------------------------------------------------------------------------------------------


async def test_an_unclear_end_is_raised_with_the_id(mg: Mailgun, transport: FakeTransport) -> None:
    """It is not sent again: the id is what to look up."""
    transport.fail("broken", sent=True)
    with pytest.raises(DeliveryUnknown) as caught:
        await mg.messages.send(MAIL)
    assert caught.value.message_id == transport.requests[0].message_id
    assert len(transport.requests) == 1


@pytest.mark.parametrize("on_unknown", ["raise", "resend"])
async def test_an_answer_that_broke_off_is_an_accepted_message(
    mg: Mailgun, transport: FakeTransport, clock: FakeClock, on_unknown: Any
) -> None:
    """Its status was read: the id is ours, and it is never sent again."""
    transport.fail("broken", sent=True, status=200)
    sent = await clock.run(mg.messages.send(MAIL, on_unknown=on_unknown))
    assert sent == Sent(id=f"<{transport.requests[0].message_id}>", message="")
    assert len(transport.requests) == 1


async def test_resend_sends_the_same_message_again(mg: Mailgun, transport: FakeTransport, clock: FakeClock) -> None:
    """Every attempt has the same id, so that the two mails can be told to be one."""
    transport.fail("timeout", sent=True).respond(502).respond(json=QUEUED)
    sent = await clock.run(mg.messages.send(MAIL, on_unknown="resend"))
    assert sent.message == "Queued. Thank you."
    assert len(transport.requests) == 3
    assert len({request.message_id for request in transport.requests}) == 1
    assert transport.bodies[0] == transport.bodies[1] == transport.bodies[2]


async def test_resend_that_never_gets_an_answer_is_unknown(
    mg: Mailgun, transport: FakeTransport, clock: FakeClock
) -> None:
    """All attempts may have been accepted: that is not a plain server error."""
    for _ in range(4):
        transport.respond(503, body="busy")
    with pytest.raises(DeliveryUnknown, match="look message_id") as caught:
        await clock.run(mg.messages.send(MAIL, on_unknown="resend"))
    assert (caught.value.message_id, caught.value.status) == (transport.requests[0].message_id, 503)


async def test_resend_refused_after_an_unclear_attempt_is_unknown(
    mg: Mailgun, transport: FakeTransport, clock: FakeClock
) -> None:
    """The refusal is about the second attempt only."""
    transport.fail("broken", sent=True).respond(401, body="Forbidden")
    with pytest.raises(DeliveryUnknown) as caught:
        await clock.run(mg.messages.send(MAIL, on_unknown="resend"))
    assert isinstance(caught.value.__cause__, Unauthorized)


async def test_resend_that_was_provably_not_sent_says_so(
    mg: Mailgun, transport: FakeTransport, clock: FakeClock
) -> None:
    """Nothing was accepted, so nothing has to be looked up."""
    for _ in range(4):
        transport.fail("connect", sent=False)
    with pytest.raises(ConnectError):
        await clock.run(mg.messages.send(MAIL, on_unknown="resend"))


async def test_a_wait_that_is_too_long_is_not_unknown(mg: Mailgun, transport: FakeTransport, clock: FakeClock) -> None:
    """A closed gate means that nothing was sent."""
    transport.respond(429, headers={"Retry-After": "600"})
    view = mg.with_options(max_wait=1)
    with pytest.raises(Exception, match="600") as caught:
        await clock.run(view.messages.send(MAIL, on_unknown="resend"))
    assert not isinstance(caught.value, DeliveryUnknown)
    with pytest.raises(WaitTooLong):
        await clock.run(view.messages.send(MAIL, on_unknown="resend"))


# -- send_mime ---------------------------------------------------------------------------------------------------------


async def test_send_mime_of_bytes(mg: Mailgun, transport: FakeTransport) -> None:
    """The bytes are a file part, as they are; recipients are those given."""
    mime = b"From: a@x.org\r\nSubject: x\r\n\r\n\xff\x00"
    transport.respond(json=QUEUED)
    sent = await mg.messages.send_mime(DOMAIN, ["b@x.org", Recipient("c@x.org", "C")], mime)
    assert sent.id == "<1@mg.example.com>"
    assert called(transport) == [f"POST {BASE}/v3/{DOMAIN}/messages.mime"]
    assert transport.files() == [FormFile("message", "message.mime", "application/octet-stream", mime)]
    (request,) = transport.requests
    assert transport.fields() == {"to": ["C <c@x.org>", "b@x.org"], "h:Message-Id": [f"<{request.message_id}>"]}
    assert (request.domain, request.recipients, request.safety, request.priority) == (DOMAIN, 2, "unsafe", INTERACTIVE)


async def test_send_mime_with_options(mg: Mailgun, transport: FakeTransport) -> None:
    """All options of a message go with MIME too."""
    options = SendOptions(tags="t", test_mode=True, variables={"n": 1}, headers={"Reply-To": "r@x.org"})
    transport.respond(json=QUEUED)
    await mg.messages.send_mime("b@x.org", b"Message-Id: <mine@x.org>\r\n\r\nHi", options=options)
    assert transport.fields() == {
        "to": ["b@x.org"],
        "o:tag": ["t"],
        "o:testmode": ["yes"],
        "v:n": ["1"],
        "h:Reply-To": ["r@x.org"],
    }
    assert transport.requests[0].message_id == "mine@x.org"


async def test_send_mime_of_a_message_object(mg: Mailgun, transport: FakeTransport) -> None:
    """It travels with CRLF, keeps its Message-Id, and tells nobody of its Bcc."""
    message = EmailMessage()
    message["From"], message["Bcc"], message["Message-ID"] = "a@x.org", "eve@x.org", "<mine@x.org>"
    message.set_content("Hi\n")
    transport.respond(json=QUEUED)
    await mg.messages.send_mime(["b@x.org", "eve@x.org"], message)
    (file,) = transport.files()
    assert b"eve" not in file.content
    assert file.content.endswith(b"\r\n\r\nHi\r\n")
    assert transport.requests[0].message_id == "mine@x.org"
    assert transport.fields() == {"to": ["b@x.org,eve@x.org"]}


async def test_send_mime_may_be_sent_again_too(mg: Mailgun, transport: FakeTransport, clock: FakeClock) -> None:
    """The choices are those of send."""
    transport.respond(500).respond(json=QUEUED)
    await clock.run(mg.messages.send_mime("b@x.org", b"x: y", on_unknown="resend", priority="bulk"))
    assert [request.priority for request in transport.requests] == [BULK, BULK]
    assert called(transport) == [f"POST {BASE}/v3/{DOMAIN}/messages.mime"] * 2


async def test_a_whole_message_is_no_set_of_options(mg: Mailgun) -> None:
    """Its text would be lost without a word."""
    with pytest.raises(InvalidMessage, match="SendOptions"):
        await mg.messages.send_mime("b@x.org", b"x: y", options=MAIL)


@pytest.mark.parametrize("mime", ["Subject: x\r\n\r\n", b""])
async def test_mime_that_is_none_is_refused(mg: Mailgun, transport: FakeTransport, mime: Any) -> None:
    """Text and nothing are no MIME."""
    with pytest.raises(InvalidMessage):
        await mg.messages.send_mime(DOMAIN, "b@x.org", mime)
    assert transport.requests == []


# -- stored messages ---------------------------------------------------------------------------------------------------

STORED = {
    "Content-Type": "multipart/mixed",
    "From": "Ada <ada@x.org>",
    "Message-Id": "<1@x.org>",
    "Mime-Version": "1.0",
    "Subject": "Hi",
    "To": "b@x.org",
    "X-Mailgun-Tag": "t",
    "sender": "ada@x.org",
    "recipients": "b@x.org",
    "body-html": "<b>Hi</b>",
    "body-plain": "Hi",
    "stripped-html": "<b>Hi</b>",
    "stripped-text": "Hi",
    "stripped-signature": "--",
    "message-headers": [["Subject", "Hi"], ["To", "b@x.org"]],
    "X-Mailgun-Template-Name": "welcome",
    "X-Mailgun-Template-Variables": '{"n":1}',
    "attachments": [{"url": "https://storage.api.mailgun.net/x", "content-type": "a/b", "name": "a.txt", "size": 3}],
    "content-id-map": {"<logo>": "https://storage.api.mailgun.net/x"},
    "X-Custom": "kept",
}
STORAGE_URL = f"https://storage-us-east4.api.mailgun.net/v3/domains/{DOMAIN}/messages/AwAB"


@pytest.mark.parametrize(
    ("where", "url"),
    [
        (("mg2.example.com", "AwAB/=="), f"{BASE}/v3/domains/mg2.example.com/messages/AwAB%2F%3D%3D"),
        (("AwAB",), f"{BASE}/v3/domains/{DOMAIN}/messages/AwAB"),
        ((STORAGE_URL,), STORAGE_URL),
        ((DOMAIN, STORAGE_URL), STORAGE_URL),
    ],
)
async def test_get_stored(mg: Mailgun, transport: FakeTransport, where: tuple[str, ...], url: str) -> None:
    """By key or by URL, with the default domain or another."""
    transport.respond(json=STORED)
    stored = await mg.messages.get_stored(*where)
    assert called(transport) == [f"GET {url}"]
    assert stored == StoredMessage(
        sender="ada@x.org",
        recipients="b@x.org",
        from_="Ada <ada@x.org>",
        to="b@x.org",
        subject="Hi",
        message_id="<1@x.org>",
        body_plain="Hi",
        body_html="<b>Hi</b>",
        stripped_text="Hi",
        stripped_html="<b>Hi</b>",
        stripped_signature="--",
        message_headers=[["Subject", "Hi"], ["To", "b@x.org"]],
        content_type="multipart/mixed",
        mime_version="1.0",
        tag="t",
        template_name="welcome",
        template_variables='{"n":1}',
        attachments=[
            StoredAttachment(url="https://storage.api.mailgun.net/x", name="a.txt", content_type="a/b", size=3)
        ],
        content_id_map={"<logo>": "https://storage.api.mailgun.net/x"},
        extra={"X-Custom": "kept"},
    )


async def test_a_stored_message_may_lack_anything(mg: Mailgun, transport: FakeTransport) -> None:
    """Mailgun leaves out what a message does not have."""
    transport.respond(json={})
    assert await mg.messages.get_stored("AwAB") == StoredMessage()


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/v3/domains/mg.example.com/messages/x",
        "http://storage-us-east4.api.mailgun.net/x",
        "https://mailgun.net.evil.com/x",
        "https://user@api.mailgun.net/x",
        "https://storage.mailgun.net@evil.com/x",
    ],
)
async def test_the_key_goes_to_no_other_host(mg: Mailgun, transport: FakeTransport, url: str) -> None:
    """A URL from elsewhere is refused before anything is sent, for every call that takes one."""
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: mg.messages.get_stored(url),
        lambda: mg.messages.get_stored_mime(url),
        lambda: mg.messages.get_stored_attachment(url),
        lambda: mg.messages.get_stored_attachment(url, 0),
        lambda: mg.messages.resend_stored(url, "b@x.org"),
    ]
    for call in calls:
        with pytest.raises(InvalidArgument, match="the key is sent nowhere else"):
            await call()
    assert transport.requests == []


async def test_get_stored_mime(mg: Mailgun, transport: FakeTransport) -> None:
    """The same address, asked for as MIME."""
    transport.respond(
        json={
            "body-mime": "Subject: x\r\n\r\n",
            "sender": "a@x.org",
            "recipients": "b@x.org",
            "from": "A",
            "subject": "x",
        }
    )
    stored = await mg.messages.get_stored_mime("AwAB")
    assert stored == StoredMime(
        body_mime="Subject: x\r\n\r\n", sender="a@x.org", recipients="b@x.org", from_="A", subject="x"
    )
    assert called(transport) == [f"GET {BASE}/v3/domains/{DOMAIN}/messages/AwAB"]
    assert transport.requests[0].headers["Accept"] == "message/rfc2822"


@pytest.mark.parametrize(
    ("where", "url"),
    [
        (("mg2.example.com", "AwAB", 1), f"{BASE}/v3/domains/mg2.example.com/messages/AwAB/attachments/1"),
        (("AwAB", "a/0"), f"{BASE}/v3/domains/{DOMAIN}/messages/AwAB/attachments/a%2F0"),
        ((STORAGE_URL, 0), f"{STORAGE_URL}/attachments/0"),
        ((f"{STORAGE_URL}/attachments/0",), f"{STORAGE_URL}/attachments/0"),
    ],
)
async def test_get_stored_attachment(mg: Mailgun, transport: FakeTransport, where: tuple[str, ...], url: str) -> None:
    """The bytes of the file, by place or by URL."""
    transport.respond(body=b"\xff\x00GIF")
    assert await mg.messages.get_stored_attachment(*where) == b"\xff\x00GIF"
    assert called(transport) == [f"GET {url}"]


@pytest.mark.parametrize(
    ("where", "url"),
    [
        (("mg2.example.com", "AwAB"), f"{BASE}/v3/domains/mg2.example.com/messages/AwAB"),
        (("AwAB",), f"{BASE}/v3/domains/{DOMAIN}/messages/AwAB"),
        ((STORAGE_URL,), STORAGE_URL),
    ],
)
async def test_resend_stored(mg: Mailgun, transport: FakeTransport, where: tuple[Any, ...], url: str) -> None:
    """One field with all recipients; it is a new mail, so it is not repeated blindly."""
    transport.respond(json=QUEUED)
    arguments: Any = (*where, ["b@x.org", "C <c@x.org>"])
    sent = await mg.messages.resend_stored(*arguments)
    assert sent.id == "<1@mg.example.com>"
    assert called(transport) == [f"POST {url}"]
    assert transport.fields() == {"to": ["b@x.org,C <c@x.org>"]}
    (request,) = transport.requests
    assert (request.safety, request.recipients, request.message_id) == ("unsafe", 2, None)


async def test_a_lost_answer_to_a_resend_has_no_id(mg: Mailgun, transport: FakeTransport) -> None:
    """It was accepted, and only Mailgun knows as what."""
    transport.fail("broken", sent=True, status=200)
    assert await mg.messages.resend_stored("AwAB", "b@x.org") == Sent(id="", message="")


async def test_resending_to_too_many_is_refused(mg: Mailgun, transport: FakeTransport) -> None:
    """The limit is that of a message."""
    with pytest.raises(InvalidMessage, match="1001 recipients"):
        await mg.messages.resend_stored("AwAB", ["b@x.org"] * (MAX_RECIPIENTS + 1))
    assert transport.requests == []


# -- queues ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("where", "domain"), [((), DOMAIN), (("mg2.example.com",), "mg2.example.com")])
async def test_get_sending_queues(mg: Mailgun, transport: FakeTransport, where: tuple[str, ...], domain: str) -> None:
    """Both queues, and until when one is closed."""
    disabled = {"until": "Mon, 02 Jan 2006 15:04:05 GMT", "reason": "You have too many messages in queue"}
    transport.respond(
        json={"regular": {"is_disabled": False}, "scheduled": {"is_disabled": True, "disabled": disabled}}
    )
    queues = await mg.messages.get_sending_queues(*where)
    assert called(transport) == [f"GET {BASE}/v3/domains/{domain}/sending_queues"]
    assert queues == SendingQueues(
        regular=QueueState(is_disabled=False),
        scheduled=QueueState(
            is_disabled=True,
            disabled=QueueDisabled(until=datetime(2006, 1, 2, 15, 4, 5, tzinfo=UTC), reason=disabled["reason"]),
        ),
    )


async def test_delete_scheduled_asks_every_storage_host(mg: Mailgun, transport: FakeTransport) -> None:
    """The mail may lie on each of the region's hosts; one that knows nothing of the domain does not matter."""
    transport.respond(404, json={"message": "domain not found"}).respond(json={"message": "done"})
    await mg.messages.delete_scheduled()
    assert called(transport) == [
        f"DELETE https://storage-us-east4.api.mailgun.net/v3/{DOMAIN}/envelopes",
        f"DELETE https://storage-us-west1.api.mailgun.net/v3/{DOMAIN}/envelopes",
    ]


async def test_delete_scheduled_of_an_unknown_domain(mg: Mailgun, transport: FakeTransport) -> None:
    """When no host knows the domain, that is told."""
    transport.respond(404, json={"message": "domain not found"}).respond(404, json={"message": "domain not found"})
    with pytest.raises(NotFound):
        await mg.messages.delete_scheduled("mg2.example.com")


async def test_delete_scheduled_on_one_host(mg: Mailgun, transport: FakeTransport) -> None:
    """The host of a message's storage URL can be named; it must be Mailgun's."""
    transport.respond(json={"message": "done"})
    await mg.messages.delete_scheduled(storage_host="storage-us-west1.api.mailgun.net")
    assert called(transport) == [f"DELETE https://storage-us-west1.api.mailgun.net/v3/{DOMAIN}/envelopes"]
    with pytest.raises(InvalidArgument, match="the key is sent nowhere else"):
        await mg.messages.delete_scheduled(storage_host="evil.example.com")


@pytest.mark.parametrize("region", [None, "eu"])
async def test_a_base_url_of_your_own_is_asked_for_everything(transport: FakeTransport, region: Any) -> None:
    """An emulator's key never reaches Mailgun, whatever the region."""
    transport.respond(json={"message": "done"})
    async with Mailgun(
        api_key="key", domain=DOMAIN, base_url="http://127.0.0.1:8025", region=region, transport=transport
    ) as client:
        await client.messages.delete_scheduled()
    assert called(transport) == [f"DELETE http://127.0.0.1:8025/v3/{DOMAIN}/envelopes"]


async def test_calls_are_made_at_the_same_time(mg: Mailgun, transport: FakeTransport) -> None:
    """Methods are plain coroutines: they can be gathered."""
    for _ in range(20):
        transport.respond(json=QUEUED)
    sent = await asyncio.gather(*(mg.messages.send(MAIL) for _ in range(20)))
    assert [one.id for one in sent] == ["<1@mg.example.com>"] * 20
