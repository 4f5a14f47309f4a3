from __future__ import annotations

from types import MappingProxyType
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgun_async.batch.block import Block
from mailgun_async.batch.chunks import Chunk, encode, json_size
from mailgun_async.message import Recipient

HEAD = b'Content-Disposition: form-data; name="%b"\r\n\r\n'
VARIABLES = '{"ada@example.com":{"n":1},"bob@example.com":{},"cy@example.com":{"deep":[null,{"é":true}]}}'.encode()
ADA, BOB, CY = "ada@example.com", "bob@example.com", "cy@example.com"


@pytest.fixture
def chunk() -> Chunk:
    """Three recipients, the second with a name."""
    entries: dict[str, dict[str, Any]] = {ADA: {"n": 1}, BOB: {}, CY: {"deep": [None, {"é": True}]}}
    return Chunk.of(entries, {BOB: '"B, Bob" <bob@example.com>'})


def test_bare_addresses_share_a_part_and_named_ones_have_their_own(chunk: Chunk) -> None:
    """Everybody has an entry of variables, be it empty."""
    assert chunk.parts() == [
        HEAD % b"to" + b"ada@example.com,cy@example.com\r\n",
        HEAD % b"to" + b'"B, Bob" <bob@example.com>\r\n',
        HEAD % b"recipient-variables" + VARIABLES + b"\r\n",
    ]


def test_without_bare_addresses_there_is_no_part_for_them(chunk: Chunk) -> None:
    """An empty `to` would be refused."""
    assert [b'name="to"' in part for part in chunk.only([BOB]).parts()] == [True, False]


def test_a_chunk_gives_its_recipients_back(chunk: Chunk) -> None:
    """With names and variables, so that they can be sent to again."""
    assert chunk.recipients() == [
        Recipient(ADA, None, {"n": 1}),
        Recipient(BOB, "B, Bob", {}),
        Recipient(CY, None, {"deep": [None, {"é": True}]}),
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pieces_are_the_whole(chunk: Chunk, size: int) -> None:
    """In order, none larger than asked for, names with their owners."""
    pieces = chunk.split(size)
    assert [piece.count for piece in pieces] == {1: [1, 1, 1], 2: [2, 1]}.get(size, [3])
    assert [one for piece in pieces for one in piece.recipients()] == chunk.recipients()
    assert Chunk.merge(pieces) == chunk


def test_halves_are_equal_or_the_first_is_larger_by_one(chunk: Chunk) -> None:
    """Both hold somebody."""
    first, second = chunk.halves()
    assert (first.count, second.count) == (2, 1)
    assert [half.count for half in first.halves()] == [1, 1]


def test_some_can_be_left_out(chunk: Chunk) -> None:
    """The two ways make up the whole."""
    assert list(chunk.without({ADA}).entries()) == [BOB, CY]
    assert list(chunk.only({ADA}).entries()) == [ADA]
    assert chunk.without(chunk.entries()).count == 0


def test_a_chunk_shows_no_address() -> None:
    """It may end up in a log."""
    assert repr(Chunk.of({ADA: {}}, {})) == "Chunk(count=1)"


text = st.text(max_size=4) | st.text(alphabet='a"\\\n\t\x7f\x00é😀/<', max_size=4)
names = st.lists(text, unique=True, max_size=3)


@settings(max_examples=100, deadline=None)
@given(names, st.data())
def test_columns_are_written_as_the_encoder_writes_dicts(names: list[str], data: st.DataObject) -> None:
    """Byte by byte, whatever is in them."""
    count = data.draw(st.integers(1, 4))
    column = st.lists(text, min_size=count, max_size=count)
    columns = {name: data.draw(column) for name in names}
    addresses = [f"r{number}@x.de" for number in range(count)]
    variables = [{name: column[at] for name, column in columns.items()} for at in range(count)]
    written = encode(Block(addresses, columns)).variables
    assert written == orjson.dumps(dict(zip(addresses, variables, strict=True)))


def test_a_quoted_address_is_a_key_like_any_other() -> None:
    """It is escaped."""
    address = '"a b"@example.com'
    chunk = encode(Block([address], {"n": ["1"]}, mailboxes=[address]))
    assert chunk.entries() == {address: {"n": "1"}}
    assert (chunk.to, chunk.mailboxes) == ("", {address: address})


def test_any_mapping_will_do_for_variables() -> None:
    """Also inside of others."""
    frozen = MappingProxyType({"deep": MappingProxyType({"n": 1})})
    assert encode(Block([ADA], mappings=[frozen])).entries() == {ADA: {"deep": {"n": 1}}}
    assert json_size(frozen) == len(b'{"deep":{"n":1}}')


@pytest.mark.parametrize("value", [{1, 2}, object(), b"x", 2**70, "\udce9", {1: 2}])
def test_what_json_does_not_hold_is_an_error(value: Any) -> None:
    """In the whole as for one."""
    with pytest.raises(TypeError):
        encode(Block([ADA], mappings=[{"x": value}]))
    with pytest.raises(TypeError):
        json_size({"x": value})


@pytest.mark.parametrize("depth", range(240, 260))
def test_one_alone_is_refused_where_the_whole_would_be(depth: int) -> None:
    """Nesting has a limit, and one alone stands no less deep."""
    value: Any = 1
    for _ in range(depth):
        value = [value]

    def fails(write: Any) -> bool:
        try:
            write()
        except TypeError:
            return True
        return False

    assert fails(lambda: json_size({"x": value})) == fails(lambda: encode(Block([ADA], mappings=[{"x": value}])))
