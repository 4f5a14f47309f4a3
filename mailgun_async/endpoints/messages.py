"""Messages: send them, and read back what is kept of them. `/v3/{domain_name}/messages` and around it."""

from __future__ import annotations

import asyncio
import os
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, Literal, overload

import attrs

from mailgun_async import convert
from mailgun_async.endpoints._context import checked_domain
from mailgun_async.endpoints._stored import (
    QueueDisabled,
    QueueState,
    SendingQueues,
    Sent,
    StoredAttachment,
    StoredMessage,
    StoredMessages,
    StoredMime,
)
from mailgun_async.errors import (
    ApiError,
    DeliveryUnknown,
    InvalidArgument,
    InvalidMessage,
    TransportError,
    WaitTooLong,
)
from mailgun_async.message import (
    MAX_RECIPIENTS,
    Message,
    SendOptions,
    encode_message,
    encode_mime,
    file_sizes,
    header_message_id,
    mime_bytes,
    mime_message_id,
)
from mailgun_async.transport.encoding import multipart
from mailgun_async.transport.outcome import Unknown
from mailgun_async.transport.request import BULK, INTERACTIVE, PRIORITIES, expand

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence
    from email.message import Message as MimeMessage
    from typing import Unpack

    from mailgun_async.batch.batch import BatchOptions
    from mailgun_async.batch.chunker import Duplicates
    from mailgun_async.batch.report import BatchReport
    from mailgun_async.batch.sender import OnChunk
    from mailgun_async.batch.source import Recipients
    from mailgun_async.message import Mailboxes
    from mailgun_async.transport.encoding import FilePart
    from mailgun_async.transport.outcome import Attempt
    from mailgun_async.transport.request import Priority, PriorityName, Safety, StreamedBody

__all__ = [
    "Messages",
    "QueueDisabled",
    "QueueState",
    "SendingQueues",
    "Sent",
    "StoredAttachment",
    "StoredMessage",
    "StoredMime",
]

OnUnknown = Literal["raise", "resend"]
_SEND: Final = "/v3/{domain_name}/messages"
_SEND_MIME: Final = "/v3/{domain_name}/messages.mime"
_NO_OPTIONS: Final = SendOptions()


def _unique() -> str:
    # From the system, each time: what a process keeps would be the same in all that are forked or restored from it.
    return os.urandom(16).hex()


def _new_message_id(domain: str) -> str:
    return f"{_unique()}@{domain}"


@lru_cache(maxsize=256)
def _url(base_url: str, template: str, domain: str) -> str:
    return base_url + expand(template, {"domain_name": domain})


def _sent(body: bytes) -> Sent:
    """Read the answer to a message: by hand, as every mail pays for it and a process' first would load a converter."""
    document = convert.loads(body)
    try:
        id_, words = document["id"], document["message"]
    except (KeyError, TypeError):
        id_ = words = None
    if type(id_) is str and type(words) is str:
        return Sent(id_, words)
    return convert.structure_of(document, Sent, body)


class Messages(StoredMessages):
    """Send mail, and read back what is kept of it."""

    __slots__ = ()

    @overload
    async def send(
        self, message: Message, /, *, on_unknown: OnUnknown = ..., priority: PriorityName | None = ...
    ) -> Sent: ...

    @overload
    async def send(
        self, domain: str, message: Message, /, *, on_unknown: OnUnknown = ..., priority: PriorityName | None = ...
    ) -> Sent: ...

    async def send(
        self,
        domain: str | Message,
        message: Message | None = None,
        /,
        *,
        on_unknown: OnUnknown = "raise",
        priority: PriorityName | None = None,
    ) -> Sent:
        """Send one message. `POST /v3/{domain_name}/messages`.

        It carries a Message-Id of ours, unless its headers have one, so that it can be looked up by it.

        Args:
            domain: The sending domain; the client's default domain when left out.
            message: What is sent.
            on_unknown: What to do when nobody knows whether Mailgun took it: `raise` `DeliveryUnknown`, or `resend`
                within the retry policy, which may deliver it twice.
            priority: Who goes first when the rate is short; by default the view's, else `interactive`.

        Raises:
            InvalidMessage: It breaks a rule of Mailgun's; nothing was sent.
            DeliveryUnknown: It may have been accepted; `message_id` is what to look up.
            WaitTooLong: The limiter would have to wait longer than allowed; nothing was sent.
            ApiError: Mailgun refused it.
            ConnectError: It was not sent.
        """
        name, content = (None, domain) if message is None else (domain, message)
        if isinstance(name, Message) or not isinstance(content, Message):
            raise InvalidArgument("send takes a domain and a Message, or a Message alone", field="message")
        name = checked_domain(self._context.domain_or_default(name))
        sizes = await file_sizes(content) if content.attachments or content.inline else {}
        own_id = header_message_id(content.headers) if content.headers else None
        unique = _unique()
        message_id = own_id or f"{unique}@{name}"
        body, content_type, recipients = encode_message(
            content, None if own_id else message_id, boundary=f"x{unique}", sizes=sizes
        )
        post = self._post if on_unknown == "raise" and priority is None else self._poster(on_unknown, priority)
        return await post(name, body, content_type, recipients=recipients, message_id=message_id, priority=INTERACTIVE)

    @overload
    async def send_mime(
        self,
        to: Mailboxes,
        mime: bytes | MimeMessage,
        /,
        *,
        options: SendOptions = ...,
        on_unknown: OnUnknown = ...,
        priority: PriorityName | None = ...,
    ) -> Sent: ...

    @overload
    async def send_mime(
        self,
        domain: str,
        to: Mailboxes,
        mime: bytes | MimeMessage,
        /,
        *,
        options: SendOptions = ...,
        on_unknown: OnUnknown = ...,
        priority: PriorityName | None = ...,
    ) -> Sent: ...

    async def send_mime(
        self,
        domain: Any,
        to: Any,
        mime: Any = None,
        /,
        *,
        options: SendOptions = _NO_OPTIONS,
        on_unknown: OnUnknown = "raise",
        priority: PriorityName | None = None,
    ) -> Sent:
        """Send a message that is MIME already. `POST /v3/{domain_name}/messages.mime`.

        A Message-Id in it is kept, and is what to look up; without one, ours is added. A message of the standard
        library is written with CRLF line ends and without its Bcc header; bytes go as they are.

        Args:
            domain: The sending domain; the client's default domain when left out.
            to: Who gets it, whatever the headers say.
            mime: The message, as bytes or `email.message.EmailMessage`.
            options: How to send it: tags, tracking, delivery time and all else that `SendOptions` has.
            on_unknown: As for `send`.
            priority: As for `send`.

        Raises:
            InvalidMessage: Bytes with a Bcc header, a Message-Id not of the form `<unique@domain>`, or as for `send`.
            MailgunError: As for `send`.
        """
        if mime is None:
            domain, to, mime = None, domain, to
        if isinstance(options, Message):
            raise InvalidMessage("options are SendOptions: the bodies of a Message would not be sent", field="options")
        domain = checked_domain(self._context.domain_or_default(domain))
        content = mime if isinstance(mime, bytes) else await asyncio.to_thread(mime_bytes, mime)
        own_id = mime_message_id(content, options.headers)
        message_id = own_id or _new_message_id(domain)
        body, content_type, recipients = encode_mime(to, content, options, None if own_id else message_id)
        post = self._poster(on_unknown, priority)
        return await post(
            domain,
            body,
            content_type,
            recipients=recipients,
            message_id=message_id,
            priority=INTERACTIVE,
            template=_SEND_MIME,
        )

    @overload
    async def send_batch(
        self, message: Message, recipients: Recipients, /, **options: Unpack[BatchOptions]
    ) -> BatchReport: ...

    @overload
    async def send_batch(
        self, domain: str, message: Message, recipients: Recipients, /, **options: Unpack[BatchOptions]
    ) -> BatchReport: ...

    async def send_batch(
        self,
        domain: Any,
        message: Any,
        recipients: Any = None,
        /,
        *,
        chunk_size: int = MAX_RECIPIENTS,
        max_in_flight: int = 8,
        duplicates: Duplicates = "later",
        address_key: str | None = None,
        template_from_recipients: bool | Collection[str] = False,
        on_chunk: OnChunk | None = None,
        priority: PriorityName | None = None,
    ) -> BatchReport:
        """Send a message to any number of recipients, each with own variables. `POST /v3/{domain_name}/messages`.

        Recipients are read as they are needed and sent in chunks; each of them gets a mail of their own and sees nobody
        else. What happens to a chunk does not stop the others. One that is refused for its size is halved, and the size
        that passes is remembered for the domain. One that is refused for an address is searched for it, and the rest is
        sent. One of which nobody knows whether it was accepted is reported and never sent again. Only a refusal that
        every chunk would meet (the key, the domain, the account) stops the batch; the report then says so.

        Cancelled, it begins nothing more, finishes the calls that are on the wire, within their own timeouts, and gives
        up those that wait for the rate limiter. Then, and when the source or `on_chunk` raises, `BatchReport.of` finds
        the report on the exception.

        Args:
            domain: The sending domain; the client's default domain when left out.
            message: What is sent. It has no `to`, `cc`, `bcc`, `recipient_variables` and Message-Id. `%recipient.x%` in
                it becomes the variable x; a recipient without x is rejected.
            recipients: An iterable or async iterable of addresses, `Recipient`s or mappings; or `CsvRecipients` or
                `JsonLinesRecipients`.
            chunk_size: Most recipients of a call, 1 to 1,000. Variables of more than about 2 KB each make it smaller.
            max_in_flight: Most calls at the same time, 1 or more.
            duplicates: What becomes of an address that its chunk has already, whatever the case it is written in: it
                goes into a `later` chunk, or is left out and in the `report`.
            address_key: The key of the address in mappings, whose other keys are variables. Default: `email`, else
                `address`.
            template_from_recipients: Stored templates do not read variables of recipients: pass those of these names on
                to it, or with True all that the first recipients have. Who lacks one is rejected.
            on_chunk: Told when the fate of some recipients is known; what it returns is awaited if it can be. What it
                raises ends the batch.
            priority: Who goes first when the rate is short; by default the view's, else `bulk`.

        Raises:
            InvalidMessage: The message breaks a rule of Mailgun's, or needs a variable that a file has no column for;
                nothing was sent.
            InvalidArgument: An argument is outside its range, or the file can't be used; nothing was sent.
            Exception: What the source or `on_chunk` raised.
        """
        from mailgun_async.batch.batch import send  # noqa: PLC0415 -- a program that sends single mails needs none of it

        if recipients is None:
            domain, message, recipients = None, domain, message
        if not isinstance(message, Message):
            raise InvalidArgument("send_batch takes a domain, a Message and recipients", field="message")
        name = checked_domain(self._context.domain_or_default(domain))
        session, account = self._context.session, self._context.credentials(_SEND, name).account
        await session.open()
        return await send(
            message,
            recipients,
            post=partial(self._post_parts, self._poster("raise", priority), name),
            new_message_id=partial(_new_message_id, name),
            now=session.clock.now,
            chunk_size=chunk_size,
            max_in_flight=max_in_flight,
            duplicates=duplicates,
            address_key=address_key,
            template_from_recipients=template_from_recipients,
            on_chunk=on_chunk,
            known_size=session.limiter.size_for(account, name),
            remember_size=partial(session.limiter.remember_size, account, name),
        )

    def _poster(self, on_unknown: OnUnknown, priority: PriorityName | None) -> Callable[..., Awaitable[Sent]]:
        """Return what posts a message with these choices."""
        if on_unknown not in {"raise", "resend"}:
            raise InvalidArgument(f"on_unknown is raise or resend, not {on_unknown!r}", field="on_unknown")
        if priority is None:
            group = self
        elif priority in PRIORITIES:
            group = Messages(attrs.evolve(self._context, priority=PRIORITIES[priority]))
        else:
            raise InvalidArgument(f"priority is one of {', '.join(PRIORITIES)}, not {priority!r}", field="priority")
        return group._post if on_unknown == "raise" else group._post_again

    @staticmethod
    def _post_parts(
        post: Callable[..., Awaitable[Sent]], domain: str, parts: Sequence[bytes | FilePart], **how: Any
    ) -> Awaitable[Sent]:
        return post(domain, *multipart(parts), priority=BULK, **how)

    async def _post(
        self,
        domain: str,
        body: bytes | StreamedBody,
        content_type: str,
        *,
        recipients: int,
        message_id: str,
        priority: Priority,
        on_attempt: Callable[[Attempt], None] | None = None,
        on_start: Callable[[], None] | None = None,
        template: str = _SEND,
        safety: Safety = "unsafe",
    ) -> Sent:
        """Post a ready body, with the Message-Id in it; `message_id` is without its brackets."""
        context = self._context
        request = context.request(
            "POST",
            template,
            url=_url(context.base_url, template, domain),
            body=body,
            content_type=content_type,
            safety=safety,
            domain=domain,
            recipients=recipients,
            priority=priority,
            message_id=message_id,
        )
        response = await context.session.call(request, on_attempt=on_attempt, on_start=on_start)
        return Sent(f"<{message_id}>") if response is None else _sent(response.body)

    async def _post_again(self, *what: Any, message_id: str, template: str = _SEND, **how: Any) -> Sent:
        """Post, and post again while nobody knows whether it was accepted, as often as the retry policy allows."""
        unknown = False

        def watch(attempt: Attempt) -> None:
            nonlocal unknown
            unknown = unknown or isinstance(attempt.outcome, Unknown)

        try:
            return await self._post(
                *what, message_id=message_id, template=template, safety="idempotent", on_attempt=watch, **how
            )
        except (ApiError, TransportError, WaitTooLong) as error:
            if not unknown:
                raise
            # The last attempt may prove that it was refused: an earlier one may have been accepted all the same.
            raise DeliveryUnknown(
                f"{error} An earlier attempt may have been accepted: look message_id {message_id} up in the logs.",
                message_id=message_id,
                method="POST",
                template=template,
                status=getattr(error, "status", None),
            ) from error
