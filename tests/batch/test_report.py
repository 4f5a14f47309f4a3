from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from mailgun_async.batch.block import Rejected
from mailgun_async.batch.chunks import Chunk
from mailgun_async.batch.report import BatchReport, NotSentChunk, UnknownChunk
from mailgun_async.errors import ApiError, DeliveryUnknown, Unauthorized
from mailgun_async.message import Recipient
from mailgun_async.transport.outcome import Accepted, Attempt, Limited, Outcome, Refused
from mailgun_async.transport.request import Request, Response

REQUEST = Request(method="POST", template="/", url="http://test", headers={})


def chunk(*addresses: str) -> Chunk:
    """Make a chunk of these."""
    return Chunk.of({address: {"n": 1} for address in addresses}, {})


@pytest.fixture
def report(refusal: Callable[..., ApiError]) -> BatchReport:
    """One of everything."""
    cause = DeliveryUnknown("who knows", method="POST", template="/")
    return BatchReport(
        taken=10,
        accepted=2,
        rejected=[Rejected("no", "no address", 7)],
        bad_rows=1,
        duplicates=["a@x"],
        unknown=[UnknownChunk(message_id="1@test", cause=cause, chunk=chunk("b@x", "c@x"))],
        not_sent=[NotSentChunk(error=refusal(Unauthorized, "bad key"), chunk=chunk("d@x"))],
        stopped=refusal(Unauthorized, "bad key"),
        elapsed_s=4.0,
    )


def test_what_is_pending_is_taken_and_not_settled(report: BatchReport) -> None:
    """Whatever became of the others."""
    assert report.pending == 10 - (2 + 1 + 1 + 1 + 2 + 1)
    assert report.recipients_per_s == 0.5


def test_a_report_is_json(report: BatchReport) -> None:
    """Errors are told as text."""
    assert json.loads(json.dumps(report.as_dict())) == {
        "taken": 10,
        "accepted": 2,
        "bad_rows": 1,
        "chunks": 0,
        "calls": 0,
        "refusals": 0,
        "waits_s": 0.0,
        "elapsed_s": 4.0,
        "recipients_per_s": 0.5,
        "pending": 2,
        "rejected": [{"address": "no", "reason": "no address", "line": 7}],
        "duplicates": ["a@x"],
        "unknown": [{"message_id": "1@test", "cause": "DeliveryUnknown: who knows", "addresses": ["b@x", "c@x"]}],
        "not_sent": [{"error": "Unauthorized: bad key", "addresses": ["d@x"]}],
        "stopped": "Unauthorized: bad key",
    }
    assert BatchReport().as_dict()["stopped"] is None


def test_those_left_over_can_be_sent_to_again(report: BatchReport) -> None:
    """With their variables."""
    assert report.not_sent[0].recipients == [Recipient("d@x", None, {"n": 1})]
    assert report.unknown[0].recipients == [Recipient("b@x", None, {"n": 1}), Recipient("c@x", None, {"n": 1})]


def test_a_report_shows_no_address(report: BatchReport) -> None:
    """It may end up in a log."""
    assert "@" not in repr(report)


def test_a_report_is_found_on_the_exception_that_ended_its_batch(report: BatchReport) -> None:
    """And on no other."""
    error = KeyError()
    report.attach_to(error)
    assert BatchReport.of(error) is report
    assert BatchReport.of(KeyError()) is None


@pytest.mark.parametrize(
    ("outcome", "status", "refusals"),
    [
        (Accepted(None), 200, 0),
        (Refused(Response(400, {}, b"")), 400, 0),
        (Limited(Response(400, {}, b"")), 400, 1),
        (Refused(Response(429, {}, b""), oversize=True), 429, 1),
        (Refused(Response(420, {}, b""), oversize=True), 420, 1),
    ],
)
def test_attempts_are_counted(outcome: Outcome, status: int, refusals: int) -> None:
    """A rate limit is one whatever its status, and too many requests are whatever else they say."""
    report = BatchReport()
    for number in (1, 2):
        report.count(Attempt(request=REQUEST, number=number, outcome=outcome, status=status, waited_s=1.5, took_s=0.1))
    assert (report.calls, report.refusals, report.waits_s) == (2, 2 * refusals, 3.0)
