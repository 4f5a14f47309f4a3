"""What a send call says, read from its form and checked as Mailgun checks it. Pure.

The texts of the refusals are Mailgun's where they are known. Not known, and decided plainly: the order of the checks;
whether cc, bcc and duplicates count against the 1,000 recipients (cc and bcc do here, duplicates do not); the wording
for a message over 25 MB.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import attrs
import orjson

from mailgun_async.testing._forms import Form, FormError, FormFile, boundary_of, parse_multipart
from mailgun_async.testing._mime import message_id_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

__all__ = [
    "Refused",
    "Submission",
    "check",
    "given_message_id",
    "kept_message_id",
    "plain_address",
    "read_form",
    "submission",
]

MAX_RECIPIENTS = 1_000
MAX_OPTIONS = 16 * 1024
MAX_MESSAGE = 25 * 1024 * 1024

_LOCAL = r"[^\s@<>,;:\"()\[\]]{1,64}"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ADDRESS = re.compile(rf"{_LOCAL}@(?:{_LABEL}\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{{2,}})", re.IGNORECASE)
_ENTRY = re.compile(r'(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,"<])+')
_NAMED = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^<>"])*<([^<>]*)>')
_MESSAGE_ID = re.compile(r"<([^<>@\s]+@[^<>@\s]+)>")
_CLOCK_TIME = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d|(?:0?[1-9]|1[0-2]):[0-5]\d[ap]m", re.IGNORECASE)


class Refused(Exception):  # noqa: N818 -- it is an answer of the server, not an error of it
    """Mailgun's no: `status` and the text of `message`, or of what some services have in its place."""

    def __init__(self, status: int, text: str, *, key: str = "message", field: str | None = None) -> None:
        super().__init__(text)
        self.status, self.text = status, text
        self.document = {key: text} if field is None else {"Field": field, "Value": text}


@attrs.define(kw_only=True)
class Submission:
    """One send call, read and checked."""

    form: Form
    to: dict[str, str]
    """Each plain address with what was written, e.g. `Bob <bob@example.com>`; duplicates are dropped."""
    cc: dict[str, str]
    bcc: dict[str, str]
    variables: dict[str, dict[str, Any]] | None
    """The recipient variables; None when the call has none, so that all recipients share one message."""
    mime: FormFile | None
    """The MIME file of a call to messages.mime."""
    message_id: str | None
    """The caller's own, without brackets, if it has the form that Mailgun keeps."""
    own_ids: bool
    """The caller's Message-Id holds a recipient variable: every mail has an id of its own."""
    deliver_at: float | None
    """Seconds since 1970; None for at once."""
    test_mode: bool

    @property
    def recipients(self) -> int:
        """What counts against the limit of recipients."""
        return len(self.to) + len(self.cc) + len(self.bcc)

    @property
    def mails(self) -> int:
        """Mails that leave: with recipient variables each cc and bcc gets a copy for every `to` recipient."""
        copies = len(self.cc) + len(self.bcc)
        return len(self.to) * (1 + copies) if self.variables is not None else self.recipients


def read_form(content_type: str, body: bytes) -> Form:
    """Read the form of a send call.

    Raises:
        Refused: It is not multipart, or broken.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise Refused(400, f"Invalid request content type. Expecting 'multipart/form-data' but got '{kind}'")
    try:
        return parse_multipart(body, boundary_of(content_type))
    except FormError:
        raise Refused(400, "malformed multipart/form-data request") from None


def submission(form: Form, *, mime: bool) -> Submission:
    """Make sense of the form.

    Raises:
        Refused: A parameter cannot be used.
    """
    if "to" not in form.fields or not form.first("to"):
        raise Refused(400, "to parameter is missing")
    to, cc, bcc = (_addresses(form.fields.get(field, ()), field) for field in ("to", "cc", "bcc"))
    if len(to) + len(cc) + len(bcc) > MAX_RECIPIENTS:
        raise Refused(400, "Too many recipients, max is 1000")
    message = next((file for file in form.files if file.field == "message"), None) if mime else None
    variables = _variables(form.first("recipient-variables"))
    given_id = given_message_id({name[2:]: values[0] for name, values in form.fields.items() if name[:2] == "h:"})
    own_ids = variables is not None and "%recipient." in given_id
    if message is not None and not given_id:
        given_id = message_id_of(message.content).strip()
    return Submission(
        form=form,
        to=to,
        cc=cc,
        bcc=bcc,
        variables=variables,
        mime=message,
        message_id=None if own_ids else kept_message_id(given_id),
        own_ids=own_ids,
        deliver_at=_deliver_at(form.first("o:deliverytime")),
        test_mode=form.first("o:testmode") in {"yes", "true"},
    )


def check(form: Form, *, mime: bool) -> None:
    """Refuse what Mailgun refuses before it looks at recipients.

    Raises:
        Refused: Something is missing, too large, or excludes something else.
    """
    if mime:
        _check_mime(form)
    else:
        _check_parts(form)
    options = sum(
        len(name.encode()) + len(value.encode())
        for name, values in form.fields.items()
        if name[:2] in {"o:", "h:", "v:", "t:"}
        for value in values
    )
    if options > MAX_OPTIONS:
        raise Refused(400, "Send options (parameters starting with o:, h:, v:, or t:) are limited to 16KB total")
    for name in form.fields:
        if name.startswith("h:") and not name.isascii():
            raise Refused(400, f"Header name must be pure ASCII: {name[2:]}")
    local_time = form.first("o:time-zone-localize")
    if local_time is not None and not _CLOCK_TIME.fullmatch(local_time):
        raise Refused(400, f"{local_time} invalid 24 hour time")
    if _size(form) > MAX_MESSAGE:
        raise Refused(400, "message size exceeds 25MB limit")


def _check_parts(form: Form) -> None:
    fields = form.fields
    if not form.first("from") and "template" not in fields:  # a template may bring its own From
        raise Refused(400, "from parameter is missing")
    if from_ := form.first("from"):
        _address(from_, "from")
    if not fields.keys() & {"text", "html", "amp-html", "template"}:
        raise Refused(400, "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified")
    if "html" in fields and "template" in fields:
        raise Refused(400, "Only one parameters 'html' or 'template' is allowed")


def _check_mime(form: Form) -> None:
    if any(file.field == "message" for file in form.files):
        return
    if "message" in form.fields or "message" in form.nameless:
        raise Refused(400, "'message' parameter is not a file")
    raise Refused(400, "message parameter is missing")


def _size(form: Form) -> int:
    texts = sum(len(value) for name in ("text", "html", "amp-html") for value in form.fields.get(name, ()))
    return texts + sum(len(file.content) for file in form.files)


def _addresses(values: Sequence[str], field: str) -> dict[str, str]:
    """Read an address field, repeated, comma joined or both."""
    joined = ",".join(values)
    if values and _is_bare(joined):
        return _bare_addresses(joined, field)
    found: dict[str, str] = {}
    for value in values:
        if _is_bare(value):
            entries = _bare_addresses(value, field)
        else:
            entries = dict(_address(entry, field) for entry in _ENTRY.findall(value))
        for address, text in entries.items():
            found.setdefault(address, text)
    return found


def _is_bare(value: str) -> bool:
    return '"' not in value and "<" not in value


def _bare_addresses(value: str, field: str) -> dict[str, str]:
    bare = [entry.strip() for entry in value.split(",")]
    if not all(map(_ADDRESS.fullmatch, bare)):
        raise _not_an_address(field)
    return dict(zip(bare, bare, strict=True))


def _address(entry: str, field: str) -> tuple[str, str]:
    """Read one address, with or without a display name: the plain address and what was written."""
    text = entry.strip()
    named = _NAMED.fullmatch(text)
    address = named[1].strip() if named else text
    if not _ADDRESS.fullmatch(address):
        raise _not_an_address(field)
    return address, text


def plain_address(text: str, field: str) -> str:
    """Read one address: the plain address, without a display name.

    Raises:
        Refused: It is none.
    """
    return _address(text, field)[0]


def _not_an_address(field: str) -> Refused:
    return Refused(400, f"{field} parameter is not a valid address. please check documentation")


def _variables(raw: str | None) -> dict[str, dict[str, Any]] | None:
    if not raw:
        return None
    try:
        variables = orjson.loads(raw)
    except orjson.JSONDecodeError:
        variables = None
    if not isinstance(variables, dict) or not all(isinstance(values, dict) for values in variables.values()):
        raise Refused(400, "'recipient-variables' parameter is not a valid JSON")
    return variables


def given_message_id(headers: Mapping[str, str]) -> str:
    """Find the Message-Id among headers, in any spelling of its name; empty when there is none."""
    return next((value.strip() for name, value in headers.items() if name.lower() == "message-id"), "")


def kept_message_id(given: str) -> str | None:
    """Take the brackets off an id of the form that Mailgun keeps, `<unique@domain>`; None for any other."""
    found = _MESSAGE_ID.fullmatch(given)
    return found[1] if found else None


def _deliver_at(raw: str | None) -> float | None:
    if raw is None:
        return None
    try:
        at: datetime = parsedate_to_datetime(raw)
    except ValueError:
        raise Refused(400, f"{raw} is not an RFC-2822 compliant date") from None
    return at.timestamp()
