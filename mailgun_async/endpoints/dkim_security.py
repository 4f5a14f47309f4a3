"""Automatic sender security: DKIM keys that Mailgun changes by itself. `/v1/dkim_management/domains/{name}`."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.errors import InvalidArgument

__all__ = ["DkimSecurity", "RotatedDomain", "RotationRecord"]

MIN_INTERVAL: Final = timedelta(days=5)


@attrs.define(kw_only=True)
class RotationRecord:
    """A DNS record that lets Mailgun change the key behind it."""

    name: str | None = None
    type: str | None = None
    """`CNAME`."""
    identifier: str | None = None
    """What it is for: `DKIM`."""
    value: str | None = None
    """What the record must hold."""
    comment: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class RotatedDomain:
    """A domain whose keys Mailgun changes."""

    id: str | None = None
    account_id: str | None = None
    sid: str | None = None
    name: str | None = None
    state: str | None = None
    """`enabled`, for one."""
    active_selector: str | None = None
    """Of the key that mail is signed with now."""
    rotation_enabled: bool | None = None
    rotation_interval: str | None = None
    """As Mailgun writes it: `5d`, `120h`."""
    records: list[RotationRecord] = attrs.Factory(list)
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class DkimSecurity(Group):
    """DKIM keys that Mailgun changes by itself, of domains with `use_automatic_sender_security`."""

    __slots__ = ()

    async def update_rotation(
        self, domain: str | None = None, /, *, rotation_enabled: bool, rotation_interval: timedelta | None = None
    ) -> RotatedDomain:
        """Say whether keys are changed, and how often. `PUT /v1/dkim_management/domains/{name}/rotation`.

        Args:
            domain: The domain; the client's default domain when left out.
            rotation_enabled: Change them.
            rotation_interval: How often: whole days, five or more; what is left out stays.

        Raises:
            InvalidArgument: `rotation_interval` is less than five days, or no whole days.
            NotFound: No such domain in this account and region.
        """
        return await self._call(
            "PUT",
            "/v1/dkim_management/domains/{name}/rotation",
            RotatedDomain,
            multipart={"rotation_enabled": rotation_enabled, "rotation_interval": _days(rotation_interval)},
            under="domain",
            name=self._domain(domain),
        )

    async def rotate(self, domain: str | None = None, /) -> Done:
        """Change a domain's key now, though it be switched off. `POST /v1/dkim_management/domains/{name}/rotate`.

        Args:
            domain: As for `update_rotation`.

        Raises:
            NotFound: No such domain in this account and region.
        """
        return await self._call("POST", "/v1/dkim_management/domains/{name}/rotate", Done, name=self._domain(domain))


def _days(interval: timedelta | None) -> str | None:
    if interval is None:
        return None
    if interval < MIN_INTERVAL or interval % timedelta(days=1):
        raise InvalidArgument(
            f"rotation_interval must be whole days, {MIN_INTERVAL.days} or more, not {interval}",
            field="rotation_interval",
        )
    return f"{interval.days}d"
