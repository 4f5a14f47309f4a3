"""All limits that have been met: opened with what is declared or remembered, and shown or remembered on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from mailgun_async.config import DeclaredLimit, RatePolicy
from mailgun_async.transport import memory
from mailgun_async.transport.limits import Allowance, LimitSeen
from mailgun_async.transport.memory import Entry, Key
from mailgun_async.transport.request import RateClass, rate_class
from mailgun_async.transport.route import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailgun_async.transport.request import Request

__all__ = ["Ledger"]

PUBLISHED: Final = (
    DeclaredLimit(rate_class="analytics", limit=500, window_s=10),
    DeclaredLimit(rate_class="domains", limit=300, window_s=60),
    DeclaredLimit(rate_class="webhooks", limit=300, window_s=60),
)
"""What Mailgun's documentation states, for an account."""


@attrs.define(eq=False)
class Ledger:
    """Every allowance by what it counts, and every route by what a request tells of it."""

    policy: RatePolicy
    routes: dict[tuple[str, str, str | None], Route] = attrs.field(factory=dict)
    """By account, route template and domain, so that a request finds its route in one step."""
    allowances: dict[Key, Allowance] = attrs.field(factory=dict)
    entries: dict[str, Entry] = attrs.field(factory=dict)
    """What is remembered, by `memory.name`."""
    _shared: dict[tuple[str, RateClass, str], Route] = attrs.field(factory=dict)

    def open(self, request: Request, now: float) -> Route:
        """Return the route of a request that was not met before."""
        family = rate_class(request.template)
        domain = (request.domain or "-") if family == "messages" else "-"
        route = self._shared.get((request.account, family, domain))
        if route is None:
            route = self._shared[request.account, family, domain] = Route(
                family,
                self._allowance((request.account, family, "requests", domain), now),
                self._allowance((request.account, "account", "requests", "-"), now),
                (
                    self._allowance((request.account, family, "recipients", domain), now),
                    self._allowance((request.account, family, "bytes", domain), now),
                )
                if family == "messages"
                else None,
            )
        self.routes[request.account, request.template, request.domain] = route
        return route

    def _allowance(self, key: Key, now: float) -> Allowance:
        allowance = self.allowances.get(key)
        if allowance is None:
            policy = self.policy
            allowance = self.allowances[key] = Allowance(
                now, policy.spread, policy.jitter, sized=key[2] == "recipients"
            )
            if (declared := self._declared(key)) is not None:
                allowance.declare(now, declared.limit, declared.window_s)
            if (entry := self.entries.get(memory.name(key))) is not None:
                allowance.remember(now, entry)
        return allowance

    def _declared(self, key: Key) -> DeclaredLimit | None:
        """Return the limit that is declared for exactly this domain, or for every one."""
        _, family, dimension, domain = key
        fitting = [
            limit
            for limit in (*self.policy.declared, *PUBLISHED)
            if limit.rate_class == family and limit.dimension == dimension and limit.domain in {None, domain}
        ]
        return next((limit for limit in fitting if limit.domain == domain), fitting[0] if fitting else None)

    def learn(self, document: Mapping[str, Any], wall: float) -> None:
        """Take in what another process learned, for limits that are not open yet."""
        self.entries = {**memory.entries(document, wall), **self.entries}

    def learned(self, wall: float) -> dict[str, Any]:
        """Return what there is to remember, as JSON takes it."""
        fresh = {memory.name(key): allowance.news(wall) for key, allowance in self.allowances.items()}
        self.entries |= {name: entry for name, entry in fresh.items() if entry is not None}
        return memory.document({name: entry for name, entry in self.entries.items() if entry.at > wall - memory.WEEK_S})

    def remember_size(self, account: str, domain: str, recipients: int, wall: float) -> None:
        """Keep how many recipients a call of this domain may have."""
        self.entries[memory.name(_size(account, domain))] = Entry(at=wall, size=recipients)

    def size_for(self, account: str, domain: str, wall: float) -> int | None:
        """Return what `remember_size` kept in the last week."""
        entry = self.entries.get(memory.name(_size(account, domain)))
        return entry.size if entry is not None and entry.at > wall - memory.WEEK_S else None

    def seen(self, now: float, wall: float) -> list[LimitSeen]:
        """Return what is known of every limit of which anything is."""
        seen = []
        for key, allowance in self.allowances.items():
            account, _, dimension, domain = key
            size = self.size_for(account, domain, wall) if dimension == "recipients" else None
            if size is not None or not allowance.quiet:
                seen.append(allowance.seen(now, key, size))
        return seen


def _size(account: str, domain: str) -> Key:
    return account, "messages", "size", domain
