"""What a domain is, and the DNS records it needs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.convert import EXTRA

if TYPE_CHECKING:
    from mailgun_async.config import Region

__all__ = ["Disabled", "DnsRecord", "Domain", "DomainWithRecords", "records_to_set"]

_SPF: Final = "v=spf1 include:mailgun.org ~all"  # in both regions


@attrs.define(kw_only=True)
class DnsRecord:
    """A DNS record that a domain needs, and whether Mailgun saw it."""

    record_type: str
    """`TXT`, `CNAME`, `MX` or `A`."""
    value: str = ""
    """What the record must hold; empty where Mailgun does not say."""
    valid: str = "unknown"
    """`valid`, `invalid` or `unknown`; the answers about DKIM keys write it in capitals."""
    name: str | None = None
    """Its full name; None, or empty, for the domain itself."""
    priority: str | None = None
    """Of an MX record."""
    cached: list[str] = attrs.Factory(list)
    """What Mailgun's last check found."""
    is_active: bool | None = None
    """It is in use. Of a DKIM key: mail is signed with it."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Disabled:
    """Why and until when a domain may not send."""

    code: str | None = None
    reason: str | None = None
    note: str | None = None
    permanently: bool | None = None
    until: datetime | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


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
    """A domain with the DNS records it needs; `records_to_set` has all of them in one list."""

    domain: Domain
    sending_dns_records: list[DnsRecord] = attrs.Factory(list)
    receiving_dns_records: list[DnsRecord] = attrs.Factory(list)
    message: str | None = None
    """Mailgun's word on what was done."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


def records_to_set(found: DomainWithRecords, region: Region) -> list[DnsRecord]:
    """Return all DNS records a domain needs: those Mailgun named, and of its region those that the answer leaves out.

    That is SPF, DKIM (its key is known to Mailgun alone, so there is one only if the answer has it), the CNAME for
    tracking, and MX. Every record has its full name, and `valid` tells which ones Mailgun has seen.

    Args:
        found: What `mg.domains.get` gives, or `create`.
        region: Where the domain lives: `mailgun_async.config.REGIONS["eu"]`.
    """
    domain = found.domain.name
    named = [
        attrs.evolve(record, name=record.name or domain)
        for record in (*found.sending_dns_records, *found.receiving_dns_records)
        if record.value
    ]
    there = {(record.record_type, record.name) for record in named}
    by_region = [
        DnsRecord(record_type="TXT", name=domain, value=_SPF),
        DnsRecord(record_type="CNAME", name=f"{found.domain.web_prefix or 'email'}.{domain}", value=region.tracking),
        *(DnsRecord(record_type="MX", name=domain, value=host, priority="10") for host in region.mx),
    ]
    return [*named, *(record for record in by_region if (record.record_type, record.name) not in there)]
