from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.dynamic_pools import (
    AssignableDomain,
    DynamicPool,
    DynamicPoolDomain,
    DynamicPoolIps,
    HealthCheck,
    HealthMetric,
    HistoryRecord,
)
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

SUCCESS = {"message": "success"}
MOVE = {
    "id": "h1",
    "owning_account_id": "a0",
    "account_id": "a1",
    "account_name": "mine",
    "domain_id": "d1",
    "domain_name": "b.example.com",
    "new_band": "dynamic_good",
    "prev_band": "dynamic_poor",
    "reason": "r",
    "bounce_rate": 0.2,
    "complaint_rate": None,
    "processed_count": 100,
    "initiated_by": "system",
    "timestamp": "2025-09-22T11:13:04.740262-04:00",
}
MOVED = HistoryRecord(
    id="h1",
    owning_account_id="a0",
    account_id="a1",
    account_name="mine",
    domain_id="d1",
    domain_name="b.example.com",
    new_band="dynamic_good",
    prev_band="dynamic_poor",
    reason="r",
    bounce_rate=0.2,
    processed_count=100,
    initiated_by="system",
    timestamp=datetime(2025, 9, 22, 15, 13, 4, 740262, tzinfo=UTC),
)

CASES = [
    Case(
        call=lambda mg: mg.dynamic_pools.list(),
        http="GET /v3/dynamic_pools",
        path="/v3/dynamic_pools",
        answer={
            "pools": [{"account_id": "a1", "enabled": True, "id": "p1", "ips": ["1.0.0.1"], "name": "dynamic_good"}],
            "good_reputation": ["1.0.0.1"],
            "poor_reputation": None,
            "new_senders": ["1.0.0.4"],
        },
        gives=DynamicPoolIps(
            pools=[DynamicPool(account_id="a1", enabled=True, id="p1", ips=["1.0.0.1"], name="dynamic_good")],
            good_reputation=["1.0.0.1"],
            new_senders=["1.0.0.4"],
        ),
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.set_all(
            good_reputation=["1.0.0.1", "1.0.0.2"], poor_reputation=["1.0.0.3"], new_senders=["1.0.0.4"]
        ),
        http="POST /v3/dynamic_pools/all",
        path="/v3/dynamic_pools/all",
        fields={"good_reputation": ["1.0.0.1", "1.0.0.2"], "poor_reputation": ["1.0.0.3"], "new_senders": ["1.0.0.4"]},
        answer={"message": "success"},
        gives=DynamicPoolIps(message="success"),
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.delete_all(),
        http="DELETE /v3/dynamic_pools/all",
        path="/v3/dynamic_pools/all",
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.add_ip("dynamic_good", "1.0.0.1"),
        http="POST /v3/dynamic_pools/{pool_name}/{ip}",
        path="/v3/dynamic_pools/dynamic_good/1.0.0.1",
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.update("dynamic_good", add_ips=["1.0.0.1", "1.0.0.2"], remove_ips=["1.0.0.3"]),
        http="PATCH /v3/dynamic_pools/{pool_name}",
        path="/v3/dynamic_pools/dynamic_good",
        fields={"add_ip": ["1.0.0.1", "1.0.0.2"], "remove_ip": ["1.0.0.3"]},
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.enroll_domain("b.example.com", replacement_ip="shared"),
        http="POST /v3/domains/{name}/dynamic_pools",
        path="/v3/domains/b.example.com/dynamic_pools",
        query={"replacement_ip": ["shared"]},
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.remove_domain(replacement_ip=["1.0.0.1", "1.0.0.2"]),
        http="DELETE /v3/domains/{name}/dynamic_pools",
        path="/v3/domains/mg.example.com/dynamic_pools",
        query={"replacement_ip": ["1.0.0.1", "1.0.0.2"]},
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.remove_domain("b.example.com", replacement_pool_id="p1"),
        http="DELETE /v3/domains/{name}/dynamic_pools",
        path="/v3/domains/b.example.com/dynamic_pools",
        query={"replacement_pool_id": ["p1"]},
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.enroll_all_domains(include_subaccounts=True),
        http="POST /v3/domains/all/dynamic_pools/enroll",
        path="/v3/domains/all/dynamic_pools/enroll",
        query={"include_subaccounts": ["true"]},
        answer={"message": "started"},
        gives=Done(message="started"),
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.list_assignable_domains(domain="^b", subaccount_id="s1"),
        http="GET /v3/domains/dynamic_pools/assignable",
        path="/v3/domains/dynamic_pools/assignable",
        query={"domain": ["^b"], "subaccount_id": ["s1"]},
        answer={"items": [{"account_id": "a1", "id": "d1", "name": "b.example.com"}]},
        gives=[AssignableDomain(account_id="a1", id="d1", name="b.example.com")],
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.list_domains(
            account=["a1", "a2"],
            pool=["dynamic_good", "dynamic_new"],
            sort_by="bounce_rate",
            sort_order="descending",
            limit=100,
        ),
        http="GET /v1/dynamic_pools/domains",
        path="/v1/dynamic_pools/domains",
        query={
            "account": ["a1", "a2"],
            "pool": ["dynamic_good", "dynamic_new"],
            "sort_by": ["bounce_rate"],
            "sort_order": ["descending"],
            "limit": ["100"],
        },
        answer={
            "items": [
                {
                    "id": "d1",
                    "account_id": "a1",
                    "account_name": "mine",
                    "name": "b.example.com",
                    "registered_at": "2025-09-22T11:13:04Z",
                    "pool": "dynamic_good",
                    "override": True,
                    "bounce_rate": 0.01,
                    "complaint_rate": 0,
                    "processed_count": 100,
                }
            ],
            "total_items": 2,
            "paging": {},
        },
        gives=[
            DynamicPoolDomain(
                id="d1",
                account_id="a1",
                account_name="mine",
                name="b.example.com",
                registered_at=datetime(2025, 9, 22, 11, 13, 4, tzinfo=UTC),
                pool="dynamic_good",
                override=True,
                bounce_rate=0.01,
                complaint_rate=0.0,
                processed_count=100,
            )
        ],
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.preview_domain("b.example.com"),
        http="GET /v1/dynamic_pools/domains/{name}/preview",
        path="/v1/dynamic_pools/domains/b.example.com/preview",
        answer={"pool": "dynamic_poor", "results": {"bounce_rate": {"value": 0.25, "band": "dynamic_poor"}}},
        gives=HealthCheck(pool="dynamic_poor", results={"bounce_rate": HealthMetric(value=0.25, band="dynamic_poor")}),
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.list_domain_history("b.example.com"),
        http="GET /v1/dynamic_pools/domains/{name}/history",
        path="/v1/dynamic_pools/domains/b.example.com/history",
        answer=MOVE,
        gives=[MOVED],
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.list_history(
            include_subaccounts=True,
            domain="b.example.com",
            before=datetime(2025, 9, 22, 1, tzinfo=timezone(timedelta(hours=2))),
            after=datetime(2025, 9, 21, tzinfo=UTC),
            moved_to="dynamic_good",
            moved_from="dynamic_poor",
            limit=100,
        ),
        http="GET /v1/dynamic_pools/history",
        path="/v1/dynamic_pools/history",
        query={
            "include_subaccounts": ["true"],
            "domain": ["b.example.com"],
            "before": ["Sun, 21 Sep 2025 23:00:00 GMT"],
            "after": ["Sun, 21 Sep 2025 00:00:00 GMT"],
            "moved_to": ["dynamic_good"],
            "moved_from": ["dynamic_poor"],
            "Limit": ["100"],
        },
        answer={"items": [MOVE], "total_items": 1, "paging": {"Next": "https://api.mailgun.net/v1/x"}},
        gives=[MOVED],
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.override_domain("dynamic_good"),
        http="PUT /v1/dynamic_pools/domains/{name}/override",
        path="/v1/dynamic_pools/domains/mg.example.com/override",
        fields={"pool": ["dynamic_good"]},
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.dynamic_pools.delete_domain_override(),
        http="DELETE /v1/dynamic_pools/domains/{name}/override",
        path="/v1/dynamic_pools/domains/mg.example.com/override",
        answer=SUCCESS,
        gives=Done(message="success"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


@pytest.mark.parametrize(
    ("answer", "moves"),
    [([MOVE, MOVE], 2), ({"items": [MOVE, MOVE]}, 2), ({"items": None}, 0), ([], 0), ({}, 0)],
)
async def test_the_history_of_a_domain_is_read_however_it_comes(answer: Any, moves: int) -> None:
    """Mailgun's document shows one move, and speaks of several."""
    [case] = [case for case in CASES if case.http == "GET /v1/dynamic_pools/domains/{name}/history"]
    await attrs.evolve(case, answer=answer, gives=[MOVED] * moves).check()


async def test_pages_follow_each_other_by_keys_in_capitals() -> None:
    """So are they written in the history of all domains."""
    following = "https://api.mailgun.net/v1/dynamic_pools/history?page=b"
    first = {"items": [MOVE], "paging": {"Next": following}}
    transport = FakeTransport().respond(json=first).respond(json={"items": [], "paging": {}})
    async with Mailgun(api_key="key", transport=transport) as mg:
        assert await mg.dynamic_pools.list_history().all() == [MOVED]
    assert transport.requests[1].url == following


async def test_what_cannot_be_is_said_before_anything_is_sent() -> None:
    """With the field and the limit."""
    async with Mailgun(api_key="key", domain="mg.example.com", transport=FakeTransport()) as mg:
        pools = mg.dynamic_pools
        with pytest.raises(InvalidArgument, match="poor_reputation must have at least one IP"):
            await pools.set_all(good_reputation=["1.0.0.1"], poor_reputation=[], new_senders=["1.0.0.2"])
        with pytest.raises(InvalidArgument, match="give IPs to add or to remove"):
            await pools.update("dynamic_good", add_ips=[])
        with pytest.raises(InvalidArgument, match="give a replacement_ip or a replacement_pool_id"):
            await pools.remove_domain()
        with pytest.raises(InvalidArgument, match="give either replacement_ip or replacement_pool_id"):
            await pools.remove_domain(replacement_ip="shared", replacement_pool_id="p1")
        with pytest.raises(InvalidArgument, match="before must be a datetime with a time zone"):
            pools.list_history(before=datetime(2025, 9, 22))  # noqa: DTZ001 -- it is the point
        for listing in (pools.list_history, pools.list_domains):
            with pytest.raises(InvalidArgument, match="limit must be 1 to 100, not 101"):
                listing(limit=101)
