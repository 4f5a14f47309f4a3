"""Limits on use. `/v1/thresholds/limits`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from mailgun_async.endpoints._group import Done, Group
from mailgun_async.endpoints._thresholds import Comparator, Dimension, Filter, Threshold, request
from mailgun_async.paging import BySkip, Pages

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ThresholdLimit", "ThresholdLimits"]

Metric = Literal["email_preview_success_count", "seed_test_count"]


@attrs.define(kw_only=True)
class ThresholdLimit(Threshold):
    """A limit on use."""


class ThresholdLimits(Group):
    """Limits on how much of a service may be used."""

    __slots__ = ()

    def list(self, *, max_items: int | None = None) -> Pages[ThresholdLimit]:
        """List limits; they come on one page. `GET /v1/thresholds/limits`.

        Args:
            max_items: Most limits that are given.
        """
        return self._pages("/v1/thresholds/limits", ThresholdLimit, BySkip(total="total"), max_items=max_items)

    async def get(self, name: str, /) -> ThresholdLimit:
        """Fetch one limit. `GET /v1/thresholds/limits/{name}`.

        Args:
            name: Its name.

        Raises:
            NotFound: There is no such limit.
        """
        return await self._get("/v1/thresholds/limits/{name}", ThresholdLimit, name=name)

    async def create(
        self,
        name: str,
        /,
        *,
        metric: Metric,
        comparator: Comparator,
        limit: float | str,
        dimension: Dimension,
        period: str | None = None,
        filters: Sequence[Filter] | None = None,
        description: str | None = None,
    ) -> ThresholdLimit:
        """Make a limit. `POST /v1/thresholds/limits`.

        Args:
            name: For people; also what it is fetched by.
            metric: The figure that is watched.
            comparator: How the figure stands to the bound when the limit is reached.
            limit: The bound: a count.
            dimension: By what the figure is told apart.
            period: Over what it is summed: `1h`, `1d`, `1M`.
            filters: Only a part of what is measured.
            description: For people.
        """
        json = request(name, metric, comparator, limit, dimension, period, filters, description)
        return await self._call("POST", "/v1/thresholds/limits", ThresholdLimit, json=json)

    async def update(
        self,
        name: str,
        /,
        *,
        metric: Metric,
        comparator: Comparator,
        limit: float | str,
        dimension: Dimension,
        new_name: str | None = None,
        period: str | None = None,
        filters: Sequence[Filter] | None = None,
        description: str | None = None,
    ) -> Done:
        """Replace a limit. `PUT /v1/thresholds/limits/{name}`.

        Args:
            name: Its name so far.
            metric: As for `create`.
            comparator: As for `create`.
            limit: As for `create`.
            dimension: As for `create`.
            new_name: By default the name stays.
            period: As for `create`.
            filters: As for `create`.
            description: As for `create`.

        Raises:
            NotFound: There is no such limit.
        """
        json = request(new_name or name, metric, comparator, limit, dimension, period, filters, description)
        return await self._call("PUT", "/v1/thresholds/limits/{name}", Done, json=json, name=name)

    async def delete(self, name: str, /) -> Done:
        """Delete a limit. `DELETE /v1/thresholds/limits/{name}`.

        Args:
            name: Its name.

        Raises:
            NotFound: There is no such limit.
        """
        return await self._call("DELETE", "/v1/thresholds/limits/{name}", Done, name=name)
