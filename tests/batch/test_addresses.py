from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgun_async.batch.addresses import all_distinct, all_ordinary, all_plain, identity, read, shown_name
from mailgun_async.errors import InvalidMessage
from mailgun_async.message import Recipient
from mailgun_async.message.addresses import mailbox

GOOD = ["ada@example.com", "a.b-c_d+e@sub.example.co", "1@2.3"]


def test_ordinary_addresses_are_seen_all_together() -> None:
    """Letters, digits and a few signs around one @ need no closer look."""
    assert all_ordinary(GOOD)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@@example.com",
        "ada@b@example.com",
        "ada.@example.com",
        ".ada@example.com",
        "ada@.example.com",
        "ada@example.com.",
        "ada@example..com",
        "ada@example.com,bob@example.com",
        "ada @example.com",
        "Ada <ada@example.com>",
        "ada@example.com\n",
        "o'hara@example.com",
        "ädä@example.com",
        "ada\udce9@example.com",
    ],
)
def test_what_is_not_ordinary_is_noticed_among_ordinary_ones(address: str) -> None:
    """One suspicious address is enough, wherever it stands."""
    for place in range(len(GOOD) + 1):
        assert not all_ordinary([*GOOD[:place], address, *GOOD[place:]])


def test_a_missing_and_a_surplus_at_sign_do_not_make_up_for_each_other() -> None:
    """Each address is looked at, not the sum."""
    assert not all_ordinary(["a@b@c", "d"])
    assert not all_ordinary(["a", "b@c@d"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="ab.@+_-, \"<>é'", max_size=8), max_size=5))
def test_ordinary_ones_are_read_as_they_are(addresses: list[str]) -> None:
    """Whatever is let through together would pass alone, unchanged."""
    if all_ordinary(addresses):
        assert [read(address) for address in addresses] == [(address, None) for address in addresses]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  ada@example.com\t", ("ada@example.com", None)),
        ("\ufeffada@example.com\u200b\xa0", ("ada@example.com", None)),
        ("Ada <ada@example.com>", ("ada@example.com", "Ada <ada@example.com>")),
        ('"Lovelace, Ada" <ada@example.com>', ("ada@example.com", '"Lovelace, Ada" <ada@example.com>')),
        ("o'hara@example.com", ("o'hara@example.com", None)),
        ("ada@bücher.example", ("ada@bücher.example", None)),
        ('"a,b"@example.com', ('"a,b"@example.com', '"a,b"@example.com')),
    ],
)
def test_an_address_is_read_by_itself(text: str, expected: tuple[str, str | None]) -> None:
    """Space and invisible signs around it go, and what can't stand among commas gets a part of its own."""
    assert read(text) == expected


def test_a_name_is_put_before_the_address() -> None:
    """Quoted as the message's own mailboxes are."""
    assert read("ada@example.com", "Lovelace, Ada") == ("ada@example.com", '"Lovelace, Ada" <ada@example.com>')


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \u200b ",
        "ada",
        "ada@",
        "@b",
        "a@b@c",
        "a b@c",
        "a@b..c",
        "a@.b",
        "a@b.",
        "a\u200bb@c.de",
        "a@b\n@c",
        "a@b,c@d",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Before it spoils a call of a thousand."""
    with pytest.raises(InvalidMessage, match="address"):
        read(text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.none() | st.text(alphabet="Ab1 '-.,\"é(", max_size=6), max_size=4))
def test_plain_names_stand_as_the_message_would_write_them(names: list[str | None]) -> None:
    """The quick check agrees with the careful form."""
    if all_plain(names):
        for name in filter(None, names):
            assert mailbox(Recipient("a@b.c", name), "to") == ("a@b.c", f"{name} <a@b.c>")


@pytest.mark.parametrize("name", ["Lovelace, Ada", "Zoë", "a\nb", '"', 7, "\udce9"])
def test_names_that_are_not_plain_are_noticed(name: object) -> None:
    """They have to be quoted, or refused."""
    assert not all_plain(["Ada", None, name])  # type: ignore[list-item]


def test_the_case_of_an_address_makes_no_other_mailbox() -> None:
    """Neither side of the @ tells two mailboxes apart by case."""
    assert identity("Ada@Example.COM") == identity("ada@example.com")


@pytest.mark.parametrize(
    ("addresses", "distinct"),
    [
        (["a@x", "b@x"], True),
        (["a@x", "a@x"], False),
        (["A@x", "a@x"], False),
        (["a@X", "b@x"], True),
        (['"A,B"@x', "c@x", "c@x"], False),
        ([], True),
    ],
)
def test_duplicates_are_seen_all_together(addresses: list[str], distinct: bool) -> None:
    """Whatever the case they are written in."""
    assert all_distinct(addresses) is distinct


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='Ab ,"\\é', min_size=1, max_size=8).filter(lambda name: name.strip() == name))
def test_a_name_is_read_back_from_its_mailbox(name: str) -> None:
    """So that those who were not sent to keep their names."""
    assert shown_name(mailbox(Recipient("a@b.c", name), "to")[1], "a@b.c") == name


def test_a_mailbox_without_a_name_has_none() -> None:
    """A quoted local part is no name."""
    assert shown_name('"a,b"@c.de', '"a,b"@c.de') is None
