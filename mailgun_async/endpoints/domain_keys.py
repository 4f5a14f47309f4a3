"""DKIM keys, with which mail is signed. `/v1/dkim/keys`, `/v4/domains/{authority_name}/keys`."""

from __future__ import annotations

from typing import Final, Literal

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._domain import DnsRecord
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.paging import ByUrl, OnePage, Pages

__all__ = ["DkimAuthority", "DnsRecord", "DomainKey", "DomainKeys", "KeyState"]

_ROUTE: Final = "/v1/dkim/keys"


@attrs.define(kw_only=True)
class DomainKey:
    """A key with which mail of a domain is signed; Mailgun never gives its private half."""

    signing_domain: str | None = None
    selector: str | None = None
    dns_record: DnsRecord | None = None
    """What DNS must hold for it; its `is_active` tells whether mail is signed with it."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class KeyState:
    """Whether mail is signed with a key."""

    message: str | None = None
    authority: str | None = None
    """The domain that signs."""
    selector: str | None = None
    active: bool | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class DkimAuthority:
    """What became of the change of who signs a domain's mail."""

    message: str | None = None
    changed: bool | None = None
    sending_dns_records: list[DnsRecord] = attrs.Factory(list)
    """What DNS must hold now."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class DomainKeys(Group):
    """DKIM keys: at most three of a domain. `mg.dkim_security` has Mailgun change them by itself."""

    __slots__ = ()

    def list(
        self,
        *,
        signing_domain: str | None = None,
        selector: str | None = None,
        limit: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[DomainKey]:
        """List keys of all domains. `GET /v1/dkim/keys`.

        Args:
            signing_domain: Only those of this domain.
            selector: Only those of this selector.
            limit: Keys a page, 1 to 100; Mailgun's default is 10.
            max_items: Most keys that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {"signing_domain": signing_domain, "selector": selector, "limit": self._page_size(limit, 100)}
        return self._pages(_ROUTE, DomainKey, ByUrl(), query=query, max_items=max_items, fetch_ahead=fetch_ahead)

    def list_for_domain(self, domain: str | None = None, /, *, max_items: int | None = None) -> Pages[DomainKey]:
        """List all keys of a domain, on one page. `GET /v4/domains/{authority_name}/keys`.

        Args:
            domain: The domain; the client's default domain when left out.
            max_items: Most keys that are given.
        """
        return self._pages(
            "/v4/domains/{authority_name}/keys",
            DomainKey,
            OnePage(),
            max_items=max_items,
            authority_name=self._domain(domain),
        )

    async def create(
        self,
        domain: str,
        selector: str | None = None,
        /,
        *,
        bits: Literal[1024, 2048] | None = None,
        pem: str | None = None,
    ) -> DomainKey:
        """Make a key, or bring in your own. `POST /v1/dkim/keys`.

        Args:
            domain: The signing domain; may be left out, and is the client's default domain then.
            selector: Its name in DNS, unlike those of the domain's other keys.
            bits: Size of a key that Mailgun makes.
            pem: Your own private RSA key, as the text of a PEM file; by default Mailgun makes one.

        Returns:
            The key, with what DNS must hold for it.
        """
        domain, selector = self._with_domain(domain, selector)
        fields = {"signing_domain": domain, "selector": selector, "bits": bits, "pem": pem}
        return await self._call("POST", _ROUTE, DomainKey, multipart=fields)

    async def delete(self, domain: str, selector: str | None = None, /) -> Done:
        """Delete a key for good. `DELETE /v1/dkim/keys`.

        Args:
            domain: As for `create`.
            selector: The key's.

        Raises:
            NotFound: There is no such key.
        """
        domain, selector = self._with_domain(domain, selector)
        return await self._call("DELETE", _ROUTE, Done, query={"signing_domain": domain, "selector": selector})

    async def activate(self, domain: str, selector: str | None = None, /) -> KeyState:
        """Sign mail with a key. `PUT /v4/domains/{authority_name}/keys/{selector}/activate`.

        Args:
            domain: As for `create`.
            selector: The key's; its record must be in DNS.

        Raises:
            NotFound: There is no such key.
        """
        domain, selector = self._with_domain(domain, selector)
        return await self._call(
            "PUT",
            "/v4/domains/{authority_name}/keys/{selector}/activate",
            KeyState,
            authority_name=domain,
            selector=selector,
        )

    async def deactivate(self, domain: str, selector: str | None = None, /) -> KeyState:
        """Sign mail no more with a key. `PUT /v4/domains/{authority_name}/keys/{selector}/deactivate`.

        Args:
            domain: As for `create`.
            selector: The key's.

        Raises:
            NotFound: There is no such key.
        """
        domain, selector = self._with_domain(domain, selector)
        return await self._call(
            "PUT",
            "/v4/domains/{authority_name}/keys/{selector}/deactivate",
            KeyState,
            authority_name=domain,
            selector=selector,
        )

    async def update_authority(self, domain: str | None = None, /, *, self_: bool) -> DkimAuthority:
        """Say who signs a domain's mail: it, or its root domain. `PUT /v3/domains/{name}/dkim_authority`.

        Args:
            domain: As for `list_for_domain`.
            self_: True for the domain's own key though the account has its root domain; false for that one's (`self`).

        Raises:
            NotFound: No such domain in this account and region.
        """
        return await self._call(
            "PUT",
            "/v3/domains/{name}/dkim_authority",
            DkimAuthority,
            multipart={"self": self_},
            name=self._domain(domain),
        )

    async def update_selector(self, domain: str, selector: str | None = None, /) -> Done:
        """Sign a domain's mail with the key of another selector. `PUT /v3/domains/{name}/dkim_selector`.

        Args:
            domain: As for `create`.
            selector: The one to use from now on (`dkim_selector`).

        Raises:
            NotFound: No such domain in this account and region.
        """
        domain, selector = self._with_domain(domain, selector)
        return await self._call(
            "PUT", "/v3/domains/{name}/dkim_selector", Done, multipart={"dkim_selector": selector}, name=domain
        )
