from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from mailgun_async.batch.batch import send
from mailgun_async.batch.recipients import CsvRecipients
from mailgun_async.batch.report import BatchReport
from mailgun_async.errors import ApiError, Forbidden, InvalidArgument, InvalidMessage
from mailgun_async.message import MAX_MESSAGE_BYTES, MAX_OPTION_BYTES, Attachment, Message, Recipient

if TYPE_CHECKING:
    from tests.batch.conftest import Post

Send = Callable[..., Awaitable[BatchReport]]


def mail(**fields: Any) -> Message:
    """Make a message without recipients, with other fields on top."""
    return Message(**{"from_": "ada@mg.example.com", "subject": "Hi", "text": "Hello"} | fields)


@pytest.fixture
def send_to(post: Post) -> Send:
    """Send a batch through the scripted post."""
    numbers = itertools.count(1)

    async def send_batch(recipients: Any, message: Message | None = None, **more: Any) -> BatchReport:
        return await send(
            message or mail(),
            recipients,
            post=post,
            new_message_id=lambda: f"{next(numbers)}@test",
            now=lambda: 0.0,
            **more,
        )

    return send_batch


async def test_a_batch_goes_out_in_chunks_of_the_size_asked_for(post: Post, send_to: Send) -> None:
    """With what all calls have in common in each."""
    report = await send_to([f"r{number}@x.de" for number in range(5)], chunk_size=2, max_in_flight=1)
    assert post.sizes == [2, 2, 1]
    assert (report.accepted, report.taken) == (5, 5)


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"to": "bob@x.de"}, "to", "to of a batch's message must be empty"),
        ({"recipient_variables": {"bob@x.de": {}}}, "recipient-variables", "recipient-variables of a batch's message"),
        ({"cc": "bob@x.de"}, "cc", "would get a copy of every recipient's mail"),
        ({"bcc": ["bob@x.de"]}, "bcc", "would get a copy of every recipient's mail"),
        ({"headers": {"message-id": "<1@x.de>"}}, "h:Message-Id", "each call gets its own"),
        ({"text": None}, "text", "nothing to read"),
        ({"delivery_time_optimize_period": timedelta(hours=24)}, "o:deliverytime-optimize-period", "at most 1 a call"),
    ],
)
async def test_a_message_that_is_not_for_a_batch_is_refused(
    post: Post, send_to: Send, fields: dict[str, Any], field: str, text: str
) -> None:
    """Before anything is sent, or read."""
    source = iter(["a@x.de"])
    with pytest.raises(InvalidMessage, match=text) as raised:
        await send_to(source, mail(**fields))
    assert raised.value.field == field
    assert post.calls == []
    assert next(source) == "a@x.de"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"chunk_size": 0}, "chunk_size must be 1 to 1000, not 0"),
        ({"chunk_size": 1001}, "chunk_size must be 1 to 1000, not 1001"),
        ({"max_in_flight": 0}, "max_in_flight must be 1 or more"),
        ({"duplicates": "drop"}, "duplicates is later or report"),
    ],
)
async def test_arguments_outside_their_range_are_refused(send_to: Send, arguments: dict[str, Any], text: str) -> None:
    """With the range."""
    with pytest.raises(InvalidArgument, match=text):
        await send_to(["a@x.de"], **arguments)


async def test_send_time_optimization_goes_to_one_recipient_a_call(post: Post, send_to: Send) -> None:
    """Which has to be asked for."""
    await send_to(["a@x.de", "b@x.de"], mail(delivery_time_optimize_period=timedelta(hours=24)), chunk_size=1)
    assert post.sizes == [1, 1]


async def test_who_lacks_a_variable_of_the_message_is_rejected(post: Post, send_to: Send) -> None:
    """In any of its fields."""
    people = [Recipient("a@x.de", variables={"n": 1, "m": 2}), Recipient("b@x.de", variables={"n": 1})]
    report = await send_to(people, mail(subject="Hi %recipient.n%", html="%recipient.m%"))
    assert post.calls == [["a@x.de"]]
    assert [(one.address, one.reason) for one in report.rejected] == [("b@x.de", "no variable m")]


async def test_variables_that_a_list_will_bring_are_not_needed(post: Post, send_to: Send) -> None:
    """The message says so."""
    await send_to(["list@mg.example.com"], mail(text="Hi %recipient.n%", list_variables=True))
    assert post.calls == [["list@mg.example.com"]]


async def test_a_file_without_a_needed_column_is_refused(post: Post, send_to: Send, tmp_path: Path) -> None:
    """At once, as every row would be rejected."""
    path = tmp_path / "people.csv"
    path.write_text("email,plan\na@x.de,pro\n")
    with pytest.raises(InvalidMessage, match=r"%recipient\.name% is used, and no column has that name; there is plan"):
        await send_to(CsvRecipients(path), mail(text="Hi %recipient.name%"))
    assert post.calls == []
    report = await send_to(CsvRecipients(path), mail(text="Hi %recipient.plan%"))
    assert report.accepted == 1


async def test_what_calls_have_in_common_is_in_each(post: Post, send_to: Send) -> None:
    """Options and files too."""
    files = [Attachment(content=b"%PDF", filename="a.pdf")]
    await send_to(["a@x.de", "b@x.de"], mail(tags="spring", attachments=files), chunk_size=1)
    common = {"from": "ada@mg.example.com", "subject": "Hi", "text": "Hello", "o:tag": "spring", "attachment": "%PDF"}
    assert all(common.items() <= fields.items() for fields in post.fields)
    assert [fields["h:Message-Id"] for fields in post.fields] == ["<2@test>", "<3@test>"]


async def test_the_message_id_counts_against_the_size_of_options(send_to: Send) -> None:
    """As it is one, in every call."""
    whole = mail(tags="x", headers={"X-A": "x" * (MAX_OPTION_BYTES - len("o:tagxh:X-Ah:Message-Id<1@test>"))})
    await send_to(["a@x.de"], whole)
    with pytest.raises(InvalidMessage, match="at most 16384"):
        await send_to(["a@x.de"], mail(tags="xx", headers=whole.headers))


async def test_who_makes_the_message_too_large_is_rejected(post: Post, send_to: Send) -> None:
    """The common parts count."""
    people = [Recipient("a@x.de", variables={"n": "x" * 2000}), Recipient("b@x.de", variables={"n": "x"})]
    report = await send_to(people, mail(text="x" * (MAX_MESSAGE_BYTES - 1500)))
    assert [one.address for one in report.rejected] == ["a@x.de"]
    assert post.calls == [["b@x.de"]]


@pytest.mark.parametrize("names", [True, ["n", "m"]])
async def test_stored_templates_get_the_variables_of_recipients(post: Post, send_to: Send, names: Any) -> None:
    """By reference, so that it is the same for all; the message's own values win."""
    message = mail(text=None, template="welcome", template_variables={"m": "own", "k": 1})
    people = [Recipient("a@x.de", variables={"n": 1}), Recipient("b@x.de", variables={"m": 2, "n": 3})]
    report = await send_to(people, message, template_from_recipients=names)
    assert orjson.loads(post.fields[0]["t:variables"]) == {"n": "%recipient.n%", "m": "own", "k": 1}
    assert report.accepted == 2


async def test_who_lacks_a_variable_of_the_template_is_rejected(post: Post, send_to: Send) -> None:
    """The template would show the reference."""
    people = [Recipient("a@x.de", variables={"n": 1, "m": 1}), Recipient("b@x.de", variables={"n": 2})]
    message = mail(text=None, template="welcome")
    report = await send_to(people, message, template_from_recipients=True)
    assert [(one.address, one.reason) for one in report.rejected] == [("b@x.de", "no variable m")]
    assert (await send_to(people, message, template_from_recipients=["n"])).accepted == 2
    assert "t:variables" in post.fields[-1]


async def test_without_a_template_there_is_nothing_to_pass_variables_to(send_to: Send) -> None:
    """They would be lost."""
    with pytest.raises(InvalidMessage, match="need a template"):
        await send_to([Recipient("a@x.de", variables={"n": 1})], template_from_recipients=True)


async def test_templates_alone_are_not_given_what_nobody_asked_for(post: Post, send_to: Send) -> None:
    """Variables are passed on by request."""
    await send_to([Recipient("a@x.de", variables={"n": 1})], mail(text=None, template="welcome"))
    assert "t:variables" not in post.fields[0]


async def test_the_key_of_the_address_can_be_named(post: Post, send_to: Send) -> None:
    """For rows of a database."""
    await send_to([{"mail_to": "a@x.de", "email": "not this"}], address_key="mail_to")
    assert post.accepted == {"a@x.de": {"email": "not this"}}


async def test_a_size_known_from_before_is_kept(post: Post, send_to: Send, refusal: Callable[..., ApiError]) -> None:
    """And a smaller one that is found is remembered."""

    def rule(addresses: list[str]) -> None:
        if len(addresses) > 2:
            raise refusal(Forbidden, status=403, oversize=True)

    post.rule = rule
    remembered: list[int] = []
    people = [f"r{number}@x.de" for number in range(8)]
    await send_to(people, known_size=4, remember_size=remembered.append, max_in_flight=1)
    assert post.sizes == [4, 2, 2, 2, 2]
    assert remembered == [2]


async def test_a_size_known_to_pass_makes_no_chunk_larger_than_asked_for(post: Post, send_to: Send) -> None:
    """The caller's limit holds too."""
    await send_to(["a@x.de", "b@x.de"], known_size=4, chunk_size=1)
    assert post.sizes == [1, 1]
