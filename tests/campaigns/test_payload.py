from __future__ import annotations

import re
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgun_async.batch.chunks import Chunk
from mailgun_async.campaigns.payload import LONGEST_ORDINAL, digest_of, freeze, message_id, thaw

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ADDRESSES = st.text("abcé@.+-'", min_size=1, max_size=20)
ENTRIES = st.dictionaries(ADDRESSES, st.dictionaries(TEXTS, TEXTS | st.integers(-5, 5) | st.none()), max_size=8)


@st.composite
def chunks(draw: st.DrawFn) -> Chunk:
    """Any recipients, some of them with a display name."""
    entries: dict[str, dict[str, Any]] = draw(ENTRIES)
    named = draw(st.sets(st.sampled_from(sorted(entries)))) if entries else set()
    return Chunk.of(entries, {address: f"{draw(TEXTS)} <{address}>" for address in named})


def frozen(chunk: Chunk, **changes: Any) -> Any:
    """The chunk as the journal keeps it."""
    return freeze(chunk, **({"campaign": "c1", "ordinal": "12", "domain": "mg.example.com"} | changes))


ADA = Chunk.of(
    {"ada@example.com": {"name": "Ada"}, "bob@example.com": {}}, {"bob@example.com": "Bob <bob@example.com>"}
)


@given(chunks())
@settings(max_examples=100, deadline=None)
def test_what_is_thawed_is_what_was_frozen(chunk: Chunk) -> None:
    """Byte for byte, so that what is sent is what was planned."""
    kept = frozen(chunk)
    thawed = thaw(kept.payload, count=kept.count, digest=kept.digest)
    assert thawed == chunk
    assert thawed.parts() == chunk.parts()


@given(chunks())
@settings(max_examples=50, deadline=None)
def test_a_chunk_frozen_twice_is_the_same(chunk: Chunk) -> None:
    """Or planning again would be another campaign."""
    assert frozen(chunk) == frozen(chunk)


@given(
    st.lists(
        chunks(), min_size=2, max_size=2, unique_by=lambda chunk: (chunk.to, str(chunk.mailboxes), chunk.variables)
    )
)
@settings(max_examples=50, deadline=None)
def test_other_recipients_have_another_digest(pair: list[Chunk]) -> None:
    """And another Message-Id with it."""
    first, second = map(frozen, pair)
    assert first.digest != second.digest
    assert first.message_id != second.message_id


@given(st.integers(0), st.integers(1, 255))
@settings(max_examples=100, deadline=None)
def test_a_payload_with_a_byte_changed_is_refused(place: int, change: int) -> None:
    """Wherever it is."""
    kept = frozen(ADA)
    damaged = bytearray(kept.payload)
    damaged[place % len(damaged)] ^= change
    try:
        thawed = thaw(bytes(damaged), count=kept.count, digest=kept.digest)
    except ValueError:
        return
    # Bits that zlib does not use.
    assert thawed == ADA


@pytest.mark.parametrize("length", [0, 1, 10, -1])
def test_a_payload_cut_off_is_refused(length: int) -> None:
    """It says why."""
    kept = frozen(ADA)
    with pytest.raises(ValueError, match="incomplete or truncated"):
        thaw(kept.payload[:length], count=kept.count, digest=kept.digest)


def test_the_payload_of_another_chunk_is_refused() -> None:
    """It is whole, and not what the digest was taken of."""
    other = frozen(ADA.only({"ada@example.com"}))
    with pytest.raises(ValueError, match="digest is another"):
        thaw(other.payload, count=2, digest=frozen(ADA).digest)


def test_a_chunk_is_named_by_campaign_ordinal_digest_and_domain() -> None:
    """The Message-Id that every attempt carries, without brackets."""
    kept = frozen(ADA)
    assert kept.message_id == f"c1.12.{kept.digest[:12]}@mg.example.com"
    assert re.fullmatch("[0-9a-f]{32}", kept.digest)
    assert kept.digest == digest_of(zlib.decompress(kept.payload))
    assert message_id("c1", "12", kept.digest, "mg.example.com") == kept.message_id


@pytest.mark.parametrize(("given_digest", "kept"), [(None, frozen(ADA).digest), ("", ""), ("former", "former")])
def test_a_chunk_knows_what_was_cut_from_the_source(given_digest: str | None, kept: str) -> None:
    """Itself, unless it is a half or has lost duplicates."""
    assert frozen(ADA, source_digest=given_digest).source_digest == kept


def test_a_payload_is_smaller_than_what_is_sent() -> None:
    """A campaign to millions fits on a disk."""
    entries = {f"{n}@example.com": {"name": f"Name {n}", "coupon": f"C{n:06}"} for n in range(1000)}
    chunk = Chunk.of(entries, {})
    assert len(frozen(chunk).payload) < sum(map(len, chunk.parts())) / 3


def test_the_longest_ordinal_leaves_room_for_its_single_recipients() -> None:
    """A chunk of 1,000 is halved until nobody shares one with another."""
    sizes, ordinal = {1000}, "4294967295"
    while max(sizes) > 1:
        sizes = {half for size in sizes for half in ((size + 1) // 2, size // 2)}
        ordinal += ".0"
    assert len(ordinal) <= len(LONGEST_ORDINAL)
