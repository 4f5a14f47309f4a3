from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import Result

from mailgun_async import testing
from mailgun_async.testing import Emulator

Run = Callable[..., Result]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Emulator]:
    """The emulators that commands make; each is stopped while it starts."""
    emulators: list[Emulator] = []

    class _Short(Emulator):
        async def start(self) -> None:
            emulators.append(self)
            raise asyncio.CancelledError

    monkeypatch.setattr(testing, "Emulator", _Short)
    return emulators


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("token:300/60", ("token", 300, 60.0, "requests", "headers-s")),
        ("leaky:20000recipients/30s", ("leaky", 20_000, 30.0, "recipients", "headers-s")),
        ("fixed:5 bytes/0.5:body-date", ("fixed", 5, 0.5, "bytes", "body-date")),
    ],
)
def test_a_limit_is_set_as_it_is_written(text: str, expected: Sequence[object], run: Run, made: list[Emulator]) -> None:
    """Kind, limit, what is counted, window and dialect."""
    run("emulator", "--limit", text)
    [rule] = made[0]._limits.rules
    assert (rule.kind, rule.limit, rule.window_s, rule.dimension, rule.dialect) == expected


def test_faults_are_switched_on_as_they_are_written(run: Run, made: list[Emulator]) -> None:
    """Name, share and seconds."""
    run("emulator", "--fault", "502-after:0.1", "--fault", "slow:1:0.5", "--fault", "rst-before")
    faults = [(fault.name, fault.rate, fault.seconds) for fault in made[0].faults.active]
    assert faults == [("502-after", 0.1, 0.0), ("slow", 1.0, 0.5), ("rst-before", 1.0, 0.0)]


def test_domains_are_those_given(run: Run, made: list[Emulator]) -> None:
    """The first is the one that is told."""
    run("emulator", "--domain", "a.example.com", "--domain", "b.example.com")
    assert made[0].domains == ("a.example.com", "b.example.com")


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        ("--limit", "300/60", "--limit must be KIND:LIMIT"),
        ("--limit", "bucket:300/60", "--limit bucket:300/60: kind must be one of fixed"),
        ("--limit", "token:300pages/60", "dimension must be one of requests"),
        ("--fault", "502 after", "--fault must be NAME"),
        ("--fault", "503", "--fault 503: there is no fault '503'"),
        ("--fault", "502-after:7", "--fault 502-after:7:"),
        ("--fault", "slow", "'slow' needs it"),
    ],
)
def test_what_cannot_be_understood_is_a_usage_error(
    option: str, value: str, text: str, run: Run, made: list[Emulator]
) -> None:
    """Before it listens."""
    result = run("emulator", option, value)
    assert (result.exit_code, made) == (2, [])
    assert text in result.stderr


def test_a_port_that_is_taken_is_an_error(run: Run, emulator: Emulator) -> None:
    """Not a traceback."""
    result = run("emulator", "--port", emulator.url.rpartition(":")[2])
    assert result.exit_code == 2
    assert "address already in use" in result.stderr.lower()
    assert "Errno" not in result.stderr


def test_a_state_file_that_cannot_be_opened_is_an_error(run: Run, tmp_path: Path) -> None:
    """Not a traceback."""
    result = run("emulator", "--port", "0", "--state", tmp_path / "no-such-folder" / "mail.db")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
