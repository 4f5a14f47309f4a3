from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mailgun_async.testing import Emulator

Run = Callable[..., Result]

MAIL = ("--from", "Ada <ada@mg.example.com>", "--subject", "Hi", "--text", "Hello")


def test_the_id_of_the_mail_is_printed(run: Run, emulator: Emulator) -> None:
    """And nothing else, so that it can be kept in a variable."""
    result = run("send", *MAIL, "--to", "bob@example.com")
    [mail] = emulator.outbox
    assert (result.exit_code, result.stdout) == (0, f"<{mail.message_id}>\n")
    assert (mail.to, mail.subject, mail.text) == ("bob@example.com", "Hi", "Hello")


def test_json_has_the_id_and_mailguns_words(run: Run, emulator: Emulator) -> None:
    """One document."""
    document = json.loads(run("send", *MAIL, "--to", "bob@example.com", "--json").stdout)
    assert document == {"id": f"<{emulator.outbox[0].message_id}>", "message": "Queued. Thank you."}


def test_all_addressees_and_options_arrive(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    """What can be repeated is repeated."""
    file = tmp_path / "order.pdf"
    file.write_bytes(b"%PDF")
    addressees = (
        "--to",
        "bob@example.com",
        "--to",
        "eve@example.com",
        "--cc",
        "cc@example.com",
        "--bcc",
        "b@example.com",
    )
    options = (
        "--attach",
        file,
        "--tag",
        "a",
        "--tag",
        "b",
        "--variable",
        "order=7",
        "--header",
        "X-Id: 9",
        "--test-mode",
    )
    assert run("send", *MAIL, *addressees, *options).exit_code == 0
    assert {mail.recipient for mail in emulator.outbox} == {
        "bob@example.com",
        "eve@example.com",
        "cc@example.com",
        "b@example.com",
    }
    mail = emulator.outbox[0]
    assert (mail.tags, mail.variables, mail.test_mode) == (["a", "b"], {"order": "7"}, True)
    assert mail.headers["X-Id"] == "9"
    assert [(attached.filename, attached.content) for attached in mail.attachments] == [("order.pdf", b"%PDF")]


def test_a_key_from_a_file_opens_the_account(
    run: Run, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment need not have it."""
    monkeypatch.delenv("MAILGUN_API_KEY")
    key = tmp_path / "key"
    key.write_text(f"{emulator.api_key}\n")
    assert run("send", *MAIL, "--to", "bob@example.com", "--key-file", key).exit_code == 0


def test_without_a_key_nothing_is_sent(run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 3."""
    monkeypatch.delenv("MAILGUN_API_KEY")
    result = run("send", *MAIL, "--to", "bob@example.com")
    assert (result.exit_code, emulator.counts.requests) == (3, 0)
    assert "--key-file" in result.stderr


def test_without_a_domain_nothing_is_sent(run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 3."""
    monkeypatch.delenv("MAILGUN_DOMAIN")
    assert run("send", *MAIL, "--to", "bob@example.com").exit_code == 3
    assert emulator.counts.requests == 0


def test_an_unusable_message_is_a_usage_error(run: Run, emulator: Emulator) -> None:
    """Exit code 2, before anything is sent."""
    result = run("send", *MAIL, "--to", "bob")
    assert (result.exit_code, emulator.counts.requests) == (2, 0)
    assert result.stderr == "error: 'bob' in to is not an address\n"


def test_a_missing_file_is_a_usage_error(run: Run, emulator: Emulator) -> None:
    """It is named."""
    result = run("send", "--from", "a@mg.example.com", "--to", "bob@example.com", "--text-file", "no-such.txt")
    assert (result.exit_code, result.stderr) == (2, "error: no-such.txt: No such file or directory\n")


def test_a_missing_option_is_a_usage_error(run: Run) -> None:
    """As the help says."""
    result = run("send", *MAIL)
    assert result.exit_code == 2
    assert "--to" in result.stderr


def test_a_refusal_exits_with_4_and_says_what_to_do(run: Run, emulator: Emulator) -> None:
    """In Mailgun's words and ours."""
    result = run("send", *MAIL, "--to", "bob@example.com", "--domain", "other.example.com")
    assert result.exit_code == 4
    assert "Domain not found: other.example.com" in result.stderr


def test_an_unknown_fate_exits_with_5_and_the_id_to_look_up(run: Run, emulator: Emulator) -> None:
    """The mail was accepted here, and only the emulator knows."""
    emulator.faults.add("502-after", times=1)
    result = run("send", *MAIL, "--to", "bob@example.com", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["exit_code"]) == (5, 5)
    assert document["error"]["message_id"] == emulator.outbox[0].message_id
