"""DKIM keys of the emulator through the public client: which sign, and which records they need."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mailgun_async import BadRequest, Mailgun, NotFound

NEW = "new.example.org"


async def test_a_key_signs_once_its_record_was_seen(mg: Mailgun) -> None:
    """Made, verified, activated, deactivated, deleted."""
    made = await mg.domain_keys.create("s1", bits=2048)
    assert made.dns_record is not None
    assert made.dns_record.name == "s1._domainkey.mg.example.com"
    assert made.dns_record.value.startswith("k=rsa; p=")
    with pytest.raises(BadRequest, match="not valid"):
        await mg.domain_keys.activate("s1")
    await mg.domains.verify()
    assert (await mg.domain_keys.activate("s1")).active is True
    records = [record for record in (await mg.domains.get()).sending_dns_records if "_domainkey" in (record.name or "")]
    assert [record.is_active for record in records] == [True, True]
    assert (await mg.domain_keys.deactivate("mx")).active is False
    with pytest.raises(BadRequest, match="must have at least one active domain key"):
        await mg.domain_keys.delete("s1")
    assert (await mg.domain_keys.delete("mx")).message == "success"
    with pytest.raises(NotFound, match="domain key not found"):
        await mg.domain_keys.activate("mx")
    assert [key.selector for key in await mg.domain_keys.list_for_domain().all()] == ["s1"]


async def test_keys_of_all_domains_are_listed_page_by_page(mg: Mailgun) -> None:
    """Or those of one, or of one selector."""
    await mg.domains.create(NEW, dkim_selector="pic", dkim_key_size=2048)
    await mg.domain_keys.create(NEW, "s1")
    every = [(key.signing_domain, key.selector) async for key in mg.domain_keys.list(limit=1)]
    assert every == [("mg.example.com", "mx"), (NEW, "pic"), (NEW, "s1")]
    assert [key.selector for key in await mg.domain_keys.list(signing_domain=NEW).all()] == ["pic", "s1"]
    assert [key.signing_domain for key in await mg.domain_keys.list(selector="mx").all()] == ["mg.example.com"]


async def test_a_domain_has_three_keys_at_most_each_of_another_selector(mg: Mailgun) -> None:
    """400, as for a key that is none."""
    with pytest.raises(BadRequest, match="not a private key"):
        await mg.domain_keys.create("s1", pem="hello")
    await mg.domain_keys.create("s1", pem="-----BEGIN RSA PRIVATE KEY-----")
    with pytest.raises(BadRequest, match="already exists"):
        await mg.domain_keys.create("s1")
    await mg.domain_keys.create("s2")
    with pytest.raises(BadRequest, match="has 3 keys"):
        await mg.domain_keys.create("s3")


async def test_the_key_of_a_domain_above_signs_unless_told_otherwise(mg: Mailgun) -> None:
    """The record to set is that of the authority."""
    sub = "sub.mg.example.com"
    made = await mg.domains.create(sub)
    assert "mx._domainkey.mg.example.com" in [record.name for record in made.sending_dns_records]
    assert [domain.name async for domain in mg.domains.list(authority="mg.example.com")] == [sub, "mg.example.com"]
    changed = await mg.domain_keys.update_authority(sub, self_=True)
    assert changed.changed is True
    assert f"mx._domainkey.{sub}" in [record.name for record in changed.sending_dns_records]
    assert (await mg.domain_keys.update_authority(sub, self_=True)).changed is False
    own = await mg.domains.create("own.mg.example.com", force_dkim_authority=True)
    assert "mx._domainkey.own.mg.example.com" in [record.name for record in own.sending_dns_records]


async def test_another_selector_is_the_only_one_that_signs(mg: Mailgun) -> None:
    """Its key is made when there is none."""
    assert (await mg.domain_keys.update_selector("s9")).message == "DKIM selector changed"
    await mg.domains.verify()
    records = {key.selector: key.dns_record async for key in mg.domain_keys.list_for_domain()}
    assert {selector: record and record.is_active for selector, record in records.items()} == {"mx": False, "s9": True}


async def test_a_dkim_record_can_lie_at_another_host(mg: Mailgun) -> None:
    """The one that is named, or the root."""
    named = await mg.domains.create("a.b.example.org", dkim_host_name="b.example.org")
    assert "mx._domainkey.b.example.org" in [record.name for record in named.sending_dns_records]
    root = await mg.domains.create("c.d.example.org", force_root_dkim_host=True)
    assert "mx._domainkey.example.org" in [record.name for record in root.sending_dns_records]


async def test_automatic_sender_security_needs_other_records_and_so_a_verification(mg: Mailgun) -> None:
    """CNAMEs in the place of a key."""
    changed = await mg.domains.update(use_automatic_sender_security=True)
    assert changed.domain.state == "unverified"
    assert [record.record_type for record in changed.sending_dns_records] == ["TXT", "CNAME", "CNAME", "CNAME"]
    assert (await mg.domains.verify()).domain.state == "active"


async def test_keys_of_automatic_sender_security_are_changed_when_asked_to(mg: Mailgun) -> None:
    """Once the domain is verified with its CNAMEs, from one to the other and back."""
    with pytest.raises(BadRequest, match="Current state: disabled"):
        await mg.dkim_security.rotate()
    await mg.domains.update(use_automatic_sender_security=True)
    with pytest.raises(BadRequest, match="Current state: wait_verify"):
        await mg.dkim_security.rotate()
    cnames = {
        record.name for record in (await mg.domains.verify()).sending_dns_records if record.record_type == "CNAME"
    }
    found = await mg.dkim_security.update_rotation(rotation_enabled=True, rotation_interval=timedelta(days=7))
    assert (found.state, found.rotation_enabled, found.rotation_interval) == ("enabled", True, "7d")
    assert cnames > {record.name for record in found.records}
    selectors = []
    for _ in range(2):
        assert (await mg.dkim_security.rotate()).message == "ok"
        selectors.append((await mg.dkim_security.update_rotation(rotation_enabled=False)).active_selector)
    assert selectors == ["pdk2", "pdk1"]
    with pytest.raises(NotFound, match="domain not found"):
        await mg.dkim_security.rotate("nowhere.org")


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({}, {"message": "Parameter 'rotation_enabled' is missing"}),
        (
            {"rotation_enabled": "true", "rotation_interval": "119h"},
            {"Reason": "rotation_interval must be at least 5 days"},
        ),
        (
            {"rotation_enabled": "false", "rotation_interval": "7d"},
            {"Reason": "rotation_interval is not allowed unless also enabling DKIM rotation"},
        ),
    ],
)
async def test_an_interval_is_long_and_of_a_rotation(fields: Any, body: Any, api: Any) -> None:
    """400; the client would not send most of these."""
    path = "/v1/dkim_management/domains/mg.example.com/rotation"
    assert (await api.call("PUT", path, data=fields))[:2] == (400, body)
