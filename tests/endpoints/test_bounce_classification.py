from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument
from mailgun_async.endpoints.bounce_classification import (
    BounceCounts,
    Bounced,
    BounceEntity,
    BounceRow,
    BounceRule,
    BounceStat,
    where,
)
from tests.endpoints.table import Case

WHEN = datetime(2006, 1, 2, 22, 4, 5, tzinfo=UTC)
ROW = {
    "account.name": "shop",
    "entity-name": "Gmail",
    "domain.name": "example.com",
    "envelope.i-ip-pool-name": "default",
    "envelope.sending-ip": "1.2.3.4",
    "timestamp": "Mon, 02 Jan 2006 22:04:05 +0000",
    "tags": "daily, campaign1",
    "metrics": {"critical_bounce_count": 10, "critical_bounce_rate": 1},
}
MODEL = BounceRow(
    account_name="shop",
    entity_name="Gmail",
    domain_name="example.com",
    ip_pool_name="default",
    sending_ip="1.2.3.4",
    timestamp=WHEN,
    tags="daily, campaign1",
    metrics=BounceCounts(critical_bounce_count=10, critical_bounce_rate=1.0),
)
STAT = {
    "entity-id": "gmail",
    "entity-name": "Gmail",
    "rule-id": "55ff",
    "category": "ESPBLOCK",
    "severity": "PERMANENT",
    "sample-text": "5.4.1",
    "explanation": "denied",
    "bounced": {"total": 3},
}
STAT_MODEL = BounceStat(
    entity_id="gmail",
    entity_name="Gmail",
    rule_id="55ff",
    category="ESPBLOCK",
    severity="PERMANENT",
    sample_text="5.4.1",
    explanation="denied",
    bounced=Bounced(total=3),
)

CASES = [
    Case(
        call=lambda mg: mg.bounce_classification.query(
            dimensions=["entity-name", "domain.name"],
            metrics=["critical_bounce_count"],
            start=WHEN,
            end=WHEN,
            duration="48h",
            resolution="day",
            filter=where("domain.name", "=", "example.com") & where("criticality", "!=", "low"),
            include_subaccounts=True,
            sort="entity-name:asc",
            limit=10,
            skip=20,
        ),
        http="POST /v2/bounce-classification/metrics",
        path="/v2/bounce-classification/metrics",
        json={
            "dimensions": ["entity-name", "domain.name"],
            "metrics": ["critical_bounce_count"],
            "start": "Mon, 02 Jan 2006 22:04:05 +0000",
            "end": "Mon, 02 Jan 2006 22:04:05 +0000",
            "duration": "48h",
            "resolution": "day",
            "filter": {
                "AND": [
                    {
                        "attribute": "domain.name",
                        "comparator": "=",
                        "values": [{"label": "example.com", "value": "example.com"}],
                    },
                    {"attribute": "criticality", "comparator": "!=", "values": [{"label": "low", "value": "low"}]},
                ]
            },
            "include_subaccounts": True,
            "pagination": {"sort": "entity-name:asc", "limit": 10, "skip": 20},
        },
        answer={"items": [ROW], "pagination": {"sort": "entity-name:asc", "limit": 10, "total": 21}},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.bounce_classification.list_stats(
            group="entity-id,rule-id", limit=5, include_subaccounts=True
        ),
        deprecated=True,
        http="GET /v1/bounce-classification/stats",
        path="/v1/bounce-classification/stats",
        query={"group": ["entity-id,rule-id"], "limit": ["5"], "include_subaccounts": ["true"]},
        answer={"items": [STAT], "_duration": "0s"},
        gives=[STAT_MODEL],
    ),
    Case(
        call=lambda mg: mg.bounce_classification.list_domains(
            query="domain.name:a", include_subaccounts=False, limit=5, skip=10
        ),
        deprecated=True,
        http="GET /v1/bounce-classification/domains",
        path="/v1/bounce-classification/domains",
        query={"query": ["domain.name:a"], "include_subaccounts": ["false"], "limit": ["5"], "skip": ["10"]},
        answer={"items": [STAT], "total": 11},
        gives=[STAT_MODEL],
    ),
    Case(
        call=lambda mg: mg.bounce_classification.list_domain_entities(include_subaccounts=True),
        deprecated=True,
        http="GET /v1/bounce-classification/domains/{domain}/entities",
        path="/v1/bounce-classification/domains/mg.example.com/entities",
        query={"include_subaccounts": ["true"]},
        answer={"items": [STAT]},
        gives=[STAT_MODEL],
    ),
    Case(
        call=lambda mg: mg.bounce_classification.list_entity_rules("gmail"),
        deprecated=True,
        http="GET /v1/bounce-classification/domains/{domain}/entities/{entity-id}/rules",
        path="/v1/bounce-classification/domains/mg.example.com/entities/gmail/rules",
        answer={"items": [STAT]},
        gives=[STAT_MODEL],
    ),
    Case(
        call=lambda mg: mg.bounce_classification.list_entities(),
        deprecated=True,
        http="GET /v1/bounce-classification/config/entities",
        path="/v1/bounce-classification/config/entities",
        answer={"gmail": {"name": "Gmail"}},
        gives={"gmail": BounceEntity(name="Gmail")},
    ),
    Case(
        call=lambda mg: mg.bounce_classification.list_rules(),
        deprecated=True,
        http="GET /v1/bounce-classification/config/rules",
        path="/v1/bounce-classification/config/rules",
        answer={
            "55ff": {
                "entity_id": "gmail",
                "class": "c",
                "sample-text": "s",
                "explanation": "e",
                "short-explanation": "x",
            }
        },
        gives={
            "55ff": BounceRule(entity_id="gmail", class_="c", sample_text="s", explanation="e", short_explanation="x")
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


def test_a_condition_has_a_value() -> None:
    """Said before anything is sent."""
    with pytest.raises(InvalidArgument, match="the condition on tag has no value"):
        where("tag", "=")
