"""Mail of the emulator that is made of stored templates."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from mailgun_async import BadRequest, Mailgun, Message, Recipient
from mailgun_async.testing import Emulator, _handlebars

DOMAIN = "mg.example.com"
BOB = "bob@example.com"
HTML = "<p>Hello {{name}}</p>"


class Sender:
    """Sends mail made of the template `welcome`, and looks at it."""

    def __init__(self, mg: Mailgun, emulator: Emulator) -> None:
        self.mg, self.emulator = mg, emulator

    async def store(self, template: str, **fields: Any) -> None:
        """Store the template."""
        await self.mg.templates.create("welcome", template=template, **fields)

    async def send(self, **fields: Any) -> Any:
        """Send one mail; answers the last in the outbox, None when there is none."""
        whole = {"from_": f"Ada <ada@{DOMAIN}>", "to": BOB, "subject": "Hi", "template": "welcome"} | fields
        await self.mg.messages.send(Message(**whole))
        return next(iter(self.emulator.outbox[-1:]), None)


@pytest.fixture
def sender(mg: Mailgun, emulator: Emulator) -> Sender:
    """A sender of that mail."""
    return Sender(mg, emulator)


async def test_a_message_that_names_a_template_is_rendered(sender: Sender) -> None:
    """With `t:variables` over `v:` ones; values are escaped, and what is missing is empty."""
    await sender.store("<p>{{name}} {{{raw}}} {{order}}{{missing}}</p>{{#each items}}<b>{{this.n}}</b>{{/each}}")
    variables = {"name": "Bob & Co", "raw": "<i>", "items": [{"n": 1}, {"n": 2}]}
    mail = await sender.send(variables={"order": "7", "name": "v"}, template_variables=variables)
    assert mail.html == "<p>Bob &amp; Co <i> 7</p><b>1</b><b>2</b>"
    assert (mail.subject, mail.text, mail.undelivered) == ("Hi", None, None)
    assert (mail.template, mail.template_variables) == ("welcome", variables)
    assert "<b>2</b>" in str(mail.rendered)


async def test_variables_can_come_in_a_header(sender: Sender) -> None:
    """Below all others; what is no JSON object is nothing."""
    await sender.store("{{a}}{{b}}{{c}}")
    headers = {"X-Mailgun-Variables": '{"a": 1, "b": 1, "c": 1}'}
    assert (await sender.send(headers=headers, variables={"b": "2"}, template_variables={"c": 3})).html == "123"
    assert (await sender.send(headers={"X-Mailgun-Variables": "[1]"}, variables={"b": "2"})).html == "2"
    assert (await sender.send(headers={"X-Mailgun-Variables": "{"}, variables={"b": "2"})).html == "2"


async def test_conditions_and_comparisons_are_rendered(sender: Sender) -> None:
    """Those of handlebars, and Mailgun's own `equal`."""
    await sender.store('{{#if a}}A{{else}}-{{/if}}{{#unless a}}U{{/unless}}{{#equal plan "pro"}}P{{else}}F{{/equal}}')
    assert (await sender.send(template_variables={"a": True, "plan": "pro"})).html == "AP"
    assert (await sender.send(template_variables={"a": False})).html == "-UF"


async def test_a_template_brings_headers(sender: Sender) -> None:
    """Rendered; what the message says itself wins."""
    await sender.store(
        "x", headers={"From": "{{who}} <t@mg.example.com>", "Subject": "T {{who}}", "Reply-To": "r@x.org"}
    )
    mail = await sender.send(from_=None, subject=None, template_variables={"who": "Eve"})
    assert (mail.from_, mail.subject, mail.headers["Reply-To"]) == ("Eve <t@mg.example.com>", "T Eve", "r@x.org")
    mail = await sender.send(headers={"Reply-To": "own@x.org"})
    assert (mail.from_, mail.subject, mail.headers["Reply-To"]) == ("Ada <ada@mg.example.com>", "Hi", "own@x.org")


async def test_a_text_part_is_made_of_the_template_when_asked_for(sender: Sender) -> None:
    """What is seen of the HTML, line by line."""
    await sender.store("<style>p {}</style><p>Hello <b>{{name}}</b> &amp; all</p><ul><li>one<li>two</ul>")
    mail = await sender.send(template_text=True, template_variables={"name": "Bob"})
    assert mail.text == "Hello Bob & all\n\none\ntwo"
    assert (await sender.send(template_text=True, text="own")).text == "own"


async def test_recipient_variables_reach_a_template_through_its_variables(sender: Sender) -> None:
    """Each reader's own values, in one call."""
    await sender.store(HTML)
    message = Message(
        from_=f"Ada <ada@{DOMAIN}>", subject="Hi", template="welcome", template_variables={"name": "%recipient.n%"}
    )
    readers = [Recipient(f"{n}@example.com", variables={"n": n}) for n in ("ann", "bob")]
    await sender.mg.messages.send_batch(message, readers)
    assert [mail.html for mail in sender.emulator.outbox] == ["<p>Hello ann</p>", "<p>Hello bob</p>"]


async def test_a_version_can_be_named(sender: Sender) -> None:
    """Otherwise the active one is sent, of the domain's template before the account's."""
    await sender.mg.account_templates.create("welcome", template="account")
    assert (await sender.send()).html == "account"
    await sender.store("one", tag="v1")
    await sender.mg.templates.create_version("welcome", "v2", template="two")
    assert (await sender.send()).html == "one"
    assert (await sender.send(template_version="v2")).html == "two"


async def test_a_mail_keeps_the_template_it_was_sent_with(sender: Sender) -> None:
    """Whatever becomes of the template later."""
    await sender.store("before")
    await sender.send()
    await sender.mg.templates.update_version("welcome", "initial", template="after")
    assert (await sender.send()).html == "after"
    await sender.mg.templates.delete("welcome")
    assert [mail.html for mail in sender.emulator.outbox] == ["before", "after"]


@pytest.mark.parametrize("fields", [{"template": "nobody"}, {"template_version": "v9"}])
async def test_mail_of_a_template_that_is_not_there_is_accepted_and_fails(
    sender: Sender, api: Any, fields: dict[str, str]
) -> None:
    """As with Mailgun, whose answer is the usual one, and no mail arrives."""
    await sender.store(HTML)
    await sender.send(**fields)
    assert len(sender.emulator.outbox) == 0
    assert [mail.undelivered for mail in sender.emulator.outbox.undelivered] == ["generic"]
    [entry] = (await api.logs(("event", "=", "failed")))["items"]
    assert (entry["severity"], entry["delivery-status"]["description"]) == ("permanent", "Stored template not found")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("x{{#if a}}y", "template welcome: it cannot be read to its end"),
        ("x{{#if a}}y{{/each}}z", "template welcome: "),
        ("{{no such helper}}", "template welcome: "),
        ("x{{name", "template welcome: Error at character"),
    ],
)
async def test_a_template_that_cannot_be_rendered_refuses_the_message(
    sender: Sender, emulator: Emulator, template: str, text: str
) -> None:
    """The error names the template and says what is wrong."""
    await sender.store(template)
    with pytest.raises(BadRequest) as caught:
        await sender.send()
    assert text in str(caught.value)
    assert (len(emulator.outbox), emulator.counts.refused) == (0, 1)


async def test_without_the_library_a_message_with_a_template_is_refused(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says what to install; templates can be stored all the same, and other messages sent."""
    monkeypatch.setitem(sys.modules, "pybars", None)
    _handlebars._compiled.cache_clear()
    await sender.store(HTML)
    with pytest.raises(BadRequest, match=r"pip install 'mailgun_async\[emulator\]'"):
        await sender.send()
    assert (await sender.send(template=None, text="Hello")).text == "Hello"


async def test_templates_and_mail_of_them_outlive_the_process(tmp_path: Path) -> None:
    """In the file, when there is one."""
    path = tmp_path / "mail.db"
    async with Emulator(path=path) as emulator, emulator.client() as mg:
        sender = Sender(mg, emulator)
        await sender.store(HTML)
        await sender.send(template_variables={"name": "Bob"})
        await mg.templates.rename("welcome", to="other")
    async with Emulator(path=path) as emulator, emulator.client() as mg:
        assert [one.name async for one in mg.templates.list()] == ["other"]
        assert [mail.html for mail in emulator.outbox] == ["<p>Hello Bob</p>"]
