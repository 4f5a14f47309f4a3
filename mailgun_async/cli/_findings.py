"""What `doctor` makes of the hosts' answers: findings, each with what to do. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import attrs

from mailgun_async.cli._exit import Exit
from mailgun_async.errors import (
    ApiError,
    Forbidden,
    NotFound,
    ServerError,
    TransportError,
    Unauthorized,
    UnexpectedAnswer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mailgun_async.cli._probe import Probe
    from mailgun_async.endpoints.domains import DnsRecord, Domain, DomainWithRecords
    from mailgun_async.transport.limits import LimitSeen

__all__ = ["Finding", "findings"]

_SKEW_S: Final = 30.0
_NO_ANSWER: Final = (ServerError, UnexpectedAnswer)
_State = Literal["ok", "note", "wrong"]


@attrs.define
class Finding:
    """One thing looked at."""

    about: str
    state: _State
    """`note` is worth knowing, and harms no sending."""
    text: str
    advice: str | None = None
    exit: Exit = Exit.PARTLY
    """The exit code when it is wrong."""


def findings(probes: Sequence[Probe], domain: str | None) -> Iterator[Finding]:
    """Judge the answers."""
    settled = any(probe.error is None or probe.sends for probe in probes)
    for probe in probes:
        if not _answered(probe):
            yield _unreachable(probe, settled=settled)
    answered = [probe for probe in probes if _answered(probe)]
    if answered:
        yield _key(answered, domain)
        yield from _domain(answered, domain)
        yield from _clock(answered)
        yield from _limits(answered)


def _answered(probe: Probe) -> bool:
    return probe.error is None or (isinstance(probe.error, ApiError) and not isinstance(probe.error, _NO_ANSWER))


def _unreachable(probe: Probe, *, settled: bool) -> Finding:
    what, advice = f"no usable answer. {probe.error}", None
    if isinstance(probe.error, TransportError):
        what, advice = f"could not be reached. {probe.error}", f"Connections to {probe.url} must be possible."
    elif isinstance(probe.error, ServerError):
        advice = "Try again later."
    # A region that is not used may well be closed to this machine.
    return Finding(f"host {probe.name}".strip(), "note" if settled else "wrong", what, advice, Exit.UNREACHABLE)


def _key(probes: Sequence[Probe], domain: str | None) -> Finding:
    if any(probe.error is None or isinstance(probe.error, NotFound) for probe in probes):
        role = next((f", with the role {probe.role}" for probe in probes if probe.role), "")
        return Finding("key", "ok", f"valid: an account key{role}")
    if any(probe.sends for probe in probes):
        return Finding("key", "ok", "valid: a domain sending key; it may send and nothing else")
    said = next(probe.error for probe in probes if probe.error is not None)
    if not isinstance(said, (Unauthorized, Forbidden)):
        return Finding("key", "wrong", f"not known: {said}", "Try again later.", Exit.UNREACHABLE)
    advice = "Copy it again from the dashboard (API security, or the domain's sending keys), without spaces."
    if domain is None:
        advice += " A domain's sending key shows only with --domain."
    return Finding("key", "wrong", f"refused: {said}", advice, Exit.REFUSED)


def _domain(probes: Sequence[Probe], domain: str | None) -> Iterator[Finding]:
    if domain is None:
        some = ", ".join(name for probe in probes for name in probe.domains or ())
        advice = f"Give --domain, for example one of: {some}." if some else "Give --domain."
        yield Finding("domain", "note", "none was given, so nothing about one was looked at", advice)
        return
    for probe in probes:
        if probe.found is not None:
            yield Finding("region", "ok", f"{domain} lives in {_place(probe)}")
            yield from _state(probe.found.domain)
            yield from _dns(probe.found)
            return
        if probe.sends:
            yield Finding("region", "ok", f"{domain} lives in {_place(probe)}")
            advice = "Run doctor with an account key to see its state and DNS records."
            yield Finding("domain", "note", "a sending key may not read the domain", advice)
            return
    if any(isinstance(probe.error, NotFound) for probe in probes):
        places = " nor in ".join(_place(probe) for probe in probes)
        advice = "Add it in the dashboard, or check its spelling and whose account the key belongs to."
        neither = "not" if len(probes) == 1 else "neither"
        yield Finding("region", "wrong", f"{domain} was {neither} found in {places}", advice)


def _place(probe: Probe) -> str:
    return f"{probe.name} ({probe.url})" if probe.name else probe.url


def _state(domain: Domain) -> Iterator[Finding]:
    if domain.is_disabled or domain.state == "disabled":
        why = domain.disabled.reason if domain.disabled else None
        text = "disabled" + (f": {why}" if why else "")
        yield Finding("domain", "wrong", text, "Ask Mailgun's support; nothing can be sent until it is enabled.")
    elif domain.state == "unverified":
        advice = "Set the DNS records below, then verify the domain in the dashboard."
        yield Finding("domain", "wrong", "not verified", advice)
    else:
        yield Finding("domain", "ok", domain.state or "state not told")
    if domain.type == "sandbox":
        yield Finding("domain", "note", "a sandbox", "It sends to five authorized addresses and to nobody else.")


def _dns(found: DomainWithRecords) -> Iterator[Finding]:
    for record in found.sending_dns_records:
        valid = record.valid == "valid"
        # Tracking works without its CNAME never, sending does.
        state: _State = "ok" if valid else "note" if record.record_type == "CNAME" else "wrong"
        yield _record(record, state, "tracking" if record.record_type == "CNAME" else "sending")
    for record in found.receiving_dns_records:
        yield _record(record, "ok" if record.valid == "valid" else "note", "receiving")


def _record(record: DnsRecord, state: _State, purpose: str) -> Finding:
    about = f"dns {record.record_type}"
    name = record.name or "the domain itself"
    if state == "ok":
        return Finding(about, state, f"{name}: as it should be, for {purpose}")
    value = f"{record.priority} {record.value}" if record.priority else record.value
    seen = f"; Mailgun last saw {', '.join(record.cached)}" if record.cached else ""
    return Finding(
        about, state, f"{name}: {record.valid}, for {purpose}{seen}", f"Set {record.record_type} to: {value}"
    )


def _clock(probes: Sequence[Probe]) -> Iterator[Finding]:
    skews = [probe.skew_s for probe in probes if probe.skew_s is not None]
    if not skews:
        return
    skew_s = min(skews, key=abs)
    if abs(skew_s) < _SKEW_S:
        yield Finding("clock", "ok", "right" if abs(skew_s) < 1.0 else f"{abs(skew_s):.0f} s {_way(skew_s)}")
    else:
        advice = "Set the clock (NTP): delivery times and the age of webhooks are judged by it."
        yield Finding("clock", "wrong", f"{abs(skew_s):.0f} s {_way(skew_s)}", advice)


def _way(skew_s: float) -> str:
    return "ahead" if skew_s > 0 else "behind"


def _limits(probes: Sequence[Probe]) -> Iterator[Finding]:
    seen = [limit for probe in probes for limit in probe.limits if limit.limit is not None or limit.closed_for_s]
    if not seen:
        yield Finding("limits", "ok", "none announced by these calls; others are read as they come")
    for limit in seen:
        yield _limit(limit)


def _limit(limit: LimitSeen) -> Finding:
    text = f"{limit.rate_class}: "
    text += "not known" if limit.limit is None else f"{limit.limit:,.0f} {limit.dimension} a window"
    if limit.remaining is not None and limit.reset_in_s is not None:
        text += f", {max(limit.remaining, 0.0):,.0f} left for {limit.reset_in_s:.0f} s"
    if limit.closed_for_s:
        return Finding("limits", "note", f"{text}; closed for {limit.closed_for_s:.0f} s", "Wait, or send slower.")
    return Finding("limits", "ok", text)
