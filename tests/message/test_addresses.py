"""Mailboxes in their forms, and what is no address."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgun_async.errors import InvalidMessage
from mailgun_async.message import Message, Recipient
from mailgun_async.message.addresses import mailbox
from mailgun_async.testing._forms import Form


@pytest.mark.parametrize(
    ("given_", "address", "written"),
    [
        ("ada@example.com", "ada@example.com", "ada@example.com"),
        (" ada@example.com ", "ada@example.com", "ada@example.com"),
        ("<ada@example.com>", "ada@example.com", "ada@example.com"),
        ("Ada <ada@example.com>", "ada@example.com", "Ada <ada@example.com>"),
        ("  Ada  <ada@example.com> ", "ada@example.com", "Ada <ada@example.com>"),
        ('"Lovelace, Ada" <ada@example.com>', "ada@example.com", '"Lovelace, Ada" <ada@example.com>'),
        (r'"Ada \"A\" L" <ada@example.com>', "ada@example.com", r'"Ada \"A\" L" <ada@example.com>'),
        ("A. Lovelace <ada@example.com>", "ada@example.com", '"A. Lovelace" <ada@example.com>'),
        ("Ada Lovelace (London) <ada@example.com>", "ada@example.com", '"Ada Lovelace (London)" <ada@example.com>'),
        ("Zoë <zoe@example.com>", "zoe@example.com", '"Zoë" <zoe@example.com>'),
        ("=?utf-8?q?Zo=C3=AB?= <zoe@example.com>", "zoe@example.com", "=?utf-8?q?Zo=C3=AB?= <zoe@example.com>"),
        ("zoë@例え.jp", "zoë@例え.jp", "zoë@例え.jp"),
        ('"a,b"@example.com', '"a,b"@example.com', '"a,b"@example.com'),
        ("a+b_c.d'e@[192.0.2.1]", "a+b_c.d'e@[192.0.2.1]", "a+b_c.d'e@[192.0.2.1]"),
        (Recipient("ada@example.com"), "ada@example.com", "ada@example.com"),
        (Recipient("ada@example.com", ""), "ada@example.com", "ada@example.com"),
        (Recipient("ada@example.com", "李, 明"), "ada@example.com", '"李, 明" <ada@example.com>'),
        (Recipient("ada@example.com", 'A\\"B'), "ada@example.com", r'"A\\\"B" <ada@example.com>'),
    ],
)
def test_a_mailbox_is_read_and_written(given_: str | Recipient, address: str, written: str) -> None:
    """Names are quoted when they hold more than plain words, and only then."""
    assert mailbox(given_, "to") == (address, written)


@pytest.mark.parametrize(
    "given_",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@example.com, bob@example.com",
        "ada@example.com,bob@example.com",
        "ada@example.com;bob@example.com",
        "ada@example.com\nBcc: x@example.com",
        "ada @example.com",
        "ada@exa mple.com",
        "Ada <ada@example.com> x",
        "ada@example.com>",
        "a@b@example.com",
        Recipient("Ada <ada@example.com>"),
        Recipient(""),
        Recipient(None),  # type: ignore[arg-type]
        5,
        None,
        ["ada@example.com"],
    ],
)
def test_what_is_no_single_address_is_refused(given_: Any) -> None:
    """The error names the field, so that one sees where to look."""
    with pytest.raises(InvalidMessage) as caught:
        mailbox(given_, "cc")
    assert caught.value.field == "cc"


@pytest.mark.parametrize(
    "given_",
    ["Lovelace, Ada <ada@example.com>", "a@example.com, Bob <b@example.com>", '"A" <a@x.org>, "B" <b@x.org>'],
)
def test_a_name_that_may_be_two_addresses_is_refused(given_: str) -> None:
    """Nobody is added or lost by a comma; the text says how to write it."""
    with pytest.raises(InvalidMessage, match="several ways: give a list"):
        mailbox(given_, "to")


@pytest.mark.parametrize("name", ["a\nb", "a\r\nBcc: x@example.com", "a\0"])
def test_a_name_stays_on_its_line(name: str) -> None:
    """A display name can't begin another header."""
    with pytest.raises(InvalidMessage, match="line breaks"):
        mailbox(Recipient("ada@example.com", name), "to")


@given(name=st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1))
@settings(max_examples=100, deadline=None)
def test_the_standard_library_reads_the_name_back(name: str) -> None:
    """Whatever a name holds, it comes out whole and the address stays the address."""
    _, written = mailbox(Recipient("ada@example.com", name), "to")
    assert parseaddr(written) == (name, "ada@example.com")


@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
@settings(max_examples=100, deadline=None)
def test_what_is_written_is_read_the_same_again(name: str) -> None:
    """Writing is stable: a mailbox on the wire given as text goes out alike."""
    _, written = mailbox(Recipient("ada@example.com", name), "to")
    assert mailbox(mailbox(written, "to")[1], "to") == mailbox(written, "to")


def test_bare_addresses_share_a_part_and_names_have_their_own(
    mail: Callable[..., Message], read: Callable[..., Form]
) -> None:
    """A comma joins only what no comma can break."""
    to = ["a@x.org", "Bob <b@x.org>", Recipient("c@x.org"), '"d,e"@x.org', Recipient("f@x.org", "F")]
    assert sorted(read(mail(to=to)).fields["to"]) == ['"d,e"@x.org', "Bob <b@x.org>", "F <f@x.org>", "a@x.org,c@x.org"]


@pytest.mark.parametrize("from_", ["zoë@example.com", "Zoë <zoë@example.com>", Recipient("zoë@example.com")])
def test_a_sender_is_ascii_left_of_the_at(
    mail: Callable[..., Message], read: Callable[..., Form], from_: str | Recipient
) -> None:
    """Mailgun makes headers of it that nobody can deliver."""
    with pytest.raises(InvalidMessage, match="ASCII") as caught:
        read(mail(from_=from_))
    assert caught.value.field == "from"


def test_a_sender_in_a_domain_of_other_letters_is_fine(mail: Callable[..., Message], read: Callable[..., Form]) -> None:
    """Domains have an ASCII form of their own."""
    assert read(mail(from_=Recipient("ada@例え.jp", "Ada"))).fields["from"] == ["Ada <ada@例え.jp>"]


def test_a_sender_may_come_from_variables(mail: Callable[..., Message], read: Callable[..., Form]) -> None:
    """What Mailgun fills in is not judged before, but stays on its line."""
    to = Recipient("bob@x.org", variables={"from": "x@x.org"})
    assert read(mail(from_="%recipient.from%", to=to)).fields["from"] == ["%recipient.from%"]
    with pytest.raises(InvalidMessage, match="line breaks"):
        read(mail(from_="%recipient.from%\n", to=to))
