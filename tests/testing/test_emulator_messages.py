from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from mailgun_async.testing import Emulator, FormFile

PATH = "/v3/mg.example.com/messages"
MIME_PATH = PATH + ".mime"


async def test_an_accepted_message_is_queued_under_an_id_of_the_domain(api: Any, emulator: Emulator) -> None:
    """The answer is Mailgun's; the id is made up when none was given."""
    status, body, headers = await api.post(PATH, {"from": "a@x.org", "to": "b@x.org", "text": "t"})
    assert (status, body["message"]) == (200, "Queued. Thank you.")
    assert re.fullmatch(r"<\w+@mg\.example\.com>", body["id"])
    assert headers["Content-Type"] == "application/json"
    assert emulator.calls == 1


async def test_a_mail_holds_all_that_was_given(api: Any, emulator: Emulator) -> None:
    """Every kind of field ends in its own place."""
    await api.send(
        to="Bob <bob@example.com>",
        cc="carl@example.com",
        html="<p>Hello</p>",
        **{
            "amp-html": "<html amp4email>",
            "h:Reply-To": "help@example.com",
            "h:Message-Id": "<one@mg.example.com>",
            "v:campaign": "spring",
            "o:tag": ["news", "spring"],
            "o:tracking": "no",
            "o:testmode": "yes",
        },
    )
    mail = emulator.outbox[0]
    assert (mail.recipient, mail.to, mail.cc) == ("bob@example.com", "Bob <bob@example.com>", "carl@example.com")
    assert (mail.from_, mail.subject) == ("Ada <ada@mg.example.com>", "Hi")
    assert (mail.text, mail.html, mail.amp_html) == ("Hello", "<p>Hello</p>", "<html amp4email>")
    assert mail.headers == {"Reply-To": "help@example.com", "Message-Id": "<one@mg.example.com>"}
    assert (mail.variables, mail.tags) == ({"campaign": "spring"}, ["news", "spring"])
    assert mail.options == {"tracking": "no", "testmode": "yes"}
    assert (mail.test_mode, mail.message_id, mail.domain) == (True, "one@mg.example.com", "mg.example.com")
    assert mail.accepted_at == datetime(2026, 9, 21, 14, 13, tzinfo=UTC)
    assert (mail.deliver_at, mail.call, mail.subaccount) == (None, 1, None)


async def test_a_template_is_noted_with_its_variables(api: Any, emulator: Emulator) -> None:
    """Also of one that is not stored, whose mail goes to nobody."""
    variables = json.dumps({"name": "%recipient.name%", "list": ["%recipient.name%", 1], "deep": {"n": None}})
    await api.send(
        text=None,
        template="welcome",
        **{"t:variables": variables, "recipient-variables": '{"bob@example.com": {"name": "Bob"}}', "from": None},
    )
    [mail] = emulator.outbox.undelivered
    assert (mail.template, mail.text, mail.from_) == ("welcome", None, "")
    assert mail.template_variables == {"name": "Bob", "list": ["Bob", 1], "deep": {"n": None}}


async def test_template_variables_that_are_no_json_are_ignored(api: Any, emulator: Emulator) -> None:
    """What Mailgun does with them is not known; nothing breaks."""
    await api.send(template="welcome", **{"t:variables": "{"})
    assert [mail.template_variables for mail in emulator.outbox.undelivered] == [{}]


async def test_one_mail_leaves_for_every_recipient(api: Any, emulator: Emulator) -> None:
    """Without recipient variables all share one message, so everybody sees all of To."""
    await api.send(to="bob@example.com, Eve <eve@example.com>", cc="carl@example.com", bcc="dan@example.com")
    assert [mail.recipient for mail in emulator.outbox] == [
        "bob@example.com",
        "eve@example.com",
        "carl@example.com",
        "dan@example.com",
    ]
    assert {mail.to for mail in emulator.outbox} == {"bob@example.com, Eve <eve@example.com>"}
    assert emulator.counts.recipients == 4


async def test_duplicate_recipients_are_dropped(api: Any, emulator: Emulator) -> None:
    """Repeated fields and comma joined ones are one list, and an address counts once."""
    await api.send(to=["bob@example.com,eve@example.com", "Bob <bob@example.com>"])
    assert list(emulator.outbox.recipients()) == ["bob@example.com", "eve@example.com"]


async def test_display_names_may_hold_commas_and_brackets(api: Any, emulator: Emulator) -> None:
    """A quoted name is one name."""
    await api.send(to='"Smith, <Bob>" <bob@example.com>, eve@example.com')
    assert [mail.recipient for mail in emulator.outbox] == ["bob@example.com", "eve@example.com"]


async def test_recipient_variables_are_put_into_every_field(api: Any, emulator: Emulator) -> None:
    """Each reader gets a message of their own, and sees no other address."""
    values = {
        "bob@example.com": {"name": "Bob", "n": 1, "obj": {"a": None}},
        "eve@example.com": {"name": "Ève", "n": 2.5, "obj": [True]},
    }
    await api.send(
        to=["Bob <bob@example.com>", "eve@example.com"],
        subject="Hi %recipient.name%",
        text="%recipient.n% %recipient.obj% %recipient.none%",
        html="<b>%recipient.name%</b>",
        **{
            "recipient-variables": json.dumps(values),
            "from": "%recipient.name% <ada@mg.example.com>",
            "h:X-Name": "%recipient.name%",
            "v:name": "%recipient.name%",
            "o:tag": "%recipient.name%",
        },
    )
    bob, eve = emulator.outbox
    assert (bob.to, eve.to) == ("Bob <bob@example.com>", "eve@example.com")
    assert (bob.subject, eve.subject) == ("Hi Bob", "Hi Ève")
    assert (bob.text, eve.text) == ('1 {"a":null} %recipient.none%', "2.5 [true] %recipient.none%")
    assert (bob.html, eve.html) == ("<b>Bob</b>", "<b>Ève</b>")
    assert (eve.from_, eve.headers, eve.variables) == ("Ève <ada@mg.example.com>", {"X-Name": "Ève"}, {"name": "Ève"})
    assert (eve.tags, eve.recipient_variables) == (["Ève"], values["eve@example.com"])


async def test_a_recipient_without_variables_keeps_the_placeholders(api: Any, emulator: Emulator) -> None:
    """It is a batch all the same: nobody sees another's address."""
    await api.send(to="bob@example.com,eve@example.com", text="%recipient.x%", **{"recipient-variables": "{}"})
    assert [(mail.to, mail.text) for mail in emulator.outbox] == [
        ("bob@example.com", "%recipient.x%"),
        ("eve@example.com", "%recipient.x%"),
    ]


async def test_in_a_batch_each_copy_goes_out_for_every_recipient(api: Any, emulator: Emulator) -> None:
    """With recipient variables, cc and bcc get one copy of every recipient's message."""
    await api.send(
        to="bob@example.com,eve@example.com",
        cc="%recipient.x% <carl@example.com>",
        text="%recipient.x%",
        **{"recipient-variables": '{"bob@example.com": {"x": "1"}, "eve@example.com": {"x": "2"}}'},
    )
    assert [(mail.recipient, mail.to, mail.cc, mail.text) for mail in emulator.outbox] == [
        ("bob@example.com", "bob@example.com", "1 <carl@example.com>", "1"),
        ("carl@example.com", "bob@example.com", "1 <carl@example.com>", "1"),
        ("eve@example.com", "eve@example.com", "2 <carl@example.com>", "2"),
        ("carl@example.com", "eve@example.com", "2 <carl@example.com>", "2"),
    ]
    assert len(emulator.outbox) == 4


@pytest.mark.parametrize("name", ["h:Message-Id", "h:message-ID"])
async def test_a_message_id_of_ones_own_is_kept(name: str, api: Any, emulator: Emulator) -> None:
    """The form `<unique@domain>` is taken over, whatever the spelling of the header."""
    assert await api.send(**{name: "<one@mg.example.com>"}) == "one@mg.example.com"
    assert emulator.outbox[0].message_id == "one@mg.example.com"


@pytest.mark.parametrize("given", ["one@mg.example.com", "<one>", "<a b@c>", ""])
async def test_a_message_id_of_another_form_is_replaced(given: str, api: Any) -> None:
    """Without brackets or without a domain it is lost."""
    assert (await api.send(**{"h:Message-Id": given})).endswith("@mg.example.com")


async def test_a_message_id_may_be_a_recipient_variable(api: Any, emulator: Emulator) -> None:
    """Then every mail has its own, and the answer's id is in none of them."""
    values = {"bob@example.com": {"id": "bob.1@mg.example.com"}, "eve@example.com": {"id": "broken"}}
    answered = await api.send(
        to="bob@example.com,eve@example.com",
        **{"h:Message-Id": "<%recipient.id%>", "recipient-variables": json.dumps(values)},
    )
    assert [mail.message_id for mail in emulator.outbox] == ["bob.1@mg.example.com", answered]


async def test_files_are_kept_and_those_without_a_name_are_dropped(api: Any, emulator: Emulator, form: Any) -> None:
    """Mailgun drops a part without a file name in silence."""
    files = [
        ("attachment", "my report.pdf", b"%PDF", "application/pdf"),
        ("inline", "logo.png", b"\x89PNG", "image/png"),
        ("attachment", "", b"lost", "text/plain"),
    ]
    await api.post(PATH, form.fields(html='<img src="cid:logo.png">'), files)
    mail = emulator.outbox[0]
    assert mail.attachments == [FormFile("attachment", "my report.pdf", "application/pdf", b"%PDF")]
    assert mail.inline == [FormFile("inline", "logo.png", "image/png", b"\x89PNG")]


async def test_a_gzipped_request_is_read(api: Any, emulator: Emulator, form: Any) -> None:
    """`Content-Encoding: gzip` is undone before anything else."""
    headers = {"Content-Type": f"multipart/form-data; boundary={form.boundary}", "Content-Encoding": "gzip"}
    body = gzip.compress(form.body(form.fields(subject="packed")))
    status, _, _ = await api.call("POST", PATH, data=body, headers=headers)
    assert (status, emulator.outbox[0].subject) == (200, "packed")


async def test_a_mime_message_is_taken_as_it_is(api: Any, emulator: Emulator) -> None:
    """Its headers are the mail's, its recipients are those of the form."""
    mime = (
        "From: Ada <ada@mg.example.com>\r\nTo: Everybody <all@example.com>\r\nCc: Carl <carl@example.com>\r\n"
        "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-Id: <mime@mg.example.com>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="x"\r\n\r\n'
        '--x\r\nContent-Type: text/plain; charset="utf-8"\r\n\r\nHello é\r\n'
        '--x\r\nContent-Type: text/html; charset="nobody-knows"\r\n\r\n<p>x</p>\r\n'
        '--x\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename="a.csv"\r\n\r\n1,2\r\n--x--\r\n'
    ).encode()
    status, body, _ = await api.post(
        MIME_PATH, {"to": "bob@example.com", "o:tag": "t"}, [("message", "m.eml", mime, "message/rfc822")]
    )
    assert (status, body["id"]) == (200, "<mime@mg.example.com>")
    mail = emulator.outbox[0]
    assert (mail.recipient, mail.to, mail.cc) == (
        "bob@example.com",
        "Everybody <all@example.com>",
        "Carl <carl@example.com>",
    )
    assert (mail.from_, mail.subject, mail.tags) == ("Ada <ada@mg.example.com>", "Grüße", ["t"])
    assert (mail.text, mail.html) == ("Hello é", "<p>x</p>")
    assert mail.attachments == [FormFile("attachment", "a.csv", "text/csv", b"1,2")]
    assert mail.rendered["Subject"] == "Grüße"


async def test_recipient_variables_are_put_into_a_mime_message(api: Any, emulator: Emulator) -> None:
    """Into headers and texts, and also where a transfer encoding hides the placeholder."""
    mime = (
        b"From: ada@mg.example.com\r\nTo: %recipient.to%\r\nSubject: Hi %recipient.name%\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"JXJlY2lwaWVudC5uYW1lJSE=\r\n"
    )
    fields = {
        "to": "bob@example.com",
        "recipient-variables": '{"bob@example.com": {"name": "Bob", "to": "b@x.org"}}',
    }
    await api.post(MIME_PATH, fields, [("message", "m.eml", mime, "message/rfc822")])
    mail = emulator.outbox[0]
    assert (mail.to, mail.subject, mail.text) == ("b@x.org", "Hi Bob", "Bob!\n")
    assert "%recipient" not in str(mail.rendered)
    assert mail.html is None


async def test_files_of_a_mime_message_are_not_rendered(api: Any, emulator: Emulator) -> None:
    """Placeholders in an attached text are its own affair."""
    mime = (
        b'From: a@x.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n'
        b"--x\r\nContent-Type: text/html\r\n\r\n<p>plain</p>\r\n"
        b"--x\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\n"
        b"%recipient.name%\r\n--x--\r\n"
    )
    fields = {"to": "bob@example.com", "recipient-variables": '{"bob@example.com": {"name": "Bob"}}'}
    await api.post(MIME_PATH, fields, [("message", "m.eml", mime, "message/rfc822")])
    mail = emulator.outbox[0]
    assert mail.attachments == [FormFile("attachment", "a.csv", "text/csv", b"%recipient.name%")]
    assert mail.html == "<p>plain</p>"


async def test_a_mime_call_may_name_the_message_id_in_the_form(api: Any, emulator: Emulator) -> None:
    """`h:Message-Id` wins over the message's own header."""
    mime = b"From: a@x.org\r\nMessage-Id: <old@x.org>\r\n\r\nHello"
    fields = {"to": "bob@example.com", "h:Message-Id": "<new@x.org>"}
    _, body, _ = await api.post(MIME_PATH, fields, [("message", "m.eml", mime, "message/rfc822")])
    assert body["id"] == "<new@x.org>"
    assert emulator.outbox[0].rendered["Message-Id"] == "<new@x.org>"


async def test_on_behalf_of_a_subaccount_is_noted(api: Any, emulator: Emulator, form: Any) -> None:
    """The header is taken from everybody."""
    await api.post(PATH, form.fields(), headers={"X-Mailgun-On-Behalf-Of": "sub-1"})
    assert emulator.outbox[0].subaccount == "sub-1"
