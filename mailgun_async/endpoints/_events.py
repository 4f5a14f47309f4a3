"""What happened to messages: the models of events and logs. Nothing that Mailgun adds is lost: it is in `extra`."""

from __future__ import annotations

from datetime import datetime

import attrs

from mailgun_async.convert import EXTRA, JsonObject, OneOrMany, wire

__all__ = [
    "Account",
    "AnyEvent",
    "AttachmentRef",
    "CampaignRef",
    "ClientInfo",
    "DeliveryStatus",
    "DomainRef",
    "Envelope",
    "Event",
    "EventMessage",
    "Flags",
    "Geolocation",
    "LogEvent",
    "MailingListRef",
    "MessageHeaders",
    "Rejection",
    "RouteMatch",
    "RouteRef",
    "Storage",
    "TemplateRef",
]


@attrs.define(kw_only=True)
class Account:
    """Whose event it is."""

    id: str | None = None
    parent_id: str | None = attrs.field(default=None, metadata=wire("parent-id"))
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class CampaignRef:
    """A campaign in the old sense of Mailgun."""

    id: str | None = None
    name: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class DeliveryStatus:
    """What the receiving server said."""

    message: str | None = None
    description: str | None = None
    code: int | None = None
    """SMTP code, or one of Mailgun: 605 to 607 are suppressed addresses."""
    enhanced_code: str | None = attrs.field(default=None, metadata=wire("enhanced-code"))
    bounce_type: str | None = attrs.field(default=None, metadata=wire("bounce-type"))
    """`hard` or `soft`."""
    attempt_no: int | None = attrs.field(default=None, metadata=wire("attempt-no"))
    """1 for the first."""
    session_seconds: float | None = attrs.field(default=None, metadata=wire("session-seconds"))
    retry_seconds: int | None = attrs.field(default=None, metadata=wire("retry-seconds"))
    """Until the next attempt."""
    first_delivery_attempt_seconds: float | None = attrs.field(
        default=None, metadata=wire("first-delivery-attempt-seconds")
    )
    last_code: int | None = attrs.field(default=None, metadata=wire("last-code"))
    last_message: str | None = attrs.field(default=None, metadata=wire("last-message"))
    mx_host: str | None = attrs.field(default=None, metadata=wire("mx-host"))
    tls: bool | None = None
    certificate_verified: bool | None = attrs.field(default=None, metadata=wire("certificate-verified"))
    utf8: bool | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class DomainRef:
    """The sending domain."""

    name: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Envelope:
    """How the mail travelled."""

    sender: str | None = None
    targets: str | None = None
    transport: str | None = None
    """`smtp` or `http`."""
    sending_ip: str | None = attrs.field(default=None, metadata=wire("sending-ip"))
    ip_pool_id: str | None = attrs.field(default=None, metadata=wire("i-ip-pool-id"))
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Storage:
    """Where the message is kept: `mg.messages.get_stored(storage.key)`."""

    key: str | None = None
    url: OneOrMany = attrs.Factory(lambda: OneOrMany([]))
    """Absolute; `messages.get_stored` takes one of them."""
    region: str | None = None
    env: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class TemplateRef:
    """The stored template it was made of."""

    name: str | None = None
    version: str | None = None
    is_text: bool | None = attrs.field(default=None, metadata=wire("is-text"))
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class MessageHeaders:
    """Headers of the message."""

    to: str | None = None
    from_: str | None = attrs.field(default=None, metadata=wire("from"))
    subject: str | None = None
    message_id: str | None = attrs.field(default=None, metadata=wire("message-id"))
    """Without brackets."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class AttachmentRef:
    """A file of the message."""

    filename: str | None = None
    content_type: str | None = attrs.field(default=None, metadata=wire("content-type"))
    size: int | None = None
    """Bytes."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class EventMessage:
    """The message."""

    headers: MessageHeaders | None = None
    attachments: list[AttachmentRef] = attrs.Factory(list)
    recipients: list[str] = attrs.Factory(list)
    size: int | None = None
    """Bytes."""
    scheduled_for: datetime | None = attrs.field(default=None, metadata=wire("scheduled-for"))
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Flags:
    """Marks of the event."""

    is_authenticated: bool | None = attrs.field(default=None, metadata=wire("is-authenticated"))
    is_routed: bool | None = attrs.field(default=None, metadata=wire("is-routed"))
    is_system_test: bool | None = attrs.field(default=None, metadata=wire("is-system-test"))
    is_test_mode: bool | None = attrs.field(default=None, metadata=wire("is-test-mode"))
    is_amp: bool | None = attrs.field(default=None, metadata=wire("is-amp"))
    is_delayed_bounce: bool | None = attrs.field(default=None, metadata=wire("is-delayed-bounce"))
    is_callback: bool | None = attrs.field(default=None, metadata=wire("is-callback"))
    is_encrypted: bool | None = attrs.field(default=None, metadata=wire("is-encrypted"))
    is_webhook: bool | None = attrs.field(default=None, metadata=wire("is-webhook"))
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Geolocation:
    """From where a mail was opened or a link clicked."""

    country: str | None = None
    region: str | None = None
    city: str | None = None
    timezone: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class ClientInfo:
    """With what it was opened or clicked."""

    client_name: str | None = attrs.field(default=None, metadata=wire("client-name"))
    client_os: str | None = attrs.field(default=None, metadata=wire("client-os"))
    client_type: str | None = attrs.field(default=None, metadata=wire("client-type"))
    device_type: str | None = attrs.field(default=None, metadata=wire("device-type"))
    user_agent: str | None = attrs.field(default=None, metadata=wire("user-agent"))
    ip: str | None = None
    bot: str | None = None
    """The program that is none of a person; empty otherwise."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class RouteMatch:
    """What a route matched."""

    recipient: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class RouteRef:
    """The route that took the mail."""

    id: str | None = None
    expression: str | None = None
    actions: str | None = None
    description: str | None = None
    priority: int | None = None
    match: RouteMatch | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class MailingListRef:
    """The mailing list it went through."""

    address: str | None = None
    list_id: str | None = attrs.field(default=None, metadata=wire("list-id"))
    sid: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Rejection:
    """Why Mailgun did not take a message."""

    reason: str | None = None
    description: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class AnyEvent:
    """What happened to a message, as events, logs and webhooks have in common."""

    id: str | None = None
    """Unique within a day."""
    event: str | None = None
    """`accepted`, `delivered`, `failed`, `opened`, `clicked`, `unsubscribed`, `complained`, `rejected`, `stored` ..."""
    severity: str | None = None
    """Of `failed`: `temporary` or `permanent`."""
    reason: str | None = None
    """Of `failed`: `bounce`, `suppress-bounce`, `old`, `generic` ..."""
    recipient: str | None = None
    recipient_domain: str | None = attrs.field(default=None, metadata=wire("recipient-domain"))
    recipient_provider: str | None = attrs.field(default=None, metadata=wire("recipient-provider"))
    message: EventMessage | None = None
    tags: list[str] = attrs.Factory(list)
    user_variables: JsonObject = attrs.field(factory=lambda: JsonObject({}), metadata=wire("user-variables"))
    """What was sent as `v:...`."""
    delivery_status: DeliveryStatus | None = attrs.field(default=None, metadata=wire("delivery-status"))
    envelope: Envelope | None = None
    storage: Storage | None = None
    flags: Flags | None = None
    url: str | None = None
    """Of `clicked`: the link."""
    ip: str | None = None
    geolocation: Geolocation | None = None
    client_info: ClientInfo | None = attrs.field(default=None, metadata=wire("client-info"))
    template: TemplateRef | None = None
    mailing_list: MailingListRef | None = attrs.field(default=None, metadata=wire("mailing-list"))
    campaigns: list[CampaignRef] = attrs.Factory(list)
    log_level: str | None = attrs.field(default=None, metadata=wire("log-level"))
    """`info`, `warn` or `error`."""
    method: str | None = None
    """`HTTP` or `smtp`."""
    originating_ip: str | None = attrs.field(default=None, metadata=wire("originating-ip"))
    reject: Rejection | None = None
    """Of `rejected`."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Event(AnyEvent):
    """An event of a domain, as `mg.events` lists them."""

    timestamp: datetime | None = None
    routes: list[RouteRef] = attrs.Factory(list)


@attrs.define(kw_only=True)
class LogEvent(AnyEvent):
    """A log entry of the account, as `mg.logs` lists them."""

    timestamp: datetime | None = attrs.field(default=None, metadata=wire("@timestamp"))
    account: Account | None = None
    domain: DomainRef | None = None
    api_key_id: str | None = attrs.field(default=None, metadata=wire("api-key-id"))
    delivered_at: datetime | None = attrs.field(default=None, metadata=wire("delivered-at"))
    delivery_optimizer: str | None = attrs.field(default=None, metadata=wire("i-delivery-optimizer"))
    primary_dkim: str | None = attrs.field(default=None, metadata=wire("primary-dkim"))
    routes: RouteRef | None = None
