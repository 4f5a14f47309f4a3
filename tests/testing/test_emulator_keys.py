"""API keys of the emulator through the public client: one that is made opens what it may, until it is deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailgun_async import BadRequest, Forbidden, Mailgun, Message, NotFound, Unauthorized
from mailgun_async.testing import Emulator

MAIL = Message(from_="ada@mg.example.com", to="bob@example.com", subject="Hi", text="Hello")


async def secret(mg: Mailgun, **options: Any) -> str:
    """Make a key; answers what it opens the account with."""
    made = (await mg.keys.create(**options)).secret
    assert made is not None
    return made


async def test_a_key_opens_the_account_until_it_is_deleted(mg: Mailgun, emulator: Emulator, clock: Any) -> None:
    """Its secret is told once."""
    made = await mg.keys.create(role="admin", description="of Ada", user_name="Ada", email="ada@example.com")
    assert (made.kind, made.role, made.description, made.user_name) == ("user", "admin", "of Ada", "Ada")
    assert made.created_at == datetime.fromtimestamp(clock.wall(), UTC)
    assert made.id is not None
    async with emulator.client(api_key=made.secret) as other:
        assert (await other.domains.get()).domain.name == "mg.example.com"
        await other.messages.send(MAIL)
        [_, listed] = await other.keys.list().all()
        assert (listed.id, listed.secret, listed.requestor) == (made.id, None, "ada@example.com")
        assert (await mg.keys.delete(made.id)).message == "key deleted"
        with pytest.raises(Unauthorized):
            await other.domains.get()
        with pytest.raises(Unauthorized):
            await other.messages.send(MAIL)
    with pytest.raises(NotFound, match="no key matching id"):
        await mg.keys.delete(made.id)


async def test_a_domains_key_sends_its_mail_and_does_nothing_else(mg: Mailgun, emulator: Emulator) -> None:
    """403 for all the rest."""
    emulator.add_domain("other.example.com")
    key = await secret(mg, role="sending", kind="domain", domain_name="mg.example.com")
    async with emulator.client(api_key=key) as sender:
        assert (await sender.messages.send(MAIL)).message == "Queued. Thank you."
        for call in (
            sender.messages.send("other.example.com", MAIL),
            sender.domains.get(),
            sender.keys.list().all(),
            sender.keys.create(role="admin"),
        ):
            with pytest.raises(Forbidden):
                await call


async def test_a_key_expires(mg: Mailgun, emulator: Emulator, clock: Any) -> None:
    """401 from then on."""
    made = await mg.keys.create(role="developer", expiration=timedelta(hours=1))
    assert made.expires_at == datetime.fromtimestamp(clock.wall() + 3600, UTC)
    async with emulator.client(api_key=made.secret) as other:
        await clock.advance(3_599)
        await other.domains.get()
        await clock.advance(1)
        with pytest.raises(Unauthorized):
            await other.domains.get()


async def test_keys_are_listed_by_kind_and_domain(mg: Mailgun, emulator: Emulator) -> None:
    """The account's own is one of them, and so are those of the emulator's settings."""
    emulator.add_domain("other.example.com", sending_key="other-key")
    await mg.keys.create(role="sending", kind="domain", domain_name="mg.example.com")
    await mg.keys.create(role="basic", kind="web", user_id="1", email="ada@example.com")
    assert [key.kind for key in await mg.keys.list().all()] == ["user", "domain", "domain", "web"]
    found = await mg.keys.list(kind="domain").all()
    assert [key.domain_name for key in found] == ["other.example.com", "mg.example.com"]
    [other] = await mg.keys.list(domain_name="other.example.com").all()
    assert other.id is not None
    await mg.keys.delete(other.id)
    async with emulator.client(api_key="other-key") as sender:
        with pytest.raises(Unauthorized):
            await sender.messages.send("other.example.com", MAIL)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"role": "king"}, r"expected `role` param to be one of \[admin basic sending developer\]"),
        ({"role": "admin", "kind": "car"}, r"expected `kind` param to be one of \[domain user web\] or absent"),
        ({"role": "sending"}, "go with each other"),
        ({"role": "admin", "kind": "domain", "domain_name": "mg.example.com"}, "go with each other"),
        ({"role": "sending", "kind": "domain", "domain_name": "nowhere.org"}, "needs the `domain_name`"),
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(options: Any, text: str, mg: Mailgun) -> None:
    """400, and none is made."""
    with pytest.raises(BadRequest, match=text):
        await mg.keys.create(**options)
    assert len(await mg.keys.list().all()) == 1


async def test_a_lifetime_of_nothing_is_refused(api: Any) -> None:
    """As of no number; the client would not ask for it."""
    for lifetime, text in (("0", "to be greater than 0"), ("soon", "is not a number")):
        status, body, _ = await api.post("/v1/keys", {"role": "admin", "expiration": lifetime})
        assert status == 400
        assert text in body["message"]
