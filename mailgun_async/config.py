"""Settings: regions and their hosts, timeouts, when to try again, how to pace. Values only."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["REGIONS", "DeclaredLimit", "RatePolicy", "Region", "RetryPolicy", "Timeouts"]

_positive = attrs.validators.gt(0.0)
_not_negative = attrs.validators.ge(0.0)
_share = attrs.validators.and_(attrs.validators.ge(0.0), attrs.validators.le(1.0))


_RATE_CLASSES = ("messages", "analytics", "domains", "webhooks", "validations", "other")


@attrs.frozen(kw_only=True)
class Region:
    """Mailgun's hosts of one region. A domain lives in one region; a key works in both."""

    name: str
    """`us` or `eu`, as in `MAILGUN_API_REGION`."""
    api: str
    """Base URL of the HTTP API, without a path."""
    storage: tuple[str, ...]
    """Hosts that keep stored and queued messages."""
    smtp: str
    """Host for mail sent by SMTP."""
    mx: tuple[str, ...]
    """Hosts a receiving domain's MX records point at."""
    tracking: str
    """Host that a tracking CNAME points at."""


REGIONS: Final[Mapping[str, Region]] = MappingProxyType(
    {
        "us": Region(
            name="us",
            api="https://api.mailgun.net",
            storage=("storage-us-east4.api.mailgun.net", "storage-us-west1.api.mailgun.net"),
            smtp="smtp.mailgun.org",
            mx=("mxa.mailgun.org", "mxb.mailgun.org"),
            tracking="mailgun.org",
        ),
        "eu": Region(
            name="eu",
            api="https://api.eu.mailgun.net",
            storage=("storage-europe-west1.api.mailgun.net",),
            smtp="smtp.eu.mailgun.org",
            mx=("mxa.eu.mailgun.org", "mxb.eu.mailgun.org"),
            tracking="eu.mailgun.org",
        ),
    }
)
"""The regions by name."""


@attrs.frozen(kw_only=True)
class Timeouts:
    """How long one attempt may take, in seconds."""

    connect_s: float = attrs.field(default=10.0, validator=_positive)
    """For a free connection, DNS, TCP and TLS, each."""
    answer_s: float = attrs.field(default=60.0, validator=_positive)
    """For a request without a body, from start to the end of the answer."""
    upload_bytes_per_s: float = attrs.field(default=100_000.0, validator=_positive)
    """The slowest upload that is still waited for: a body adds its size divided by this."""

    def total_s(self, size: int) -> float:
        """Seconds an attempt with a body of `size` bytes may take."""
        return self.answer_s + size / self.upload_bytes_per_s


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """When a failed call is tried again. What may be tried again at all depends on what the failure proves."""

    max_attempts: int = attrs.field(default=4, validator=attrs.validators.ge(1))
    """Attempts in all that may fail; an answer that says "too fast" spends none."""
    base_s: float = attrs.field(default=0.5, validator=_positive)
    """Ceiling of the first wait; it doubles every time, and the wait is drawn evenly from 0 to the ceiling."""
    max_wait_s: float = attrs.field(default=30.0, validator=_positive)
    """The ceiling's ceiling; also the longest `Retry-After` of a failing server that is honoured in full."""
    total_s: float = attrs.field(default=300.0, validator=_not_negative)
    """No new attempt is started later than this many seconds after the first; waits for a rate limit not counted."""


@attrs.frozen(kw_only=True)
class DeclaredLimit:
    """A limit you know of, so that nothing has to be learned by being refused."""

    rate_class: str = attrs.field(validator=attrs.validators.in_(_RATE_CLASSES))
    """`messages`, `analytics`, `domains`, `webhooks`, `validations` or `other`."""
    limit: float = attrs.field(validator=_positive)
    """How many in one window."""
    window_s: float = attrs.field(validator=_positive)
    """Seconds."""
    dimension: str = attrs.field(
        default="requests", validator=attrs.validators.in_(("requests", "recipients", "bytes"))
    )
    """What is counted; recipients and bytes for `messages` only."""
    domain: str | None = None
    """The sending domain it holds for; None for every domain, each on its own."""

    def __attrs_post_init__(self) -> None:
        if self.rate_class != "messages" and (self.dimension != "requests" or self.domain is not None):
            raise ValueError(f"recipients, bytes and a domain are counted for messages, not for {self.rate_class}")


@attrs.frozen(kw_only=True)
class RatePolicy:
    """How calls are paced so that Mailgun never has to refuse one."""

    max_wait_s: float | None = attrs.field(default=None, validator=attrs.validators.optional(_not_negative))
    """Longest wait for a permit in seconds; beyond it `WaitTooLong` is raised at once. None waits as long as needed."""
    spread: float = attrs.field(default=1.0, validator=_share)
    """1 spreads bulk calls evenly over what is left of a window; less is greedier, 0 spends it at once."""
    jitter: float = attrs.field(default=0.0, validator=_share)
    """Share of a server's wait that is added at random: 0.1 keeps several processes from coming back together."""
    declared: tuple[DeclaredLimit, ...] = ()
    """Limits you know; Mailgun's published ones (analytics 500 in 10 s, domains and webhooks 300 a minute) are built
    in."""
    learned_path: Path | None = attrs.field(default=None, converter=attrs.converters.optional(Path))
    """File that keeps what was learned for a week, so that the next process starts warm; None keeps nothing."""
