from __future__ import annotations

import io
import json
from typing import Any

import pytest

from mailgun_async.testing import Emulator

PATH = "/v3/mg.example.com/messages"
MIME_PATH = PATH + ".mime"


def many(count: int) -> str:
    """So many addresses."""
    return ",".join(f"user{number}@example.com" for number in range(count))


NOT_AN_ADDRESS = "{} parameter is not a valid address. please check documentation"
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no from": ({"from": None}, "from parameter is missing"),
    "empty from": ({"from": ""}, "from parameter is missing"),
    "no to": ({"to": None}, "to parameter is missing"),
    "empty to": ({"to": ""}, "to parameter is missing"),
    "no body": (
        {"text": None},
        "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified",
    ),
    "html and template": (
        {"html": "<p>", "template": "t"},
        "Only one parameters 'html' or 'template' is allowed",
    ),
    "bad from": ({"from": "nobody"}, NOT_AN_ADDRESS.format("from")),
    "bad to": ({"to": "bob@example.com,nobody"}, NOT_AN_ADDRESS.format("to")),
    "bad named to": ({"to": "Bob <bob@localhost>"}, NOT_AN_ADDRESS.format("to")),
    "brackets without end": ({"to": "Bob <bob@example.com"}, NOT_AN_ADDRESS.format("to")),
    "two ats": ({"to": "a@b@example.com"}, NOT_AN_ADDRESS.format("to")),
    "space in address": ({"to": "a b@example.com"}, NOT_AN_ADDRESS.format("to")),
    "bad cc": ({"cc": "@example.com"}, NOT_AN_ADDRESS.format("cc")),
    "bad bcc": ({"bcc": "bob@-example.com"}, NOT_AN_ADDRESS.format("bcc")),
    "too many": ({"to": many(1001)}, "Too many recipients, max is 1000"),
    "too many with copies": ({"to": many(999), "cc": "a@x.org", "bcc": "b@x.org"}, "Too many recipients, max is 1000"),
    "options": (
        {"v:a": "x" * 8192, "h:X-B": "é" * 4096},
        "Send options (parameters starting with o:, h:, v:, or t:) are limited to 16KB total",
    ),
    "header name": ({"h:X-Grüße": "1"}, "Header name must be pure ASCII: X-Grüße"),
    "date": ({"o:deliverytime": "tomorrow"}, "tomorrow is not an RFC-2822 compliant date"),
    "time zone": ({"o:time-zone-localize": "25:00"}, "25:00 invalid 24 hour time"),
    "variables": ({"recipient-variables": "{"}, "'recipient-variables' parameter is not a valid JSON"),
    "variables that are a list": ({"recipient-variables": "[]"}, "'recipient-variables' parameter is not a valid JSON"),
    "variables that are flat": (
        {"recipient-variables": '{"a@x.org": 1}'},
        "'recipient-variables' parameter is not a valid JSON",
    ),
}


@pytest.mark.parametrize(("fields", "text"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_mailgun_refuses_is_refused_with_its_text(
    fields: dict[str, Any], text: str, api: Any, emulator: Emulator, form: Any
) -> None:
    """400, Mailgun's words, and nothing accepted."""
    status, body, _ = await api.post(PATH, form.fields(**fields))
    assert (status, body) == (400, {"message": text})
    assert (emulator.calls, emulator.counts.refused, len(emulator.outbox)) == (0, 1, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"to": many(1000)},
        {"to": many(998), "cc": "a@x.org", "bcc": "b@x.org"},
        {"to": many(1000) + ",user1@example.com"},
        {"v:a": "x" * (16_384 - len("v:a"))},
        {"to": "bob@münchen.example", "from": "ada@xn--mnchen-3ya.xn--p1ai"},
        {"to": "first.last+tag@sub-domain.example.museum"},
        {"o:time-zone-localize": "02:30pm"},
        {"o:time-zone-localize": "14:30"},
        {"recipient-variables": ""},
        {"html": "<p>", "text": None},
    ],
)
async def test_what_is_just_within_the_rules_is_accepted(fields: dict[str, Any], api: Any) -> None:
    """The border of each rule, from inside."""
    assert await api.status(**fields) == 200


async def test_addresses_may_be_written_in_every_way_at_once(api: Any, emulator: Emulator) -> None:
    """Bare and named, joined and repeated; the first spelling of an address counts."""
    await api.send(to=["a@x.org, b@x.org", "Bob <b@x.org>, Carl <c@x.org>", "c@x.org"], cc=["d@x.org", "e@x.org"])
    assert list(emulator.outbox.recipients()) == ["a@x.org", "b@x.org", "c@x.org", "d@x.org", "e@x.org"]
    assert emulator.outbox[0].to == "a@x.org, b@x.org, Carl <c@x.org>"


async def test_a_message_over_25_mb_is_refused(api: Any, form: Any) -> None:
    """Texts and files are counted together."""
    files = [("attachment", "a.bin", bytes(25 * 1024 * 1024), "application/octet-stream")]
    status, body, _ = await api.post(PATH, form.fields(), files)
    assert (status, body) == (400, {"message": "message size exceeds 25MB limit"})


async def test_a_request_over_52_4_mib_is_not_read(api: Any, emulator: Emulator) -> None:
    """413, whatever it holds."""
    status, body, _ = await api.call("POST", PATH, data=io.BytesIO(bytes(54_945_383)))
    assert (status, body) == (413, {"message": "request size exceeds 52.4MiB limit"})
    assert emulator.counts.requests == 0


async def test_urlencoded_forms_are_refused(api: Any) -> None:
    """Sending takes multipart alone."""
    status, body, _ = await api.call("POST", PATH, data={"to": "bob@example.com"})
    assert status == 400
    assert body["message"] == (
        "Invalid request content type. Expecting 'multipart/form-data' but got 'application/x-www-form-urlencoded'"
    )


async def test_a_broken_multipart_body_is_refused(api: Any) -> None:
    """The parser's complaint is not told, as with Mailgun."""
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    status, body, _ = await api.call("POST", PATH, data=b"--b\r\nhello", headers=headers)
    assert (status, body) == (400, {"message": "malformed multipart/form-data request"})


@pytest.mark.parametrize(
    ("fields", "files", "text"),
    [
        ({}, [], "message parameter is missing"),
        ({"message": "From: x"}, [], "'message' parameter is not a file"),
        ({}, [("message", "", b"From: x", "text/plain")], "'message' parameter is not a file"),
    ],
)
async def test_a_mime_call_needs_its_message_as_a_file(
    fields: dict[str, str], files: list[tuple[str, str, bytes, str]], text: str, api: Any
) -> None:
    """A text field, or a part without a file name, is no file."""
    status, body, _ = await api.post(MIME_PATH, {"to": "bob@example.com", **fields}, files)
    assert (status, body) == (400, {"message": text})


async def test_a_mime_call_needs_recipients(api: Any) -> None:
    """They are not taken from the message's To."""
    files = [("message", "m.eml", b"From: a@x.org\r\nTo: b@x.org\r\n\r\nHello", "message/rfc822")]
    status, body, _ = await api.post(MIME_PATH, {"from": "a@x.org"}, files)
    assert (status, body) == (400, {"message": "to parameter is missing"})


async def test_variables_for_others_than_recipients_are_no_error(api: Any) -> None:
    """Mailgun takes them; only this package's own checks object."""
    assert await api.status(**{"recipient-variables": json.dumps({"someone@else.org": {"x": 1}})}) == 200
