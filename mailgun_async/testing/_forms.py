"""Bytes of a request body -> fields and files. Pure, and written without a look at how this package encodes them."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl

import attrs

__all__ = ["Form", "FormError", "FormFile", "boundary_of", "parse_multipart", "parse_urlencoded"]

_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^\s;]+))', re.IGNORECASE)
_PARAMETER = re.compile(r';\s*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^;]*))', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class FormError(ValueError):
    """The bytes are not a form."""


@attrs.define
class FormFile:
    """One file of a multipart form."""

    field: str
    """The form field, e.g. `attachment`."""
    filename: str
    content_type: str
    content: bytes = attrs.field(repr=False)


@attrs.define
class Form:
    """Text fields and files, each in the order in which they came."""

    fields: dict[str, list[str]] = attrs.Factory(dict)
    files: list[FormFile] = attrs.Factory(list)
    nameless: list[str] = attrs.Factory(list)
    """Fields of file parts that have no usable file name; Mailgun drops these in silence."""

    def first(self, name: str) -> str | None:
        """The first value of a field, or None."""
        values = self.fields.get(name)
        return values[0] if values else None

    def add(self, name: str, value: str) -> None:
        """Append one value."""
        self.fields.setdefault(name, []).append(value)


def boundary_of(content_type: str) -> str:
    """Read the boundary from a Content-Type header.

    Raises:
        FormError: There is none.
    """
    found = _BOUNDARY.search(content_type)
    if not found:
        raise FormError("no boundary in the Content-Type header")
    return found[1] or found[2]


def parse_urlencoded(body: bytes) -> Form:
    """Read `a=1&b=2`."""
    form = Form()
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        form.add(name, value)
    return form


def parse_multipart(body: bytes, boundary: str) -> Form:
    """Read multipart/form-data.

    Raises:
        FormError: A delimiter, a part's headers or a field's UTF-8 is not as it should be.
    """
    delimiter = b"\r\n--" + boundary.encode()
    head, *parts = (b"\r\n" + body).split(delimiter)
    if head or not parts:
        raise FormError("the body does not start with its boundary")
    if not parts.pop().startswith(b"--"):
        raise FormError("the closing boundary is missing")
    form = Form()
    for part in parts:
        raw, blank, content = part.partition(b"\r\n\r\n")
        if not blank:
            raise FormError("a part has no blank line after its headers")
        _add_part(form, _head(raw), content)
    return form


@attrs.frozen
class _Head:
    """What the headers of a part say."""

    name: str
    filename: str | None
    content_type: str | None
    is_nameless: bool


def _add_part(form: Form, head: _Head, content: bytes) -> None:
    if head.filename:
        content_type = head.content_type or "application/octet-stream"
        form.files.append(FormFile(head.name, head.filename, content_type, content))
    elif head.is_nameless:
        form.nameless.append(head.name)
    else:
        form.add(head.name, _text(content))


@lru_cache(maxsize=64)  # a thousand parts of one form have the same head
def _head(raw: bytes) -> _Head:
    if not raw.startswith(b"\r\n"):
        raise FormError("the line of a boundary goes on")
    headers = _headers(raw[2:])
    parameters = _parameters(headers.get("content-disposition", ""))
    name = parameters.get("name")
    if name is None:
        raise FormError("a part has no name")
    filename = parameters.get("filename")
    content_type = headers.get("content-type")
    is_nameless = filename == "" or "filename*" in parameters or _is_binary(content_type)
    return _Head(name, filename, content_type, is_nameless)


def _headers(head: bytes) -> dict[str, str]:
    headers = {}
    for line in _text(head).split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            raise FormError("a part has a header line without a colon")
        headers[name.strip().lower()] = value.strip()
    return headers


def _parameters(disposition: str) -> dict[str, str]:
    kind = disposition.partition(";")[0].strip().lower()
    if kind != "form-data":
        raise FormError("a part is no form-data")
    return {
        name.lower(): _ESCAPED.sub(r"\1", quoted) if quoted else plain.strip()
        for name, quoted, plain in _PARAMETER.findall(disposition)
    }


def _is_binary(content_type: str | None) -> bool:
    return content_type is not None and not content_type.lower().startswith("text/")


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise FormError("a field is not UTF-8") from error
