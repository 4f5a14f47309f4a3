from __future__ import annotations

import pytest

from mailgun_async.testing._forms import FormError, boundary_of, parse_multipart

HEAD = b'--b\r\nContent-Disposition: form-data; name="a"'


def body(*parts: bytes) -> bytes:
    """A multipart body of ready parts."""
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


@pytest.mark.parametrize(
    ("header", "boundary"),
    [
        ("multipart/form-data; boundary=abc", "abc"),
        ('multipart/form-data; charset=utf-8; Boundary="a b;c"', "a b;c"),
        ("multipart/form-data; boundary=abc; charset=utf-8", "abc"),
    ],
)
def test_the_boundary_is_read_quoted_or_not(header: str, boundary: str) -> None:
    """Both spellings, at any place."""
    assert boundary_of(header) == boundary


def test_a_header_without_boundary_is_an_error() -> None:
    """Such a body cannot be read."""
    with pytest.raises(FormError, match="no boundary"):
        boundary_of("multipart/form-data")


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"", "start with its boundary"),
        (b"a=1", "start with its boundary"),
        (b"x\r\n--b--\r\n", "start with its boundary"),
        (HEAD + b"\r\n\r\n1\r\n", "closing boundary"),
        (HEAD + b"\r\n1\r\n--b--\r\n", "blank line"),
        (b"--bc" + HEAD[3:] + b"\r\n\r\n1\r\n--b--\r\n", "the line of a boundary goes on"),
        (body(b"Content-Disposition\r\n\r\n1"), "without a colon"),
        (body(b"Content-Disposition: form-data\r\n\r\n1"), "no name"),
        (body(b'Content-Disposition: attachment; name="a"\r\n\r\n1'), "no form-data"),
        (body(b"Content-Type: text/plain\r\n\r\n1"), "no form-data"),
        (body(b'Content-Disposition: form-data; name="a"\r\n\r\n\xff'), "UTF-8"),
    ],
)
def test_what_is_no_form_is_an_error(raw: bytes, what: str) -> None:
    """Each way of being malformed says which."""
    with pytest.raises(FormError, match=what):
        parse_multipart(raw, "b")


@pytest.mark.parametrize(
    "part",
    [
        b'Content-Disposition: form-data; name="attachment"; filename=""\r\n\r\nx',
        b"Content-Disposition: form-data; name=\"attachment\"; filename*=UTF-8''a.txt\r\n\r\nx",
        b'Content-Disposition: form-data; name="attachment"\r\nContent-Type: application/pdf\r\n\r\n\xff',
    ],
)
def test_a_file_without_a_usable_name_is_set_aside(part: bytes) -> None:
    """Mailgun drops it in silence; the parser says that there was one."""
    form = parse_multipart(body(part), "b")
    assert (form.fields, form.files, form.nameless) == ({}, [], ["attachment"])


def test_a_field_may_carry_a_text_type_and_unquoted_parameters() -> None:
    """Some clients type their text fields."""
    part = b"content-disposition: FORM-DATA; Name=a\r\ncontent-type: text/plain; charset=utf-8\r\n\r\n1"
    form = parse_multipart(body(part), "b")
    assert (form.first("a"), form.first("b")) == ("1", None)


def test_an_empty_form_is_a_form() -> None:
    """No part at all, but a proper end."""
    assert parse_multipart(b"--b--\r\n", "b").fields == {}
