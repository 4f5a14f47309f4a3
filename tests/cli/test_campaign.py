from __future__ import annotations

import asyncio
import csv
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from mailgun_async import Mailgun, Message
from mailgun_async.campaigns.journal import Claim, Header, Settlement
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.testing import Emulator

Run = Callable[..., Result]

MAIL = ("--from", "ada@mg.example.com", "--subject", "Hi %recipient.name%", "--text", "Code %recipient.code%")
DOMAIN = ("--domain", "mg.example.com")
EVERYBODY = {f"user{number}@example.com": 1 for number in range(1, 11)}


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Ten good rows on lines 2 to 11."""
    path = tmp_path / "people.csv"
    rows = [f"user{number}@example.com,User {number},C{number}\n" for number in range(1, 11)]
    path.write_text("email,name,code\n" + "".join(rows))
    return path


@pytest.fixture
def journal(run: Run, people: Path, tmp_path: Path) -> Path:
    """A campaign of two calls, planned."""
    path = tmp_path / "spring sale.db"
    result = run("campaign", "plan", path, people, *MAIL, *DOMAIN, "--chunk-size", "5", "--name", "spring")
    assert result.exit_code == 0, result.output
    return path


def _on(path: Path, work: Callable[[SqliteJournal], Any]) -> Any:
    """Do something with a journal."""

    async def do() -> Any:
        journal = SqliteJournal(path)
        await journal.open()
        try:
            return await work(journal)
        finally:
            await journal.close()

    return asyncio.run(do())


async def _claim(journal: SqliteJournal) -> Claim:
    now = time.time()
    [first] = await journal.candidates(now=now, limit=1)
    claim = await journal.claim(first.key, owner="elsewhere:1:a", now=now, lease_until=now)
    assert claim is not None
    return claim


def _settled(path: Path, state: Any, outcome: Any = "unknown", **more: Any) -> None:
    """Let the first planned chunk come into a state."""

    async def settle(journal: SqliteJournal) -> None:
        settlement = Settlement(state=state, outcome=outcome, at=time.time(), **more)
        await journal.settle(await _claim(journal), settlement)

    _on(path, settle)


# -- plan --------------------------------------------------------------------------------------------------------------


def test_a_plan_shows_what_will_be_read_and_sends_nothing(run: Run, people: Path, tmp_path: Path) -> None:
    """Without a key; and says how to send it."""
    result = run("campaign", "plan", tmp_path / "c.db", people, *MAIL, *DOMAIN, "--chunk-size", "4")
    assert result.exit_code == 0
    assert "mail 1 of 10" in result.stdout
    assert "Code C1" in result.stdout
    figures = dict(line.rsplit(maxsplit=1) for line in result.stdout.splitlines() if line.startswith(("rec", "calls")))
    assert (figures["recipients"], figures["calls"]) == ("10", "3")
    assert f"Nothing was sent. To send it: mailgun-async campaign send {tmp_path / 'c.db'}" in result.stdout


def test_a_plan_is_one_json_document(run: Run, people: Path, tmp_path: Path) -> None:
    """With the first mails."""
    document = json.loads(run("campaign", "plan", tmp_path / "c.db", people, *MAIL, *DOMAIN, "--json").stdout)
    assert (document["recipients"], document["calls"], document["already_planned"]) == (10, 1, False)
    assert document["mails"][0] == {
        "address": "user1@example.com",
        "subject": "Hi User 1",
        "text": "Code C1",
        "html": None,
    }
    assert (document["domain"], document["rejects"], document["exit_code"]) == ("mg.example.com", None, 0)


def test_rows_that_cannot_be_sent_to_are_written_as_they_are(run: Run, people: Path, tmp_path: Path) -> None:
    """With their lines and reasons, in the format of the file; duplicates are left out."""
    with people.open("a") as file:
        file.write("nobody,N,C\nuser1@EXAMPLE.com,again,C\na,b\n")
    result = run("campaign", "plan", tmp_path / "c.db", people, *MAIL, *DOMAIN)
    assert result.exit_code == 1
    with (tmp_path / "people-rejects.csv").open(newline="") as rejects:
        rows = list(csv.DictReader(rejects))
    assert [(row["reject_line"], row["reject_status"], row["name"]) for row in rows] == [
        ("12", "rejected", "N"),
        ("14", "bad row", ""),
    ]
    assert "people-rejects.csv" in result.stdout
    figures = dict(line.rsplit(maxsplit=1) for line in result.stdout.splitlines() if "  " in line and "│" not in line)
    assert (figures["rejected"], figures["bad rows"], figures["duplicates"]) == ("1", "1", "1")


def test_planning_the_same_again_changes_nothing(run: Run, people: Path, journal: Path) -> None:
    """Something else is an error that says what differs, with a code of its own."""
    again = run("campaign", "plan", journal, people, *MAIL, *DOMAIN, "--chunk-size", "5")
    assert again.exit_code == 0
    assert "planned before; nothing was changed" in again.stdout
    other = run("campaign", "plan", journal, people, *MAIL, *DOMAIN, "--chunk-size", "6")
    assert other.exit_code == 7
    assert "chunk_size was 5, is 6" in other.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("out.txt", "\ufeffuser1@example.com\n\n USER2@example.com \n"),
        ("out.csv", "email\nuser1@example.com\nuser2@example.com\n"),
    ],
)
def test_whoever_is_to_be_left_out_is(run: Run, people: Path, tmp_path: Path, name: str, content: str) -> None:
    """By a list, or by a file like that of the recipients."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    options = ("--exclude", tmp_path / name, "--json")
    document = json.loads(run("campaign", "plan", tmp_path / "c.db", people, *MAIL, *DOMAIN, *options).stdout)
    assert (document["recipients"], document["excluded"], document["exit_code"]) == (8, 2, 0)


def test_a_list_that_is_no_text_is_an_error(run: Run, people: Path, tmp_path: Path) -> None:
    """Before anything is planned."""
    (tmp_path / "out.txt").write_bytes(b"\xff\xfe")
    result = run("campaign", "plan", tmp_path / "c.db", people, *MAIL, *DOMAIN, "--exclude", tmp_path / "out.txt")
    assert (result.exit_code, (tmp_path / "c.db").exists()) == (2, False)
    assert "out.txt is not UTF-8" in result.stderr


def test_a_plan_needs_a_domain(run: Run, people: Path, tmp_path: Path) -> None:
    """It is in every Message-Id."""
    assert run("campaign", "plan", tmp_path / "c.db", people, *MAIL).exit_code == 3


def test_a_plan_that_was_not_completed_is_not_sent(run: Run, emulator: Emulator, people: Path, tmp_path: Path) -> None:
    """It is told; planned once more, it is complete."""
    path = tmp_path / "c.db"
    header = Header(
        id="c1", name=None, domain="mg.example.com", created_at=0.0, state="planning", options={}, common_size=0
    )
    _on(path, lambda journal: journal.begin(header, []))
    result = run("campaign", "send", path)
    assert (result.exit_code, emulator.counts.calls) == (7, 0)
    assert "give campaign plan once more" in result.stderr
    assert run("campaign", "plan", path, people, *MAIL, *DOMAIN).exit_code == 0


# -- send --------------------------------------------------------------------------------------------------------------


def test_the_journal_and_a_key_are_all_it_takes(
    run: Run, emulator: Emulator, people: Path, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the file nor the domain; sent again, nobody gets a second mail."""
    people.unlink()
    monkeypatch.delenv("MAILGUN_DOMAIN")
    for _ in range(2):
        result = run("campaign", "send", journal)
        assert result.exit_code == 0
        assert "complete" in result.stdout
    assert Counter(emulator.outbox.recipients()) == EVERYBODY
    assert emulator.counts.calls == 2


def test_a_run_is_one_json_document(run: Run, emulator: Emulator, journal: Path) -> None:
    """The report, and how it ended; nothing else on stdout."""
    result = run("campaign", "send", journal, "--json")
    document = json.loads(result.stdout)
    assert (document["accepted"], document["stage"], document["name"]) == (10, "complete", "spring")
    assert (document["stopped"], document["interrupted"], document["exit_code"]) == (None, False, 0)
    assert result.stderr == ""


def test_how_far_it_is_can_be_seen_on_a_terminal(
    run: Run, emulator: Emulator, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bar, and a line below it."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR")
    emulator.limit("token", 5, 0.1, dimension="recipients", dialect="headers-ms")
    emulator.faults.add("slow", seconds=0.1)
    result = run("campaign", "send", journal, "--max-in-flight", "1")
    assert result.exit_code == 0
    for shown in ("of 10 accepted", "refusals", "in flight", "0 unknown"):
        assert shown in result.stderr


def test_a_refusal_that_every_call_would_meet_ends_the_run(
    run: Run, emulator: Emulator, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong key: the journal is as it was, and the right one goes on."""
    monkeypatch.setenv("MAILGUN_API_KEY", "wrong")
    result = run("campaign", "send", journal)
    assert (result.exit_code, len(emulator.outbox)) == (4, 0)
    assert "stopped: POST /v3/{domain_name}/messages: 401" in result.stderr
    assert f"To go on: mailgun-async campaign send '{journal}'" in result.stdout
    monkeypatch.setenv("MAILGUN_API_KEY", emulator.api_key)
    assert run("campaign", "send", journal).exit_code == 0
    assert Counter(emulator.outbox.recipients()) == EVERYBODY


def test_a_refused_call_is_told_and_can_be_retried(run: Run, emulator: Emulator, journal: Path) -> None:
    """In Mailgun's words; the rest is sent."""
    _settled(journal, "refused", "refused", status=400, reason="bad tag")
    result = run("campaign", "send", journal)
    assert (result.exit_code, len(emulator.outbox)) == (1, 5)
    assert f"campaign retry-refused '{journal}'" in result.stdout
    assert json.loads(run("campaign", "report", journal, "--json").stdout)["refused"][0]["reason"] == "bad tag"
    retried = run("campaign", "retry-refused", journal)
    assert "Planned again: 5 recipients in 1 calls. To send them:" in retried.stdout
    assert run("campaign", "send", journal).exit_code == 0
    assert Counter(emulator.outbox.recipients()) == EVERYBODY
    nothing = json.loads(run("campaign", "retry-refused", journal, "--json").stdout)
    assert nothing == {"chunks": 0, "recipients": 0}


def test_nothing_is_begun_after_a_moment(run: Run, emulator: Emulator, journal: Path) -> None:
    """The rest stays planned, which is no success; spread over a moment, all of it goes out."""
    past = run("campaign", "send", journal, "--until", "2020-01-31T18:00+01:00")
    assert (past.exit_code, len(emulator.outbox)) == (1, 0)
    assert run("campaign", "send", journal, "--spread-over", "1s", "--until", "2099-01-01T00:00Z").exit_code == 0
    assert Counter(emulator.outbox.recipients()) == EVERYBODY


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--until", "tomorrow"], "--until must be like"),
        (["--until", "2027-01-31T18:00"], "until must be a datetime with a time zone"),
        (["--spread-over", "soon"], "--spread-over must be like 6h, 1d12h or 90m"),
        (["--spread-over", ""], "--spread-over must be like"),
        (["--on-unknown", "hope"], "resend, park or ignore, not 'hope'"),
    ],
)
def test_options_that_are_nothing_are_errors(
    run: Run, emulator: Emulator, journal: Path, arguments: list[str], text: str
) -> None:
    """Before anything is sent."""
    result = run("campaign", "send", journal, *arguments)
    assert (result.exit_code, len(emulator.outbox)) == (2, 0)
    assert text in result.stderr


# -- steer -------------------------------------------------------------------------------------------------------------


def test_a_pause_lasts_until_it_is_ended(run: Run, emulator: Emulator, journal: Path) -> None:
    """`send` says how to end it."""
    assert f"campaign resume '{journal}'" in run("campaign", "pause", journal).stdout
    paused = run("campaign", "send", journal)
    assert (paused.exit_code, len(emulator.outbox)) == (7, 0)
    assert f"mailgun-async campaign resume '{journal}'" in paused.stderr
    assert "To go on: mailgun-async campaign resume" in run("campaign", "report", journal).stdout
    assert run("campaign", "resume", journal).exit_code == 0
    assert Counter(emulator.outbox.recipients()) == EVERYBODY


def test_cancelled_is_for_good(run: Run, emulator: Emulator, journal: Path) -> None:
    """Neither `send` nor `resume` goes on."""
    assert json.loads(run("campaign", "cancel", journal, "--json").stdout) == {"state": "cancelled"}
    for command in ("send", "resume"):
        assert run("campaign", command, journal).exit_code == 7
    assert len(emulator.outbox) == 0


@pytest.mark.skipif(os.name == "nt", reason="terminals are opened as POSIX has them")
@pytest.mark.parametrize(("answer", "code", "state"), [(b"n\n", 1, "ready"), (b"y\n", 0, "cancelled")])
def test_at_a_terminal_it_is_asked_whether_it_is_meant(
    run: Run, journal: Path, answer: bytes, code: int, state: str
) -> None:
    """As it can't be undone."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-c", "from mailgun_async.cli import main; main()", "campaign", "cancel", str(journal)]
    os.write(ours, answer)
    done = subprocess.run(command, stdin=theirs, capture_output=True, check=False, timeout=20)  # noqa: S603 -- our own command
    os.close(ours)
    os.close(theirs)
    assert done.returncode == code
    assert b"Cancel it?" in done.stderr
    assert json.loads(run("campaign", "status", journal, "--json").stdout)["state"] == state


# -- unknown -----------------------------------------------------------------------------------------------------------


def _unknown(path: Path, emulator: Emulator, *, accepted: bool) -> None:
    """Let a call be unknown whose worker is gone."""

    async def lose(journal: SqliteJournal) -> None:
        await _claim(journal)
        await journal.expire(now=time.time() + 1, due_at=time.time())
        [lost] = await journal.unknown(now=time.time(), limit=1)
        if accepted:
            async with Mailgun(api_key=emulator.api_key, base_url=emulator.url) as client:
                mail = Message(
                    from_="a@mg.example.com",
                    to="user1@example.com",
                    text="x",
                    headers={"Message-Id": f"<{lost.message_id}>"},
                )
                await client.messages.send("mg.example.com", mail)

    _on(path, lose)


def test_unknown_calls_are_looked_up(run: Run, emulator: Emulator, journal: Path) -> None:
    """One that the logs have was accepted, and is not sent again; nothing is sent by looking."""
    _unknown(journal, emulator, accepted=True)
    assert "unknown" in run("campaign", "status", journal).stdout
    result = run("campaign", "reconcile", journal)
    assert (result.exit_code, emulator.counts.calls) == (1, 1)
    document = json.loads(run("campaign", "report", journal, "--json").stdout)
    assert (document["accepted"], document["states"]["planned"]["recipients"]) == (5, 5)


def test_a_report_says_that_unknown_calls_can_be_looked_up(run: Run, journal: Path) -> None:
    """When nothing else is left; before that, `send` looks them up by itself."""
    _settled(journal, "unknown", due_at=time.time())
    assert "campaign reconcile" not in run("campaign", "report", journal).stdout
    _settled(journal, "sent", "accepted")
    assert f"To look the unknown ones up: mailgun-async campaign reconcile '{journal}'" in (
        run("campaign", "report", journal).stdout
    )


def test_a_call_that_nobody_may_look_up_is_parked_and_can_be_retried(
    run: Run, emulator: Emulator, journal: Path
) -> None:
    """Its exit code says that mail may have been accepted; retried, it is looked up once more."""
    _settled(journal, "parked", reason="nobody may look")
    parked = run("campaign", "send", journal)
    assert (parked.exit_code, len(emulator.outbox)) == (5, 5)
    assert f"campaign retry-parked '{journal}'" in parked.stdout
    assert run("campaign", "retry-parked", journal).exit_code == 1
    assert emulator.counts.calls == 1
    assert run("campaign", "send", journal).exit_code == 0
    assert Counter(emulator.outbox.recipients()) == EVERYBODY


# -- tell --------------------------------------------------------------------------------------------------------------


def test_the_status_is_told_at_any_time(run: Run, journal: Path) -> None:
    """In recipients; without a key."""
    shown = run("campaign", "status", journal).stdout
    assert {"spring", "mg.example.com", "ready", "10"} <= set(shown.split())
    document = json.loads(run("campaign", "status", journal, "--json").stdout)
    assert document["states"] == {"planned": {"chunks": 2, "recipients": 10}}
    assert (document["recipients"], document["name"]) == (10, "spring")


def test_a_report_can_be_a_page_and_a_file_of_rejects(run: Run, journal: Path, tmp_path: Path) -> None:
    """A campaign that goes on is no failure."""
    _settled(journal, "refused", "refused", reason="bad tag")
    page, rejects = tmp_path / "report.html", tmp_path / "rejects.csv"
    result = run("campaign", "report", journal, "--html", page, "--rejects", rejects)
    assert result.exit_code == 0
    assert "spring" in page.read_text(encoding="utf-8")
    with rejects.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["status"], row["reason"]) for row in rows] == [("refused", "bad tag")] * 5
    assert f"{rejects} (5)" in result.stderr
    assert str(page) in result.stderr


def test_a_report_of_what_is_settled_tells_how_it_ended(run: Run, journal: Path) -> None:
    """5 where mail may have been accepted, 1 where it was refused."""
    _settled(journal, "refused", "refused", reason="bad tag")
    _settled(journal, "refused", "refused", reason="bad tag")
    assert run("campaign", "report", journal).exit_code == 1
    assert run("campaign", "retry-refused", journal).exit_code == 0
    _settled(journal, "parked")
    _settled(journal, "parked")
    assert run("campaign", "report", journal).exit_code == 5


@pytest.mark.parametrize("command", ["send", "resume", "pause", "status", "report", "reconcile", "retry-refused"])
def test_what_is_no_journal_is_told(run: Run, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not there is not made; another kind of file is left alone; an empty one holds no plan."""
    monkeypatch.setenv("MAILGUN_API_KEY", "key")
    missing, other, empty = tmp_path / "typo.db", tmp_path / "other.db", tmp_path / "empty.db"
    other.write_text("a text of a page or two" * 100)
    _on(empty, SqliteJournal.header)
    assert run("campaign", command, missing).exit_code == 2
    assert not missing.exists()
    assert run("campaign", command, other).exit_code == 7
    assert other.read_text() == "a text of a page or two" * 100
    assert run("campaign", command, empty).exit_code == (0 if command == "retry-refused" else 7)
