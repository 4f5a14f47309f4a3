"""Bytes of queries, forms and multipart bodies, read back by parsers that are not ours."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import attrs
import pytest
from aiohttp import MultipartReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.streams import StreamReader
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgun_async.errors import InvalidArgument
from mailgun_async.transport.encoding import (
    FIELD_OVERHEAD,
    STREAM_ABOVE,
    FilePart,
    draw_boundary,
    field,
    file_part,
    flat,
    form,
    multipart,
    query,
    streamed_part,
)
from mailgun_async.transport.request import StreamedBody

MIB = 1024 * 1024
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
FILE_NAME = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\/'), min_size=1)


@attrs.define
class Part:
    """What a parser found."""

    name: str | None
    filename: str | None
    content_type: str | None
    content: bytes


async def read_back(body: bytes | StreamedBody, content_type: str) -> list[Part]:
    """Read a body with aiohttp's parser."""
    loop = asyncio.get_running_loop()
    stream = StreamReader(BaseProtocol(loop), 2**24, loop=loop)
    stream.feed_data(await whole(body))
    stream.feed_eof()
    found = []
    async for part in MultipartReader({"Content-Type": content_type}, stream):
        assert not isinstance(part, MultipartReader)
        assert part is not None
        content = bytes(await part.read())
        found.append(Part(part.name, part.filename, part.headers.get("Content-Type"), content))
    return found


async def whole(body: bytes | StreamedBody) -> bytes:
    """Collect a body."""
    return body if isinstance(body, bytes) else b"".join([chunk async for chunk in body.chunks()])


def bytes_of(parts: list[bytes], boundary: str = "XYZ") -> bytes:
    """Join parts to a body that is bytes."""
    body, _ = multipart(parts, boundary)
    assert isinstance(body, bytes)
    return body


def test_multipart_on_the_wire() -> None:
    """A body is the parts, each behind a boundary line, and a last line."""
    assert bytes_of([field("to", "bob@example.com"), file_part("attachment", "a.txt", b"hi", "text/plain")]) == (
        b"--XYZ\r\n"
        b'Content-Disposition: form-data; name="to"\r\n\r\n'
        b"bob@example.com\r\n"
        b"--XYZ\r\n"
        b'Content-Disposition: form-data; name="attachment"; filename="a.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n"
        b"hi\r\n"
        b"--XYZ--\r\n"
    )


@pytest.mark.parametrize("value", ["two words", 'a "quote"', "日本語", "🎉", "a\r\nb", "50%", "--XY", ""])
def test_values_travel_as_they_are(value: str) -> None:
    """A value is its UTF-8, without any escape."""
    assert field("subject", value) == (
        b'Content-Disposition: form-data; name="subject"\r\n\r\n' + value.encode() + b"\r\n"
    )


def test_a_value_of_bytes_is_taken_as_it_is() -> None:
    """Bytes that are encoded already are not touched."""
    assert field("recipient-variables", b"\xff{}") == (
        b'Content-Disposition: form-data; name="recipient-variables"\r\n\r\n\xff{}\r\n'
    )


@pytest.mark.parametrize(
    ("filename", "written"),
    [
        ("my report.pdf", "my report.pdf"),
        ("報告.pdf", "報告.pdf"),
        ("🎉.gif", "🎉.gif"),
        ('a"b.txt', "a%22b.txt"),
        ("a\\b.txt", "a%5Cb.txt"),
        ("a\r\nb.txt", "a%0D%0Ab.txt"),
        ("100%.txt", "100%.txt"),
    ],
)
def test_file_names_travel_as_browsers_send_them(filename: str, written: str) -> None:
    """Raw UTF-8, spaces as they are; only what would end the quoted text is escaped, and there is no `filename*`."""
    head = file_part("attachment", filename, b"", "application/pdf").split(b"\r\n")[0]
    assert head == b'Content-Disposition: form-data; name="attachment"; filename="' + written.encode() + b'"'


@pytest.mark.parametrize("name", ["", "größe", "a\rb", "a\nb", "a\0b", "h:X-日本"])
def test_a_field_name_that_no_server_reads_alike_is_refused(name: str) -> None:
    """Names are ASCII on one line, and not empty."""
    with pytest.raises(InvalidArgument) as caught:
        field(name, "x")
    assert caught.value.field == name


def test_quotes_in_a_field_name_are_escaped() -> None:
    """A quote can't end the name."""
    assert field('v:a"; filename="x', "1").startswith(
        b'Content-Disposition: form-data; name="v:a%22; filename=%22x"\r\n'
    )


def test_names_are_not_kept_without_end() -> None:
    """Fields come out right however many names there are."""
    for number in range(3000):
        assert field(f"v:{number}", "x").startswith(f'Content-Disposition: form-data; name="v:{number}"\r\n'.encode())


def test_the_overhead_of_a_field() -> None:
    """A part is this much longer than its name and value."""
    assert len(field("o:tag", "größe")) == FIELD_OVERHEAD + len("o:tag") + len("größe".encode())


@pytest.mark.parametrize("make", [lambda: field("text", "\ud800"), lambda: file_part("a", "\ud800", b"", "a/b")])
def test_half_a_surrogate_pair_is_refused(make: Any) -> None:
    """What UTF-8 can't hold is told by the field's name."""
    with pytest.raises(InvalidArgument, match="UTF-8"):
        make()


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [("", "a/b"), ("a\0", "a/b"), ("a", ""), ("a", "text"), ("a", "a/b\r\nX: y"), ("a", "ä/b")],
)
def test_a_file_needs_a_name_and_a_type(filename: str, content_type: str) -> None:
    """Mailgun drops files without a name, and a line end would begin another header."""
    with pytest.raises(InvalidArgument) as caught:
        file_part("attachment", filename, b"", content_type)
    assert caught.value.field == "attachment"


@given(values=st.lists(LINE | st.text(), max_size=5), contents=st.lists(st.binary(max_size=300), max_size=3))
@settings(max_examples=60, deadline=None)
def test_another_parser_reads_back_what_went_in(values: list[str], contents: list[bytes]) -> None:
    """Fields and files come out with the names, types and bytes they were given."""
    parts = [field(f"v:{index}", value) for index, value in enumerate(values)]
    parts += [
        file_part("attachment", f"文 {index}.bin", content, "application/x") for index, content in enumerate(contents)
    ]
    found = asyncio.run(read_back(*multipart(parts))) if parts else []
    assert found == [
        *(Part(f"v:{index}", None, None, value.encode()) for index, value in enumerate(values)),
        *(Part("attachment", f"文 {index}.bin", "application/x", content) for index, content in enumerate(contents)),
    ]


@given(filename=FILE_NAME)
@settings(max_examples=60, deadline=None)
def test_another_parser_reads_back_file_names(filename: str) -> None:
    """A file name without quotes, slashes and backslashes comes out as it went in."""
    (found,) = asyncio.run(read_back(*multipart([file_part("inline", filename, b"x", "image/png")])))
    assert found.filename == filename


@given(
    parts=st.lists(st.text("AB-\r\n", max_size=12), max_size=4),
    candidates=st.permutations(["A", "B", "AB", "BA", "ZZ"]),
)
@settings(max_examples=80, deadline=None)
def test_a_boundary_occurs_in_no_part(parts: list[str], candidates: list[str]) -> None:
    """When the usual one does, it is drawn until it does not, so that no content can end a part early."""
    usual = multipart([])[1].removeprefix("multipart/form-data; boundary=")
    encoded = [field("x", usual), *(field("x", part) for part in parts)]
    body, content_type = multipart(encoded, draw=iter(candidates).__next__)
    boundary = content_type.removeprefix("multipart/form-data; boundary=")
    assert isinstance(body, bytes)
    assert boundary in candidates
    assert body.count(boundary.encode()) == len(encoded) + 1


def test_a_given_boundary_that_occurs_is_refused() -> None:
    """Whoever brings a boundary is told that it does not do."""
    with pytest.raises(InvalidArgument, match="boundary") as caught:
        multipart([field("text", "there is an XYZ in here")], "XYZ")
    assert caught.value.field == "boundary"


def test_a_body_without_parts_is_its_last_line() -> None:
    """Nothing is a body too."""
    assert bytes_of([]) == b"--XYZ--\r\n"


def test_boundaries_are_drawn_from_128_bits() -> None:
    """No two are alike, and all are letters."""
    drawn = {draw_boundary() for _ in range(100)}
    assert len(drawn) == 100
    assert all(len(boundary) == 32 and boundary.isalpha() and boundary.isascii() for boundary in drawn)


async def test_large_content_is_handed_out_in_blocks() -> None:
    """A body too large to copy on the loop is streamed: the same bytes, no block above 256 KiB."""
    parts = [field("text", "x" * STREAM_ABOVE), field("to", "bob@example.com")]
    body, content_type = multipart(parts, "XYZ")
    assert not isinstance(body, bytes)
    chunks = [chunk async for chunk in body.chunks()]
    assert b"".join(chunks) == b"--XYZ\r\n" + parts[0] + b"--XYZ\r\n" + parts[1] + b"--XYZ--\r\n"
    assert max(map(len, chunks)) <= 256 * 1024
    assert body.size == sum(map(len, chunks))
    assert content_type == "multipart/form-data; boundary=XYZ"


def test_a_body_with_files_has_a_boundary_of_its_own(tmp_path: Path) -> None:
    """Files are not searched, so that nobody who wrote one may have known it."""
    part = streamed_part("attachment", "a.txt", tmp_path / "a.txt", 5, "text/plain")
    assert len({multipart([part])[1] for _ in range(10)}) == 10


def test_the_boundary_is_looked_for_in_large_content_too() -> None:
    """It is drawn again for a streamed body as well."""
    parts = [field("text", "x" * STREAM_ABOVE + "QQ")]
    _, content_type = multipart(parts, draw=iter(["QQ", "ZZ"]).__next__)
    assert content_type.endswith("boundary=ZZ")


async def test_a_file_is_read_when_it_is_sent(tmp_path: Path) -> None:
    """A file part brings the file's bytes in place, and the size is exact."""
    path = tmp_path / "big.bin"
    path.write_bytes(bytes(range(256)) * 3000)
    part = streamed_part("attachment", "big.bin", path, 768_000, "application/x")
    body, content_type = multipart([field("to", "bob@example.com"), part])
    assert not isinstance(body, bytes)
    assert len(await whole(body)) == body.size
    assert await read_back(body, content_type) == [
        Part("to", None, None, b"bob@example.com"),
        Part("attachment", "big.bin", "application/x", bytes(range(256)) * 3000),
    ]


async def test_a_streamed_body_can_be_asked_for_again(tmp_path: Path) -> None:
    """A second attempt gets the same bytes from the start."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"hello")
    body, _ = multipart([streamed_part("attachment", "a.txt", path, 5, "text/plain")], "XYZ")
    assert await whole(body) == await whole(body)


async def test_files_are_read_off_the_loop(tmp_path: Path) -> None:
    """The loop's thread never opens the file."""
    threads: list[int] = []

    class Watched(type(Path())):  # type: ignore[misc]
        def open(self, *how: Any, **more: Any) -> Any:
            threads.append(threading.get_ident())
            return super().open(*how, **more)

    path = Watched(tmp_path / "a.txt")
    path.write_bytes(b"hello")
    threads.clear()
    body, _ = multipart([streamed_part("attachment", "a.txt", path, 5, "text/plain")])
    assert b"hello" in await whole(body)
    assert threads
    assert threading.get_ident() not in threads


@pytest.mark.parametrize("content", [b"hell", b"hello!"])
async def test_a_file_of_another_size_fails(tmp_path: Path, content: bytes) -> None:
    """What was announced can't be sent any more, and the text names the file."""
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    body, _ = multipart([streamed_part("attachment", "a.txt", path, 5, "text/plain")])
    with pytest.raises(InvalidArgument, match=r"a\.txt had 5 bytes"):
        await whole(body)


@pytest.mark.parametrize("size", [MIB // 2, MIB + 1])
async def test_a_file_that_changes_while_it_is_sent_fails(tmp_path: Path, size: int) -> None:
    """Shrinking and growing are seen before the body has its end."""
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(MIB))
    body, _ = multipart([streamed_part("attachment", "a.bin", path, MIB, "application/x")])
    assert not isinstance(body, bytes)
    sent = []
    with pytest.raises(InvalidArgument, match="another size"):  # noqa: PT012 -- the error comes out of the loop
        async for chunk in body.chunks():
            sent.append(chunk)
            if len(sent) == 2:
                with path.open("r+b") as file:
                    file.truncate(size)
    assert not sent[-1].endswith(b"--\r\n")


async def test_an_empty_file_is_a_part_too(tmp_path: Path) -> None:
    """Nothing is read of it, and it stays a file."""
    path = tmp_path / "empty"
    path.touch()
    body, content_type = multipart([streamed_part("attachment", "empty", path, 0, "application/x")])
    assert await read_back(body, content_type) == [Part("attachment", "empty", "application/x", b"")]


def test_the_length_of_a_file_part(tmp_path: Path) -> None:
    """It is the length of the same part with the file in memory."""
    part = streamed_part("attachment", "a b.txt", tmp_path, 5, "text/plain")
    assert isinstance(part, FilePart)
    assert len(part) == len(file_part("attachment", "a b.txt", b"hello", "text/plain"))


def test_query_and_form_by_the_same_rules() -> None:
    """None is left out, booleans are words, sequences repeat their name; only the space differs."""
    parameters: dict[str, Any] = {
        "a": "x y&z/ä",
        "b": True,
        "c": False,
        "d": None,
        "e": ["1", 2, None],
        "f": 1.5,
        "g": (),
    }
    assert query(parameters) == "a=x%20y%26z%2F%C3%A4&b=true&c=false&e=1&e=2&f=1.5"
    assert form(parameters) == b"a=x+y%26z%2F%C3%A4&b=true&c=false&e=1&e=2&f=1.5"
    assert flat(parameters) == [("a", "x y&z/ä"), ("b", "true"), ("c", "false"), ("e", "1"), ("e", "2"), ("f", "1.5")]


@pytest.mark.parametrize("value", [b"x", object(), {"a": 1}, [["x"]]])
def test_what_is_neither_text_nor_number_is_refused(value: Any) -> None:
    """Nothing is turned into text by guessing."""
    with pytest.raises(InvalidArgument) as caught:
        query({"begin": value})
    assert caught.value.field == "begin"


def test_a_query_that_utf8_can_not_hold_is_refused() -> None:
    """Half a surrogate pair is an error, not a question mark."""
    with pytest.raises(InvalidArgument, match="UTF-8"):
        query({"a": "\ud800"})
