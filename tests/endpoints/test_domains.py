from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.config import REGIONS
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.domains import Disabled, DnsRecord, Domain, DomainWithRecords, records_to_set
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

DOMAIN = {
    "id": "1",
    "name": "mg.example.com",
    "state": "unverified",
    "type": "custom",
    "created_at": "Thu, 13 Oct 2011 18:02:00 GMT",
    "smtp_password": "secret",
    "disabled": {
        "code": "x",
        "note": "n",
        "permanently": False,
        "reason": "r",
        "until": "Fri, 14 Oct 2011 18:02:00 GMT",
    },
}
MODEL = Domain(
    id="1",
    name="mg.example.com",
    state="unverified",
    type="custom",
    created_at=datetime(2011, 10, 13, 18, 2, tzinfo=UTC),
    smtp_password="secret",
    disabled=Disabled(
        code="x", note="n", permanently=False, reason="r", until=datetime(2011, 10, 14, 18, 2, tzinfo=UTC)
    ),
)
SPF = {"record_type": "TXT", "name": "mg.example.com", "value": "v=spf1 x", "valid": "valid", "cached": ["v=spf1 x"]}
MX = {"record_type": "MX", "value": "mxa.mailgun.org", "priority": "10", "valid": "unknown", "is_active": True}
ANSWER = {"message": "m", "domain": DOMAIN, "sending_dns_records": [SPF], "receiving_dns_records": [MX]}
WITH_RECORDS = DomainWithRecords(
    message="m",
    domain=MODEL,
    sending_dns_records=[
        DnsRecord(record_type="TXT", name="mg.example.com", value="v=spf1 x", valid="valid", cached=["v=spf1 x"])
    ],
    receiving_dns_records=[DnsRecord(record_type="MX", value="mxa.mailgun.org", priority="10", is_active=True)],
)

CASES = [
    Case(
        call=lambda mg: mg.domains.list(
            state="active",
            authority="example.com",
            search="mg",
            sort="name:desc",
            include_subaccounts=True,
            limit=2,
            skip=4,
        ),
        http="GET /v4/domains",
        path="/v4/domains",
        query={
            "state": ["active"],
            "authority": ["example.com"],
            "search": ["mg"],
            "sort": ["name:desc"],
            "include_subaccounts": ["true"],
            "limit": ["2"],
            "skip": ["4"],
        },
        answer={"total_count": 5, "items": [DOMAIN]},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.domains.get(),
        http="GET /v4/domains/{name}",
        path="/v4/domains/mg.example.com",
        answer=ANSWER,
        gives=WITH_RECORDS,
    ),
    Case(
        call=lambda mg: mg.domains.create(
            "b.example.com",
            smtp_password="secret",
            spam_action="tag",
            wildcard=True,
            web_prefix="links",
            web_scheme="https",
            require_tls=True,
            skip_verification=False,
            archive_to="https://example.com/archive",
            message_ttl=86_400,
            encrypt_incoming_message=False,
            webhooks_redact_pii=True,
            use_automatic_sender_security=True,
            dkim_selector="s1",
            dkim_key_size=2048,
            force_dkim_authority=True,
            force_root_dkim_host=False,
            ips=["1.2.3.4", "5.6.7.8"],
            pool_id="p1",
        ),
        http="POST /v4/domains",
        path="/v4/domains",
        fields={
            "name": ["b.example.com"],
            "smtp_password": ["secret"],
            "spam_action": ["tag"],
            "wildcard": ["true"],
            "web_prefix": ["links"],
            "web_scheme": ["https"],
            "require_tls": ["true"],
            "skip_verification": ["false"],
            "archive_to": ["https://example.com/archive"],
            "message_ttl": ["86400"],
            "encrypt_incoming_message": ["false"],
            "webhooks_redact_pii": ["true"],
            "use_automatic_sender_security": ["true"],
            "dkim_selector": ["s1"],
            "dkim_key_size": ["2048"],
            "force_dkim_authority": ["true"],
            "force_root_dkim_host": ["false"],
            "ips": ["1.2.3.4,5.6.7.8"],
            "pool_id": ["p1"],
        },
        answer=ANSWER,
        gives=WITH_RECORDS,
    ),
    Case(
        call=lambda mg: mg.domains.create("b.example.com", dkim_host_name="example.com"),
        http="POST /v4/domains",
        path="/v4/domains",
        fields={"name": ["b.example.com"], "dkim_host_name": ["example.com"]},
        answer=ANSWER,
        gives=WITH_RECORDS,
    ),
    Case(
        call=lambda mg: mg.domains.update(
            "b.example.com",
            smtp_password="secret",
            spam_action="block",
            wildcard=False,
            web_prefix="links",
            web_scheme="http",
            mailfrom_host="bounces.example.com",
            require_tls=False,
            skip_verification=True,
            archive_to="",
            message_ttl=3_600,
            webhooks_redact_pii=False,
            use_automatic_sender_security=False,
        ),
        http="PUT /v4/domains/{name}",
        path="/v4/domains/b.example.com",
        fields={
            "smtp_password": ["secret"],
            "spam_action": ["block"],
            "wildcard": ["false"],
            "web_prefix": ["links"],
            "web_scheme": ["http"],
            "mailfrom_host": ["bounces.example.com"],
            "require_tls": ["false"],
            "skip_verification": ["true"],
            "archive_to": [""],
            "message_ttl": ["3600"],
            "webhooks_redact_pii": ["false"],
            "use_automatic_sender_security": ["false"],
        },
        answer=ANSWER,
        gives=WITH_RECORDS,
    ),
    Case(
        call=lambda mg: mg.domains.verify("b.example.com"),
        http="PUT /v4/domains/{name}/verify",
        path="/v4/domains/b.example.com/verify",
        answer=ANSWER,
        gives=WITH_RECORDS,
    ),
    Case(
        call=lambda mg: mg.domains.delete("b.example.com"),
        http="DELETE /v3/domains/{name}",
        path="/v3/domains/b.example.com",
        answer={"message": "Domain will be deleted in the background"},
        gives=Done(message="Domain will be deleted in the background"),
    ),
    Case(
        call=lambda mg: mg.domains.delete_v4("b.example.com"),
        http="DELETE /v4/domains/{name}",
        path="/v4/domains/b.example.com",
        answer={"message": "Domain has been deleted"},
        gives=Done(message="Domain has been deleted"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_what_cannot_be_is_said_before_anything_is_sent() -> None:
    """With the field."""
    async with Mailgun(api_key="key", domain="mg.example.com", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match=r"web_prefix must be one word .*, not 'a\.b'"):
            await mg.domains.create("b.example.com", web_prefix="a.b")
        with pytest.raises(InvalidArgument, match=r"dkim_selector must be one word .*, not ''"):
            await mg.domains.create("b.example.com", dkim_selector="")
        with pytest.raises(InvalidArgument, match="dkim_host_name can't go with a force_ option"):
            await mg.domains.create("b.example.com", dkim_host_name="example.com", force_root_dkim_host=True)
        with pytest.raises(InvalidArgument, match="web_prefix must be one word"):
            await mg.domains.update(web_prefix="a b")
        with pytest.raises(InvalidArgument, match=r"mailfrom_host has capitals: 'Bounces\.example\.com'"):
            await mg.domains.update(mailfrom_host="Bounces.example.com")
        with pytest.raises(InvalidArgument, match="limit must be 1 to 1,000, not 1001"):
            mg.domains.list(limit=1_001)


def test_passwords_are_not_shown() -> None:
    """A domain in a log gives nothing away."""
    assert "secret" not in repr(WITH_RECORDS)


def set_as(found: DomainWithRecords, region: str) -> list[tuple[str, str | None, str]]:
    """Type, name and value of the records to set."""
    return [(record.record_type, record.name, record.value) for record in records_to_set(found, REGIONS[region])]


@pytest.mark.parametrize(
    ("region", "tracking", "mx"),
    [("us", "mailgun.org", "mx{}.mailgun.org"), ("eu", "eu.mailgun.org", "mx{}.eu.mailgun.org")],
)
def test_the_records_of_a_domain_are_those_of_its_region(region: str, tracking: str, mx: str) -> None:
    """SPF, tracking and MX need no answer that names them."""
    assert set_as(DomainWithRecords(domain=Domain(name="mg.example.com")), region) == [
        ("TXT", "mg.example.com", "v=spf1 include:mailgun.org ~all"),
        ("CNAME", "email.mg.example.com", tracking),
        ("MX", "mg.example.com", mx.format("a")),
        ("MX", "mg.example.com", mx.format("b")),
    ]


def test_what_mailgun_names_comes_first_and_once() -> None:
    """DKIM is of its answer alone; a record without a value is not named."""
    found = DomainWithRecords(
        domain=Domain(name="mg.example.com", web_prefix="links"),
        sending_dns_records=[
            DnsRecord(record_type="TXT", name="mg.example.com", value="v=spf1 x"),
            DnsRecord(record_type="TXT", name="s1._domainkey.mg.example.com", value="k=rsa; p=x"),
        ],
        receiving_dns_records=[DnsRecord(record_type="MX", name="", priority="10")],
    )
    assert set_as(found, "us") == [
        ("TXT", "mg.example.com", "v=spf1 x"),
        ("TXT", "s1._domainkey.mg.example.com", "k=rsa; p=x"),
        ("CNAME", "links.mg.example.com", "mailgun.org"),
        ("MX", "mg.example.com", "mxa.mailgun.org"),
        ("MX", "mg.example.com", "mxb.mailgun.org"),
    ]


def test_a_record_keeps_what_mailgun_saw_of_it_and_has_its_full_name() -> None:
    """MX records come without a name."""
    records = records_to_set(WITH_RECORDS, REGIONS["us"])
    assert [record.valid for record in records] == ["valid", "unknown", "unknown"]
    assert records[1] == DnsRecord(
        record_type="MX", name="mg.example.com", value="mxa.mailgun.org", priority="10", is_active=True
    )
