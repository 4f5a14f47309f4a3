from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.ip_pools import IpPool, IpPoolMetadata, LinkedDomain, LinkedIp, Started
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

POOL = {
    "pool_id": "p1",
    "name": "n",
    "description": "d",
    "ips": ["1.2.3.4"],
    "is_linked": True,
    "is_inherited": False,
    "linked_domains": ["a.example.com"],
    "metadata": {"assignments": {"1.2.3.4": {"linked_at": "2026-02-16T19:06:01Z"}}},
}
MODEL = IpPool(
    pool_id="p1",
    name="n",
    description="d",
    ips=["1.2.3.4"],
    is_linked=True,
    is_inherited=False,
    linked_domains=["a.example.com"],
    metadata=IpPoolMetadata(assignments={"1.2.3.4": LinkedIp(linked_at=datetime(2026, 2, 16, 19, 6, 1, tzinfo=UTC))}),
)
STARTED = {"message": "started", "reference_id": "r1"}
STARTED_MODEL = Started(message="started", reference_id="r1")

CASES = [
    Case(
        call=lambda mg: mg.ip_pools.list(),
        http="GET /v3/ip_pools",
        path="/v3/ip_pools",
        answer={"ip_pools": [POOL], "message": "success"},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.ip_pools.get("p/1"),
        http="GET /v3/ip_pools/{pool_id}",
        path="/v3/ip_pools/p%2F1",
        answer={"details": POOL, "message": "success"},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.ip_pools.create("n", description="d", ips=["1.2.3.4", "5.6.7.8"]),
        http="POST /v3/ip_pools",
        path="/v3/ip_pools",
        fields={"name": ["n"], "description": ["d"], "ip": ["1.2.3.4", "5.6.7.8"]},
        answer={"message": "success", "pool_id": "p1"},
        gives="p1",
    ),
    Case(
        call=lambda mg: mg.ip_pools.update(
            "p1",
            name="n",
            description="",
            add_ips=["1.2.3.4", "1.2.3.5"],
            remove_ips=["5.6.7.8", "5.6.7.9"],
            link_domains=["d1", "d2"],
            unlink_domains=["d3", "d4"],
        ),
        http="PATCH /v3/ip_pools/{pool_id}",
        path="/v3/ip_pools/p1",
        fields={
            "name": ["n"],
            "description": [""],
            "add_ip": ["1.2.3.4", "1.2.3.5"],
            "remove_ip": ["5.6.7.8", "5.6.7.9"],
            "link_domain": ["d1", "d2"],
            "unlink_domain": ["d3", "d4"],
        },
        answer={"message": "success"},
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.ip_pools.delete("p1", replacement_ip="shared"),
        http="DELETE /v3/ip_pools/{pool_id}",
        path="/v3/ip_pools/p1",
        query={"ip": ["shared"]},
        answer=STARTED,
        gives=STARTED_MODEL,
    ),
    Case(
        call=lambda mg: mg.ip_pools.delete("p1", replacement_pool_id="p2"),
        http="DELETE /v3/ip_pools/{pool_id}",
        path="/v3/ip_pools/p1",
        query={"pool_id": ["p2"]},
        answer={"message": "started"},
        gives=Started(message="started"),
    ),
    Case(
        call=lambda mg: mg.ip_pools.list_domains("p1", limit=500),
        http="GET /v3/ip_pools/{pool_id}/domains",
        path="/v3/ip_pools/p1/domains",
        query={"limit": ["500"]},
        answer={"domains": [{"id": "d1", "name": "a.example.com"}]},
        gives=[LinkedDomain(id="d1", name="a.example.com")],
    ),
    Case(
        call=lambda mg: mg.ip_pools.add_ip("p1", "1.2.3.4"),
        http="PUT /v3/ip_pools/{pool_id}/ips/{ip}",
        path="/v3/ip_pools/p1/ips/1.2.3.4",
        answer=STARTED,
        gives=STARTED_MODEL,
    ),
    Case(
        call=lambda mg: mg.ip_pools.remove_ip("p1", "1.2.3.4"),
        http="DELETE /v3/ip_pools/{pool_id}/ips/{ip}",
        path="/v3/ip_pools/p1/ips/1.2.3.4",
        answer=STARTED,
        gives=STARTED_MODEL,
    ),
    Case(
        call=lambda mg: mg.ip_pools.add_ips("p1", ("1.2.3.4", "5.6.7.8")),
        http="POST /v3/ip_pools/{pool_id}/ips.json",
        path="/v3/ip_pools/p1/ips.json",
        json={"ips": ["1.2.3.4", "5.6.7.8"]},
        answer=STARTED,
        gives=STARTED_MODEL,
    ),
    Case(
        call=lambda mg: mg.ip_pools.delegate("p1", "s1"),
        http="PUT /v3/ip_pools/{pool_id}/delegate",
        path="/v3/ip_pools/p1/delegate",
        fields={"subaccount_id": ["s1"]},
        answer={"message": "success"},
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.ip_pools.revoke("p1", "s1"),
        http="DELETE /v3/ip_pools/{pool_id}/delegate",
        path="/v3/ip_pools/p1/delegate",
        fields={"subaccount_id": ["s1"]},
        answer={"message": "success"},
        gives=Done(message="success"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_pools_come_on_one_page() -> None:
    """No other is asked for."""
    transport = FakeTransport().respond(json={"ip_pools": [POOL, POOL]})
    async with Mailgun(api_key="key", transport=transport) as mg:
        assert await mg.ip_pools.list(max_items=1).all() == [MODEL]
    assert len(transport.requests) == 1


async def test_domains_follow_an_url_that_is_not_over_tls() -> None:
    """So does Mailgun write it here; the key goes to the configured host over TLS all the same."""
    url = "http://api.mailgun.net/v3/ip_pools/p1/domains?page=a"
    first: dict[str, Any] = {"domains": [{"id": "d1"}], "paging": {"first": "x", "next": url}}
    transport = FakeTransport().respond(json=first).respond(json={"domains": [], "paging": {"next": url}})
    async with Mailgun(api_key="key", transport=transport) as mg:
        assert await mg.ip_pools.list_domains("p1").all() == [LinkedDomain(id="d1")]
    assert transport.requests[1].url == "https://api.mailgun.net/v3/ip_pools/p1/domains?page=a"


async def test_what_cannot_be_is_said_before_anything_is_sent() -> None:
    """With the field and the limit."""
    no_lists: list[Any] = [[], "1.2.3.4"]
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="give either replacement_ip or replacement_pool_id"):
            await mg.ip_pools.delete("p1", replacement_ip="shared", replacement_pool_id="p2")
        with pytest.raises(InvalidArgument, match="limit must be 10 to 500, not 9"):
            mg.ip_pools.list_domains("p1", limit=9)
        with pytest.raises(InvalidArgument, match="give one of name, description, add_ip"):
            await mg.ip_pools.update("p1", add_ips=[])
        for ips in no_lists:
            with pytest.raises(InvalidArgument, match="ips must be a list of at least one IP"):
                await mg.ip_pools.add_ips("p1", ips)
