from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mailgun_async.testing import Emulator
from tests.cli.processes import read_until, rest, running, wait

Run = Callable[..., Result]

ROWS = 100
EVERYBODY = {f"user{number}@example.com": 1 for number in range(ROWS)}

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are sent as POSIX has them")


@pytest.fixture
def journal(run: Run, tmp_path: Path) -> Path:
    """A campaign of ten calls, planned."""
    people, path = tmp_path / "people.csv", tmp_path / "campaign.db"
    people.write_text("email,name\n" + "".join(f"user{number}@example.com,U\n" for number in range(ROWS)))
    mail = ("--from", "ada@mg.example.com", "--subject", "Hi", "--text", "Hello %recipient.name%")
    planned = run("campaign", "plan", path, people, *mail, "--domain", "mg.example.com", "--chunk-size", "10")
    assert planned.exit_code == 0, planned.output
    return path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_and_the_one_that_goes_on_reach_everybody_once(
    number: signal.Signals, run: Run, emulator: Emulator, journal: Path
) -> None:
    """What waits for the limit is given up and stays planned; it is told how to go on."""
    limit = emulator.limit("token", 50, 3600, dimension="recipients", dialect="headers-ms")
    with running("campaign", "send", journal) as process:
        wait(lambda: limit.units > 0)
        process.send_signal(number)
        read_until(process.stderr, "stopping")
        shown = rest(process)
    assert process.returncode == 130
    assert f"To go on: mailgun-async campaign send {journal}" in shown
    emulator.remove_limit(limit)
    assert run("campaign", "send", journal).exit_code == 0
    assert Counter(emulator.outbox.recipients()) == EVERYBODY


def test_a_call_on_the_wire_is_waited_for(emulator: Emulator, journal: Path) -> None:
    """Its answer comes, and is in the journal."""
    emulator.faults.add("slow", seconds=0.2)
    with running("campaign", "send", journal, "--max-in-flight", "1", "--json") as process:
        wait(lambda: emulator.counts.calls == 1)
        process.send_signal(signal.SIGINT)
        document = json.loads(rest(process))
    assert (process.returncode, document["interrupted"], document["accepted"]) == (130, True, 10)
    assert document["states"]["planned"]["recipients"] == ROWS - 10
    assert document["states"]["intent"]["recipients"] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_gives_up_what_is_on_the_wire(
    number: signal.Signals, run: Run, emulator: Emulator, journal: Path
) -> None:
    """Nobody knows then what became of it: the next run looks it up before anything else happens to it."""
    emulator.faults.add("hang-after", times=1)
    with running("campaign", "send", journal, "--max-in-flight", "1") as process:
        wait(lambda: emulator.counts.accepted == 1)
        process.send_signal(number)
        read_until(process.stderr, "stopping")
        process.send_signal(number)
        shown = rest(process)
    assert process.returncode == 130
    assert "given up are looked up by the next run" in shown
    states = json.loads(run("campaign", "status", journal, "--json").stdout)["states"]
    assert states["intent"] == {"chunks": 1, "recipients": 10}


def test_another_process_sees_a_pause(run: Run, emulator: Emulator, journal: Path) -> None:
    """The one that sends finishes what is on the wire, ends, and says how to go on."""
    emulator.faults.add("slow", seconds=0.1)
    with running("campaign", "send", journal, "--max-in-flight", "1") as process:
        wait(lambda: emulator.counts.accepted > 0)
        assert run("campaign", "pause", journal).exit_code == 0
        shown = rest(process)
    assert len(emulator.outbox) < ROWS
    assert process.returncode == 1
    assert f"To go on: mailgun-async campaign resume {journal}" in shown
    assert run("campaign", "resume", journal).exit_code == 0
    assert Counter(emulator.outbox.recipients()) == EVERYBODY
