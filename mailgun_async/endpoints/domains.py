"""Domains: `/v4/domains`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from mailgun_async.endpoints._domain import Disabled, DnsRecord, Domain, DomainWithRecords, records_to_set
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import BySkip, Pages

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Disabled", "DnsRecord", "Domain", "DomainWithRecords", "Domains", "records_to_set"]

_ONE: Final = "/v4/domains/{name}"
_atom: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+").fullmatch

SpamAction = Literal["disabled", "block", "tag"]
WebScheme = Literal["http", "https"]


class Domains(Group):
    """Sending and receiving domains of the account."""

    __slots__ = ()

    def list(
        self,
        *,
        state: Literal["active", "unverified", "disabled"] | None = None,
        authority: str | None = None,
        search: str | None = None,
        sort: Literal["name", "name:asc", "name:desc"] | None = None,
        include_subaccounts: bool | None = None,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[Domain]:
        """List domains, without their DNS records. `GET /v4/domains`.

        Args:
            state: Only those in it.
            authority: Only those whose DKIM authority is this domain; ignored when there is a `state`.
            search: Only those with this in their name; no wildcards.
            sort: By name; by default the newest is first.
            include_subaccounts: Those of subaccounts as well; by default not.
            limit: Domains a page, 1 to 1,000; Mailgun's default is 100.
            skip: Domains to leave out at the start.
            max_items: Most domains that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {
            "state": state,
            "authority": authority,
            "search": search,
            "sort": sort,
            "include_subaccounts": include_subaccounts,
            "limit": self._page_size(limit),
            "skip": skip,
        }
        return self._pages("/v4/domains", Domain, BySkip(), query=query, max_items=max_items, fetch_ahead=fetch_ahead)

    async def get(self, name: str | None = None, /) -> DomainWithRecords:
        """Fetch one domain with its DNS records. `GET /v4/domains/{name}`.

        Args:
            name: The domain; the client's default domain when left out.

        Raises:
            NotFound: No such domain in this account and region.
        """
        return await self._get(_ONE, DomainWithRecords, name=self._domain(name))

    async def create(
        self,
        name: str,
        /,
        *,
        smtp_password: str | None = None,
        spam_action: SpamAction | None = None,
        wildcard: bool | None = None,
        web_prefix: str | None = None,
        web_scheme: WebScheme | None = None,
        require_tls: bool | None = None,
        skip_verification: bool | None = None,
        archive_to: str | None = None,
        message_ttl: int | None = None,
        encrypt_incoming_message: bool | None = None,
        webhooks_redact_pii: bool | None = None,
        use_automatic_sender_security: bool | None = None,
        dkim_selector: str | None = None,
        dkim_key_size: Literal[1024, 2048] | None = None,
        dkim_host_name: str | None = None,
        force_dkim_authority: bool | None = None,
        force_root_dkim_host: bool | None = None,
        ips: Sequence[str] | None = None,
        pool_id: str | None = None,
    ) -> DomainWithRecords:
        """Add a domain; it may send once its DNS records are set and verified. `POST /v4/domains`.

        Args:
            name: The domain.
            smtp_password: Of its SMTP login.
            spam_action: What becomes of spam that comes in: `disabled` (nothing; Mailgun's default), `block` or `tag`.
            wildcard: Take in mail of its subdomains too; Mailgun's default is false.
            web_prefix: Subdomain of tracking links, a word without a dot; Mailgun's default is `email`.
            web_scheme: Of tracking links; Mailgun's default is `http`. `https` needs a certificate of
                `mg.domain_tracking`.
            require_tls: Deliver over TLS or not at all; Mailgun's default is false.
            skip_verification: Take any certificate in delivery; Mailgun's default is false.
            archive_to: URL that gets a copy of each delivered mail.
            message_ttl: Seconds that mail is kept, at most what the plan allows.
            encrypt_incoming_message: Keep mail that comes in encrypted. Only support can undo it.
            webhooks_redact_pii: Leave personal data out of webhooks.
            use_automatic_sender_security: Have Mailgun change DKIM keys: DNS has CNAMEs instead of a key.
            dkim_selector: A word without a dot.
            dkim_key_size: Bits.
            dkim_host_name: Domain of the DKIM record: this one, one below it, or its root domain.
            force_dkim_authority: Sign with a key of its own though the account has its root domain.
            force_root_dkim_host: Have the DKIM record at the root domain though the account does not have that.
            ips: Dedicated IPs for it; by default all of the account.
            pool_id: IP pool for it.

        Raises:
            InvalidArgument: A word has a dot, or `dkim_host_name` comes with one of the `force_` options.
        """
        if dkim_host_name is not None and (force_dkim_authority or force_root_dkim_host):
            raise InvalidArgument("dkim_host_name can't go with a force_ option", field="dkim_host_name")
        fields = {
            "name": name,
            "smtp_password": smtp_password,
            "spam_action": spam_action,
            "wildcard": wildcard,
            "web_prefix": _checked_atom("web_prefix", web_prefix),
            "web_scheme": web_scheme,
            "require_tls": require_tls,
            "skip_verification": skip_verification,
            "archive_to": archive_to,
            "message_ttl": message_ttl,
            "encrypt_incoming_message": encrypt_incoming_message,
            "webhooks_redact_pii": webhooks_redact_pii,
            "use_automatic_sender_security": use_automatic_sender_security,
            "dkim_selector": _checked_atom("dkim_selector", dkim_selector),
            "dkim_key_size": dkim_key_size,
            "dkim_host_name": dkim_host_name,
            "force_dkim_authority": force_dkim_authority,
            "force_root_dkim_host": force_root_dkim_host,
            "ips": None if ips is None else ",".join(ips),
            "pool_id": pool_id,
        }
        return await self._call("POST", "/v4/domains", DomainWithRecords, multipart=fields)

    async def update(
        self,
        name: str | None = None,
        /,
        *,
        smtp_password: str | None = None,
        spam_action: SpamAction | None = None,
        wildcard: bool | None = None,
        web_prefix: str | None = None,
        web_scheme: WebScheme | None = None,
        mailfrom_host: str | None = None,
        require_tls: bool | None = None,
        skip_verification: bool | None = None,
        archive_to: str | None = None,
        message_ttl: int | None = None,
        webhooks_redact_pii: bool | None = None,
        use_automatic_sender_security: bool | None = None,
    ) -> DomainWithRecords:
        """Change a domain; what is left out stays. `PUT /v4/domains/{name}`.

        Args:
            name: As for `get`.
            smtp_password: As for `create`.
            spam_action: As for `create`.
            wildcard: As for `create`.
            web_prefix: As for `create`; its CNAME must be set in DNS.
            web_scheme: As for `create`.
            mailfrom_host: Host of the envelope's sender, in small letters.
            require_tls: As for `create`.
            skip_verification: As for `create`.
            archive_to: As for `create`.
            message_ttl: As for `create`.
            webhooks_redact_pii: As for `create`.
            use_automatic_sender_security: As for `create`; the domain must be verified anew.

        Raises:
            InvalidArgument: `web_prefix` has a dot, or `mailfrom_host` a capital.
            NotFound: No such domain in this account and region.
        """
        if mailfrom_host is not None and mailfrom_host != mailfrom_host.lower():
            raise InvalidArgument(f"mailfrom_host has capitals: {mailfrom_host!r}", field="mailfrom_host")
        fields = {
            "smtp_password": smtp_password,
            "spam_action": spam_action,
            "wildcard": wildcard,
            "web_prefix": _checked_atom("web_prefix", web_prefix),
            "web_scheme": web_scheme,
            "mailfrom_host": mailfrom_host,
            "require_tls": require_tls,
            "skip_verification": skip_verification,
            "archive_to": archive_to,
            "message_ttl": message_ttl,
            "webhooks_redact_pii": webhooks_redact_pii,
            "use_automatic_sender_security": use_automatic_sender_security,
        }
        return await self._call("PUT", _ONE, DomainWithRecords, multipart=fields, name=self._domain(name))

    async def verify(self, name: str | None = None, /) -> DomainWithRecords:
        """Have Mailgun look at a domain's DNS records now. `PUT /v4/domains/{name}/verify`.

        Args:
            name: As for `get`.

        Returns:
            The domain, with what was found.

        Raises:
            NotFound: No such domain in this account and region.
        """
        return await self._call("PUT", "/v4/domains/{name}/verify", DomainWithRecords, name=self._domain(name))

    async def delete(self, name: str, /) -> Done:
        """Delete a domain, in the background. `DELETE /v3/domains/{name}`.

        Args:
            name: The domain; never the client's default one by itself. No sandbox, none that is disabled, none that is
                another's DKIM authority.

        Raises:
            NotFound: No such domain in this account and region.
        """
        return await self._call("DELETE", "/v3/domains/{name}", Done, name=name)

    async def delete_v4(self, name: str, /) -> Done:
        """Delete a domain by a path that Mailgun does not document. `DELETE /v4/domains/{name}`.

        Args:
            name: As for `delete`.

        Raises:
            NotFound: No such domain in this account and region.
        """
        return await self._call("DELETE", _ONE, Done, name=name)


def _checked_atom(name: str, word: str | None) -> str | None:
    if word is not None and _atom(word) is None:
        raise InvalidArgument(f"{name} must be one word without dots and spaces, not {word!r}", field=name)
    return word
