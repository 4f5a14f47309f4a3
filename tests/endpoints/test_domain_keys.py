from __future__ import annotations

from typing import Any

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.domain_keys import DkimAuthority, DnsRecord, DomainKey, KeyState
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

RECORD = {"record_type": "TXT", "name": "s1._domainkey.mg.example.com", "value": "k=rsa; p=x", "valid": "UNKNOWN"}
RECORD_MODEL = DnsRecord(
    record_type="TXT", name="s1._domainkey.mg.example.com", value="k=rsa; p=x", valid="UNKNOWN", cached=[]
)
KEY = {"signing_domain": "mg.example.com", "selector": "s1", "dns_record": {**RECORD, "cached": None}}
MODEL = DomainKey(signing_domain="mg.example.com", selector="s1", dns_record=RECORD_MODEL)
PEM = "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----\n"

CASES = [
    Case(
        call=lambda mg: mg.domain_keys.list(signing_domain="mg.example.com", selector="s1", limit=100),
        http="GET /v1/dkim/keys",
        path="/v1/dkim/keys",
        query={"signing_domain": ["mg.example.com"], "selector": ["s1"], "limit": ["100"]},
        answer={"items": [KEY], "paging": {"next": "/v1/dkim/keys?page=a"}},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.domain_keys.list_for_domain("b.example.com"),
        http="GET /v4/domains/{authority_name}/keys",
        path="/v4/domains/b.example.com/keys",
        answer={"items": [KEY]},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.domain_keys.create("s1", bits=2048),
        http="POST /v1/dkim/keys",
        path="/v1/dkim/keys",
        fields={"signing_domain": ["mg.example.com"], "selector": ["s1"], "bits": ["2048"]},
        answer=KEY,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.domain_keys.create("b.example.com", "s1", pem=PEM),
        http="POST /v1/dkim/keys",
        path="/v1/dkim/keys",
        fields={"signing_domain": ["b.example.com"], "selector": ["s1"], "pem": [PEM]},
        answer=KEY,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.domain_keys.delete("b.example.com", "s1"),
        http="DELETE /v1/dkim/keys",
        path="/v1/dkim/keys",
        query={"signing_domain": ["b.example.com"], "selector": ["s1"]},
        answer={"message": "success"},
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.domain_keys.activate("s1"),
        http="PUT /v4/domains/{authority_name}/keys/{selector}/activate",
        path="/v4/domains/mg.example.com/keys/s1/activate",
        answer={"message": "domain key activated", "authority": "mg.example.com", "selector": "s1", "active": True},
        gives=KeyState(message="domain key activated", authority="mg.example.com", selector="s1", active=True),
    ),
    Case(
        call=lambda mg: mg.domain_keys.deactivate("b.example.com", "s1"),
        http="PUT /v4/domains/{authority_name}/keys/{selector}/deactivate",
        path="/v4/domains/b.example.com/keys/s1/deactivate",
        answer={"message": "domain key deactivated", "authority": "b.example.com", "selector": "s1", "active": False},
        gives=KeyState(message="domain key deactivated", authority="b.example.com", selector="s1", active=False),
    ),
    Case(
        call=lambda mg: mg.domain_keys.update_authority(self_=True),
        http="PUT /v3/domains/{name}/dkim_authority",
        path="/v3/domains/mg.example.com/dkim_authority",
        fields={"self": ["true"]},
        answer={"message": "changed", "changed": True, "sending_dns_records": [RECORD]},
        gives=DkimAuthority(message="changed", changed=True, sending_dns_records=[RECORD_MODEL]),
    ),
    Case(
        call=lambda mg: mg.domain_keys.update_selector("b.example.com", "s2"),
        http="PUT /v3/domains/{name}/dkim_selector",
        path="/v3/domains/b.example.com/dkim_selector",
        fields={"dkim_selector": ["s2"]},
        answer={"message": "DKIM selector changed"},
        gives=Done(message="DKIM selector changed"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_pages_follow_each_other_by_a_url_without_a_host() -> None:
    """So does Mailgun write it here; the last page is an empty one."""
    first: dict[str, Any] = {"items": [KEY], "paging": {"next": "/v1/dkim/keys?page=a"}}
    last: dict[str, Any] = {"items": [], "paging": {"next": "/v1/dkim/keys?page=b"}}
    transport = FakeTransport().respond(json=first).respond(json=last)
    async with Mailgun(api_key="key", transport=transport) as mg:
        assert await mg.domain_keys.list().all() == [MODEL]
    assert transport.requests[1].url == "https://api.mailgun.net/v1/dkim/keys?page=a"


async def test_all_keys_of_a_domain_come_on_one_page() -> None:
    """No other is asked for, though the answer does not say how many there are."""
    transport = FakeTransport().respond(json={"items": [KEY, KEY]})
    async with Mailgun(api_key="key", domain="mg.example.com", transport=transport) as mg:
        assert await mg.domain_keys.list_for_domain(max_items=1).all() == [MODEL]
    assert len(transport.requests) == 1


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_has_at_most_100_keys(limit: int) -> None:
    """Said before anything is sent."""
    with pytest.raises(InvalidArgument, match=f"limit must be 1 to 100, not {limit}"):
        Mailgun(api_key="key", transport=FakeTransport()).domain_keys.list(limit=limit)
