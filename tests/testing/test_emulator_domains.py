"""Domains of the emulator through the public client: their life, records, tracking and logins."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mailgun_async import BadRequest, Mailgun, Message, NotFound
from mailgun_async.config import REGIONS
from mailgun_async.endpoints.domains import records_to_set
from mailgun_async.testing import Emulator

NEW = "new.example.org"


def mail(sender: str) -> Message:
    """A message from an address."""
    return Message(from_=sender, to="bob@example.com", subject="Hi", text="Hello")


async def names(mg: Mailgun, **query: Any) -> list[str]:
    """Names of the domains that are listed."""
    return [domain.name async for domain in mg.domains.list(**query)]


# -- life --------------------------------------------------------------------------------------------------------------


async def test_a_domain_sends_once_it_is_verified_and_until_it_is_deleted(mg: Mailgun) -> None:
    """Created it is unverified; verification finds its records; deleted it is unknown."""
    made = await mg.domains.create(NEW)
    assert (made.message, made.domain.state) == ("Domain DNS records have been created", "unverified")
    with pytest.raises(BadRequest, match="The domain is unverified"):
        await mg.messages.send(NEW, mail(f"ada@{NEW}"))
    verified = await mg.domains.verify(NEW)
    assert (verified.message, verified.domain.state) == ("Domain DNS records have been updated", "active")
    assert {record.valid for record in verified.sending_dns_records + verified.receiving_dns_records} == {"valid"}
    assert (await mg.messages.send(NEW, mail(f"ada@{NEW}"))).message == "Queued. Thank you."
    assert (await mg.domains.delete(NEW)).message == "Domain will be deleted in the background"
    for gone in (mg.domains.get(NEW), mg.messages.send(NEW, mail(f"ada@{NEW}"))):
        with pytest.raises(NotFound, match="Domain not found"):
            await gone


async def test_without_records_in_dns_a_domain_stays_unverified(mg: Mailgun, emulator: Emulator) -> None:
    """Verification says that it found none, until they are set."""
    emulator.add_domain(NEW, state="unverified", dns=False)
    assert {record.valid for record in (await mg.domains.get(NEW)).sending_dns_records} == {"unknown"}
    found = await mg.domains.verify(NEW)
    assert found.domain.state == "unverified"
    assert {record.valid for record in found.sending_dns_records} == {"invalid"}
    emulator.add_domain(NEW, state="unverified")
    assert (await mg.domains.verify(NEW)).domain.state == "active"


async def test_settings_are_those_given_and_changed(mg: Mailgun, clock: Any) -> None:
    """What is left out has Mailgun's default, and stays in an update."""
    made = await mg.domains.create(NEW, spam_action="tag", wildcard=True, web_prefix="links", message_ttl=3600)
    assert (made.domain.spam_action, made.domain.wildcard, made.domain.web_scheme) == ("tag", True, "http")
    assert made.domain.created_at == datetime.fromtimestamp(clock.wall(), UTC)
    changed = await mg.domains.update(NEW, web_scheme="https", require_tls=True, archive_to="https://example.org/mail")
    assert (changed.domain.spam_action, changed.domain.web_scheme, changed.domain.require_tls) == ("tag", "https", True)
    found = (await mg.domains.get(NEW)).domain
    assert (found.archive_to, found.message_ttl) == ("https://example.org/mail", 3600)
    assert found.tracking_host == f"links.{NEW}"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "mg.example.com"}, "This domain name is already taken"),
        ({"name": "no domain"}, "no domain is not a valid domain name"),
        ({"name": NEW, "smtp_password": "abcd"}, "Password is too short. It must be between 5 and 32 characters."),
        ({"name": NEW, "spam_action": "eat"}, "expected `spam_action` param to be one of"),
        ({"name": NEW, "archive_to": "ftp://example.org"}, "invalid URL scheme"),
    ],
)
async def test_a_domain_that_cannot_be_is_refused_and_not_kept(
    options: dict[str, Any], text: str, mg: Mailgun, emulator: Emulator
) -> None:
    """400, in Mailgun's words as far as they are known."""
    with pytest.raises(BadRequest) as caught:
        await mg.domains.create(options.pop("name"), **options)
    assert text in str(caught.value)
    assert emulator.domains == ("mg.example.com",)


async def test_domains_are_listed_filtered_and_paged(mg: Mailgun, clock: Any) -> None:
    """The newest first, or by name."""
    for name in ("b.org", "a.org", "c.org"):
        await clock.advance(1)
        await mg.domains.create(name)
    assert await names(mg) == ["c.org", "a.org", "b.org", "mg.example.com"]
    assert await names(mg, sort="name", limit=2) == ["a.org", "b.org", "c.org", "mg.example.com"]
    assert await names(mg, sort="name:desc", skip=2) == ["b.org", "a.org"]
    assert await names(mg, state="active") == ["mg.example.com"]
    assert await names(mg, search="A.o") == ["a.org"]


async def test_some_domains_cannot_be_deleted(mg: Mailgun, emulator: Emulator) -> None:
    """A disabled one, a sandbox, and one whose keys sign for another."""
    emulator.add_domain("off.org", state="disabled")
    emulator.add_domain("sandbox1.mailgun.org")
    await mg.domains.create("sub.mg.example.com")
    for name in ("off.org", "sandbox1.mailgun.org", "mg.example.com"):
        with pytest.raises(BadRequest):
            await mg.domains.delete(name)
    await mg.domains.delete("sub.mg.example.com")
    await mg.domains.delete_v4("mg.example.com")
    assert await names(mg) == ["sandbox1.mailgun.org", "off.org"]


@pytest.mark.parametrize("region", ["us", "eu"])
async def test_records_name_the_hosts_of_the_region(region: Any) -> None:
    """Nothing has to be added to them."""
    async with Emulator(region=region) as emulator, emulator.client() as mg:
        made = await mg.domains.create(NEW, web_prefix="links")
    records = records_to_set(made, REGIONS[region])
    assert len(records) == len(made.sending_dns_records) + len(made.receiving_dns_records)
    assert {record.value for record in records if record.record_type == "MX"} == set(REGIONS[region].mx)
    assert [(record.name, record.value) for record in records if record.record_type == "CNAME"] == [
        (f"links.{NEW}", REGIONS[region].tracking)
    ]


# -- tracking and delivery ---------------------------------------------------------------------------------------------


async def test_tracking_is_switched_kind_by_kind(mg: Mailgun) -> None:
    """What is left out stays."""
    before = await mg.domain_tracking.get()
    assert before.click is not None
    assert before.click.active is False
    assert (await mg.domain_tracking.update_click(active="htmlonly")).active == "htmlonly"
    await mg.domain_tracking.update_open(active=True)
    assert (await mg.domain_tracking.update_open(place_at_the_top=True)).active is True
    await mg.domain_tracking.update_unsubscribe(active=True, text_footer="Leave: %unsubscribe_url%")
    after = await mg.domain_tracking.get()
    assert after.click is not None
    assert after.open is not None
    assert after.unsubscribe is not None
    assert (after.click.active, after.open.active, after.open.place_at_the_top) == ("htmlonly", True, True)
    assert (after.unsubscribe.active, after.unsubscribe.text_footer) == (True, "Leave: %unsubscribe_url%")
    assert "%unsubscribe_url%" in (after.unsubscribe.html_footer or "")
    await mg.domain_tracking.update_click(active=False)
    click = (await mg.domain_tracking.get()).click
    assert click is not None
    assert click.active is False


async def test_how_mail_is_delivered_is_one_setting_under_two_paths(mg: Mailgun) -> None:
    """The connection's and the domain's."""
    assert (await mg.domain_connection.get()).require_tls is False
    changed = await mg.domain_connection.update(require_tls=True)
    assert (changed.require_tls, changed.skip_verification) == (True, False)
    assert (await mg.domains.get()).domain.require_tls is True
    await mg.domains.update(skip_verification=True)
    assert (await mg.domain_connection.get()).skip_verification is True


async def test_what_belongs_to_a_domain_needs_one(mg: Mailgun) -> None:
    """404 under every path."""
    for call in (
        mg.domain_tracking.get("nowhere.org"),
        mg.domain_connection.get("nowhere.org"),
        mg.credentials.list("nowhere.org").all(),
        mg.domain_keys.list_for_domain("nowhere.org").all(),
        mg.domain_keys.create("nowhere.org", "s1"),
        mg.domains.verify("nowhere.org"),
    ):
        with pytest.raises(NotFound, match="Domain not found"):
            await call


# -- logins ------------------------------------------------------------------------------------------------------------


async def test_a_login_is_made_changed_and_deleted(mg: Mailgun) -> None:
    """A password is told once, and only when it was made by Mailgun."""
    made = await mg.credentials.create("ada@mg.example.com")
    assert made.message == "Created 1 credentials pair(s)"
    assert list(made.credentials or {}) == ["ada@mg.example.com"]
    assert (await mg.credentials.create("bob", password="secret-1")).credentials is None
    listed = await mg.credentials.list(limit=1).all()
    assert [login.login for login in listed] == ["ada@mg.example.com", "bob@mg.example.com"]
    again = await mg.credentials.update("ada@mg.example.com")
    assert again.credentials != made.credentials
    gone = await mg.credentials.delete("ada@mg.example.com")
    assert (gone.message, gone.spec) == ("Credentials have been deleted", "ada@mg.example.com")
    with pytest.raises(NotFound, match="Credentials not found"):
        await mg.credentials.update("ada@mg.example.com", password="secret-2")
    assert (await mg.credentials.delete_all()).count == 1
    assert await mg.credentials.list().all() == []


async def test_a_login_is_made_once_and_with_a_fair_password(mg: Mailgun) -> None:
    """400, and nothing changes."""
    await mg.credentials.create("ada", password="secret-1")
    with pytest.raises(BadRequest, match="already exist"):
        await mg.credentials.create("ada")
    with pytest.raises(BadRequest, match="Password is too long"):
        await mg.credentials.update("ada", password="x" * 33)
    assert len(await mg.credentials.list().all()) == 1


async def test_the_domains_own_login_stays(mg: Mailgun) -> None:
    """The one that the domain's password is of."""
    await mg.domains.create(NEW, smtp_password="secret-1")
    assert [login.login for login in await mg.credentials.list(NEW).all()] == [f"postmaster@{NEW}"]
    with pytest.raises(BadRequest, match=f"Cannot delete system mailbox: postmaster@{NEW}"):
        await mg.credentials.delete(NEW, f"postmaster@{NEW}")
    assert (await mg.credentials.delete_all(NEW)).count == 0
