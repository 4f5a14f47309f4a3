from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from typer.testing import Result

from mailgun_async.testing import Emulator

Run = Callable[..., Result]

MAIL = ("--from", "ada@mg.example.com", "--subject", "Hi", "--text", "Hello %recipient.name%", "--chunk-size", "10")
ROWS = 100

# Whatever started the tests may have told its children to ignore Ctrl-C.
_START = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);from mailgun_async.cli import main; main()"
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are sent as POSIX has them")


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A hundred rows: ten calls."""
    path = tmp_path / "people.csv"
    path.write_text("email,name\n" + "".join(f"user{number}@example.com,U\n" for number in range(ROWS)))
    return path


@contextmanager
def _running(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run `mailgun-async` in a process of its own."""
    command = [sys.executable, "-c", _START, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 -- our own command
        try:
            yield process
        finally:
            process.kill()


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not until():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.01)


def _read_until(stream: IO[str] | None, text: str) -> None:
    assert stream is not None
    for line in stream:
        if text in line:
            return
    raise AssertionError(f"{text!r} did not come")


def _rest(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=20)
    return output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_and_the_one_that_goes_on_reach_everybody_once(
    number: signal.Signals, run: Run, emulator: Emulator, people: Path
) -> None:
    """Calls in flight are finished; what waits for the limit is given up and left to the next run."""
    limit = emulator.limit("token", 50, 3600, dimension="recipients", dialect="headers-ms")
    with _running("send-batch", people, *MAIL, "--json") as process:
        _wait(lambda: limit.units > 0)
        process.send_signal(number)
        _read_until(process.stderr, "stopping")
        document = json.loads(_rest(process))
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
    with _running("send-batch", people, *MAIL, "--max-in-flight", "1", "--json") as process:
        _wait(lambda: emulator.counts.calls == 1)
        process.send_signal(signal.SIGINT)
        document = json.loads(_rest(process))
    assert (process.returncode, document["accepted"], document["skip"]) == (130, 10, 10)
    assert document["unknown"] == []


def test_a_second_ctrl_c_gives_up_what_is_on_the_wire(emulator: Emulator, people: Path) -> None:
    """Then nobody knows, and its rows are written with the id to look up."""
    emulator.faults.add("hang-after", times=1)
    with _running("send-batch", people, *MAIL, "--max-in-flight", "1", "--json") as process:
        _wait(lambda: emulator.counts.accepted == 1)
        process.send_signal(signal.SIGINT)
        _read_until(process.stderr, "stopping")
        process.send_signal(signal.SIGINT)
        document = json.loads(_rest(process))
    assert (process.returncode, document["skip"]) == (130, 10)
    with Path(document["rejects"]).open(newline="") as file:
        rejected = list(csv.DictReader(file))
    assert [row["email"] for row in rejected] == list(emulator.outbox.recipients())
    assert {row["reject_message_id"] for row in rejected} == {emulator.outbox[0].message_id}


def test_a_mail_that_was_interrupted_can_be_looked_up(emulator: Emulator) -> None:
    """Its id is told, as it may have been accepted."""
    emulator.faults.add("hang-after", times=1)
    mail = ("--from", "ada@mg.example.com", "--to", "bob@example.com", "--text", "x")
    with _running("send", *mail) as process:
        _wait(lambda: emulator.counts.accepted == 1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert f"its Message-Id is <{emulator.outbox[0].message_id}>" in errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_emulator_runs_until_it_is_stopped(
    number: signal.Signals, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tells where it is, writes a line for each call, and ends well."""
    options = ("--port", "0", "--limit", "token:1recipients/3600", "--state", tmp_path / "mail.db", "--json")
    with _running("emulator", *options) as process:
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
    assert "/v3/mg.example.com/messages 200" in calls
    assert summary == "1 send calls: 1 accepted (1 recipients), 0 over a limit, 0 refused"
