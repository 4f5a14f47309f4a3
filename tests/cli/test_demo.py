from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mailgun_async.cli import _demo_run

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
    assert document["mail"]["to"] == "user1@example.com"


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


def test_a_file_without_recipients_shows_no_mail(run: Run, tmp_path: Path) -> None:
    """Nothing to show is no failure."""
    path = tmp_path / "mine.csv"
    path.write_text("email,city\n")
    assert json.loads(run("demo", "--csv", path, "--json").stdout)["mail"] is None
