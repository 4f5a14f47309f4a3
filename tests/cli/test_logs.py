from __future__ import annotations

import json
import signal
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import Result

from mailgun_async.cli._log_lines import Seen, follow, line
from mailgun_async.endpoints.logs import LogEvent
from mailgun_async.testing import Emulator
from tests.cli.processes import read_until, rest, running

Run = Callable[..., Result]

NOON = datetime(2027, 1, 31, 12, tzinfo=UTC)


def _sent(run: Run, name: str, *options: str) -> str:
    result = run("send", "--from", "a@mg.example.com", "--subject", "Hi", "--text", "x", "--to", name, *options)
    return result.stdout.strip()


def test_entries_are_lines_below_a_heading(run: Run, emulator: Emulator) -> None:
    """Time, event, recipient, and what else is told."""
    _sent(run, "bob@example.com")
    result = run("logs")
    heading, *lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert heading.split()[0] == "time"
    assert {tuple(one.split()[2:4]) for one in lines} >= {("accepted", "bob@example.com")}


@pytest.mark.parametrize(
    "options",
    [("--recipient", "bob@example.com"), ("--tag", "welcome"), ("--domain", "mg.example.com", "--tag", "welcome")],
)
def test_filters_are_options(run: Run, emulator: Emulator, options: tuple[str, ...]) -> None:
    """They all hold."""
    _sent(run, "bob@example.com", "--tag", "welcome")
    _sent(run, "eve@example.com", "--tag", "other")
    found = [json.loads(one) for one in run("logs", *options, "--event", "accepted", "--json").stdout.splitlines()]
    assert [one["recipient"] for one in found] == ["bob@example.com"]


def test_a_message_is_found_by_its_id(run: Run, emulator: Emulator) -> None:
    """As `send` printed it, in its brackets."""
    message_id = _sent(run, "bob@example.com")
    _sent(run, "eve@example.com")
    lines = run("logs", "--message-id", message_id, "--json").stdout.splitlines()
    assert {json.loads(one)["recipient"] for one in lines} == {"bob@example.com"}


def test_a_stretch_of_time_is_durations_or_moments(run: Run, emulator: Emulator) -> None:
    """Both are counted back from now."""
    _sent(run, "bob@example.com")
    assert run("logs", "--since", "2h", "--json").stdout
    result = run("logs", "--since", "2h", "--until", "1h")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "no entries\n")
    assert "--since must be like" in run("logs", "--since", "yesterday").stderr


def test_no_more_entries_than_asked_for(run: Run, emulator: Emulator) -> None:
    """Over all pages."""
    for _ in range(3):
        _sent(run, "bob@example.com")
    assert len(run("logs", "--max-items", 2, "--json").stdout.splitlines()) == 2


@pytest.mark.parametrize(
    "options", [("--follow", "--until", "1h"), ("--follow", "--max-items", "1"), ("--follow", "--every", "0")]
)
def test_what_cannot_be_followed_is_refused(run: Run, emulator: Emulator, options: tuple[str, ...]) -> None:
    """Before anything is asked."""
    assert run("logs", *options).exit_code == 2


def test_following_shows_what_comes_until_ctrl_c(run: Run, emulator: Emulator) -> None:
    """Each entry once though it is read again and again; Ctrl-C is its end, not an error."""
    _sent(run, "bob@example.com")
    with running("logs", "--follow", "--since", "1h", "--every", "0.05", "--event", "accepted") as process:
        read_until(process.stdout, "bob@example.com")
        _sent(run, "eve@example.com")
        read_until(process.stdout, "eve@example.com")
        process.send_signal(signal.SIGINT)
        assert rest(process) == ""
    assert process.returncode == 0


def _entry(name: str, at: datetime) -> LogEvent:
    return LogEvent(id=name, event="accepted", timestamp=at)


async def test_a_late_entry_is_shown_and_none_twice() -> None:
    """Each look goes back half an hour, but not before the beginning."""
    first, late = _entry("a", NOON), _entry("b", NOON - timedelta(minutes=1))
    answers, starts = [[first], [late, first], []], []

    class Answer:
        def __init__(self, start: datetime) -> None:
            starts.append(start)

        async def __aiter__(self) -> AsyncIterator[LogEvent]:
            for entry in answers.pop(0):
                yield entry

    since = NOON - timedelta(hours=1)
    following = follow(Answer, since, every_s=0.001, now=lambda: NOON)  # type: ignore[arg-type] # it is gone through, no more
    assert [(await anext(following)).id, (await anext(following)).id] == ["a", "b"]
    assert starts == [since, NOON - timedelta(minutes=30)]


def test_what_is_too_old_to_come_again_is_forgotten() -> None:
    """So that memory stays flat."""
    seen = Seen()
    assert seen.take(_entry("a", NOON), NOON)
    assert not seen.take(_entry("a", NOON), NOON)
    seen.start(NOON, NOON + timedelta(minutes=31))
    assert seen.take(_entry("a", NOON), NOON)


def test_a_line_tells_why_mail_failed() -> None:
    """Severity beside the event, reason behind the recipient."""
    entry = LogEvent(
        id="a", event="failed", severity="permanent", reason="suppress-bounce", recipient="b@x.com", timestamp=NOON
    )
    assert line(entry).split() == ["2027-01-31", "12:00:00", "failed", "perm", "b@x.com", "suppress-bounce"]
