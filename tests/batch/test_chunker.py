from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgun_async.batch import chunker as chunker_module
from mailgun_async.batch.addresses import identity
from mailgun_async.batch.block import Block, Rejected
from mailgun_async.batch.chunker import MAX_CHUNK_BYTES, Chunker
from mailgun_async.batch.chunks import Chunk
from mailgun_async.message import MAX_MESSAGE_BYTES


def cut_all(chunker: Chunker, count: int = 1000) -> list[Chunk]:
    """All chunks to the end."""
    chunks = []
    while (chunk := chunker.cut(count)) is not None:
        chunks.append(chunk)
    return chunks


def addresses(chunks: list[Chunk]) -> list[list[str]]:
    """Addresses of each chunk."""
    return [list(chunk.entries()) for chunk in chunks]


def test_chunks_are_cut_in_order_over_the_borders_of_blocks() -> None:
    """To the size asked for each time."""
    chunker = Chunker()
    chunker.add(Block(["a@x", "b@x"], {"n": ["1", "2"]}))
    chunker.add(Block(["c@x", "d@x", "e@x"], {"n": ["3", "4", "5"]}))
    assert len(chunker) == 5
    first = chunker.cut(3)
    assert first is not None
    assert first.entries() == {"a@x": {"n": "1"}, "b@x": {"n": "2"}, "c@x": {"n": "3"}}
    assert addresses(cut_all(chunker, 1)) == [["d@x"], ["e@x"]]
    assert chunker.cut(3) is None


def test_bad_addresses_are_rejected_with_their_lines() -> None:
    """And never reach a call."""
    chunker = Chunker()
    chunker.add(Block(["a@x", "b", " c@x "], {"n": ["1", "2", "3"]}, lines=[2, 5, 7]))
    assert chunker.rejected == [Rejected("b", "'b' in recipients is not an address", 5)]
    (chunk,) = cut_all(chunker)
    assert chunk.entries() == {"a@x": {"n": "1"}, "c@x": {"n": "3"}}


def test_what_the_source_rejected_is_rejected() -> None:
    """Also when nobody else came along."""
    chunker = Chunker()
    chunker.add(Block(rejected=[Rejected("7", "no address")]))
    assert chunker.rejected == [Rejected("7", "no address")]
    assert chunker.cut(1000) is None


@pytest.mark.parametrize("name", ["Ada", "Zoë, Dr."])
def test_names_are_shown_beside_addresses(name: str) -> None:
    """Those without one stay bare."""
    chunker = Chunker()
    chunker.add(Block(["a@x", "b@x"], names=[name, None]))
    (chunk,) = cut_all(chunker)
    assert [one.name for one in chunk.recipients()] == [name, None]
    assert chunk.to == "b@x"


def test_a_name_that_would_break_the_header_is_rejected() -> None:
    """It becomes a line of the mail."""
    chunker = Chunker()
    chunker.add(Block(["a@x", "b@x"], names=["A\nBcc: c@x", "Bo"]))
    assert [one.address for one in chunker.rejected] == ["a@x"]
    assert "line break" in chunker.rejected[0].reason
    assert addresses(cut_all(chunker)) == [["b@x"]]


def test_a_duplicate_waits_for_a_later_chunk() -> None:
    """With its own variables, before those who come after it."""
    chunker = Chunker()
    chunker.add(Block(["a@x", "A@X", "b@x", "a@x"], mappings=[{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]))
    assert [chunk.entries() for chunk in cut_all(chunker, 3)] == [
        {"a@x": {"n": 1}, "b@x": {"n": 3}},
        {"A@X": {"n": 2}},
        {"a@x": {"n": 4}},
    ]
    assert chunker.duplicates == []


def test_a_duplicate_is_only_reported_when_so_chosen() -> None:
    """The first one is sent to."""
    chunker = Chunker(duplicates="report")
    chunker.add(Block(["a@x", "A@X", "b@x", "a@x"], mappings=[{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]))
    assert [chunk.entries() for chunk in cut_all(chunker)] == [{"a@x": {"n": 1}, "b@x": {"n": 3}}]
    assert chunker.duplicates == ["A@X", "a@x"]


def test_who_cannot_be_sent_to_is_nobodys_first() -> None:
    """A later one of the same address goes instead of the one that is rejected."""
    chunker = Chunker(duplicates="report")
    chunker.add(Block(["a@x", "b@x", "A@x", "a@x", "c@x"], mappings=[{"n": {1}}, {}, {"n": 2}, {"n": 3}, {}]))
    (chunk,) = cut_all(chunker)
    assert chunk.entries() == {"b@x": {}, "A@x": {"n": 2}, "c@x": {}}
    assert ([one.address for one in chunker.rejected], chunker.duplicates) == (["a@x"], ["a@x"])


def test_who_lacks_a_needed_variable_is_rejected() -> None:
    """By mapping, each one; the value may be anything."""
    chunker = Chunker(needed=frozenset({"n", "m"}))
    chunker.add(Block(["a@x", "b@x", "c@x"], mappings=[{"n": None, "m": ""}, {"n": 1}, {}], lines=[1, 2, 3]))
    assert chunker.rejected == [Rejected("b@x", "no variable m", 2), Rejected("c@x", "no variable m, n", 3)]
    assert addresses(cut_all(chunker)) == [["a@x"]]


@pytest.mark.parametrize("block", [Block(["a@x"], {"m": ["1"]}), Block(["a@x"])])
def test_who_has_no_such_column_is_rejected(block: Block) -> None:
    """And who has no columns at all."""
    chunker = Chunker(needed=frozenset({"n"}))
    chunker.add(block)
    assert chunker.rejected == [Rejected("a@x", "no variable n")]


def test_who_has_what_is_needed_is_sent_to() -> None:
    """Whether in columns or mappings."""
    chunker = Chunker(needed=frozenset({"n"}))
    chunker.add(Block(["a@x"], {"n": ["1"], "m": ["2"]}))
    chunker.add(Block(["b@x"], mappings=[{"n": 1}]))
    assert addresses(cut_all(chunker)) == [["a@x", "b@x"]]


def test_variables_that_are_no_json_cost_one_recipient() -> None:
    """With the reason; the others go on."""
    chunker = Chunker()
    chunker.add(Block(["a@x", "b@x", "c@x"], mappings=[{"n": 1}, {"n": {1}}, {"n": 3}], lines=[2, 3, 4]))
    assert addresses(cut_all(chunker)) == [["a@x", "c@x"]]
    (rejected,) = chunker.rejected
    assert (rejected.address, rejected.line) == ("b@x", 3)
    assert rejected.reason == "variables can't be written as JSON: Type is not JSON serializable: set"


def test_a_chunk_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large variables make small chunks, and when they get small again chunks grow again."""
    monkeypatch.setattr(chunker_module, "MAX_CHUNK_BYTES", 10_000)
    chunker = Chunker()
    people = [f"r{number}@x" for number in range(400)]
    texts = ["x" * 1000] * 40 + ["x"] * 360
    chunker.add(Block(people, {"text": texts}))
    chunks = cut_all(chunker)
    assert [address for chunk in addresses(chunks) for address in chunk] == people
    assert max(len(chunk.variables) for chunk in chunks) <= 10_000
    assert len(chunks) < 20
    assert chunks[-2].count > 50


def test_one_recipient_may_be_larger_than_a_chunk() -> None:
    """As long as the message stays within Mailgun's limit."""
    chunker = Chunker(common_size=MAX_MESSAGE_BYTES - 2 * MAX_CHUNK_BYTES)
    chunker.add(Block(["a@x", "b@x"], {"text": ["x" * (MAX_CHUNK_BYTES + 1), ""]}))
    assert addresses(cut_all(chunker)) == [["a@x"], ["b@x"]]


def test_who_makes_the_message_too_large_is_rejected() -> None:
    """The common parts and the variables of one reader count together; those of others do not."""
    chunker = Chunker(common_size=MAX_MESSAGE_BYTES - 100)
    people, texts = [f"r{number}@x" for number in range(5)], ["x" * 50, "x" * 101, "x" * 80, "", "x" * 80]
    chunker.add(Block(people, {"text": texts}, lines=range(2, 7)))
    assert addresses(cut_all(chunker)) == [["r0@x", "r2@x", "r3@x", "r4@x"]]
    (rejected,) = chunker.rejected
    assert (rejected.address, rejected.line) == ("r1@x", 3)
    assert rejected.reason.startswith("variables of 112 bytes: with them the message would be over 26,214,400")


value = st.none() | st.integers(-5, 5) | st.text(alphabet='a"é\\', max_size=3) | st.just({1})
address = st.builds(
    lambda local, domain: f"{local}@{domain}", st.text(alphabet="aAbB", min_size=1, max_size=2), st.sampled_from("xX")
)
recipient = st.tuples(address | st.sampled_from(["", "no", "a b@x", " a@x"]), st.dictionaries(st.just("n"), value))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(recipient, max_size=8), max_size=5),
    st.lists(st.integers(1, 6), min_size=1),
    st.sampled_from(["later", "report"]),
    st.booleans(),
    st.sampled_from([30, MAX_CHUNK_BYTES]),
)
def test_everybody_is_in_one_chunk_or_rejected_or_a_reported_duplicate(
    blocks: list[list[tuple[str, dict[str, Any]]]], sizes: list[int], duplicates: Any, needs: bool, most_bytes: int
) -> None:
    """Nobody is lost, doubled or given another's variables, and no chunk is over its limits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunker_module, "MAX_CHUNK_BYTES", most_bytes)
        chunker = Chunker(needed=frozenset({"n"}) if needs else frozenset(), duplicates=duplicates)
        chunks: list[Chunk] = []
        for number, pairs in enumerate(blocks):
            chunker.add(Block([one for one, _ in pairs], mappings=[own for _, own in pairs]))
            chunk = chunker.cut(size := sizes[number % len(sizes)])
            if chunk is not None:
                assert chunk.count <= size
                chunks.append(chunk)
        chunks += cut_all(chunker, 3)
    for chunk in chunks:
        assert chunk.count == len({identity(one) for one in chunk.entries()})
        assert chunk.count == 1 or len(chunk.variables) <= most_bytes
        assert chunk.to == ",".join(chunk.entries())
    everybody = [(one.strip(), own) for pairs in blocks for one, own in pairs]
    sent = [(one, own) for chunk in chunks for one, own in chunk.entries().items()]
    left_out = [one.address.strip() for one in chunker.rejected] + chunker.duplicates
    assert Counter(one for one, _ in everybody) == Counter([one for one, _ in sent] + left_out)
    assert all(pair in everybody for pair in sent)
    assert all("n" in own for _, own in sent) or not needs
    assert duplicates == "report" or chunker.duplicates == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 99), max_size=8), max_size=5), st.integers(1, 6))
def test_the_order_of_the_source_is_kept(blocks: list[list[int]], size: int) -> None:
    """When nobody comes twice."""
    numbers = list(dict.fromkeys(number for block in blocks for number in block))
    seen = set[int]()
    chunker = Chunker()
    for block in blocks:
        fresh = [number for number in dict.fromkeys(block) if number not in seen]
        seen.update(fresh)
        chunker.add(Block([f"r{number}@x" for number in fresh], {"n": [str(number) for number in fresh]}))
    entries = {address: own for chunk in cut_all(chunker, size) for address, own in chunk.entries().items()}
    assert list(entries.items()) == [(f"r{number}@x", {"n": str(number)}) for number in numbers]
