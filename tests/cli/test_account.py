from __future__ import annotations

from pathlib import Path

import pytest

from mailgun_async import ConfigError
from mailgun_async.cli._account import Account


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody sits at the terminal and types `typed`; what they were asked is collected."""
    asked: list[str] = []

    def prompt(text: str, *, hide_input: bool, err: bool) -> str:
        assert hide_input
        assert err
        asked.append(text)
        return "typed"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", prompt)
    return asked


def test_the_key_file_wins_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was said now counts more than what was set once; the line's end is none of the key."""
    monkeypatch.setenv("MAILGUN_API_KEY", "from-environment")
    file = tmp_path / "key"
    file.write_text("from-file\n")
    assert Account(key_file=file).key() == "from-file"


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, at_terminal: list[str]) -> None:
    """Then nobody is asked."""
    monkeypatch.setenv("MAILGUN_API_KEY", "from-environment")
    assert Account().key() == "from-environment"
    assert at_terminal == []


def test_at_a_terminal_the_key_is_asked_for_unseen(at_terminal: list[str]) -> None:
    """On stderr, so that stdout stays clean."""
    assert Account().key() == "typed"
    assert at_terminal == ["Mailgun API key"]


def test_without_a_terminal_a_missing_key_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job must not wait for an answer that nobody gives."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(ConfigError, match="set MAILGUN_API_KEY or give --key-file FILE"):
        Account().key()


def test_both_regions_may_have_the_domain() -> None:
    """Unless a base URL says where it is."""
    assert Account().hosts() == {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}
    assert Account(base_url="http://127.0.0.1:1").hosts() == {"base URL": "http://127.0.0.1:1"}


def test_a_domain_is_needed_for_sending() -> None:
    """Both ways to give it are named."""
    assert Account(domain="mg.example.com").sending_domain() == "mg.example.com"
    with pytest.raises(ConfigError, match="--domain or set MAILGUN_DOMAIN"):
        Account().sending_domain()
