from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from mailgun_async.testing import Emulator, Tally
from mailgun_async.testing._tally import count

PATH = "/v3/mg.example.com/messages"


async def test_a_rendered_mail_is_a_whole_message(api: Any, emulator: Emulator, form: Any) -> None:
    """It has the headers, the bodies and the files that a mail program would show."""
    fields = form.fields(
        subject="Grüße",
        html="<p>Hello</p>",
        **{"amp-html": "<amp>", "h:X-Id": "7", "o:tag": "news", "h:Subject": "No\r\nX: 1"},
    )
    files = [("attachment", "é.txt", b"abc", "text/plain"), ("inline", "logo.png", b"\x89PNG", "image")]
    await api.post(PATH, fields, files)
    mail = emulator.outbox[0]
    message = mail.rendered
    assert (message["From"], message["To"]) == ("Ada <ada@mg.example.com>", "bob@example.com")
    assert (message["Subject"], message["X-Id"], message["X-Mailgun-Tag"]) == ("No X: 1", "7", "news")
    assert message["Message-Id"] == f"<{mail.message_id}>"
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/x-amp-html", "text/html", "image/octet-stream", "text/plain"]
    assert [part.get_filename() for part in message.iter_attachments()][-1] == "é.txt"
    assert "Hello" in str(message)


async def test_the_outbox_is_a_sequence(api: Any, emulator: Emulator) -> None:
    """It can be counted, indexed from both ends, cut, searched, and gone through."""
    await api.send(to="a@x.org,b@x.org")
    await api.send(to="c@x.org,a@x.org")
    outbox = emulator.outbox
    assert len(outbox) == 4
    assert [mail.recipient for mail in outbox] == ["a@x.org", "b@x.org", "c@x.org", "a@x.org"]
    assert (outbox[2].recipient, outbox[-1].recipient, outbox[2].call) == ("c@x.org", "a@x.org", 2)
    assert [mail.recipient for mail in outbox[1:3]] == ["b@x.org", "c@x.org"]
    assert [mail.call for mail in outbox.to("a@x.org")] == [1, 2]
    for index in (4, -5):
        with pytest.raises(IndexError, match="holds 4"):
            outbox[index]


async def test_the_outbox_can_be_emptied(api: Any, emulator: Emulator) -> None:
    """Counts and numbers of calls go on."""
    await api.send(to="a@x.org,b@x.org")
    assert emulator.outbox[0].recipient == "a@x.org"
    emulator.clear()
    assert len(emulator.outbox) == 0
    await api.send(to="c@x.org")
    assert [(mail.recipient, mail.call) for mail in emulator.outbox] == [("c@x.org", 2)]
    assert emulator.calls == 2


async def test_mails_are_tallied_by_address(api: Any, emulator: Emulator) -> None:
    """How many each got, exactly; those with more than one by name."""
    await api.send(to="a@x.org,b@x.org,ü@x.org")
    await api.send(to="b@x.org", cc="c@x.org", bcc="ü@x.org")
    await api.send(to="b@x.org")
    assert emulator.outbox.tally() == Tally(mails=7, addresses=4, repeated={"b@x.org": 3, "ü@x.org": 2})


def test_a_tally_of_many_is_exact() -> None:
    """Also when the addresses wait in files."""
    addresses = [f"user{number % 90_000}-of-a-long-address@example.com" for number in range(100_000)]
    found = count(addresses * 5)
    assert (found.mails, found.addresses, len(found.repeated)) == (500_000, 90_000, 90_000)
    assert Counter(found.repeated.values()) == {10: 10_000, 5: 80_000}


async def test_many_calls_can_be_looked_at_again(api: Any, emulator: Emulator) -> None:
    """Only a few calls are held taken apart; the others are taken apart anew."""
    for number in range(12):
        await api.send(subject=str(number))
    assert [mail.subject for mail in emulator.outbox] == [str(number) for number in range(12)]
    assert [emulator.outbox[number].subject for number in (0, 11, 0, 5)] == ["0", "11", "0", "5"]


async def test_counts_tell_calls_recipients_and_refusals(api: Any, emulator: Emulator) -> None:
    """Each request is counted where it ended."""
    await api.send(to="a@x.org,b@x.org")
    await api.status(text=None)
    await api.call("GET", "/v4/domains/mg.example.com")
    counts = emulator.counts
    assert (counts.requests, counts.calls, counts.accepted) == (3, 2, 1)
    assert (counts.recipients, counts.refused, counts.limited) == (2, 1, 0)


async def test_keeping_counts_alone_keeps_no_mails(api_of: Any) -> None:
    """Load tests need no memory; looking at mails then is a clear error."""
    api = await api_of(keep="counts")
    await api.send()
    emulator, outbox = api.emulator, api.emulator.outbox
    assert (emulator.calls, emulator.counts.recipients, len(outbox)) == (1, 1, 0)
    for look in (lambda: outbox[0], lambda: list(outbox), lambda: outbox.to("b@x.org"), outbox.tally):
        with pytest.raises(RuntimeError, match="keep='all'"):
            look()
