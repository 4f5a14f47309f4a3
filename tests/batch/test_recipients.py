from __future__ import annotations

import codecs
import gzip
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from mailgun_async.batch import recipients
from mailgun_async.batch.block import Block
from mailgun_async.batch.recipients import CsvRecipients, JsonLinesRecipients, RejectedRow
from mailgun_async.errors import InvalidArgument

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file and return its path."""

    def to_disk(content: str | bytes, name: str = "people.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_disk


@pytest.fixture
def small_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is read a few bytes at a time, so that rows and signs are cut everywhere."""
    monkeypatch.setattr(recipients, "_READ_BYTES", 7)


async def read(blocks: AsyncGenerator[Block, None]) -> list[tuple[int | None, str, dict[str, Any]]]:
    """Line, address and variables of each."""
    found = []
    async for block in blocks:
        for index, (address, variables) in enumerate(zip(block.addresses, block.variables(), strict=True)):
            found.append((block.line(index), address, dict(variables)))
    return found


async def test_a_csv_file_is_read_in_blocks(write: Write) -> None:
    """Of at most the size asked for, in the order of the file."""
    path = write("email,n\n" + "".join(f"r{n}@x.de,{n}\n" for n in range(10)))
    blocks = [block async for block in CsvRecipients(path).blocks(4)]
    assert [len(block) for block in blocks] == [4, 4, 2]
    assert [address for block in blocks for address in block.addresses] == [f"r{n}@x.de" for n in range(10)]


@pytest.mark.usefixtures("small_reads")
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("closed", [True, False])
async def test_any_line_ends_and_encodings_are_read(write: Write, ending: str, encoding: str, closed: bool) -> None:
    """Also when the last line has no end, wherever the reads cut the file."""
    text = ending.join(["email,name", "a@x.de,Zoë", 'b@x.de,"Bü\nLow"', "", "c@x.de,Cy"]) + ending * closed
    path = write(text.encode(encoding))
    given = "utf-8-sig" if encoding == "utf-8" else encoding
    assert await read(CsvRecipients(path, encoding=given).blocks(2)) == [
        (2, "a@x.de", {"name": "Zoë"}),
        (3, "b@x.de", {"name": "Bü\nLow"}),
        (6, "c@x.de", {"name": "Cy"}),
    ]


@pytest.mark.usefixtures("small_reads")
async def test_a_byte_order_mark_is_no_part_of_the_first_name(write: Write) -> None:
    """As spreadsheets write it."""
    path = write(codecs.BOM_UTF8 + b"email\na@x.de\n")
    assert await read(CsvRecipients(path).blocks(5)) == [(2, "a@x.de", {})]


@pytest.mark.usefixtures("small_reads")
async def test_a_compressed_file_is_read_as_the_file_in_it(write: Write) -> None:
    """By the ending of its name."""
    packed = write(gzip.compress(b"email,n\n" + b"a@x.de,1\n" * 3), "people.csv.gz")
    assert await read(CsvRecipients(packed).blocks(2)) == [(line, "a@x.de", {"n": "1"}) for line in (2, 3, 4)]


@pytest.mark.parametrize("content", [b"email\na@x.de\n", gzip.compress(b"email\na@x.de\n")[:12] + b"\0" * 9])
async def test_a_file_that_is_not_what_its_name_says_is_an_error(write: Write, content: bytes) -> None:
    """It is named."""
    packed = write(content, "people.csv.gz")
    with pytest.raises(OSError, match=r"people\.csv\.gz can't be decompressed"):
        await read(CsvRecipients(packed).blocks(2))


async def test_a_header_of_another_encoding_is_an_error(write: Write) -> None:
    """Variables would have names that nobody wrote."""
    path = write("email,Größe\na@x.de,1\n".encode("latin-1"))
    with pytest.raises(InvalidArgument, match="the first line is not UTF-8: byte 0xf6; name the encoding"):
        await read(CsvRecipients(path).blocks(2))


async def test_a_compressed_file_that_ends_early_is_an_error(write: Write) -> None:
    """What was read before it is given first."""
    packed = write(gzip.compress(b"email\n" + b"a@x.de\n" * 100)[:-8], "people.csv.gz")
    with pytest.raises(OSError, match=r"people\.csv\.gz can't be decompressed: Compressed file ended"):
        await read(CsvRecipients(packed).blocks(2))


@pytest.mark.usefixtures("small_reads")
@pytest.mark.parametrize("size", [1, 2, 100])
async def test_bad_rows_are_kept_with_their_lines_and_the_rest_goes_on(write: Write, size: int) -> None:
    """Whatever the size of blocks; the blocks count them."""
    path = write(b'email,name\na@x.de,Ada\nb@x.de\nc@x.de,"two\nlines"\n,Nobody\nd@x.de,caf\xe9\ne@x.de,Eve\n')
    source = CsvRecipients(path)
    blocks = [block async for block in source.blocks(size)]
    assert [address for block in blocks for address in block.addresses] == ["a@x.de", "c@x.de", "e@x.de"]
    assert source.rejected == [
        RejectedRow(3, "1 columns instead of 2", "b@x.de"),
        RejectedRow(6, "no address", ",Nobody"),
        RejectedRow(7, "not UTF-8: byte 0xe9", "d@x.de,caf\udce9"),
    ]
    assert sum(block.bad_rows for block in blocks) == 3
    assert sum(block.taken for block in blocks) == 6


async def test_a_callback_gets_the_bad_rows_instead(write: Write) -> None:
    """So that nothing has to be kept."""
    path = write("email,name\nb@x.de\na@x.de,Ada\n")
    told: list[RejectedRow] = []
    source = CsvRecipients(path, on_reject=told.append)
    blocks = [block async for block in source.blocks(10)]
    assert [row.line for row in told] == [2]
    assert source.rejected == []
    assert blocks[0].bad_rows == 1


async def test_a_file_can_be_read_twice(write: Write) -> None:
    """The second time starts at its beginning, with nothing rejected yet."""
    path = write("email,name\nb@x.de\na@x.de,Ada\n")
    source = CsvRecipients(path)
    assert await read(source.blocks(10)) == await read(source.blocks(1))
    assert [row.line for row in source.rejected] == [2]


@pytest.mark.usefixtures("small_reads")
@pytest.mark.parametrize("skip", range(8))
@pytest.mark.parametrize("size", [1, 2, 100])
async def test_rows_that_were_taken_before_can_be_left_out(write: Write, skip: int, size: int) -> None:
    """Good and bad rows count, blank lines and the header do not."""
    path = write('email,n\na@x.de,1\nbad\n\nc@x.de,"3\n3"\nbad\ne@x.de,5\n')
    rows = [(2, "a@x.de"), (3, None), (5, "c@x.de"), (7, None), (8, "e@x.de")][skip:]
    source = CsvRecipients(path, skip=skip)
    found = [(line, address) for line, address, _ in await read(source.blocks(size))]
    assert found == [row for row in rows if row[1] is not None]
    assert [row.line for row in source.rejected] == [line for line, address in rows if address is None]


@pytest.mark.usefixtures("small_reads")
async def test_a_row_longer_than_a_block_is_read_whole(write: Write) -> None:
    """Its lines are gathered until it ends."""
    text = "\n" * 50
    path = write(f'email,text\na@x.de,"{text}"\nb@x.de,x\n')
    assert await read(CsvRecipients(path).blocks(2)) == [(2, "a@x.de", {"text": text}), (53, "b@x.de", {"text": "x"})]


async def test_a_line_without_end_is_no_csv(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not gathered for ever."""
    monkeypatch.setattr(recipients, "_MAX_LINE", 100)
    monkeypatch.setattr(recipients, "_READ_BYTES", 64)
    path = write(b"\x00" * 1000)
    with pytest.raises(InvalidArgument, match="a line of more than 100 characters"):
        await read(CsvRecipients(path).blocks(2))


async def test_leaving_early_closes_the_file(write: Write) -> None:
    """Warnings are errors here, that of an open file among them."""
    path = write("email\n" + "a@x.de\n" * 10)
    blocks = CsvRecipients(path).blocks(2)
    assert len(await anext(blocks)) == 2
    await blocks.aclose()


@pytest.mark.parametrize("content", ["", "\ufeff"])
async def test_an_empty_csv_file_is_refused(write: Write, content: str) -> None:
    """It has no header."""
    path = write(content)
    with pytest.raises(InvalidArgument, match="empty"):
        await read(CsvRecipients(path).blocks(2))


async def test_a_header_alone_is_nobody(write: Write) -> None:
    """And no error."""
    path = write("email,name\n")
    assert await read(CsvRecipients(path).blocks(2)) == []


async def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    """As from `open`."""
    with pytest.raises(FileNotFoundError):
        await read(CsvRecipients(tmp_path / "none.csv").blocks(2))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"encoding": "klingon"}, "'klingon' is no encoding"),
        ({"encoding": "base64"}, "'base64' is no encoding"),
        ({"delimiter": ";;"}, "one character"),
        ({"delimiter": '"'}, "one character"),
        ({"skip": -1}, "skip must be 0 or more"),
    ],
)
def test_bad_arguments_are_refused_at_once(arguments: dict[str, Any], text: str) -> None:
    """Before anything is read."""
    with pytest.raises(InvalidArgument, match=text):
        CsvRecipients("people.csv", **arguments)


def test_a_file_of_recipients_is_shown_by_its_path() -> None:
    """Not by its contents."""
    assert repr(CsvRecipients("people.csv")) == "CsvRecipients('people.csv')"


@pytest.mark.usefixtures("small_reads")
async def test_json_lines_are_read_with_their_line_numbers(write: Write) -> None:
    """Compressed or not, with skipped and bad lines."""
    text = '{"email": "a@x.de", "n": 1}\n\n{"email": "b@x.de", "n": "Zoë"}\n[]\n{"email": "c@x.de"}'
    packed = write(gzip.compress(codecs.BOM_UTF8 + text.encode()), "people.jsonl.gz")
    source = JsonLinesRecipients(packed, skip=1)
    assert await read(source.blocks(1)) == [(3, "b@x.de", {"n": "Zoë"}), (5, "c@x.de", {})]
    assert source.rejected == [RejectedRow(4, "not a JSON object", "[]")]


async def test_an_empty_file_of_json_lines_is_nobody(write: Write) -> None:
    """It needs no header."""
    assert await read(JsonLinesRecipients(write("")).blocks(2)) == []
