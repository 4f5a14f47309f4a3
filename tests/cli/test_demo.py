from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mailgun_async.cli import _demo_run
from mailgun_async.cli._demo_sender import finish
from mailgun_async.errors import MailgunError

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _short_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit whose windows pass quickly."""
    monkeypatch.setattr(_demo_run, "_WINDOW_S", 0.1)


def test_everybody_made_up_gets_one_mail(run: Run) -> None:
    """The report says so, and shows one as its reader sees it."""
    result = run("demo", "--recipients", "300", "--rate", "10000")
    assert result.exit_code == 0
    figures = dict(line.rsplit(maxsplit=1) for line in result.stdout.splitlines()[:7])
    assert (figures["accepted"], figures["lost"], figures["duplicates"], figures["calls"]) == ("300", "0", "0", "3")
    assert "Hello Bob," in result.stdout
    assert "300 recipients in recipients.csv" in result.stderr


def test_json_is_one_document(run: Run) -> None:
    """With a share of the allowed rate between 0 and a bit over 1."""
    document = json.loads(run("demo", "--recipients", "300", "--rate", "10000", "--json").stdout)
    assert (document["accepted"], document["lost"], document["duplicates"]) == (300, 0, 0)
    assert 0 < document["share"] <= 1.5
    assert document["mail"]["to"].startswith("user")


def test_a_file_of_ones_own_is_sent_with_its_own_columns(run: Run, tmp_path: Path) -> None:
    """Bad rows are shown, and are not lost."""
    path = tmp_path / "mine.csv"
    path.write_text("email,city\nbob@example.com,Oslo\nnobody,Rome\n,Bonn\n")
    result = run("demo", "--csv", path, "--rate", "10000")
    assert result.exit_code == 0
    assert "city: Oslo" in result.stdout
    figures = dict(line.rsplit(maxsplit=1) for line in result.stdout.splitlines()[:5])
    assert (figures["accepted"], figures["rejected"], figures["bad rows"]) == ("1", "1", "1")


def test_a_lost_or_doubled_mail_is_a_failure(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1: the outbox is what counts, not the report."""

    def recipients(_outbox: object) -> list[str]:
        return ["user1@example.com", "user1@example.com", "user2@example.com"]

    monkeypatch.setattr("mailgun_async.testing._outbox.Outbox.recipients", recipients)
    result = run("demo", "--recipients", "3", "--rate", "10000", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["lost"], document["duplicates"]) == (1, 1, 1)


def test_a_killed_sender_is_followed_by_one_that_goes_on(run: Run) -> None:
    """Everybody gets one mail: what became of the call on the wire is looked up."""
    result = run("demo", "--recipients", "600", "--rate", "2000", "--kill-halfway", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["accepted"], document["lost"], document["duplicates"]) == (0, 600, 0, 0)
    assert document["found"] >= 1
    assert "SIGKILL: the sender is gone" in result.stderr
    assert "0.2 s and not 15" in result.stderr


def test_a_demo_of_one_call_can_be_killed_too(run: Run) -> None:
    """There is no earlier half."""
    result = run("demo", "--recipients", "2", "--rate", "10000", "--kill-halfway")
    assert result.exit_code == 0
    figures = dict(line.rsplit(maxsplit=1) for line in result.stdout.splitlines()[:5])
    assert (figures["accepted"], figures["calls looked up and found"], figures["calls"]) == ("2", "1", "1")


def test_a_sender_that_has_nobody_is_not_killed(run: Run, tmp_path: Path) -> None:
    """It ends by itself."""
    path = tmp_path / "mine.csv"
    path.write_text("email,city\nnobody,Rome\n")
    result = run("demo", "--csv", path, "--kill-halfway", "--json")
    assert (result.exit_code, json.loads(result.stdout)["mail"]) == (0, None)
    assert "SIGKILL:" not in result.stderr


async def test_a_sender_that_fails_says_why() -> None:
    """The last line of what it said."""
    code = "import sys; sys.exit('first\\nlast')"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stderr=asyncio.subprocess.PIPE)
    with pytest.raises(MailgunError, match="the sender ended with 1: last"):
        await finish(process)


def test_a_file_without_recipients_is_an_error(run: Run, tmp_path: Path) -> None:
    """There is no campaign to nobody."""
    path = tmp_path / "mine.csv"
    path.write_text("email,city\n")
    result = run("demo", "--csv", path)
    assert result.exit_code == 2
    assert "no recipients" in result.stderr
