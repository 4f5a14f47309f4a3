"""The rules that hold for a message as a whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mailgun_async.errors import InvalidMessage
from mailgun_async.message import (
    MAX_MESSAGE_BYTES,
    MAX_OPTION_BYTES,
    MAX_RECIPIENTS,
    Attachment,
    Message,
    Recipient,
    SendOptions,
    check_count,
    encode_common,
    encode_message,
    encode_mime,
    encode_resend,
    file_sizes,
)
from mailgun_async.testing._forms import Form, FormFile, boundary_of, parse_multipart
from mailgun_async.transport.encoding import field, file_part

Mail = Callable[..., Message]
Read = Callable[..., Form]


def people(count: int, name: str = "r") -> list[str]:
    """Name some addresses."""
    return [f"{name}{index}@example.com" for index in range(count)]


# -- what must be there ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "field_name", "words"),
    [
        ({"text": None}, "text", "nothing to read"),
        ({"text": ""}, "text", "nothing to read"),
        ({"from_": None}, "from", "from_ is missing"),
        ({"to": ()}, "to", "nobody"),
        ({"to": ""}, "to", "nobody"),
        ({"to": (), "cc": "c@x.org"}, "to", "nobody"),
        ({"html": "<b>", "template": "t"}, "template", "exclude each other"),
    ],
)
def test_an_incomplete_message_is_refused(
    mail: Mail, read: Read, fields: dict[str, Any], field_name: str, words: str
) -> None:
    """Something to read, a sender, a recipient; and not two sources of the HTML."""
    with pytest.raises(InvalidMessage, match=words) as caught:
        read(mail(**fields))
    assert caught.value.field == field_name


@pytest.mark.parametrize("nobody", [(), [], "", None])
def test_an_empty_cc_is_none(mail: Mail, read: Read, nobody: Any) -> None:
    """Who has nobody to copy may say so in any way."""
    assert read(mail(cc=nobody, bcc="d@x.org")).fields == read(mail(bcc="d@x.org")).fields


def test_a_template_may_bring_sender_and_bodies(mail: Mail, read: Read) -> None:
    """With a template the rest may be left out."""
    form = read(mail(from_=None, text=None, template="welcome"))
    assert form.fields == {"to": ["bob@example.com"], "template": ["welcome"]}


@pytest.mark.parametrize("body", ["text", "html", "amp_html"])
def test_each_body_is_enough(mail: Mail, read: Read, body: str) -> None:
    """One of the bodies makes a message."""
    assert read(mail(**({"text": None} | {body: "Hi"}))).fields[body.replace("_", "-")] == ["Hi"]


# -- recipients --------------------------------------------------------------------------------------------------------


def test_a_thousand_recipients_pass(mail: Mail) -> None:
    """To, cc and bcc are counted together, and the limit itself is allowed."""
    _, _, recipients = encode_message(mail(to=people(998), cc="c@x.org", bcc=["d@x.org"]), None, boundary="a-test")
    assert recipients == MAX_RECIPIENTS == 1000


def test_more_than_a_thousand_are_refused(mail: Mail) -> None:
    """The error has the number found and the limit."""
    with pytest.raises(InvalidMessage) as caught:
        encode_message(mail(to=people(999), cc="c@x.org", bcc=["d@x.org"]), None, boundary="a-test")
    assert (caught.value.field, caught.value.size, caught.value.limit) == ("to", 1001, 1000)


def test_send_time_optimization_is_for_one_recipient(mail: Mail) -> None:
    """Mailgun optimizes for a person: a second one is refused."""
    with pytest.raises(InvalidMessage) as caught:
        encode_message(mail(cc="c@x.org", delivery_time_optimize_period=48), None, boundary="a-test")
    assert (caught.value.field, caught.value.size, caught.value.limit) == ("o:deliverytime-optimize-period", 2, 1)
    check_count(SendOptions(delivery_time_optimize_period=48), 1)


# -- 16 KB of options --------------------------------------------------------------------------------------------------


def fill(size: int) -> dict[str, Any]:
    """Make options of exactly so many bytes: in an h:, a t:, an o: and a v: field, not all ASCII."""
    fields = {
        "headers": {"X-A": "é" * 10},
        "template": "does not count",
        "template_version": "v1",
        "tags": ["t1", "t2"],
        "variables": {"big": ""},
    }
    used = len("h:X-A") + 20 + len("t:version") + 2 + 2 * (len("o:tag") + 2) + len("v:big")
    fields["variables"] = {"big": "x" * (size - used)}
    return fields


def test_options_of_16_kib_pass(mail: Mail) -> None:
    """Names and values in UTF-8 are counted, and the limit itself is allowed."""
    assert encode_common(mail(**fill(16_384))).option_bytes == MAX_OPTION_BYTES == 16_384


def test_options_above_16_kib_are_refused(mail: Mail) -> None:
    """The error has the bytes in all, the limit, and the largest field by name."""
    with pytest.raises(InvalidMessage, match="largest is v:big") as caught:
        encode_common(mail(**fill(16_385)))
    assert (caught.value.field, caught.value.size, caught.value.limit) == ("v:big", 16_385, 16_384)


def test_the_message_id_counts_as_an_option(mail: Mail) -> None:
    """The header that is added on sending has its room."""
    room = len("h:Message-Id") + len("<1@x.org>")
    encode_message(mail(**fill(16_384 - room)), "1@x.org", boundary="a-test")
    with pytest.raises(InvalidMessage) as caught:
        encode_message(mail(**fill(16_385 - room)), "1@x.org", boundary="a-test")
    assert caught.value.size == 16_385


def test_bytes_are_reserved_for_what_is_added_to_every_call(mail: Mail) -> None:
    """Whoever adds options to the common parts tells how many bytes they take."""
    assert encode_common(mail(), reserved_bytes=100).option_bytes == 100
    with pytest.raises(InvalidMessage):
        encode_common(mail(**fill(16_300)), reserved_bytes=85)


# -- 25 MB -------------------------------------------------------------------------------------------------------------


def test_a_message_of_25_mib_passes(mail: Mail) -> None:
    """The limit itself is allowed; what names recipients does not count."""
    empty = sum(map(len, encode_common(mail(html="")).parts))
    common = encode_common(mail(html="x" * (MAX_MESSAGE_BYTES - empty)))
    assert sum(map(len, common.parts)) == MAX_MESSAGE_BYTES == 25 * 1024 * 1024


def test_a_larger_message_is_refused(mail: Mail) -> None:
    """The error has the bytes in all, the limit, and the largest field by name."""
    empty = sum(map(len, encode_common(mail(html="")).parts))
    with pytest.raises(InvalidMessage, match="largest field is html") as caught:
        encode_common(mail(html="x" * (MAX_MESSAGE_BYTES - empty + 1)))
    assert (caught.value.field, caught.value.size, caught.value.limit) == (
        "html",
        MAX_MESSAGE_BYTES + 1,
        MAX_MESSAGE_BYTES,
    )


def test_a_file_on_disk_counts_too(mail: Mail) -> None:
    """A large file is refused before a byte of it is read."""
    path = Path("big.bin")
    large = {path: MAX_MESSAGE_BYTES}
    with pytest.raises(InvalidMessage, match="largest field is attachment") as caught:
        encode_message(mail(attachments=[Attachment(path=path)]), None, boundary="a-test", sizes=large)
    assert caught.value.field == "attachment"


# -- variables of recipients -------------------------------------------------------------------------------------------


def test_variables_of_recipients_and_of_the_message_are_put_together(mail: Mail, read: Read) -> None:
    """Those in `recipient_variables` and those of each Recipient, cc and bcc too."""
    form = read(
        mail(
            to=[Recipient("a@x.org", variables={"n": 1}), "b@x.org"],
            cc=Recipient("c@x.org", "C", {"n": "ü"}),
            bcc=[Recipient("d@x.org", variables={"n": None}), "e@x.org"],
            recipient_variables={"b@x.org": {"n": [2]}},
        )
    )
    assert form.fields["recipient-variables"] == [
        '{"b@x.org":{"n":[2]},"a@x.org":{"n":1},"c@x.org":{"n":"ü"},"d@x.org":{"n":null}}'
    ]


def test_nobody_has_variables_unless_given(mail: Mail, read: Read) -> None:
    """Without variables there is no such field: all recipients see each other, as was asked for."""
    assert "recipient-variables" not in read(mail(to=people(3), cc=Recipient("c@x.org"))).fields


def test_an_empty_entry_is_kept(mail: Mail, read: Read) -> None:
    """It hides the recipients from each other."""
    form = read(mail(recipient_variables={"bob@example.com": {}}))
    assert form.fields["recipient-variables"] == ['{"bob@example.com":{}}']


def test_variables_for_a_stranger_are_refused(mail: Mail, read: Read) -> None:
    """An address that is no recipient is a mistake in one of the two."""
    with pytest.raises(InvalidMessage, match=r"eve@x\.org, who is not a recipient") as caught:
        read(mail(recipient_variables={"eve@x.org": {"n": 1}}))
    assert caught.value.field == "recipient-variables"


@pytest.mark.parametrize(
    "fields",
    [
        {"recipient_variables": {"b@x.org": "x"}},
        {"to": Recipient("b@x.org", variables=[1])},  # type: ignore[arg-type]
    ],
)
def test_variables_that_are_no_mapping_are_refused(mail: Mail, read: Read, fields: dict[str, Any]) -> None:
    """Mailgun takes an object for each recipient."""
    with pytest.raises(InvalidMessage, match="must be a mapping") as caught:
        read(mail(**({"to": "b@x.org", "text": "%recipient.n%"} | fields)))
    assert caught.value.field == "recipient-variables"


@pytest.mark.parametrize(
    "fields",
    [
        {
            "to": Recipient("a@x.org", variables={"n": 1}),
            "recipient_variables": {"a@x.org": {"n": 2}},
        },
        {"to": [Recipient("a@x.org", variables={"n": 1}), Recipient("a@x.org", variables={"n": 2})]},
        {"to": Recipient("a@x.org", variables={"n": 1}), "bcc": Recipient("a@x.org", variables={"n": 2})},
        {
            "cc": Recipient("a@x.org", variables={"n": 1}),
            "bcc": Recipient("a@x.org", variables={"n": 2}),
        },
    ],
)
def test_two_sets_of_variables_for_one_address_are_refused(mail: Mail, read: Read, fields: dict[str, Any]) -> None:
    """Nobody can tell which of them is meant."""
    with pytest.raises(InvalidMessage, match="two different sets of variables for a@x"):
        read(mail(**fields))


def test_the_same_variables_twice_are_fine(mail: Mail, read: Read) -> None:
    """A list with a duplicate in it goes through."""
    one = Recipient("a@x.org", variables={"n": 1})
    assert read(mail(to=[one, one])).fields["recipient-variables"] == ['{"a@x.org":{"n":1}}']


def test_variables_that_are_no_json_are_refused(mail: Mail, read: Read) -> None:
    """Dates and the like have to be made text first."""
    with pytest.raises(InvalidMessage, match="JSON") as caught:
        read(mail(recipient_variables={"bob@example.com": {"n": object()}}))
    assert caught.value.field == "recipient-variables"


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "%recipient.name%"},
        {"text": "Hi %recipient.name%!"},
        {"html": "<b>100% %recipient.name%</b>"},
        {"amp_html": "%recipient.name%"},
        {"from_": "%recipient.name% <ada@x.org>"},
        {"cc": "%recipient.name% <ada@x.org>"},
        {"headers": {"X-Name": "%recipient.name%"}},
        {"variables": {"name": "%recipient.name%"}},
        {"variables": {"name": ["%recipient.name%"]}},
        {"template": "t", "template_variables": {"name": "%recipient.name%"}},
        {"tags": "%recipient.name%"},
    ],
)
def test_a_variable_that_somebody_lacks_is_refused(mail: Mail, read: Read, fields: dict[str, Any]) -> None:
    """Wherever it is used; the error names the variable and one who would see it unfilled."""
    to = [Recipient("a@x.org", variables={"name": "A"}), Recipient("b@x.org", variables={"other": "B"})]
    with pytest.raises(InvalidMessage, match=r"%recipient\.name% is used, and b@x\.org has no such variable"):
        read(mail(to=to, **fields))


def test_variables_that_all_have_pass(mail: Mail, read: Read) -> None:
    """What is supplied may be used, in any spelling a name can have."""
    variables = {"name": "A", "größe": 1, "v:id": 2}
    to = Recipient("a@x.org", variables=variables)
    assert read(mail(to=to, text="%recipient.name% %recipient.größe% %recipient.v:id%")).fields["to"] == ["a@x.org"]


@pytest.mark.parametrize(
    "text",
    ["%recipient%", "%recipient_email%", "%unsubscribe_url%", "5 %recipient. 5%", "%recipient.", "%%", "%recipient.%"],
)
def test_other_percent_signs_are_left_alone(mail: Mail, read: Read, text: str) -> None:
    """Only a whole `%recipient.x%` is a variable."""
    assert read(mail(text=text)).fields["text"] == [text]


def test_attachments_are_not_searched_for_variables(mail: Mail, read: Read) -> None:
    """A file is what it is."""
    attached = Attachment(content=b"%recipient.name%", filename="a.txt")
    assert read(mail(attachments=[attached])).files[0].content == b"%recipient.name%"


def test_a_mailing_list_brings_its_variables(mail: Mail, read: Read) -> None:
    """Members of a list have values that are not known here."""
    form = read(mail(to="list@mg.example.com", text="%recipient.name%", list_variables=True))
    assert form.fields["text"] == ["%recipient.name%"]


# -- common parts, for batches -----------------------------------------------------------------------------------------


def test_common_parts_hold_all_but_the_recipients(mail: Mail) -> None:
    """What a batch encodes once, with what it needs for its own checks."""
    attached = Attachment(content=b"%recipient.other%", filename="a.txt")
    common = encode_common(mail(to=(), text="%recipient.n%", tags="t", attachments=[attached]))
    assert common.parts == [
        field("from", "ada@mg.example.com"),
        field("text", "%recipient.n%"),
        field("o:tag", "t"),
        file_part("attachment", "a.txt", b"%recipient.other%", "text/plain"),
    ]
    assert (common.option_bytes, common.used) == (6, frozenset({"n"}))


# -- files -------------------------------------------------------------------------------------------------------------


def test_files_in_memory_are_parts(mail: Mail, read: Read) -> None:
    """Attachments and inline files, with names and types; a name keeps its spaces and letters."""
    form = read(
        mail(
            attachments=[
                Attachment(content=b"%PDF", filename="my 報告.pdf"),
                Attachment(content=b"", filename="empty", content_type="text/x-none"),
            ],
            inline=[Attachment(content=b"GIF", filename="logo.gif")],
        )
    )
    assert form.files == [
        FormFile("attachment", "my 報告.pdf", "application/pdf", b"%PDF"),
        FormFile("attachment", "empty", "text/x-none", b""),
        FormFile("inline", "logo.gif", "image/gif", b"GIF"),
    ]


async def test_files_on_disk_are_streamed_parts(mail: Mail, tmp_path: Path) -> None:
    """Their size is asked for once, off the loop; their content is not read here."""
    path = tmp_path / "a b.pdf"
    path.write_bytes(b"%PDF")
    message = mail(attachments=[Attachment(path=path)], inline=[Attachment(path=str(path), filename="x")])
    sizes = await file_sizes(message)
    assert sizes == {path: 4}
    body, content_type, _ = encode_message(message, None, boundary="a-test", sizes=sizes)
    assert not isinstance(body, bytes)
    path.write_bytes(b"FDP%")
    sent = b"".join([block async for block in body.chunks()])
    assert len(sent) == body.size
    assert parse_multipart(sent, boundary_of(content_type)).files == [
        FormFile("attachment", "a b.pdf", "application/pdf", b"FDP%"),
        FormFile("inline", "x", "application/octet-stream", b"FDP%"),
    ]


async def test_a_message_without_files_asks_no_disk(mail: Mail) -> None:
    """There is nothing to ask for, and files in memory know their size."""
    assert await file_sizes(mail(attachments=[Attachment(content=b"", filename="a")])) == {}


@pytest.mark.parametrize("name", ["missing.txt", "."])
async def test_a_file_that_can_not_be_read_is_refused(mail: Mail, tmp_path: Path, name: str) -> None:
    """Before anything is sent, by the path."""
    with pytest.raises(InvalidMessage, match="can't attach") as caught:
        await file_sizes(mail(attachments=[Attachment(path=tmp_path / name)]))
    assert caught.value.field == "attachment"


@pytest.mark.parametrize(("name", "value"), [("attachments", "a.txt"), ("inline", b"x")])
def test_only_attachments_can_be_attached(mail: Mail, read: Read, name: str, value: object) -> None:
    """A bare path or bytes lack a name or type."""
    with pytest.raises(InvalidMessage, match="takes Attachment"):
        read(mail(**{name: [value]}))


def test_a_file_name_stays_on_its_line(mail: Mail, read: Read) -> None:
    """It becomes a header of the mail."""
    with pytest.raises(InvalidMessage, match="line breaks") as caught:
        read(mail(inline=[Attachment(content=b"", filename="a\r\nb")]))
    assert caught.value.field == "inline"


# -- MIME and resending ------------------------------------------------------------------------------------------------


def test_mime_is_a_file_beside_options() -> None:
    """The message is a file part, and options are fields as always."""
    mime = b"Subject: x\r\n\r\nHi"
    body, content_type, recipients = encode_mime(["a@x.org", "b@x.org"], mime, SendOptions(tags="t"), "1@x.org")
    assert isinstance(body, bytes)
    form = parse_multipart(body, boundary_of(content_type))
    assert form.fields == {"to": ["a@x.org,b@x.org"], "h:Message-Id": ["<1@x.org>"], "o:tag": ["t"]}
    assert form.files == [FormFile("message", "message.mime", "application/octet-stream", mime)]
    assert recipients == 2


def test_the_rules_hold_for_mime_too() -> None:
    """Variables, counts, options and size."""
    with pytest.raises(InvalidMessage, match="has no such variable"):
        encode_mime("a@x.org", b"Subject: %recipient.n%\r\n\r\n", SendOptions(), None)
    with pytest.raises(InvalidMessage, match="1001 recipients"):
        encode_mime(people(1001), b"x", SendOptions(), None)
    with pytest.raises(InvalidMessage, match="v:big"):
        encode_mime("a@x.org", b"x", SendOptions(variables={"big": "x" * 16_384}), None)
    with pytest.raises(InvalidMessage, match="largest field is message"):
        encode_mime("a@x.org", bytes(MAX_MESSAGE_BYTES), SendOptions(), None)


def test_resending_takes_one_field() -> None:
    """All mailboxes in one text, comma joined."""
    assert encode_resend("a@x.org") == ("a@x.org", 1)
    assert encode_resend(["a@x.org", Recipient("b@x.org", "B, C")]) == ('a@x.org,"B, C" <b@x.org>', 2)


@pytest.mark.parametrize(("to", "words"), [([], "nobody"), (people(1001), "1001 recipients"), ("x", "not an address")])
def test_resending_has_the_same_limits(to: Any, words: str) -> None:
    """Nobody, too many, or no address."""
    with pytest.raises(InvalidMessage, match=words):
        encode_resend(to)
