"""Messages that Mailgun keeps: read them, send them again, see and empty the queues.

The part of the messages group that sends nothing new.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, overload

import attrs

from mailgun_async import convert
from mailgun_async.convert import EXTRA, wire
from mailgun_async.endpoints._group import Group
from mailgun_async.errors import NotFound
from mailgun_async.message import encode_resend
from mailgun_async.transport.encoding import field, multipart
from mailgun_async.transport.request import expand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailgun_async.message import Mailboxes

__all__ = [
    "QueueDisabled",
    "QueueState",
    "SendingQueues",
    "Sent",
    "StoredAttachment",
    "StoredMessage",
    "StoredMessages",
    "StoredMime",
]

_STORED: Final = "/v3/domains/{domain_name}/messages/{storage_key}"
_ATTACHMENT: Final = "/v3/domains/{domain_name}/messages/{storage_key}/attachments/{attachment_id}"
_QUEUES: Final = "/v3/domains/{name}/sending_queues"
_ENVELOPES: Final = "/v3/{domain_name}/envelopes"


@attrs.define
class Sent:
    """Mailgun took the message: delivery comes later, and is told by events."""

    id: str
    """The Message-Id with its angle brackets, one for all recipients of the call."""
    message: str = ""
    """Mailgun's words, `Queued. Thank you.`; empty when the answer broke off after its status, and it was accepted."""

    @property
    def message_id(self) -> str:
        """The Message-Id without brackets, as events and logs have it."""
        return self.id.strip("<>")


@attrs.define(kw_only=True)
class StoredAttachment:
    """A file of a stored message."""

    url: str
    """Where it lies; `get_stored_attachment` takes it."""
    name: str | None = None
    content_type: str | None = attrs.field(default=None, metadata=wire("content-type"))
    size: int | None = None
    """Bytes."""


@attrs.define(kw_only=True)
class StoredMessage:
    """A stored message, parsed. What a message lacks is None."""

    sender: str | None = None
    """The plain address of the sender."""
    recipients: str | None = None
    """Plain addresses, comma joined."""
    from_: str | None = attrs.field(default=None, metadata=wire("From"))
    to: str | None = attrs.field(default=None, metadata=wire("To"))
    subject: str | None = attrs.field(default=None, metadata=wire("Subject"))
    message_id: str | None = attrs.field(default=None, metadata=wire("Message-Id"))
    """With its angle brackets."""
    body_plain: str | None = attrs.field(default=None, metadata=wire("body-plain"))
    body_html: str | None = attrs.field(default=None, metadata=wire("body-html"))
    stripped_text: str | None = attrs.field(default=None, metadata=wire("stripped-text"))
    """The plain part without quotes and signature."""
    stripped_html: str | None = attrs.field(default=None, metadata=wire("stripped-html"))
    stripped_signature: str | None = attrs.field(default=None, metadata=wire("stripped-signature"))
    message_headers: list[list[str]] = attrs.field(factory=list, metadata=wire("message-headers"))
    """Pairs of name and value, in the order of the message."""
    content_type: str | None = attrs.field(default=None, metadata=wire("Content-Type"))
    content_transfer_encoding: str | None = attrs.field(default=None, metadata=wire("Content-Transfer-Encoding"))
    mime_version: str | None = attrs.field(default=None, metadata=wire("Mime-Version"))
    tag: Any = attrs.field(default=None, metadata=wire("X-Mailgun-Tag"))
    """A text, or a list of them when there are several."""
    template_name: str | None = attrs.field(default=None, metadata=wire("X-Mailgun-Template-Name"))
    template_variables: str | None = attrs.field(default=None, metadata=wire("X-Mailgun-Template-Variables"))
    """JSON."""
    attachments: list[StoredAttachment] = attrs.Factory(list)
    content_id_map: dict[str, Any] = attrs.field(factory=dict, metadata=wire("content-id-map"))
    """Which attachment a `cid:` of the HTML part names."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields that have no name here, as the message's other headers."""


@attrs.define(kw_only=True)
class StoredMime:
    """A stored message as it travelled."""

    body_mime: str = attrs.field(metadata=wire("body-mime"))
    """The whole message, headers and body."""
    sender: str | None = None
    recipients: str | None = None
    """Plain addresses, comma joined."""
    from_: str | None = attrs.field(default=None, metadata=wire("from"))
    subject: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields that have no name here."""


@attrs.define(kw_only=True)
class QueueDisabled:
    """Why and until when a queue takes nothing."""

    until: datetime | None = None
    reason: str | None = None


@attrs.define(kw_only=True)
class QueueState:
    """Whether a queue takes new messages."""

    is_disabled: bool
    """True when it is full."""
    disabled: QueueDisabled | None = None


@attrs.define(kw_only=True)
class SendingQueues:
    """The two queues of a domain."""

    regular: QueueState
    scheduled: QueueState


class StoredMessages(Group):
    """What the messages group does with messages that were sent or received before."""

    __slots__ = ()

    @overload
    async def get_stored(self, storage_key: str, /) -> StoredMessage: ...

    @overload
    async def get_stored(self, domain: str, storage_key: str, /) -> StoredMessage: ...

    async def get_stored(self, domain: str, storage_key: str | None = None, /) -> StoredMessage:
        """Fetch a stored message, parsed. `GET /v3/domains/{domain_name}/messages/{storage_key}`.

        Args:
            domain: The domain that sent or got it; the client's default domain when left out.
            storage_key: `storage.key` of one of its events, or the absolute `storage.url`.

        Raises:
            InvalidArgument: A URL whose host is neither the client's nor Mailgun's.
            NotFound: It is no longer kept: Mailgun keeps messages for 3 days or less.
        """
        return convert.structure(await self._read(_STORED, self._stored_url(domain, storage_key)), StoredMessage)

    @overload
    async def get_stored_mime(self, storage_key: str, /) -> StoredMime: ...

    @overload
    async def get_stored_mime(self, domain: str, storage_key: str, /) -> StoredMime: ...

    async def get_stored_mime(self, domain: str, storage_key: str | None = None, /) -> StoredMime:
        """Fetch a stored message as MIME. `GET /v3/domains/{domain_name}/messages/{storage_key}`.

        Args:
            domain: As for `get_stored`.
            storage_key: As for `get_stored`.

        Raises:
            MailgunError: As for `get_stored`.
        """
        url = self._stored_url(domain, storage_key)
        return convert.structure(await self._read(_STORED, url, {"Accept": "message/rfc2822"}), StoredMime)

    @overload
    async def get_stored_attachment(self, url: str, /) -> bytes: ...

    @overload
    async def get_stored_attachment(self, storage_key: str, attachment_id: str | int, /) -> bytes: ...

    @overload
    async def get_stored_attachment(self, domain: str, storage_key: str, attachment_id: str | int, /) -> bytes: ...

    async def get_stored_attachment(self, *where: str | int) -> bytes:
        """Fetch a file of a stored message.

        `GET /v3/domains/{domain_name}/messages/{storage_key}/attachments/{attachment_id}`.

        Args:
            where: Domain (the client's default domain when left out), storage key or URL as for `get_stored`, and the
                file's place among the attachments, from 0; or only the file's URL, `StoredAttachment.url`.

        Raises:
            MailgunError: As for `get_stored`.
        """
        *stored, last = map(str, where)
        if not stored:
            return await self._read(_ATTACHMENT, self._context.trusted(last))
        url = self._stored_url(*stored) + expand("/attachments/{attachment_id}", {"attachment_id": last})
        return await self._read(_ATTACHMENT, url)

    @overload
    async def resend_stored(self, storage_key: str, to: Mailboxes, /) -> Sent: ...

    @overload
    async def resend_stored(self, domain: str, storage_key: str, to: Mailboxes, /) -> Sent: ...

    async def resend_stored(self, domain: str, storage_key: Any, to: Any = None, /) -> Sent:
        """Send a stored message again, to others. `POST /v3/domains/{domain_name}/messages/{storage_key}`.

        Args:
            domain: As for `get_stored`.
            storage_key: As for `get_stored`.
            to: Who gets it, at most 1,000.

        Returns:
            Its new id, empty when the answer broke off behind its status.

        Raises:
            InvalidMessage: An address is none, or there are too many or none.
            DeliveryUnknown: It may have been accepted; it has no id to look up.
            MailgunError: As for `get_stored`.
        """
        if to is None:
            url, to = self._stored_url(domain), storage_key
        else:
            url = self._stored_url(domain, storage_key)
        text, recipients = encode_resend(to)
        body, content_type = multipart([field("to", text)])
        request = self._context.request(
            "POST", _STORED, arguments={}, url=url, body=body, content_type=content_type, recipients=recipients
        )
        response = await self._context.session.call(request)
        return Sent(id="") if response is None else convert.structure(response.body, Sent)

    async def get_sending_queues(self, domain: str | None = None, /) -> SendingQueues:
        """Tell whether the domain's queues take messages. `GET /v3/domains/{name}/sending_queues`.

        Args:
            domain: The sending domain; the client's default domain when left out.
        """
        return await self._get(_QUEUES, SendingQueues, name=self._context.domain_or_default(domain))

    async def delete_scheduled(self, domain: str | None = None, /, *, storage_host: str | None = None) -> None:
        """Drop **all** mail of the domain that is scheduled or not yet delivered. `DELETE /v3/{domain_name}/envelopes`.

        Mailgun keeps it on its storage hosts, so that is where the call goes.

        Args:
            domain: The sending domain; the client's default domain when left out.
            storage_host: The one host to call, as in the messages' `storage.url`; by default each of the region's, or
                that of `base_url`.

        Raises:
            InvalidArgument: A host that is not Mailgun's.
            NotFound: None of the hosts knows the domain.
        """
        path = expand(_ENVELOPES, {"domain_name": self._context.domain_or_default(domain)})
        missing: list[NotFound] = []
        bases = self._storage_bases(storage_host)
        for base in bases:
            try:
                await self._context.session.call(
                    self._context.request("DELETE", _ENVELOPES, arguments={}, url=self._context.trusted(base + path))
                )
            except NotFound as error:
                missing.append(error)
        if len(missing) == len(bases):
            raise missing[0]

    def _storage_bases(self, host: str | None) -> list[str]:
        region = self._context.region
        if host is not None:
            return [f"https://{host}"]
        if region is None or region.api != self._context.base_url:
            return [self._context.base_url]
        return [f"https://{each}" for each in region.storage]

    def _stored_url(self, domain: str, storage_key: str | None = None) -> str:
        name, key = (None, domain) if storage_key is None else (domain, storage_key)
        if "://" in key:
            return self._context.trusted(key)
        name = self._context.domain_or_default(name)
        return self._context.base_url + expand(_STORED, {"domain_name": name, "storage_key": key})

    async def _read(self, template: str, url: str, headers: Mapping[str, str] | None = None) -> bytes:
        response = await self._context.session.call(
            self._context.request("GET", template, arguments={}, url=url, headers=headers)
        )
        return response.body if response else b""
