from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints._validation import JobStarted, ValidationSummary
from mailgun_async.endpoints.list_preview import Preview
from tests.endpoints.table import Case

PREVIEW = {
    "id": "shop",
    "created_at": 1_590_080_191,
    "quantity": 207_665,
    "status": "preview_complete",
    "valid": True,
    "summary": {"result": {"deliverable": 37.2, "unknown": 62.8}, "risk": {"low": 40, "high": 60}},
}
MODEL = Preview(
    id="shop",
    created_at=datetime.fromtimestamp(1_590_080_191, UTC),
    quantity=207_665,
    status="preview_complete",
    valid=True,
    summary=ValidationSummary(result={"deliverable": 37.2, "unknown": 62.8}, risk={"low": 40.0, "high": 60.0}),
)

CASES = [
    Case(
        call=lambda mg: mg.list_preview.list(),
        http="GET /v4/address/validate/preview",
        path="/v4/address/validate/preview",
        answer={"previews": [PREVIEW]},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.list_preview.create("shop", b"email\nada@example.com\n"),
        http="POST /v4/address/validate/preview/{list_id}",
        path="/v4/address/validate/preview/shop",
        files=[("file", "records.csv", b"email\nada@example.com\n")],
        status=202,
        answer={"id": "shop", "message": "started"},
        gives=JobStarted(id="shop", message="started"),
    ),
    Case(
        call=lambda mg: mg.list_preview.get("shop"),
        http="GET /v4/address/validate/preview/{list_id}",
        path="/v4/address/validate/preview/shop",
        answer={"preview": PREVIEW},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.list_preview.promote("shop"),
        http="PUT /v4/address/validate/preview/{list_id}",
        path="/v4/address/validate/preview/shop",
        answer={"message": "promoted"},
        gives=Done(message="promoted"),
    ),
    Case(
        call=lambda mg: mg.list_preview.delete("shop"),
        http="DELETE /v4/address/validate/preview/{list_id}",
        path="/v4/address/validate/preview/shop",
        answer={"message": "deleted"},
        gives=Done(message="deleted"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()
