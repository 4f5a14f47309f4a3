from __future__ import annotations

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints._limits import Success
from mailgun_async.endpoints.account import AuthorizedRecipient, WebhookSigningKey
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

CASES = [
    Case(
        call=lambda mg: mg.account.update(
            name="Shop",
            inactive_session_timeout=60,
            absolute_session_timeout=600,
            logout_redirect_url="https://example.com",
        ),
        http="PUT /v5/accounts",
        path="/v5/accounts",
        query={
            "name": ["Shop"],
            "inactive_session_timeout": ["60"],
            "absolute_session_timeout": ["600"],
            "logout_redirect_url": ["https://example.com"],
        },
        answer={"message": "Account info has been updated"},
        gives=Done(message="Account info has been updated"),
    ),
    Case(
        call=lambda mg: mg.account.update_features(webhooks_redact_pii=True, ai_insights=False),
        http="PUT /v5/accounts/features",
        path="/v5/accounts/features",
        fields={"webhooks_redact_pii": ["true"], "ai_insights": ["false"]},
        answer={"success": True},
        gives=Success(success=True),
    ),
    Case(
        call=lambda mg: mg.account.get_webhook_signing_key(),
        http="GET /v5/accounts/http_signing_key",
        path="/v5/accounts/http_signing_key",
        answer={"http_signing_key": "key-1"},
        gives=WebhookSigningKey(http_signing_key="key-1"),
    ),
    Case(
        call=lambda mg: mg.account.regenerate_webhook_signing_key(),
        http="POST /v5/accounts/http_signing_key",
        path="/v5/accounts/http_signing_key",
        answer={"message": "regenerated", "http_signing_key": "key-2"},
        gives=WebhookSigningKey(http_signing_key="key-2", message="regenerated"),
    ),
    Case(
        call=lambda mg: mg.account.list_authorized_recipients(),
        http="GET /v5/sandbox/auth_recipients",
        path="/v5/sandbox/auth_recipients",
        answer={"recipients": [{"email": "a@example.com", "activated": True}]},
        gives=[AuthorizedRecipient(email="a@example.com", activated=True)],
    ),
    Case(
        call=lambda mg: mg.account.add_authorized_recipient("a@example.com"),
        http="POST /v5/sandbox/auth_recipients",
        path="/v5/sandbox/auth_recipients",
        query={"email": ["a@example.com"]},
        answer={"recipient": {"email": "a@example.com", "activated": False}},
        gives=AuthorizedRecipient(email="a@example.com", activated=False),
    ),
    Case(
        call=lambda mg: mg.account.delete_authorized_recipient("a@example.com"),
        http="DELETE /v5/sandbox/auth_recipients/{email}",
        path="/v5/sandbox/auth_recipients/a%40example.com",
        answer={"message": "Sandbox recipient deleted."},
        gives=Done(message="Sandbox recipient deleted."),
    ),
    Case(
        call=lambda mg: mg.account.resend_activation_email(),
        http="POST /v5/accounts/resend_activation_email",
        path="/v5/accounts/resend_activation_email",
        answer={"success": True},
        gives=Success(success=True),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_an_update_of_nothing_is_an_error() -> None:
    """Said before anything is sent."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="give at least one setting"):
            await mg.account.update()


def test_no_repr_shows_the_signing_key() -> None:
    """It is a secret."""
    assert "key-1" not in repr(WebhookSigningKey(http_signing_key="key-1"))
