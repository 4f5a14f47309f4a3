"""The values that users write. They are checked when they are encoded, where every rule is known."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from mailgun_async.errors import InvalidMessage
from mailgun_async.message import wire

__all__ = ["ENCODE", "WIRE", "Attachment", "Mailboxes", "Message", "Recipient", "SendOptions"]

WIRE: Final = "mailgun_wire"
ENCODE: Final = "mailgun_encode"

_content_type = re.compile(r"[!-~]+/[ -~]+").fullmatch

_COMPRESSED: Final = {".gz": "application/gzip", ".bz2": "application/x-bzip2", ".xz": "application/x-xz"}
"""What `mimetypes` tells as an encoding of something else; an attachment is the file as it lies there."""

HtmlSwitch = bool | Literal["htmlonly"]


def _form(name: str, encode: Callable[[str, Any], str | None]) -> dict[str, object]:
    """Metadata of what is one field on the wire: its name there, and what writes its value."""
    return {WIRE: name, ENCODE: encode}


@attrs.define
class Recipient:
    """An addressee, with what `%recipient.x%` stands for in that person's mail."""

    address: str
    """The plain address, `ada@example.com`."""
    name: str | None = None
    """Shown beside the address; quoted as needed."""
    variables: Mapping[str, object] = attrs.Factory(dict)
    """Values by name: anything that JSON holds."""


Mailboxes = str | Recipient | Sequence[str | Recipient]
"""One mailbox or several; text is `ada@example.com` or `Ada <ada@example.com>`, one mailbox each."""


@attrs.frozen(kw_only=True)
class Attachment:
    """A file that travels with the mail, from memory or from disk."""

    content: bytes | None = attrs.field(default=None, repr=False)
    """The file itself; give this or `path`."""
    path: Path | None = attrs.field(default=None, converter=attrs.converters.optional(Path))
    """Where the file lies; it is read in blocks, off the loop, while it is sent: the better way for large files."""
    filename: str = attrs.field(default=attrs.Factory(lambda self: self._name_of_path(), takes_self=True))
    """The name its reader sees; for inline files the id in `<img src="cid:...">`. Default: the path's last part.
    Required with `content`, as Mailgun silently drops a file without a name."""
    content_type: str = attrs.field(default=attrs.Factory(lambda self: self._type_by_ending(), takes_self=True))
    """Default: by the name's ending, else `application/octet-stream`."""

    def _name_of_path(self) -> str:
        return self.path.name if self.path is not None else ""

    def _type_by_ending(self) -> str:
        # The table alone: guess_type() would read the system's files on its first call, on the loop.
        ending = Path(self.filename or "").suffix.lower()
        return _COMPRESSED.get(ending) or mimetypes.types_map.get(ending, "application/octet-stream")

    def __attrs_post_init__(self) -> None:
        """Check what can be checked without the disk.

        Raises:
            InvalidMessage: Neither or both of content and path, or no file name.
        """
        if (self.content is None) == (self.path is None):
            raise InvalidMessage("an attachment has either content or a path", field="attachment")
        if self.content is not None and not isinstance(self.content, bytes):
            raise InvalidMessage(f"content must be bytes, not {type(self.content).__name__}", field="attachment")
        if not self.filename:
            raise InvalidMessage("an attachment needs a filename: Mailgun drops it without one", field="attachment")
        if not _content_type(self.content_type):
            raise InvalidMessage(f"{self.content_type!r} is not a content type", field="attachment")


@attrs.frozen(kw_only=True, slots=False)  # a frozen value of so many fields takes twice as long to make with slots
class SendOptions:
    """How to send, apart from what: the fields that messages of parts and ready MIME messages share.

    All o:, h:, v: and t: fields together hold at most 16,384 bytes, names included.
    """

    template: str | None = attrs.field(default=None, metadata=_form("template", wire.line))
    """Name of a stored template, of the domain or the account; excludes `html`. Wire: `template`."""
    template_version: str | None = attrs.field(default=None, metadata=_form("t:version", wire.line))
    """A version's tag; default: the active version. Wire: `t:version`."""
    template_text: bool = attrs.field(default=False, metadata=_form("t:text", wire.flag))
    """Make a text part of the template too. Wire: `t:text`."""
    template_variables: Mapping[str, object] | None = attrs.field(
        default=None, metadata=_form("t:variables", wire.json_text)
    )
    """Values for the template; they win over `variables`. Wire: `t:variables`, JSON."""
    tags: str | Sequence[str] = ()
    """At most 10, ASCII, 128 characters each, case-insensitive. Wire: `o:tag`, repeated."""
    dkim: bool | None = attrs.field(default=None, metadata=_form("o:dkim", wire.switch))
    """Sign with DKIM; default: the domain's setting. Wire: `o:dkim`."""
    secondary_dkim: str | None = attrs.field(default=None, metadata=_form("o:secondary-dkim", wire.key_name))
    """A second key to sign with, `domain/selector`; it must exist and be active. Wire: `o:secondary-dkim`."""
    secondary_dkim_public: str | None = attrs.field(
        default=None, metadata=_form("o:secondary-dkim-public", wire.key_name)
    )
    """Public name of the second key, `domain/selector`; needs `secondary_dkim`. Wire: `o:secondary-dkim-public`."""
    delivery_time: datetime | None = attrs.field(default=None, metadata=_form("o:deliverytime", wire.moment))
    """When to deliver, with a time zone; up to 3 or 7 days ahead by plan. Wire: `o:deliverytime`."""
    deliver_within: timedelta | None = attrs.field(default=None, metadata=_form("o:deliver-within", wire.span))
    """How long delivery is attempted, 5 minutes to 24 hours, whole minutes. Wire: `o:deliver-within`."""
    delivery_time_optimize_period: timedelta | int | None = attrs.field(
        default=None, metadata=_form("o:deliverytime-optimize-period", wire.optimize_period)
    )
    """Deliver when the reader usually opens mail (STO), within 24 to 72 hours; for one recipient a call. Wire:
    `o:deliverytime-optimize-period`."""
    time_zone_localize: str | None = attrs.field(default=None, metadata=_form("o:time-zone-localize", wire.time_of_day))
    """Deliver at this time of day where the reader is (TZO), `17:30` or `05:30PM`. Wire: `o:time-zone-localize`."""
    test_mode: bool = attrs.field(default=False, metadata=_form("o:testmode", wire.flag))
    """Accept and charge, but do not deliver. Wire: `o:testmode`."""
    tracking: HtmlSwitch | None = attrs.field(default=None, metadata=_form("o:tracking", wire.html_switch))
    """Track clicks and opens; default: the domain's setting. Wire: `o:tracking`."""
    tracking_clicks: HtmlSwitch | None = attrs.field(
        default=None, metadata=_form("o:tracking-clicks", wire.html_switch)
    )
    """Track clicks; `htmlonly` leaves links of the text part alone. Wire: `o:tracking-clicks`."""
    tracking_opens: bool | None = attrs.field(default=None, metadata=_form("o:tracking-opens", wire.switch))
    """Track opens. Wire: `o:tracking-opens`."""
    tracking_pixel_location_top: HtmlSwitch | None = attrs.field(
        default=None, metadata=_form("o:tracking-pixel-location-top", wire.html_switch)
    )
    """Put the pixel that tracks opens at the top, for mails that get cut. Wire: `o:tracking-pixel-location-top`."""
    require_tls: bool | None = attrs.field(default=None, metadata=_form("o:require-tls", wire.switch))
    """Deliver over TLS or not at all; default False. Wire: `o:require-tls`."""
    skip_verification: bool | None = attrs.field(default=None, metadata=_form("o:skip-verification", wire.switch))
    """Do not verify the receiving host's certificate; default False. Wire: `o:skip-verification`."""
    sending_ip: str | None = attrs.field(default=None, metadata=_form("o:sending-ip", wire.line))
    """An IP address of your account to send from. Wire: `o:sending-ip`."""
    sending_ip_pool: str | None = attrs.field(default=None, metadata=_form("o:sending-ip-pool", wire.line))
    """Id of the IP pool to send from. Wire: `o:sending-ip-pool`."""
    archive_to: str | None = attrs.field(default=None, metadata=_form("o:archive-to", wire.web_address))
    """URL that gets a copy of each delivered mail; billed. Wire: `o:archive-to`."""
    suppress_headers: str | Sequence[str] | None = attrs.field(
        default=None, metadata=_form("o:suppress-headers", wire.header_list)
    )
    """`X-Mailgun-...` headers to leave out of the mail, or `all`. Wire: `o:suppress-headers`, comma joined."""
    headers: Mapping[str, str] = attrs.Factory(dict)
    """Headers of the mail; names in printable ASCII. A `Message-Id` must be `<unique@domain>`. Wire: `h:NAME`."""
    variables: Mapping[str, object] = attrs.Factory(dict)
    """Data that comes back in events (up to 4 KB) and fills templates; readers can see it in the mail's headers. What
    is not text becomes JSON. Wire: `v:NAME`."""
    recipient_variables: Mapping[str, Mapping[str, object]] = attrs.Factory(dict)
    """What `%recipient.x%` stands for, by plain address; with it nobody sees the other recipients. Those of each
    `Recipient` are added. Wire: `recipient-variables`, JSON."""
    list_variables: bool = False
    """True when `to` is a mailing list: its members bring the values of `%recipient.x%`, so they are not checked here.
    Not on the wire."""


@attrs.frozen(kw_only=True, slots=False)
class Message(SendOptions):
    """A mail, made of parts. `POST /v3/{domain_name}/messages`.

    It is checked when it is sent. It needs `from_` and one of `text`, `html` and `amp_html`, or a `template`, which may
    bring sender and subject too.
    """

    from_: str | Recipient | None = None
    """The sender, `Ada <ada@mg.example.com>`; ASCII left of the @. Wire: `from`."""
    to: Mailboxes = ()
    """Who gets it: at most 1,000 with `cc` and `bcc`. Without variables for recipients all see each other. Leave it out
    for `send_batch`. Wire: `to`."""
    cc: Mailboxes = ()
    """Who gets a copy; with variables for recipients one for each `to`. Wire: `cc`."""
    bcc: Mailboxes = ()
    """As `cc`, hidden. Wire: `bcc`."""
    subject: str | None = None
    """One line. Wire: `subject`."""
    text: str | None = None
    """The plain part. Wire: `text`."""
    html: str | None = None
    """The HTML part. Wire: `html`."""
    amp_html: str | None = None
    """The AMP part. Wire: `amp-html`."""
    attachments: Sequence[Attachment] = ()
    """Files; with all else at most 25 MiB. Wire: `attachment`, repeated."""
    inline: Sequence[Attachment] = ()
    """Files that the HTML shows by `cid:` and their file name. Wire: `inline`, repeated."""
