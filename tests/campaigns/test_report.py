from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from mailgun_async.campaigns.journal import ChunkState, RejectedRecipient, Settlement, Sum
from mailgun_async.campaigns.report import LISTED, CampaignReport, report
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.errors import JournalError
from tests.campaigns.filled import BEGAN, accepted, chunk, claim, fill

NOBODY = RejectedRecipient(address="nobody", reason="'nobody' in recipients is not an address", by="plan", line=7)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    """An open one, with nothing in it."""
    journal = SqliteJournal(tmp_path / "campaign.db")
    await journal.open()
    yield journal
    await journal.close()


async def _report(journal: SqliteJournal) -> CampaignReport:
    return await report(journal, now=BEGAN + 1000)


def _parts(one: CampaignReport) -> int:
    lost = one.rejected + one.bad_rows + one.duplicates + one.excluded
    return one.accepted + one.open + one.refused_recipients + one.parked_recipients + lost


async def test_a_plan_is_open_until_it_is_sent(journal: SqliteJournal) -> None:
    """Everybody taken is in one of the numbers."""
    await fill(journal, [3, 2], rejected=[NOBODY], bad_rows=4, duplicates=5, excluded=6)
    one = await _report(journal)
    assert (one.recipients, one.open, one.accepted, one.complete) == (5, 5, 0, False)
    assert (one.rejected, one.bad_rows, one.duplicates, one.excluded) == (1, 4, 5, 6)
    assert one.taken == _parts(one) == 21
    assert (one.started_at, one.ended_at, one.recipients_per_s) == (None, None, 0.0)


async def test_what_was_sent_is_accepted_and_timed(journal: SqliteJournal) -> None:
    """From the first claim to the last end."""
    await fill(journal, [3, 2])
    await journal.settle(await claim(journal), accepted(1.0))
    await journal.settle(await claim(journal, 1.0), accepted(2.0))
    one = await _report(journal)
    assert (one.accepted, one.open, one.complete) == (5, 0, True)
    assert one.started_at == datetime.fromtimestamp(BEGAN, tz=UTC)
    assert one.ended_at == datetime.fromtimestamp(BEGAN + 2, tz=UTC)
    assert one.recipients_per_s == 2.5


async def test_a_pause_does_not_slow_the_figures(journal: SqliteJournal) -> None:
    """A night in which nothing was on the wire is not time spent sending; a wait for the limiter is."""
    await fill(journal, [3, 3])
    await journal.settle(await claim(journal), accepted(1.0))
    await journal.settle(await claim(journal, 30_000.0), accepted(30_001.0, waited_s=4.0))
    one = await _report(journal)
    assert (one.history.sending_s, one.recipients_per_s, one.history.waits_s) == (6.0, 1.0, 4.0)


async def test_troubled_chunks_are_listed_with_what_is_known(journal: SqliteJournal) -> None:
    """Message-Id, recipients, since when, and why in Mailgun's words."""
    await fill(journal, [1, 2, 3])
    refused = Settlement(state="refused", outcome="refused", at=BEGAN + 1, status=400, reason="no such tag")
    unknown = Settlement(state="unknown", outcome="unknown", at=BEGAN + 2, status=502, reason="502", due_at=BEGAN + 3)
    parked = Settlement(state="parked", outcome="unknown", at=BEGAN + 4, body=b"\xffgone")
    for after_s, settlement in enumerate((refused, unknown, parked)):
        await journal.settle(await claim(journal, after_s), settlement)
    one = await _report(journal)
    [first] = one.refused
    assert (first.ordinal, first.recipients, first.status, first.attempts) == ("0", 1, 400, 1)
    assert first.message_id == chunk("0", 1).message_id
    assert first.since == datetime.fromtimestamp(BEGAN + 1, tz=UTC)
    assert [each.reason for each in (first, *one.unknown, *one.parked)] == ["no such tag", "502", "�gone"]
    assert (one.refused_recipients, one.unknown_recipients, one.parked_recipients) == (1, 2, 3)


async def test_whom_mailgun_rejected_left_a_split_chunk(journal: SqliteJournal) -> None:
    """They are counted once, and the chunk that was split no more."""
    await fill(journal, [3], rejected=[NOBODY])
    guilty = RejectedRecipient(address="0-2@example.com", reason="0-2@example.com is not a valid address", by="mailgun")
    split = Settlement(
        state="split", outcome="refused", at=BEGAN + 1, status=400, children=[chunk("0.0", 2)], rejected=[guilty]
    )
    await journal.settle(await claim(journal), split)
    await journal.settle(await claim(journal), accepted())
    one = await _report(journal)
    assert (one.accepted, one.rejected_by_mailgun, one.rejected, one.complete) == (2, 1, 2, True)
    assert one.taken == _parts(one)
    assert one.rejected_first == [NOBODY, guilty]
    assert one.reasons == {"… in recipients is not an address": 1, "… is not a valid address": 1}


async def test_millions_of_rejected_are_counted_and_not_held(journal: SqliteJournal) -> None:
    """The first thousand are listed; reasons beyond a hundred are one."""
    many = [
        RejectedRecipient(address=f"{number}@example.com", reason=f"reason {number % 150}", by="plan")
        for number in range(LISTED + 200)
    ]
    await fill(journal, rejected=many)
    one = await _report(journal)
    assert (one.rejected, len(one.rejected_first)) == (LISTED + 200, LISTED)
    assert (len(one.reasons), sum(one.reasons.values())) == (101, LISTED + 200)
    assert next(iter(one.reasons)) == "other reasons"


async def test_refusals_and_look_ups_are_counted(journal: SqliteJournal) -> None:
    """A call that was not sent is an attempt, but no call."""
    await fill(journal, [1])
    limited = Settlement(state="planned", outcome="limited", at=BEGAN + 1, status=429, waited_s=0.5)
    unsent = Settlement(state="planned", outcome="unsent", at=BEGAN + 2)
    unknown = Settlement(state="unknown", outcome="unknown", at=BEGAN + 3, due_at=BEGAN + 3)
    for after_s, settlement in enumerate((limited, unsent, unknown)):
        await journal.settle(await claim(journal, after_s), settlement)
    [lost] = await journal.unknown(now=BEGAN + 9, limit=1)
    await journal.resolve(lost, Settlement(state="sent", outcome="found", at=BEGAN + 9))
    history = (await _report(journal)).history
    assert (history.attempts, history.calls, history.refusals, history.lookups) == (3, 2, 1, 1)
    assert dict(history.outcomes) == {"limited": 1, "unsent": 1, "unknown": 1, "found": 1}
    assert (sum(history.series.accepted), sum(history.series.refusals), sum(history.series.failures)) == (1, 1, 2)


@pytest.mark.parametrize("late_first", [True, False])
async def test_an_answer_that_came_too_late_is_a_call_accepted_twice(journal: SqliteJournal, late_first: bool) -> None:
    """It was looked up, not found, sent again, and accepted: whichever of the two is told first."""
    await fill(journal, [4, 1])
    late = await claim(journal)
    await journal.expire(now=BEGAN + 60, due_at=BEGAN + 60)
    [lost] = await journal.unknown(now=BEGAN + 60, limit=1)
    await journal.resolve(lost, Settlement(state="planned", outcome="absent", at=BEGAN + 61))
    again = await claim(journal, 62.0, ordinal="0")
    for held in (late, again) if late_first else (again, late):
        await journal.settle(held, accepted(63.0))
    history = (await _report(journal)).history
    assert (history.accepted_twice, history.twice_recipients) == (1, 4)


async def test_a_call_found_and_then_answered_was_accepted_once(journal: SqliteJournal) -> None:
    """The look-up and the answer speak of the same attempt; so does a second attempt accepted alone."""
    await fill(journal, [4])
    given_back = Settlement(state="planned", outcome="given back", at=BEGAN)
    await journal.settle(await claim(journal), given_back)
    late = await claim(journal)
    await journal.expire(now=BEGAN + 60, due_at=BEGAN + 60)
    [lost] = await journal.unknown(now=BEGAN + 60, limit=1)
    await journal.resolve(lost, Settlement(state="sent", outcome="found", at=BEGAN + 61))
    await journal.settle(late, accepted(63.0))
    assert (await _report(journal)).history.accepted_twice == 0


async def test_a_call_that_nobody_could_look_up_was_one_call(journal: SqliteJournal) -> None:
    """What was decided of it is no attempt of its own."""
    await fill(journal, [1])
    await journal.settle(
        await claim(journal), Settlement(state="unknown", outcome="unknown", at=BEGAN + 1, due_at=BEGAN + 1)
    )
    [lost] = await journal.unknown(now=BEGAN + 9, limit=1)
    await journal.resolve(lost, Settlement(state="parked", outcome="unseen", at=BEGAN + 9_000))
    history = (await _report(journal)).history
    assert (history.attempts, history.calls, history.lookups, history.sending_s) == (1, 1, 0, 1.0)


async def test_all_of_it_is_json(journal: SqliteJournal, tmp_path: Path) -> None:
    """The file holds what `as_dict` returns; instants are ISO 8601."""
    await fill(journal, [2], rejected=[NOBODY])
    await journal.settle(
        await claim(journal), Settlement(state="refused", outcome="refused", at=BEGAN + 1, reason="no")
    )
    one = await _report(journal)
    one.write_json(tmp_path / "report.json")
    document: dict[str, Any] = json.loads((tmp_path / "report.json").read_bytes())
    assert document == json.loads(json.dumps(one.as_dict()))
    assert document["started_at"] == "2025-11-24T16:00:00.000+00:00"
    assert document["states"]["refused"] == {"chunks": 1, "recipients": 2}
    assert document["refused"][0]["reason"] == "no"
    assert document["rejected_first"][0]["line"] == 7
    assert (document["calls"], document["refusals"], document["ended_at"]) == (1, 0, "2025-11-24T16:00:01.000+00:00")


async def test_without_a_plan_there_is_no_report(journal: SqliteJournal) -> None:
    """Nothing was planned."""
    with pytest.raises(JournalError, match="holds no complete plan"):
        await _report(journal)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chunks SET count = count + 1 WHERE key = 1",
        "DELETE FROM chunks WHERE key = 2",
        "DELETE FROM rejected",
        "INSERT INTO rejected (address, reason, by) VALUES ('x', 'y', 'mailgun')",
    ],
)
async def test_sums_that_do_not_equal_the_plan_are_an_error(journal: SqliteJournal, statement: str) -> None:
    """Whatever is missing or too many."""
    await fill(journal, [2, 3], rejected=[NOBODY])
    with sqlite3.connect(journal.path) as db:
        db.execute(statement)
    db.close()
    with pytest.raises(JournalError, match="does not add up to its plan"):
        await _report(journal)


async def test_a_campaign_that_is_being_sent_can_be_reported(journal: SqliteJournal) -> None:
    """Somebody rejected while the report is made is no error."""

    @attrs.define
    class Moving:
        """A journal in which a chunk is split between two looks."""

        _asked: int = 0

        def __getattr__(self, name: str) -> object:
            return getattr(journal, name)

        async def sums(self) -> dict[ChunkState, Sum]:
            found = await journal.sums()
            self._asked += 1
            if self._asked == 1:
                guilty = RejectedRecipient(address="0-1@example.com", reason="no", by="mailgun")
                settlement = Settlement(
                    state="split", outcome="refused", at=BEGAN, children=[chunk("0.0", 1)], rejected=[guilty]
                )
                await journal.settle(await claim(journal), settlement)
            return found

    await fill(journal, [2])
    one = await report(Moving(), now=BEGAN)  # type: ignore[arg-type]  # all but one method are the journal's
    assert (one.recipients, one.open, one.rejected_by_mailgun) == (2, 1, 1)
