"""The emulator's rate limits: which calls a limit counts, how it speaks, and how a call meets all of them at once."""

from __future__ import annotations

import math
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs
import orjson

from mailgun_async.testing._counters import Counter, Kind, Reading, new_counter

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Cost", "Dialect", "Dimension", "Limits", "Per", "RateLimit", "Refusal", "ServedClass", "Status"]

ServedClass = Literal["messages", "analytics", "domains", "other"]
"""The families of calls, limited and spoiled separately, that the emulator answers: sending; logs, tags and
metrics; what is under `/v3/domains` and `/v4/domains`, and webhooks; all the rest."""
Dimension = Literal["requests", "recipients", "bytes"]
Dialect = Literal[
    "headers-s",
    "headers-ms",
    "headers-delta",
    "headers-429",
    "retry-after",
    "body-date",
    "body-seconds",
    "retry-seconds",
    "none",
]
"""How a limit speaks. `headers-s`, `-ms`, `-delta`: limit, remaining and reset on every answer, reset as epoch seconds,
epoch milliseconds or seconds from now; `headers-429` the reset in epoch seconds on refusals alone; `retry-after` that
header; `body-date`, `body-seconds` in the text; `retry-seconds` as the only key of the body; `none` nothing."""

Per = Literal["domain", "account"]
Status = Literal[400, 420, 429]

_CHOICES = {
    "kind": Kind,
    "dimension": Dimension,
    "dialect": Dialect,
    "per": Per,
    "rate_class": ServedClass,
    "status": Status,
}
_RULE = {*_CHOICES, "limit", "window_s", "domain", "numbered"}
_WORDS = {"requests": "request", "recipients": "recipient", "bytes": "bytes"}
_HEADERS = {"requests": "X-RateLimit", "recipients": "X-Recipient"}


@attrs.define
class Cost:
    """What one call costs in each dimension."""

    requests: int = 1
    recipients: int = 0
    bytes: int = 0


@attrs.define
class Refusal:
    """An answer that says no."""

    status: int
    body: bytes
    headers: dict[str, str] = attrs.Factory(dict)


def _known(_: RateLimit, attribute: attrs.Attribute[Any], value: object) -> None:
    choices = get_args(_CHOICES[attribute.name])
    if value not in choices:
        raise ValueError(f"{attribute.name} must be one of {', '.join(map(str, choices))}, not {value!r}")


def _settled(_: RateLimit, attribute: attrs.Attribute[Any], value: Any) -> Any:
    """Refuse to change a rule: what was counted under it would not follow."""
    if attribute.name in _RULE:
        raise AttributeError(f"{attribute.name} of a limit stays: lift it with remove_limit, and set another one")
    return value


@attrs.define(kw_only=True, eq=False, on_setattr=_settled)
class RateLimit:
    """One limit of the emulator, with what it has counted. Made by `Emulator.limit`."""

    kind: Kind = attrs.field(validator=_known)
    limit: int = attrs.field(validator=attrs.validators.ge(1))
    window_s: float = attrs.field(validator=attrs.validators.gt(0))
    dimension: Dimension = attrs.field(default="requests", validator=_known)
    dialect: Dialect = attrs.field(default="headers-s", validator=_known)
    domain: str | None = None
    per: Per = attrs.field(default="domain", validator=_known)
    rate_class: ServedClass = attrs.field(default="messages", validator=_known)
    status: Status = attrs.field(default=429, validator=_known)
    numbered: bool = False
    accepted: int = 0
    """Calls let through."""
    refused: int = 0
    """Calls refused by this limit."""
    units: int = 0
    """What the calls let through cost in this limit's dimension."""
    peak: float = 0.0
    """The greatest share of the limit that was ever used up, 1 at most."""
    first_at: float | None = None
    """When the first call came, seconds since 1970."""
    last_at: float | None = None
    """When the last call was let through."""
    _counters: dict[str, Counter] = attrs.Factory(dict)

    def __attrs_post_init__(self) -> None:
        if self.dimension == "bytes" and self.dialect.startswith("headers"):
            raise ValueError("no headers of a limit on bytes are known: choose another dialect")
        if self.dimension != "requests" and self.rate_class != "messages":
            raise ValueError("recipients and bytes are counted for messages only")
        if self.per == "account" and self.domain is not None:
            raise ValueError("a limit is either of one domain or of the account")

    @property
    def share(self) -> float:
        """Part of the allowed rate that was used from the first call to the last accepted one.

        Time shorter than a window counts as a whole one. A burst across the edge of a window can bring it above 1.
        """
        if self.first_at is None or self.last_at is None:
            return 0.0
        return self.units / (self.limit * max(1.0, (self.last_at - self.first_at) / self.window_s))

    def applies(self, rate_class: ServedClass, domain: str | None) -> bool:
        """Tell whether calls of this kind are counted."""
        return rate_class == self.rate_class and self.domain in {None, domain}

    def counter(self, domain: str | None, account: str) -> Counter:
        """Find the state that the call counts in."""
        owner = account if self.per == "account" or domain is None else domain
        counter = self._counters.get(owner)
        if counter is None:
            counter = self._counters[owner] = new_counter(self.kind, self.limit, self.window_s)
        return counter

    def note_accepted(self, now: float, cost: int, after: Reading) -> None:
        """Keep the figures of a call let through."""
        self.accepted += 1
        self.units += cost
        self.last_at = now
        self.peak = max(self.peak, (self.limit - after.remaining) / self.limit)

    def headers(self, now: float, reading: Reading, *, refused: bool) -> dict[str, str]:
        """Write the headers of this dialect for one answer."""
        if self.dialect == "retry-after":
            return {"Retry-After": str(math.ceil(reading.wait_s))} if refused else {}
        if not self.dialect.startswith("headers"):
            return {}
        prefix = _HEADERS[self.dimension]
        if self.dialect == "headers-429":
            return {f"{prefix}-Reset": str(math.ceil(reading.reset_at))} if refused else {}
        reset = {
            "headers-s": math.ceil(reading.reset_at),
            "headers-ms": int(reading.reset_at * 1000),
            "headers-delta": math.ceil(reading.reset_at - now),
        }[self.dialect]
        values = {"Limit": self.limit, "Remaining": reading.remaining, "Reset": reset}
        return {f"{prefix}-{name}": str(value) for name, value in values.items()}

    def body(self, now: float, wait_s: float, domain: str | None) -> bytes:
        """Write the body of a refusal."""
        if self.dialect == "retry-seconds":
            return orjson.dumps({"retry-seconds": math.ceil(wait_s)})
        if self.rate_class != "messages":
            return b'{"message":"Too Many Requests"}'
        after = {
            "body-date": f", try again after {_date(now + wait_s)}",
            "body-seconds": f", try again after {math.ceil(wait_s)} seconds",
        }.get(self.dialect, "")
        return orjson.dumps({"message": f"Domain {domain} is not allowed to send: {self._what()} exceeded{after}"})

    def _what(self) -> str:
        if self.per == "account" and self.dimension == "requests":
            return "account-requests-per-sec limit"
        # Answers of 2026 name the figure, those up to 2025 do not.
        return f"{_WORDS[self.dimension]} limit" + (f" ({self.limit})" if self.numbered else "")


def _date(at: float) -> str:
    return formatdate(math.ceil(at), usegmt=True).replace("GMT", "UTC")


@attrs.define
class _Met:
    rule: RateLimit
    counter: Counter
    cost: int
    reading: Reading


@attrs.define
class Limits:
    """All limits of one emulator."""

    rules: list[RateLimit] = attrs.Factory(list)

    def admit(
        self, now: float, cost: Cost, *, rate_class: ServedClass, domain: str | None, account: str
    ) -> tuple[dict[str, str], Refusal | None]:
        """Take a call from every limit that counts it, or from none: the headers of its answer, and a refusal."""
        if not self.rules:
            return {}, None
        met = []
        for rule in self.rules:
            if rule.applies(rate_class, domain):
                counter, units = rule.counter(domain, account), getattr(cost, rule.dimension)
                rule.first_at = now if rule.first_at is None else rule.first_at
                met.append(_Met(rule, counter, units, counter.read(now, units)))
        over = [each for each in met if not each.reading.fits]
        if over:
            return self._refuse(now, over, domain)
        for each in met:
            each.counter.take(now, each.cost)
            each.reading = each.counter.read(now, 0)
            each.rule.note_accepted(now, each.cost, each.reading)
        return self._headers(now, met, refused=False), None

    def _refuse(self, now: float, over: list[_Met], domain: str | None) -> tuple[dict[str, str], Refusal]:
        for each in over:
            each.counter.refuse(now, each.cost)
        longest = max(over, key=lambda each: each.reading.wait_s)
        longest.rule.refused += 1
        headers = self._headers(now, [longest], refused=True)
        rule = longest.rule
        return headers, Refusal(rule.status, rule.body(now, longest.reading.wait_s, domain), headers)

    def _headers(self, now: float, met: Iterable[_Met], *, refused: bool) -> dict[str, str]:
        headers: dict[str, str] = {}
        # Two limits of one dimension write the same headers: the one that is nearer its end is the news.
        for each in sorted(met, key=lambda each: -each.reading.remaining / each.rule.limit):
            headers.update(each.rule.headers(now, each.reading, refused=refused))
        return headers
