"""The account itself: settings, webhook signing key, sandbox recipients. `/v5/accounts`, `/v5/sandbox`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.endpoints._limits import Success
from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Account", "AuthorizedRecipient", "WebhookSigningKey"]


@attrs.define(kw_only=True)
class WebhookSigningKey:
    """What webhooks and inbound mail are signed with."""

    http_signing_key: str | None = attrs.field(default=None, repr=False)
    message: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class AuthorizedRecipient:
    """Somebody whom a sandbox domain may send to."""

    email: str
    activated: bool | None = None
    """The invitation was accepted."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class Account(Group):
    """The account itself."""

    __slots__ = ()

    async def update(
        self,
        *,
        name: str | None = None,
        inactive_session_timeout: int | None = None,
        absolute_session_timeout: int | None = None,
        logout_redirect_url: str | None = None,
    ) -> Done:
        """Change settings; what is left out stays. `PUT /v5/accounts`.

        Args:
            name: Of the organization.
            inactive_session_timeout: After how long without a click a login ends.
            absolute_session_timeout: After how long a login ends.
            logout_redirect_url: Where a logout leads to.

        Raises:
            InvalidArgument: Nothing is given.
        """
        query = {
            "name": name,
            "inactive_session_timeout": inactive_session_timeout,
            "absolute_session_timeout": absolute_session_timeout,
            "logout_redirect_url": logout_redirect_url,
        }
        if all(value is None for value in query.values()):
            raise InvalidArgument("give at least one setting to change", field="name")
        return await self._call("PUT", "/v5/accounts", Done, query=query)

    async def update_features(
        self, *, webhooks_redact_pii: bool | None = None, ai_insights: bool | None = None
    ) -> Success:
        """Switch features of the account. `PUT /v5/accounts/features`.

        Args:
            webhooks_redact_pii: Leave personal data out of webhooks.
            ai_insights: Have insights written by a language model.
        """
        form = {"webhooks_redact_pii": webhooks_redact_pii, "ai_insights": ai_insights}
        return await self._call("PUT", "/v5/accounts/features", Success, form=form)

    async def get_webhook_signing_key(self) -> WebhookSigningKey:
        """Fetch the key that webhooks are signed with. `GET /v5/accounts/http_signing_key`."""
        return await self._get("/v5/accounts/http_signing_key", WebhookSigningKey)

    async def regenerate_webhook_signing_key(self) -> WebhookSigningKey:
        """Make a new key that webhooks are signed with; the old one ends. `POST /v5/accounts/http_signing_key`."""
        return await self._call("POST", "/v5/accounts/http_signing_key", WebhookSigningKey)

    async def list_authorized_recipients(self) -> Sequence[AuthorizedRecipient]:
        """List whom sandbox domains may send to. `GET /v5/sandbox/auth_recipients`."""
        return (await self._get("/v5/sandbox/auth_recipients", _Recipients)).recipients

    async def add_authorized_recipient(self, email: str, /) -> AuthorizedRecipient:
        """Invite somebody to get mail of sandbox domains, 5 at the most. `POST /v5/sandbox/auth_recipients`.

        Args:
            email: Plain address.
        """
        query = {"email": email}
        return await self._call(
            "POST", "/v5/sandbox/auth_recipients", AuthorizedRecipient, query=query, under="recipient"
        )

    async def delete_authorized_recipient(self, email: str, /) -> Done:
        """Have sandbox domains send to somebody no more. `DELETE /v5/sandbox/auth_recipients/{email}`.

        Args:
            email: Plain address.
        """
        return await self._call("DELETE", "/v5/sandbox/auth_recipients/{email}", Done, email=email)

    async def resend_activation_email(self) -> Success:
        """Mail the account's owner the activation link again. `POST /v5/accounts/resend_activation_email`."""
        return await self._call("POST", "/v5/accounts/resend_activation_email", Success)


@attrs.define(kw_only=True)
class _Recipients:
    recipients: list[AuthorizedRecipient] = attrs.Factory(list)
