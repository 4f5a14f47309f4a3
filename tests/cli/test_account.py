from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from mailgun_async import ConfigError
from mailgun_async.cli import _account
from mailgun_async.cli._account import Account


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody sits at the terminal and types `typed`, unseen; what they were asked is collected."""
    asked: list[str] = []

    def getpass(text: str, stream: object) -> str:
        assert stream is sys.stderr
        asked.append(text)
        return "typed"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(_account, "getpass", getpass)
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
    assert at_terminal == ["Mailgun API key: "]


@pytest.mark.usefixtures("at_terminal")
def test_no_answer_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-D, or Enter alone."""

    def closed(_text: str, _stream: object) -> str:
        raise EOFError

    monkeypatch.setattr(_account, "getpass", closed)
    with pytest.raises(ConfigError, match="no key"):
        Account().key()


def test_ctrl_c_at_the_prompt_is_an_interruption(
    at_terminal: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What follows stands on a line of its own."""

    def interrupted(_text: str, _stream: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(_account, "getpass", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Account().key()
    assert capsys.readouterr().err == "\n"


def test_an_empty_key_file_is_named(tmp_path: Path) -> None:
    """Rather than asking Mailgun with no key."""
    (tmp_path / "key").write_text("\n")
    with pytest.raises(ConfigError, match="key is empty"):
        Account(key_file=tmp_path / "key").key()


def test_without_a_terminal_a_missing_key_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job must not wait for an answer that nobody gives."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(ConfigError, match="set MAILGUN_API_KEY or give --key-file FILE"):
        Account().key()


def test_both_regions_may_have_the_domain() -> None:
    """Unless a base URL says where it is."""
    assert Account().hosts() == {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}
    assert Account(base_url="http://127.0.0.1:1").hosts() == {"": "http://127.0.0.1:1"}


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "http://127.0.0.1:1"),
        ({"region": "eu"}, "https://api.eu.mailgun.net"),
        ({"region": "eu", "base_url": "http://127.0.0.1:2"}, "http://127.0.0.1:2"),
    ],
)
def test_what_is_given_wins_over_the_environment(
    given: dict[str, Any], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An emulator's URL that is still set does not take the mail of a region that is asked for."""
    monkeypatch.setenv("MAILGUN_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("MAILGUN_API_KEY", "key")
    account = Account(**given)
    assert f"({url!r}," in repr(account.client())
    assert url in account.hosts().values()


def test_a_domain_is_needed_for_sending() -> None:
    """Both ways to give it are named."""
    assert Account(domain="mg.example.com").sending_domain() == "mg.example.com"
    with pytest.raises(ConfigError, match="--domain or set MAILGUN_DOMAIN"):
        Account().sending_domain()
