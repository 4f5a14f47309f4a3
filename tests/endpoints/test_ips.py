from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mailgun_async import InvalidArgument, Mailgun, MailgunError
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.ips import AllowedIps, DetailedIp, Ip, IpDetail, IpDomain, IpList, Spillover, Started
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

STARTED = {"message": "started", "reference_id": "r1"}
SPILLOVER = {"extra_dedicated_ips": {"pool_id": "p1"}}
SUCCESS = {"message": "success"}

CASES = [
    Case(
        call=lambda mg: mg.ips.list(dedicated=True, enabled=False),
        http="GET /v3/ips",
        path="/v3/ips",
        query={"dedicated": ["true"], "enabled": ["false"]},
        answer={
            "assignable_to_pools": ["5.6.7.8"],
            "details": [{"ip": "1.2.3.4", "is_on_warmup": True, "dedicated": True, "enabled": False}],
            "items": ["1.2.3.4", "5.6.7.8"],
            "total_count": 2,
        },
        gives=IpList(
            assignable_to_pools=["5.6.7.8"],
            details=[IpDetail(ip="1.2.3.4", is_on_warmup=True, dedicated=True, enabled=False)],
            items=["1.2.3.4", "5.6.7.8"],
            total_count=2,
        ),
    ),
    Case(
        call=lambda mg: mg.ips.list_detailed(
            ip="1.2",
            pool_id="any",
            domain_id="none",
            subaccount_id="s1",
            sort_by="address",
            sort_order="descending",
            limit=2,
            skip=4,
        ),
        http="GET /v3/ips/details/all",
        path="/v3/ips/details/all",
        query={
            "ip": ["1.2"],
            "pool_id": ["any"],
            "domain_id": ["none"],
            "subaccount_id": ["s1"],
            "sort_by": ["address"],
            "sort_order": ["descending"],
            "limit": ["2"],
            "skip": ["4"],
        },
        answer={
            "items": [
                {
                    "address": "1.2.3.4",
                    "parent_account_id": "a0",
                    "account_id": "a1",
                    "pool_ids": ["p1"],
                    "dedicated": True,
                    "created_at": "2026-02-16T19:06:01Z",
                    "pool_last_modified_at": "0001-01-01T00:00:00Z",
                    "domains_last_modified_at": "2026-02-16T19:06:02Z",
                }
            ],
            "total_count": 5,
        },
        gives=[
            DetailedIp(
                address="1.2.3.4",
                parent_account_id="a0",
                account_id="a1",
                pool_ids=["p1"],
                dedicated=True,
                created_at=datetime(2026, 2, 16, 19, 6, 1, tzinfo=UTC),
                domains_last_modified_at=datetime(2026, 2, 16, 19, 6, 2, tzinfo=UTC),
            )
        ],
    ),
    Case(
        call=lambda mg: mg.ips.get("1.2.3.4"),
        http="GET /v3/ips/{ip}",
        path="/v3/ips/1.2.3.4",
        answer={"dedicated": True, "ip": "1.2.3.4", "rdns": "ip1-2-3-4.mailgun.net"},
        gives=Ip(dedicated=True, ip="1.2.3.4", rdns="ip1-2-3-4.mailgun.net"),
    ),
    Case(
        call=lambda mg: mg.ips.list_domains("1.2.3.4", search="one two", limit=2, skip=4),
        http="GET /v3/ips/{ip}/domains",
        path="/v3/ips/1.2.3.4/domains",
        query={"search": ["one two"], "limit": ["2"], "skip": ["4"]},
        answer={"items": [{"ips": ["1.2.3.4"], "domain": "one.example.com"}], "total_count": 5},
        gives=[IpDomain(ips=["1.2.3.4"], domain="one.example.com")],
    ),
    Case(
        call=lambda mg: mg.ips.assign_to_all_domains("1.2.3.4"),
        http="POST /v3/ips/{ip}/domains",
        path="/v3/ips/1.2.3.4/domains",
        answer=STARTED,
        gives=Started(message="started", reference_id="r1"),
    ),
    Case(
        call=lambda mg: mg.ips.unassign_from_all_domains("1.2.3.4", alternative="5.6.7.8"),
        http="DELETE /v3/ips/{ip}/domains",
        path="/v3/ips/1.2.3.4/domains",
        query={"alternative": ["5.6.7.8"]},
        answer=STARTED,
        gives=Started(message="started", reference_id="r1"),
    ),
    Case(
        call=lambda mg: mg.ips.unassign_from_domain("1.2.3.4"),
        http="DELETE /v3/domains/{name}/ips/{ip}",
        path="/v3/domains/mg.example.com/ips/1.2.3.4",
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.ips.unassign_from_domain("b.example.com", "ip_pool", replacement_ip="shared"),
        http="DELETE /v3/domains/{name}/ips/{ip}",
        path="/v3/domains/b.example.com/ips/ip_pool",
        query={"ip": ["shared"]},
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.ips.unassign_from_domain("b.example.com", "ip_pool", replacement_pool_id="p2"),
        http="DELETE /v3/domains/{name}/ips/{ip}",
        path="/v3/domains/b.example.com/ips/ip_pool",
        query={"pool_id": ["p2"]},
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.ips.unassign_from_domain_pool("all", replacement_pool_id="p2"),
        http="DELETE /v3/domains/{name}/pool/{ip}",
        path="/v3/domains/mg.example.com/pool/all",
        query={"pool_id": ["p2"]},
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.ips.unassign_from_domain_pool("b.example.com", "ip_pool", replacement_ip="5.6.7.8"),
        http="DELETE /v3/domains/{name}/pool/{ip}",
        path="/v3/domains/b.example.com/pool/ip_pool",
        query={"ip": ["5.6.7.8"]},
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.ips.set_band("1.2.3.4", ip_band="good"),
        http="POST /v3/ips/{addr}/ip_band",
        path="/v3/ips/1.2.3.4/ip_band",
        fields={"ip_band": ["good"]},
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.ips.get_available(),
        http="GET /v3/ips/request/new",
        path="/v3/ips/request/new",
        answer={"allowed": {"dedicated": 1, "shared": 2}},
        gives=AllowedIps(dedicated=1, shared=2),
    ),
    Case(
        call=lambda mg: mg.ips.request_new(),
        http="POST /v3/ips/request/new",
        path="/v3/ips/request/new",
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.ips.get_domain_spillover("b.example.com"),
        http="GET /v3/ips/domain/{name}",
        path="/v3/ips/domain/b.example.com",
        answer=SPILLOVER,
        gives=Spillover(pool_id="p1"),
    ),
    Case(
        call=lambda mg: mg.ips.update_domain_spillover(pool_id="p1"),
        http="PATCH /v3/ips/domain/{name}",
        path="/v3/ips/domain/mg.example.com",
        json=SPILLOVER,
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.ips.get_account_spillover(),
        http="GET /v3/ips/account/settings",
        path="/v3/ips/account/settings",
        answer={"extra_dedicated_ips": {"pool_id": None}},
        gives=Spillover(),
    ),
    Case(
        call=lambda mg: mg.ips.update_account_spillover(pool_id=None),
        http="PATCH /v3/ips/account/settings",
        path="/v3/ips/account/settings",
        json={"extra_dedicated_ips": {"pool_id": None}},
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.ips.update_subaccount_assignments(
            subaccount_ids=["s1", "s2"], link_ips=["1.2.3.4", "1.2.3.5"], unlink_ips=["5.6.7.8"]
        ),
        http="PATCH /v3/ips/subaccounts",
        path="/v3/ips/subaccounts",
        fields={"subaccount_id": ["s1", "s2"], "link_ip": ["1.2.3.4", "1.2.3.5"], "unlink_ip": ["5.6.7.8"]},
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.ips.update_subaccount_assignments(all_subaccounts=True, unlink_ips=["5.6.7.8"]),
        http="PATCH /v3/ips/subaccounts",
        path="/v3/ips/subaccounts",
        fields={"all_subaccounts": ["true"], "unlink_ip": ["5.6.7.8"]},
        answer={"message": "queued"},
        gives=Done(message="queued"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_a_pool_is_replaced_by_one_thing() -> None:
    """Said before anything is sent."""
    ips = Mailgun(api_key="key", domain="mg.example.com", transport=FakeTransport()).ips
    for call in (ips.unassign_from_domain, ips.unassign_from_domain_pool):
        with pytest.raises(InvalidArgument, match="give a replacement_ip or a replacement_pool_id"):
            await call("ip_pool")
        for what in ("ip_pool", "1.2.3.4"):
            with pytest.raises(InvalidArgument, match="give either replacement_ip or replacement_pool_id"):
                await call(what, replacement_ip="shared", replacement_pool_id="p1")


@pytest.mark.parametrize(
    "options",
    [{}, {"subaccount_ids": []}, {"all_subaccounts": False}, {"subaccount_ids": ["s1"], "all_subaccounts": True}],
)
async def test_subaccounts_are_named_or_all(options: dict[str, Any]) -> None:
    """All of them only when it is said."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="give either subaccount_ids or all_subaccounts=True"):
            await mg.ips.update_subaccount_assignments(link_ips=["1.2.3.4"], **options)


async def test_subaccounts_get_or_lose_an_ip() -> None:
    """Said before anything is sent."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="give IPs to link or to unlink"):
            await mg.ips.update_subaccount_assignments(subaccount_ids=["s1"], link_ips=[])


async def test_an_ip_is_bought_once() -> None:
    """A failure that leaves it open is not tried again."""
    transport = FakeTransport().respond(500, json={"message": "Internal Server Error"})
    async with Mailgun(api_key="key", transport=transport) as mg:
        with pytest.raises(MailgunError, match="500"):
            await mg.ips.request_new()
    assert len(transport.requests) == 1
