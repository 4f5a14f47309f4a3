"""One sending domain: its settings, the DNS records it needs, its keys and logins. Pure.

There is no DNS here: what a check of the records finds is a switch of the emulator (`add_domain(..., dns=)`).
"""

from __future__ import annotations

import base64
import hashlib
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Literal

import attrs

from mailgun_async.config import REGIONS, Region

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DOMAIN_REASONS", "DkimKey", "Domain", "DomainState", "Login", "Queue", "Rotation", "rotated"]

DomainState = Literal["active", "unverified", "disabled"]
Queue = Literal["regular", "scheduled"]

DOMAIN_REASONS: Mapping[DomainState, str] = {
    "unverified": "The domain is unverified and requires DNS configuration. "
    "Log in to your control panel to view required DNS records.",
    "disabled": "The domain is disabled",  # Mailgun's words for this are not known
}
"""Why a domain may not send."""

_SPF = "v=spf1 include:mailgun.org ~all"  # in both regions


@attrs.define(kw_only=True)
class Login:
    """A login for SMTP."""

    password: str = attrs.field(repr=False)
    created_at: float
    system: bool = False


@attrs.define(kw_only=True)
class DkimKey:
    """A DKIM key; there is no private half of it, as nothing is signed here."""

    signing_domain: str
    selector: str
    host: str
    """The domain below which its record lies; its own unless asked for differently."""
    bits: int = 1024
    active: bool = False
    seen: bool = False
    """The last check found its record."""

    @property
    def value(self) -> str:
        """What DNS must hold: as long as a true one, the same for the same name, and no key that anybody could use."""
        size = self.bits // 8 + 34
        made = hashlib.shake_256(f"{self.selector}._domainkey.{self.signing_domain}".encode()).digest(size)
        return f"k=rsa; p={base64.b64encode(made).decode()}"


@attrs.define(kw_only=True)
class Rotation:
    """How the keys behind the CNAMEs of automatic sender security are changed: by hand, as no time passes for it."""

    enabled: bool = False
    interval: str = "5d"
    active: int = 1
    """The CNAME behind which the key is that signs, 1 or 2."""


def _tracking() -> dict[str, dict[str, Any]]:
    return {
        "click": {"active": False},
        "open": {"active": False, "place_at_the_top": False},
        "unsubscribe": {
            "active": False,
            "html_footer": '\n<br>\n<p><a href="%unsubscribe_url%">unsubscribe</a></p>\n',
            "text_footer": "\n\nTo unsubscribe click: <%unsubscribe_url%>\n\n",
        },
    }


def _settings() -> dict[str, Any]:
    return {
        "spam_action": "disabled",
        "wildcard": False,
        "require_tls": False,
        "skip_verification": False,
        "web_prefix": "email",
        "web_scheme": "http",
        "use_automatic_sender_security": False,
    }


@attrs.define(kw_only=True)
class Domain:
    """One sending domain."""

    name: str
    state: DomainState = "active"
    created_at: float = 0.0
    """Seconds since 1970."""
    region: Region = REGIONS["us"]
    """Whose hosts its records name."""
    dns: bool = True
    """What a check of its records finds: all of them, or none."""
    checked: bool = False
    """There was such a check."""
    settings: dict[str, Any] = attrs.Factory(_settings)
    tracking: dict[str, dict[str, Any]] = attrs.Factory(_tracking)
    logins: dict[str, Login] = attrs.Factory(dict)
    """By address."""
    keys: dict[str, DkimKey] = attrs.Factory(dict)
    """By selector."""
    rotation: Rotation = attrs.Factory(Rotation)
    authority: str = attrs.field()
    """The domain whose DKIM keys sign its mail."""
    paused: dict[Queue, dict[str, str]] = attrs.Factory(dict)
    """Queues that are stopped, with `until` and `reason`."""

    @authority.default
    def _itself(self) -> str:
        return self.name

    @property
    def is_sandbox(self) -> bool:
        """It has the name of the domains that Mailgun gives to new accounts."""
        return self.name.startswith("sandbox") and self.name.endswith(".mailgun.org")

    @property
    def valid(self) -> str:
        """What is known of its records: `valid`, `invalid`, `unknown`."""
        if self.state != "unverified":
            return "valid"
        return "invalid" if self.checked else "unknown"

    def add_key(
        self, selector: str, *, bits: int = 1024, host: str | None = None, active: bool = False, seen: bool = False
    ) -> DkimKey:
        """Make a DKIM key."""
        key = DkimKey(
            signing_domain=self.name, selector=selector, host=host or self.name, bits=bits, active=active, seen=seen
        )
        self.keys[selector] = key
        return key

    def verify(self) -> None:
        """Look at the records; those of an unverified domain make it active."""
        self.checked = True
        if self.dns and self.state == "unverified":
            self.state = "active"
        for key in self.keys.values():
            key.seen = self.dns

    # -- documents -----------------------------------------------------------------------------------------------------

    def document(self, signers: Mapping[str, Domain]) -> dict[str, Any]:
        """Answer `GET /v4/domains/{name}`; `signers` are the account's domains, of which one signs for this."""
        return {
            "domain": self.details(),
            "receiving_dns_records": self._receiving(),
            "sending_dns_records": self.sending(signers),
        }

    def details(self) -> dict[str, Any]:
        """Tell the domain without its records."""
        details: dict[str, Any] = {
            "id": self.name.encode().hex().ljust(24, "0")[:24],
            "name": self.name,
            "state": self.state,
            "type": "sandbox" if self.is_sandbox else "custom",
            "created_at": formatdate(self.created_at, usegmt=True),
            "is_disabled": self.state == "disabled",
            "smtp_login": f"postmaster@{self.name}",
            "tracking_host": f"{self.settings['web_prefix']}.{self.name}",
            **self.settings,
        }
        if self.state == "disabled":
            reason = DOMAIN_REASONS["disabled"]
            details["disabled"] = {"code": "disabled", "note": "", "permanently": False, "reason": reason}
        return details

    def _receiving(self) -> list[dict[str, Any]]:
        hosts = [f"10 {host}" for host in self.region.mx]
        return [_record("MX", "", host, self.valid, cached=hosts) | {"priority": "10"} for host in self.region.mx]

    def sending(self, signers: Mapping[str, Domain]) -> list[dict[str, Any]]:
        """Tell the records that DNS must hold for the domain to send."""
        signer = signers.get(self.authority, self)
        if self.settings["use_automatic_sender_security"]:
            dkim = [_record("CNAME", *rotated(self.name, number), self.valid) for number in (1, 2)]
        else:
            dkim = [signer.key_record(key) for key in signer.keys.values()]
        prefix = self.settings["web_prefix"]
        return [
            _record("TXT", self.name, _SPF, self.valid),
            *dkim,
            _record("CNAME", f"{prefix}.{self.name}", self.region.tracking, self.valid),
        ]

    def key_record(self, key: DkimKey) -> dict[str, Any]:
        """Tell the record of one DKIM key."""
        valid = self.valid if key.seen or self.valid != "valid" else "unknown"
        record = _record("TXT", f"{key.selector}._domainkey.{key.host}", key.value, valid)
        return record | {"is_active": key.active and valid == "valid"}

    def queues(self) -> dict[str, Any]:
        """Answer `GET /v3/domains/{name}/sending_queues`."""
        names: tuple[Queue, ...] = ("regular", "scheduled")
        return {
            name: {"is_disabled": True, "disabled": self.paused[name]}
            if name in self.paused
            else {"is_disabled": False}
            for name in names
        }


def rotated(name: str, number: int) -> tuple[str, str]:
    """Name and value of the record behind which Mailgun changes keys."""
    return f"pdk{number}._domainkey.{name}", f"pdk{number}._domainkey.1234567.service.mailgun.com"


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
