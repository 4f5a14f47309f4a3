"""Domains: `/v4/domains`."""

from __future__ import annotations

from datetime import datetime

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Group

__all__ = ["Disabled", "DnsRecord", "Domain", "DomainWithRecords", "Domains"]


@attrs.define(kw_only=True)
class DnsRecord:
    """A DNS record that a domain needs, and whether Mailgun saw it."""

    record_type: str
    """`TXT`, `CNAME` or `MX`."""
    value: str
    """What the record must hold."""
    valid: str = "unknown"
    """`valid`, `invalid` or `unknown`."""
    name: str | None = None
    priority: str | None = None
    """Of an MX record."""
    cached: list[str] = attrs.Factory(list)
    """What Mailgun's last check found."""
    is_active: bool | None = None


@attrs.define(kw_only=True)
class Disabled:
    """Why and until when a domain may not send."""

    code: str | None = None
    reason: str | None = None
    note: str | None = None
    permanently: bool | None = None
    until: datetime | None = None


@attrs.define(kw_only=True)
class Domain:
    """A domain as Mailgun keeps it."""

    name: str
    id: str | None = None
    state: str | None = None
    """`active`, `unverified` or `disabled`."""
    type: str | None = None
    """`custom` or `sandbox`."""
    created_at: datetime | None = None
    is_disabled: bool | None = None
    require_tls: bool | None = None
    skip_verification: bool | None = None
    spam_action: str | None = None
    """`disabled`, `block` or `tag`."""
    wildcard: bool | None = None
    web_prefix: str | None = None
    web_scheme: str | None = None
    smtp_login: str | None = None
    smtp_password: str | None = attrs.field(default=None, repr=False)
    subaccount_id: str | None = None
    tracking_host: str | None = None
    archive_to: str | None = None
    """URL that gets a copy of each delivered mail."""
    encrypt_incoming_message: bool | None = None
    disabled: Disabled | None = None
    """Why the domain may not send."""
    use_automatic_sender_security: bool | None = None
    message_ttl: int | None = None
    """Seconds a queued message may wait for its delivery."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class DomainWithRecords:
    """A domain with the DNS records it needs."""

    domain: Domain
    sending_dns_records: list[DnsRecord] = attrs.Factory(list)
    receiving_dns_records: list[DnsRecord] = attrs.Factory(list)
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class Domains(Group):
    """Sending and receiving domains of the account."""

    async def get(self, name: str | None = None, /) -> DomainWithRecords:
        """Fetch one domain with its DNS records. `GET /v4/domains/{name}`.

        Args:
            name: The domain; the client's default domain when left out.

        Raises:
            NotFound: No such domain in this account and region.
        """
        return await self._get("/v4/domains/{name}", DomainWithRecords, name=self._context.domain_or_default(name))
