"""What an answer says about limits, and what time it is at the server. Pure.

Mailgun has no one way of saying "too fast". It answers 429 or 420, or 400 or 403 with a text; it says when to come
back in a header, as a date or as seconds in the text, or not at all; and its dates are those of its own clock. All of
it is read here into one value, a `Verdict`, whose times are durations, so that nothing behind this door knows dialects,
dates or clocks.

The server's clock is known by bounds. An answer whose `Date` is D was written while the server's clock stood between D
and D + 1 s, and between our sending and our receiving. Each answer so gives an interval for the difference of the
clocks; the true one lies in all of them. Their intersection narrows to a round trip within a few answers; it is
widened by the drift that two clocks may have, and begun afresh when it is empty, as somebody has then set a clock.
"""

from __future__ import annotations

import re
from email.utils import mktime_tz, parsedate_tz
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailgun_async.transport.request import Response

__all__ = ["ACCEPTED", "NOTHING", "Quota", "Reason", "ServerClock", "Verdict", "date_s", "read", "reset_s"]

Reason = Literal["requests", "recipients", "bytes", "account"]
"""What a limit counts; `account` are the requests of the whole account."""

_Set = tuple[float | None, float | None, float | None]

LATE_S: Final = 5.0
"""An instant this long past is a stale or foreign value, not a late one."""
FAR_S: Final = 32 * 86_400.0
"""No limit opens later than this."""
EPOCH_S: Final = 1e9
"""A reset from here on (2001) is seconds since 1970; a smaller one, seconds from now."""
EPOCH_MS: Final = 1e11
"""A reset from here on (1973) is milliseconds since 1970."""
DRIFT: Final = 50e-6
"""Two clocks may drift apart by this share of the time."""
TRUSTED_S: Final = 0.05
"""Seconds by which a machine's own clock is taken to be wrong."""
TURN_S: Final = 0.05
LAZY_TURN_S: Final = 1.0
"""How often a date is read: from answers whose resets need it, and from those that have none."""


@attrs.define
class Quota:
    """One set of limit headers."""

    limit: float
    """Units in one window."""
    remaining: float
    """Units left in this one."""
    reset_in: float
    """Seconds from the answer until the window ends."""


@attrs.define
class Verdict:
    """What one answer says about limits. One is made for every answer with headers: by position that costs half."""

    ok: bool | None
    """True: the limits let the call pass. False: a limit refused it. None: the answer does not tell."""
    limit: float | None = None
    """Units in one window, of the header set that counts requests."""
    remaining: float | None = None
    """Units left in it."""
    reset_in: float | None = None
    """Seconds until it ends."""
    slack: float = 0.0
    """Seconds by which `reset_in` may be too short, as the server's clock is not known any better."""
    hint: float | None = None
    """Seconds after which the server asked us to come back."""
    exact: bool = True
    """False when `hint` was a date, which is good to a second."""
    reason: Reason | None = None
    """What the refusing limit counts, as far as the answer says."""
    recipients: Quota | None = None
    """The second header set, which counts recipients."""
    oversize: bool = False
    """The call has too many recipients ever to pass; one with fewer may."""
    account_stopped: bool = False
    """The account or domain may not send at all until somebody acts."""


ACCEPTED: Final = Verdict(ok=True)
NOTHING: Final = Verdict(ok=None)


class ServerClock:
    """Bounds of the difference between the server's clock and ours."""

    __slots__ = ("_date", "_date_at", "_guess", "at", "high", "low", "offset", "slack")

    def __init__(self, guess: float | None = None) -> None:
        """Begin with nothing heard.

        Args:
            guess: Seconds to add to our time to get seconds since 1970, as this machine's own clock has it. It is
                right on most machines, so it is believed for as long as the answers allow it.
        """
        self.low = self.high = self.offset = guess or 0.0
        """`offset` is what to add to our time to get the server's; it lies somewhere from `low` to `high`."""
        self.slack = 0.0
        """Seconds by which the server's clock may be behind what `offset` says."""
        self.at = float("-inf")
        """When a `Date` was last used."""
        self._guess = guess
        self._date, self._date_at = "", 0.0

    def hear(self, date: str, sent_at: float, received_at: float) -> None:
        """Use the `Date` header of an answer; one that is no date is ignored."""
        if date != self._date:
            seconds = date_s(date)
            if seconds is None:
                return
            self._date, self._date_at = date, seconds
        self.narrow(self._date_at, sent_at, received_at)

    def narrow(self, date_at: float, sent_at: float, received_at: float) -> None:
        """Intersect the bounds with those of one answer, dated `date_at` (seconds since 1970) to the second."""
        low, high = date_at - received_at, date_at + 1.0 - sent_at
        drift = DRIFT * (received_at - self.at)
        old_low, old_high = self.low - drift, self.high + drift
        self.at = received_at
        if old_low <= high and low <= old_high:
            low, high = max(low, old_low), min(high, old_high)
        self.low, self.high = low, high
        if self._guess is not None and low <= self._guess <= high:
            self.offset, self.slack = self._guess, min(self._guess - low, TRUSTED_S)
        else:
            self.offset = (low + high) / 2.0
            self.slack = self.offset - low


def date_s(text: str) -> float | None:
    """Return the seconds since 1970 of an RFC 5322 or HTTP date."""
    parts = parsedate_tz(text)
    try:
        return None if parts is None else float(mktime_tz(parts))
    except (ValueError, OverflowError):
        return None


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0.0 <= number < 1e15 else None  # noqa: PLR2004 -- which nan and inf are not


_usual_number = lru_cache(maxsize=256)(_number)
"""For what stays the same over many answers; for what does not, such as Remaining, it would cost twice as much."""


def _ahead(seconds: float) -> float | None:
    return max(0.0, seconds) if -LATE_S <= seconds <= FAR_S else None


def reset_s(text: str | None, server_now: float) -> float | None:
    """Return the seconds until the instant that a reset header names; None when it is none, or a stale or absurd one.

    It comes as seconds since 1970, as milliseconds since 1970, or as seconds from now: the size tells.
    """
    value = _usual_number(text)
    if value is None:
        return None
    if value >= EPOCH_MS:
        return _ahead(value / 1000.0 - server_now)
    return _ahead(value - server_now if value >= EPOCH_S else value)


# Seen: Domain X is not allowed to send: recipient limit exceeded, try again after Mon, 25 Aug 2025 07:00:31 UTC
_EXCEEDED = re.compile(r"\b(request|recipient|byte|account-)[\w-]* limit exceeded", re.IGNORECASE)
_REASONS: Final[Mapping[str, Reason]] = {
    "request": "requests",
    "recipient": "recipients",
    "byte": "bytes",
    "account-": "account",
}
_AFTER_SECONDS = re.compile(r"\b(?:after|in) (\d+(?:\.\d+)?) ?s(?:ec(?:ond)?s?)?\b", re.IGNORECASE)
_AFTER_DATE = re.compile(r"\bafter ((?:\w{3}, )?\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d(?: [\w+-]+)?)", re.IGNORECASE)
_RETRY_SECONDS = re.compile(r'"retry-seconds"\s*:\s*"?(\d+(?:\.\d+)?)')
_TOO_FAST = re.compile(r"\bsending too fast\b|\btry again (?:after|in) (?:\w{3}, )?\d", re.IGNORECASE)
_STOPPED = re.compile(r"\b(?:account|domain|probation|sending)\b.*\bdisabled\b", re.IGNORECASE | re.DOTALL)
_LARGE = re.compile(r"\bsend large batches\b", re.IGNORECASE)
_JOB_RUNS = re.compile(r"\bjob is already in progress\b", re.IGNORECASE)
_ITEM = re.compile(r"(?:^|[;,\s])(r|t|q|limit|remaining|reset)=(\d+)")
_DRAFTS: Final = {"limit": "q", "remaining": "r", "reset": "t"}

_LIMITED: Final = frozenset({420, 429})
_REFUSALS: Final = _LIMITED | {400, 403}
_READ: Final = 4096
"""Characters of a refusal's text that are searched; Mailgun's are under 300."""


def read(answer: Response, sent_at: float, received_at: float, clock: ServerClock) -> Verdict:
    """Read one answer.

    Args:
        answer: Its body is looked at only when the status is a refusal.
        sent_at: Our monotonic time when the call was sent.
        received_at: The same when it was answered.
        clock: Told the answer's date, and asked what the server's dates mean.
    """
    status, headers = answer.status, answer.headers
    if 200 <= status < 300 or status == 404:  # noqa: PLR2004 -- what was looked up and not found passed the limits
        if "X-RateLimit-Limit" in headers or "X-Recipient-Limit" in headers or "RateLimit" in headers:
            if received_at - clock.at >= TURN_S:
                _hear(clock, headers, sent_at, received_at)
            return _told(True, headers, clock, received_at)
        if received_at - clock.at >= LAZY_TURN_S:
            _hear(clock, headers, sent_at, received_at)
        return ACCEPTED
    if status not in _REFUSALS:
        return NOTHING
    text = answer.body[:_READ].decode("utf-8", "replace")
    told_otherwise = _conflict(text) if status in _LIMITED else _refusal(text)
    if told_otherwise is not None:
        return told_otherwise
    _hear(clock, headers, sent_at, received_at)
    return _limited(headers, text, clock, received_at)


def _hear(clock: ServerClock, headers: Mapping[str, str], sent_at: float, received_at: float) -> None:
    date = headers.get("Date")
    if date is not None:
        clock.hear(date, sent_at, received_at)


def _conflict(text: str) -> Verdict | None:
    """Return what a 420 or 429 says that is not about rate: the one of a certificate that is being made."""
    return NOTHING if _JOB_RUNS.search(text) else None


def _refusal(text: str) -> Verdict | None:
    """Return what a 400 or 403 says, None when it is about rate."""
    if _STOPPED.search(text):
        return Verdict(ok=None, account_stopped=True)
    if _LARGE.search(text):
        return Verdict(ok=None, reason="recipients", oversize=True)
    return None if _EXCEEDED.search(text) or _TOO_FAST.search(text) else NOTHING


def _limited(headers: Mapping[str, str], text: str, clock: ServerClock, at: float) -> Verdict:
    hint, exact = _hint(headers, text, at + clock.offset)
    exceeded = _EXCEEDED.search(text)
    reason = _REASONS[exceeded[1].lower()] if exceeded else None
    return attrs.evolve(_told(False, headers, clock, at), hint=hint, exact=exact, reason=reason)


def _hint(headers: Mapping[str, str], text: str, server_now: float) -> tuple[float | None, bool]:
    """Return the wait the server asked for, and whether it is better than to the second."""
    asked = headers.get("Retry-After")
    if asked is not None:
        seconds = _number(asked)
        if seconds is not None:
            return _ahead(seconds), True
        until = date_s(asked)
        if until is not None:
            return _ahead(until - server_now), False
    if found := _AFTER_SECONDS.search(text):
        return _ahead(float(found[1])), True
    if (found := _AFTER_DATE.search(text)) and (until := date_s(found[1])) is not None:
        wait = _ahead(until - server_now)
        return wait, wait is None
    if found := _RETRY_SECONDS.search(text):
        return _ahead(float(found[1])), True
    return None, True


def _told(ok: bool, headers: Mapping[str, str], clock: ServerClock, at: float) -> Verdict:
    server_now, get = at + clock.offset, headers.get
    limit, remaining = _usual_number(get("X-RateLimit-Limit")), _number(get("X-RateLimit-Remaining"))
    reset_in = reset_s(get("X-RateLimit-Reset"), server_now)
    if limit is None and remaining is None and reset_in is None:
        limit, remaining, reset_in = _structured(headers)
    verdict = Verdict(ok, limit, remaining, reset_in, clock.slack)
    if "X-Recipient-Limit" in headers:
        names = "X-Recipient-Limit", "X-Recipient-Remaining", "X-Recipient-Reset"
        many, left, ends_in = _set(headers, *names, server_now)
        if many is not None and left is not None and ends_in is not None:
            verdict.recipients = Quota(many, left, ends_in)
    return verdict


def _set(headers: Mapping[str, str], limit: str, remaining: str, reset: str, server_now: float) -> _Set:
    get = headers.get
    return _usual_number(get(limit)), _number(get(remaining)), reset_s(get(reset), server_now)


def _structured(headers: Mapping[str, str]) -> _Set:
    """Read the IETF drafts: `"x";r=50;t=30` with the policy `"x";q=100`, or `limit=100, remaining=50, reset=30`.

    Of several limits the first is taken.
    """
    found = _ITEM.findall(f"{headers.get('RateLimit', '')};{headers.get('RateLimit-Policy', '')}")
    told = {_DRAFTS.get(key, key): float(value) for key, value in reversed(found)}
    return told.get("q"), told.get("r"), told.get("t")
