from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mailgun_async.testing import Emulator
from tests.cli.processes import read_until, rest, running, wait

Run = Callable[..., Result]

MAIL = ("--from", "ada@mg.example.com", "--subject", "Hi", "--text", "Hello %recipient.name%", "--chunk-size", "10")
ROWS = 100

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are sent as POSIX has them")
both = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A hundred rows: ten calls."""
    path = tmp_path / "people.csv"
    path.write_text("email,name\n" + "".join(f"user{number}@example.com,U\n" for number in range(ROWS)))
    return path


@both
def test_a_stopped_run_and_the_one_that_goes_on_reach_everybody_once(
    number: signal.Signals, run: Run, emulator: Emulator, people: Path
) -> None:
    """Calls in flight are finished; what waits for the limit is given up and left to the next run."""
    limit = emulator.limit("token", 50, 3600, dimension="recipients", dialect="headers-ms")
    with running("send-batch", people, *MAIL, "--json") as process:
        wait(lambda: limit.units > 0)
        process.send_signal(number)
        read_until(process.stderr, "stopping")
        document = json.loads(rest(process))
    assert (process.returncode, document["exit_code"], document["complete"]) == (130, 130, False)
    assert document["accepted"] == len(emulator.outbox)
    assert document["rejects"] is None
    emulator.remove_limit(limit)
    assert run("send-batch", people, *MAIL, "--skip", document["skip"]).exit_code == 0
    if document["unsent"]:
        assert run("send-batch", document["unsent"], *MAIL).exit_code == 0
    assert Counter(emulator.outbox.recipients()) == {f"user{number}@example.com": 1 for number in range(ROWS)}


def test_a_call_on_the_wire_is_waited_for(emulator: Emulator, people: Path) -> None:
    """Its answer comes, and is counted."""
    emulator.faults.add("slow", seconds=0.2)
    with running("send-batch", people, *MAIL, "--max-in-flight", "1", "--json") as process:
        wait(lambda: emulator.counts.calls == 1)
        process.send_signal(signal.SIGINT)
        document = json.loads(rest(process))
    assert (process.returncode, document["accepted"], document["skip"]) == (130, 10, 10)
    assert document["unknown"] == []


@both
def test_a_second_stop_gives_up_what_is_on_the_wire(number: signal.Signals, emulator: Emulator, people: Path) -> None:
    """Then nobody knows, and its rows are written with the id to look up."""
    emulator.faults.add("hang-after", times=1)
    with running("send-batch", people, *MAIL, "--max-in-flight", "1", "--json") as process:
        wait(lambda: emulator.counts.accepted == 1)
        process.send_signal(number)
        read_until(process.stderr, "stopping")
        process.send_signal(number)
        document = json.loads(rest(process))
    assert (process.returncode, document["skip"]) == (130, 10)
    with Path(document["rejects"]).open(newline="") as file:
        rejected = list(csv.DictReader(file))
    assert [row["email"] for row in rejected] == list(emulator.outbox.recipients())
    assert {row["reject_message_id"] for row in rejected} == {emulator.outbox[0].message_id}


@both
def test_a_mail_that_was_interrupted_can_be_looked_up(number: signal.Signals, emulator: Emulator) -> None:
    """Its id is told, as it may have been accepted."""
    emulator.faults.add("hang-after", times=1)
    mail = ("--from", "ada@mg.example.com", "--to", "bob@example.com", "--text", "x")
    with running("send", *mail) as process:
        wait(lambda: emulator.counts.accepted == 1)
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert f"its Message-Id is <{emulator.outbox[0].message_id}>" in errors


def test_a_signal_that_is_ignored_stays_ignored(emulator: Emulator, people: Path) -> None:
    """As that of Ctrl-C is for jobs in the background."""
    emulator.faults.add("slow", seconds=0.2, times=1)
    ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        command = [sys.executable, "-m", "mailgun_async", "send-batch", str(people), *MAIL, "--max-in-flight", "1"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603 -- our own command
            wait(lambda: emulator.counts.calls == 1)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
    finally:
        signal.signal(signal.SIGINT, ignored)
    assert len(emulator.outbox) == ROWS


@both
def test_the_emulator_runs_until_it_is_stopped(
    number: signal.Signals, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tells where it is, writes a line for each call, and ends well."""
    options = ("--port", "0", "--limit", "token:1recipients/3600", "--state", tmp_path / "mail.db", "--json")
    with running("emulator", *options) as process:
        assert process.stdout is not None
        lines = list(iter(process.stdout.readline, "}\n"))
        local = json.loads("".join(lines) + "}")
        monkeypatch.setenv("MAILGUN_BASE_URL", local["url"])
        monkeypatch.setenv("MAILGUN_API_KEY", local["api_key"])
        mail = ("--domain", local["domains"][0], "--from", "a@mg.example.com", "--to", "b@example.com", "--text", "x")
        assert run("send", *mail).exit_code == 0
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    calls, summary = errors.splitlines()
    assert calls.startswith("POST /v3/mg.example.com/messages")
    assert calls.endswith(" 200")
    assert summary == "1 send calls: 1 accepted (1 recipients), 0 over a limit, 0 refused"
