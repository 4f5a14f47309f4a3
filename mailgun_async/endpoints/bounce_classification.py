"""Bounce classification: why mail bounced, and how much it matters. `/v2/bounce-classification`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import attrs
from typing_extensions import deprecated

from mailgun_async.convert import EXTRA, rfc2822, wire
from mailgun_async.endpoints._analytics import Comparator, Condition, Filter, filter_json
from mailgun_async.endpoints._group import Group, given
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import ByBodySkip, BySkip, OnePage, Pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "BounceAttribute",
    "BounceClassification",
    "BounceCounts",
    "BounceDimension",
    "BounceEntity",
    "BounceRow",
    "BounceRule",
    "BounceStat",
    "Bounced",
    "where",
]

BounceAttribute = Literal[
    "entity-name",
    "domain.name",
    "envelope.sending-ip",
    "account.name",
    "envelope.i-ip-pool-name",
    "tags",
    "tag",
    "recipient-domain",
    "group-id",
    "criticality",
    "severity",
    "category",
]
"""What rows can be filtered by."""
BounceDimension = Literal[
    "entity-name",
    "domain.name",
    "envelope.sending-ip",
    "account.name",
    "envelope.i-ip-pool-name",
    "tags",
    "tag",
    "recipient-domain",
    "group-id",
    "criticality",
    "severity",
    "category",
    "timestamp",
]
"""What figures can be told apart by."""


@attrs.define(kw_only=True)
class BounceCounts:
    """Bounces and delays, by whether something must be done; None is what was not asked for."""

    critical_bounce_count: int | None = None
    non_critical_bounce_count: int | None = None
    critical_delay_count: int | None = None
    non_critical_delay_count: int | None = None
    classified_failures_count: int | None = None
    delivered_smtp_count: int | None = None
    critical_bounce_rate: float | None = None
    non_critical_bounce_rate: float | None = None
    critical_delay_rate: float | None = None
    non_critical_delay_rate: float | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class BounceRow:
    """The figures of one combination of dimensions."""

    metrics: BounceCounts = attrs.Factory(BounceCounts)
    entity_name: str | None = attrs.field(default=None, metadata=wire("entity-name"))
    """Mail service, spam filter or block list."""
    recipient_provider: str | None = attrs.field(default=None, metadata=wire("recipient-provider"))
    recipient_domain: str | None = attrs.field(default=None, metadata=wire("recipient-domain"))
    domain_name: str | None = attrs.field(default=None, metadata=wire("domain.name"))
    account_id: str | None = attrs.field(default=None, metadata=wire("account.id"))
    account_name: str | None = attrs.field(default=None, metadata=wire("account.name"))
    ip_pool_id: str | None = attrs.field(default=None, metadata=wire("envelope.i-ip-pool-id"))
    ip_pool_name: str | None = attrs.field(default=None, metadata=wire("envelope.i-ip-pool-name"))
    sending_ip: str | None = attrs.field(default=None, metadata=wire("envelope.sending-ip"))
    timestamp: datetime | None = None
    tag: str | None = None
    tags: str | None = None
    """Joined by commas."""
    criticality: str | None = None
    severity: str | None = None
    category: str | None = None
    group_id: str | None = attrs.field(default=None, metadata=wire("group-id"))
    sample_text: str | None = attrs.field(default=None, metadata=wire("sample-text"))
    """What a server said."""
    explanation: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Bounced:
    """How many bounced."""

    total: int | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class _Named:
    id: str | None = None
    name: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)


@attrs.define(kw_only=True)
class BounceStat:
    """How many bounced, by what the older calls tell apart."""

    bounced: Bounced | None = None
    domain: _Named | None = None
    subaccount: _Named | None = None
    entity_id: str | None = attrs.field(default=None, metadata=wire("entity-id"))
    entity_name: str | None = attrs.field(default=None, metadata=wire("entity-name"))
    rule_id: str | None = attrs.field(default=None, metadata=wire("rule-id"))
    category: str | None = None
    severity: str | None = None
    sample_text: str | None = attrs.field(default=None, metadata=wire("sample-text"))
    explanation: str | None = None
    short_explanation: str | None = attrs.field(default=None, metadata=wire("short-explanation"))
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class BounceEntity:
    """A mail service, spam filter or block list."""

    name: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class BounceRule:
    """What a server's words are told by."""

    entity_id: str | None = None
    class_: str | None = attrs.field(default=None, metadata=wire("class"))
    sample_text: str | None = attrs.field(default=None, metadata=wire("sample-text"))
    explanation: str | None = None
    short_explanation: str | None = attrs.field(default=None, metadata=wire("short-explanation"))
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


def where(attribute: BounceAttribute, comparator: Comparator, *values: str) -> Filter[BounceAttribute]:
    """Return a condition on what is counted; `&` joins it with others.

    Args:
        attribute: What is looked at.
        comparator: How it compares.
        values: With what; of several, one has to fit.

    Raises:
        InvalidArgument: There is no value.
    """
    if not values:
        raise InvalidArgument(f"the condition on {attribute} has no value", field=attribute)
    return Filter((Condition(attribute, comparator, values),))


class BounceClassification(Group):
    """Why mail bounced, and how much it matters."""

    __slots__ = ()

    def query(
        self,
        *,
        dimensions: Sequence[BounceDimension] | None = None,
        metrics: Sequence[str] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        duration: str | None = None,
        resolution: Literal["day", "hour"] | None = None,
        filter: Filter[BounceAttribute] | None = None,  # noqa: A002 -- Mailgun's name
        include_subaccounts: bool | None = None,
        sort: str | None = None,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[BounceRow]:
        """Count bounces and delays; rows without any are left out. `POST /v2/bounce-classification/metrics`.

        Args:
            dimensions: What they are told apart by.
            metrics: The figures, fields of `BounceCounts`.
            start: By default 7 days ago.
            end: By default now.
            duration: Instead of `start`, back from the end: `48h`, `60m`, `30s`.
            resolution: How long a step of time is.
            filter: Made with `where`.
            include_subaccounts: With those of subaccounts.
            sort: E.g. `entity-name:asc`.
            limit: Rows a page, 1 to 1,000.
            skip: Rows to leave out at the start.
            max_items: Most rows that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: A datetime has no time zone, or an argument is out of its range.
        """
        json: Mapping[str, Any] = given(
            start=rfc2822("start", start),
            end=rfc2822("end", end),
            duration=duration,
            resolution=resolution,
            dimensions=None if dimensions is None else list(dimensions),
            metrics=None if metrics is None else list(metrics),
            filter=filter_json(filter),
            include_subaccounts=include_subaccounts,
            pagination=given(sort=sort, limit=self._page_size(limit), skip=skip) or None,
        )
        return self._pages(
            "/v2/bounce-classification/metrics",
            BounceRow,
            ByBodySkip(),
            json=json,
            max_items=max_items,
            fetch_ahead=fetch_ahead,
        )

    @deprecated("use mg.bounce_classification.query")
    def list_stats(
        self,
        *,
        group: str | None = None,
        limit: int | None = None,
        include_subaccounts: bool | None = None,
        max_items: int | None = None,
    ) -> Pages[BounceStat]:
        """Count what bounced, on one page. `GET /v1/bounce-classification/stats`.

        Deprecated: use `query`.

        Args:
            group: What counts are told apart by, joined by commas: `subaccount.id`, `domain.name`, `entity-id`,
                `rule-id`.
            limit: Most rows Mailgun is asked for.
            include_subaccounts: With those of subaccounts.
            max_items: Most rows that are given.
        """
        query = {"group": group, "limit": limit, "include_subaccounts": include_subaccounts}
        return self._pages("/v1/bounce-classification/stats", BounceStat, OnePage(), query=query, max_items=max_items)

    @deprecated("use mg.bounce_classification.query")
    def list_domains(
        self,
        *,
        query: str | None = None,
        include_subaccounts: bool | None = None,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[BounceStat]:
        """Count what bounced, by domain. `GET /v1/bounce-classification/domains`.

        Deprecated: use `query`.

        Args:
            query: E.g. `domain.name:mg.example.com`.
            include_subaccounts: With those of subaccounts.
            limit: Rows a page, 1 to 1,000.
            skip: Rows to leave out at the start.
            max_items: Most rows that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        parameters = {
            "query": query,
            "include_subaccounts": include_subaccounts,
            "limit": self._page_size(limit),
            "skip": skip,
        }
        return self._pages(
            "/v1/bounce-classification/domains",
            BounceStat,
            BySkip(total="total"),
            query=parameters,
            max_items=max_items,
            fetch_ahead=fetch_ahead,
        )

    @deprecated("use mg.bounce_classification.query")
    def list_domain_entities(
        self, domain: str | None = None, /, *, include_subaccounts: bool | None = None
    ) -> Pages[BounceStat]:
        """Count what a domain bounced, by entity, on one page.

        `GET /v1/bounce-classification/domains/{domain}/entities`.

        Deprecated: use `query`.

        Args:
            domain: The sending domain; the client's default domain when left out.
            include_subaccounts: With those of subaccounts.
        """
        return self._pages(
            "/v1/bounce-classification/domains/{domain}/entities",
            BounceStat,
            OnePage(),
            query={"include_subaccounts": include_subaccounts},
            domain=self._domain(domain),
        )

    @deprecated("use mg.bounce_classification.query")
    def list_entity_rules(
        self, domain: str, entity_id: str | None = None, /, *, include_subaccounts: bool | None = None
    ) -> Pages[BounceStat]:
        """Count what a domain bounced at one entity, by rule, on one page.

        `GET /v1/bounce-classification/domains/{domain}/entities/{entity-id}/rules`.

        Deprecated: use `query`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            entity_id: `BounceStat.entity_id`.
            include_subaccounts: With those of subaccounts.
        """
        domain, entity_id = self._with_domain(domain, entity_id)
        names: dict[str, Any] = {"domain": domain, "entity-id": entity_id}
        return self._pages(
            "/v1/bounce-classification/domains/{domain}/entities/{entity-id}/rules",
            BounceStat,
            OnePage(),
            query={"include_subaccounts": include_subaccounts},
            **names,
        )

    @deprecated("use mg.bounce_classification.query")
    async def list_entities(self) -> Mapping[str, BounceEntity]:
        """Name the entities by their ids. `GET /v1/bounce-classification/config/entities`.

        Deprecated: use `query`.
        """
        return await self._get("/v1/bounce-classification/config/entities", dict[str, BounceEntity])

    @deprecated("use mg.bounce_classification.query")
    async def list_rules(self) -> Mapping[str, BounceRule]:
        """Tell the rules by their ids. `GET /v1/bounce-classification/config/rules`.

        Deprecated: use `query`.
        """
        return await self._get("/v1/bounce-classification/config/rules", dict[str, BounceRule])
