"""The account that the emulator plays: keys, domains, and what it may not do. Pure."""

from __future__ import annotations

import base64
import binascii
import math
from typing import TYPE_CHECKING, Literal

import attrs

from mailgun_async.config import REGIONS, Region
from mailgun_async.testing._counters import SlidingLog
from mailgun_async.testing._domain import DOMAIN_REASONS, Domain
from mailgun_async.testing._submission import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailgun_async.testing._submission import Submission

__all__ = ["Account", "AccountState", "ApiKey", "Counts", "KeyKind", "KeyRole", "Probation"]

AccountState = Literal["active", "free", "unactivated", "disabled"]
KeyKind = Literal["domain", "user", "web"]
KeyRole = Literal["admin", "basic", "sending", "developer"]

_ACCOUNT_REASONS: Mapping[AccountState, str] = {
    "unactivated": "Please activate your Mailgun account. "
    "Check your inbox or log in to your control panel to resend the activation email.",
    "disabled": "The account is disabled",  # Mailgun's words for this are not known
}
_FREE = (
    "Free accounts are for test purposes only. "
    "Please upgrade or add the address to authorized recipients in Account Settings."
)
_SANDBOX = (
    "Sandbox subdomains are for test purposes only. "
    "Please add your own domain or add the address to authorized recipients in Account Settings."
)


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
    undelivered: int = 0
    """Mails of these that go to nobody, as the recipient is suppressed or the template is not there."""
    refused: int = 0
    """Calls refused for their content, or because of the account's or the domain's state."""
    large_batches: int = 0
    """Of these, the calls refused as large batches."""
    probation: int = 0
    """Of these, the calls refused because of probation."""
    limited: int = 0
    """Requests of any kind that a rate limit refused."""
    lagging: int = 0
    """Queries of logs or events that came before everything accepted could be found."""


@attrs.define(kw_only=True)
class ApiKey:
    """A key that calls are made with."""

    id: str
    secret: str = attrs.field(repr=False)
    """The key itself."""
    kind: KeyKind = "user"
    role: KeyRole = "admin"
    domain: str | None = None
    """The one domain whose mail it sends, and it does nothing else; of kind `domain` alone."""
    description: str = ""
    user_name: str | None = None
    requestor: str | None = None
    created_at: float = 0.0
    """Seconds since 1970."""
    expires_at: float | None = None


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
    keys: dict[str, ApiKey] = attrs.field(factory=dict, repr=False)
    """All keys, the account's own too, by secret."""
    region: Region = REGIONS["us"]
    """Where its domains live."""
    domains: dict[str, Domain] = attrs.Factory(dict)
    state: AccountState = "active"
    authorized: frozenset[str] = frozenset()
    """Addresses that a sandbox domain and a free account may send to."""
    ips: frozenset[str] | None = None
    """Addresses that `o:sending-ip` may name; None for any."""
    large_batch: int | None = None
    """Recipients of a call beyond which it is refused as a large batch."""
    probation: Probation | None = None
    logs_lag_s: float = 0.0
    """Seconds until an event can be found in logs and events."""
    counts: Counts = attrs.Factory(Counts)

    def add_key(self, key: ApiKey) -> None:
        """Let calls in that are made with it."""
        self.keys[key.secret] = key

    def check_key(self, authorization: str | None, *, sends_from: str | None, now: float) -> None:
        """Let a request in by its key; `sends_from` is the domain of a send call.

        What the roles `basic` and `developer` may not do is not documented call by call: here they may do everything.

        Raises:
            Refused: 401 the key is missing, wrong or expired, 403 it is a sending key and this is not its domain's
                mail.
        """
        key = self.keys.get(_key(authorization) or "")
        if key is None or (key.expires_at is not None and key.expires_at <= now):
            raise Refused(401, "Forbidden")
        if key.domain is not None and sends_from != key.domain:
            raise Refused(403, "Forbidden")  # the words of this refusal are not known

    def check_send(self, domain: Domain, content: Submission, now: float) -> None:
        """Refuse what domain and account may not send.

        Raises:
            Refused: With Mailgun's text.
        """
        if reason := self._reason(domain, content):
            raise Refused(400, f"Domain {domain.name} is not allowed to send: {reason}")
        ip = content.form.first("o:sending-ip")
        if ip is not None and self.ips is not None and ip not in self.ips:
            raise Refused(403, f"Rejected: IP {ip} can't be used to send the message")
        if self.large_batch is not None and content.recipients > self.large_batch:
            self.counts.large_batches += 1
            raise Refused(403, f"Domain {domain.name} is not allowed to send large batches yet")
        if self.probation is not None:
            self._check_probation(self.probation, domain.name, content.recipients, now)

    def _reason(self, domain: Domain, content: Submission) -> str | None:
        if self.state in _ACCOUNT_REASONS:
            return _ACCOUNT_REASONS[self.state]
        if domain.state in DOMAIN_REASONS:
            return DOMAIN_REASONS[domain.state]
        restricted = _SANDBOX if domain.is_sandbox else _FREE if self.state == "free" else None
        if restricted and not self.authorized.issuperset((*content.to, *content.cc, *content.bcc)):
            return restricted
        return None

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
