"""The account that the emulator plays: keys, domains, and what it may not do. Pure."""

from __future__ import annotations

import base64
import binascii
import math
from email.utils import formatdate
from typing import Any, Literal

import attrs

from mailgun_async.testing._counters import SlidingLog
from mailgun_async.testing._submission import Refused

__all__ = ["Account", "Counts", "Domain", "Probation", "Queue"]

DomainState = Literal["active", "unverified", "disabled"]
Queue = Literal["regular", "scheduled"]

_REASONS = {
    "unverified": "The domain is unverified and requires DNS configuration. "
    "Log in to your control panel to view required DNS records.",
    "disabled": "The domain is disabled",  # Mailgun's words for this are not known
}


@attrs.define(kw_only=True)
class Counts:
    """What an emulator has counted since it was made; `Emulator.counts`."""

    requests: int = 0
    """HTTP requests that were read to their end, whatever came of them."""
    calls: int = 0
    """Requests to send: messages, messages.mime, and sending again."""
    accepted: int = 0
    """Calls accepted."""
    recipients: int = 0
    """Addresses in to, cc and bcc of the calls accepted."""
    refused: int = 0
    """Calls refused for their content, or because of the account's or the domain's state."""
    large_batches: int = 0
    """Of these, the calls refused as large batches."""
    probation: int = 0
    """Of these, the calls refused because of probation."""
    limited: int = 0
    """Requests of any kind that a rate limit refused."""


@attrs.define(kw_only=True)
class Domain:
    """One sending domain."""

    name: str
    state: DomainState = "active"
    created_at: float = 0.0
    """Seconds since 1970."""
    paused: dict[Queue, dict[str, str]] = attrs.Factory(dict)
    """Queues that are stopped, with `until` and `reason`."""

    def document(self) -> dict[str, Any]:
        """Answer `GET /v4/domains/{name}`."""
        valid = "unknown" if self.state == "unverified" else "valid"
        hosts = [f"10 mx{letter}.mailgun.org" for letter in "ab"]
        receiving = [_record("MX", "", host.split()[1], valid, cached=hosts) | {"priority": "10"} for host in hosts]
        sending = [
            _record("TXT", self.name, "v=spf1 include:mailgun.org ~all", valid),
            _record("TXT", f"mx._domainkey.{self.name}", "k=rsa; p=emulator", valid),
            _record("CNAME", f"email.{self.name}", "mailgun.org", valid),
        ]
        return {"domain": self._details(), "receiving_dns_records": receiving, "sending_dns_records": sending}

    def _details(self) -> dict[str, Any]:
        details: dict[str, Any] = {
            "id": self.name.encode().hex().ljust(24, "0")[:24],
            "name": self.name,
            "state": self.state,
            "type": "custom",
            "created_at": formatdate(self.created_at, usegmt=True),
            "is_disabled": self.state == "disabled",
            "smtp_login": f"postmaster@{self.name}",
            "spam_action": "disabled",
            "wildcard": False,
            "require_tls": False,
            "skip_verification": False,
            "web_prefix": "email",
            "web_scheme": "https",
        }
        if self.state == "disabled":
            details["disabled"] = {"code": "disabled", "note": "", "permanently": False, "reason": _REASONS["disabled"]}
        return details

    def queues(self) -> dict[str, Any]:
        """Answer `GET /v3/domains/{name}/sending_queues`."""
        names: tuple[Queue, ...] = ("regular", "scheduled")
        return {
            name: {"is_disabled": True, "disabled": self.paused[name]}
            if name in self.paused
            else {"is_disabled": False}
            for name in names
        }


def _record(kind: str, name: str, value: str, valid: str, *, cached: list[str] | None = None) -> dict[str, Any]:
    held = [value] if cached is None else cached
    return {
        "record_type": kind,
        "name": name,
        "value": value,
        "valid": valid,
        "is_active": valid == "valid",
        "cached": held if valid == "valid" else [],
    }


@attrs.define(kw_only=True)
class Probation:
    """An unproven account: few recipients in one call, few in an hour."""

    per_call: int
    _hour: SlidingLog

    def check(self, domain: str, recipients: int, now: float) -> None:
        """Count a call, or refuse it.

        Both texts have been seen in the wild. What the second does to calls that come while the account is disabled is
        not known; here they are refused until the hour has room again.
        """
        if recipients > self.per_call:
            raise Refused(400, f"Rejected: Only {self.per_call} recipients per request is allowed on probation.")
        reading = self._hour.read(now, recipients)
        if not reading.fits:
            raise Refused(
                400,
                f"Domain {domain} is not allowed to send: You are sending too fast. Your account is on probation and "
                f"domains are limited to {self._hour.limit} messages / hour. To maintain the rate the account has been "
                f"temporarily disabled. The account will be enabled in {math.ceil(reading.wait_s)} seconds.",
            )
        self._hour.take(now, recipients)


@attrs.define(kw_only=True)
class Account:
    """Keys, domains and restrictions."""

    api_key: str = attrs.field(repr=False)
    sending_keys: dict[str, str] = attrs.field(factory=dict, repr=False)
    """Domain by key."""
    domains: dict[str, Domain] = attrs.Factory(dict)
    large_batch: int | None = None
    """Recipients of a call beyond which it is refused as a large batch."""
    probation: Probation | None = None
    counts: Counts = attrs.Factory(Counts)

    def check_key(self, authorization: str | None, *, sends_from: str | None) -> None:
        """Let a request in by its key; `sends_from` is the domain of a send call.

        Raises:
            Refused: 401 the key is missing or wrong, 403 it is a sending key and this is not its domain's mail.
        """
        key = _key(authorization)
        if key == self.api_key:
            return
        domain = self.sending_keys.get(key or "")
        if domain is None:
            raise Refused(401, "Forbidden")
        if sends_from != domain:
            raise Refused(403, "Forbidden")  # the words of this refusal are not known

    def check_send(self, domain: Domain, recipients: int, now: float) -> None:
        """Refuse what domain and account may not send.

        Raises:
            Refused: With Mailgun's text.
        """
        if domain.state != "active":
            raise Refused(400, f"Domain {domain.name} is not allowed to send: {_REASONS[domain.state]}")
        if self.large_batch is not None and recipients > self.large_batch:
            self.counts.large_batches += 1
            raise Refused(403, f"Domain {domain.name} is not allowed to send large batches yet")
        if self.probation is not None:
            self._check_probation(self.probation, domain.name, recipients, now)

    def _check_probation(self, probation: Probation, domain: str, recipients: int, now: float) -> None:
        try:
            probation.check(domain, recipients, now)
        except Refused:
            self.counts.probation += 1
            raise


def _key(authorization: str | None) -> str | None:
    scheme, _, credentials = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, key = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return key if user == "api" else None
