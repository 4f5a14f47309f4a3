from __future__ import annotations

import pytest

from mailgun_async import Mailgun, UnexpectedAnswer
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.exports import Export
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

EXPORT = {"id": "e1", "status": "complete", "url": "/v3/domains"}
MODEL = Export(id="e1", status="complete", url="/v3/domains")

CASES = [
    Case(
        call=lambda mg: mg.exports.list(url="/v3/domains"),
        http="GET /v3/exports",
        path="/v3/exports",
        query={"url": ["/v3/domains"]},
        answer={"items": [EXPORT]},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.exports.get("e1"),
        http="GET /v3/exports/{id}",
        path="/v3/exports/e1",
        answer=EXPORT,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.exports.create("/v3/domains"),
        http="POST /v3/exports",
        path="/v3/exports",
        fields={"url": ["/v3/domains"]},
        answer={"message": "started"},
        gives=Done(message="started"),
    ),
    Case(
        call=lambda mg: mg.exports.get_download_url("e1"),
        http="GET /v3/exports/{id}/download_url",
        path="/v3/exports/e1/download_url",
        status=302,
        answer_headers={"Location": "https://files.example.net/e1.csv"},
        gives="https://files.example.net/e1.csv",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


@pytest.mark.parametrize("status", [200, 303])
async def test_an_export_without_a_file_is_told(status: int) -> None:
    """There is no redirect, or it leads nowhere."""
    async with Mailgun(api_key="key", transport=FakeTransport().respond(status, json={})) as mg:
        with pytest.raises(UnexpectedAnswer):
            await mg.exports.get_download_url("e1")
