from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from mailgun_async.testing import Emulator

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _three_mails(run: Run, emulator: Emulator) -> None:
    """Two with one tag, one with another."""
    for tag in ("welcome", "welcome", "other"):
        mail = ("--from", "a@mg.example.com", "--subject", "Hi", "--text", "x", "--to", "bob@example.com")
        assert run("send", *mail, "--tag", tag).exit_code == 0


def test_figures_are_a_table_with_bars(run: Run) -> None:
    """The most has the longest bar."""
    result = run("metrics", "--by", "tag", "--metric", "accepted_count", "--since", "1d")
    assert result.exit_code == 0, result.output
    heading, *rows = result.stdout.splitlines()
    assert heading.split() == ["tag", "accepted", "accepted_count"]
    shown = {row.split()[0]: row.split()[1:] for row in rows}
    assert (shown["welcome"][0], shown["other"][0]) == ("2", "1")
    assert shown["welcome"][1] == "█" * 30
    assert shown["other"][1] == "█" * 15


def test_json_has_a_document_for_each_row(run: Run) -> None:
    """Dimensions and figures side by side."""
    result = run("metrics", "--by", "tag", "--metric", "accepted_count", "--since", "1d", "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {row["tag"]: row["accepted_count"] for row in rows} == {"welcome": 2, "other": 1}


def test_by_default_days_of_a_week(run: Run) -> None:
    """With the figures that most want."""
    rows = [json.loads(line) for line in run("metrics", "--json").stdout.splitlines()]
    assert sum(row["accepted_count"] for row in rows) == 3
    assert {"time", "delivered_count", "failed_count"} <= rows[0].keys()


@pytest.mark.parametrize("option", [("--metric", "luck"), ("--resolution", "blink"), ("--since", "then")])
def test_an_unknown_word_is_refused(run: Run, option: tuple[str, str]) -> None:
    """With the words there are."""
    result = run("metrics", *option)
    assert (result.exit_code, option[1] in result.stderr) == (2, True)
