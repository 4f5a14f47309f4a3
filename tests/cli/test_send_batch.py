from __future__ import annotations

import asyncio
import csv
import gzip
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import Result

from mailgun_async import Mailgun
from mailgun_async.cli._rows_file import RowsFile
from mailgun_async.testing import Emulator

Run = Callable[..., Result]

MAIL = ("--from", "ada@mg.example.com", "--subject", "Hi %recipient.name%", "--text", "Code %recipient.code%")


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Ten good rows on lines 2 to 11."""
    path = tmp_path / "people.csv"
    rows = [f"user{number}@example.com,User {number},C{number}\n" for number in range(1, 11)]
    path.write_text("email,name,code\n" + "".join(rows))
    return path


def _rejected(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        return list(csv.DictReader(file))


def test_each_row_gets_a_mail_with_its_own_values(run: Run, emulator: Emulator, people: Path) -> None:
    """Columns are variables; nobody sees another's address."""
    result = run("send-batch", people, *MAIL)
    assert result.exit_code == 0
    [mail] = emulator.outbox.to("user3@example.com")
    assert (mail.to, mail.subject, mail.text) == ("user3@example.com", "Hi User 3", "Code C3")
    assert len(emulator.outbox) == 10
    assert "accepted" in result.stdout
    assert [file.name for file in people.parent.iterdir()] == ["people.csv"]


def test_json_is_one_document(run: Run, emulator: Emulator, people: Path) -> None:
    """The report, and where to go on."""
    result = run("send-batch", people, *MAIL, "--json", "--chunk-size", "4")
    document = json.loads(result.stdout)
    assert (document["accepted"], document["calls"], document["taken"]) == (10, 3, 10)
    assert (document["complete"], document["skip"], document["exit_code"]) == (True, 10, 0)
    assert (document["rejects"], document["unsent"]) == (None, None)
    assert result.stderr == ""


def test_bad_rows_and_addresses_are_written_down_with_their_lines(run: Run, emulator: Emulator, people: Path) -> None:
    """Exit code 1; the others got their mail."""
    with people.open("ab") as file:
        file.write(b"x@example.com,too,many,columns\n,nobody,C\nbob,Bob,C\nj@example.com,J\xfcrgen,C\n")
    result = run("send-batch", people, *MAIL)
    assert (result.exit_code, len(emulator.outbox)) == (1, 10)
    rejected = _rejected(people.with_name("people-rejects.csv"))
    assert [(row["reject_line"], row["reject_status"]) for row in rejected] == [
        ("12", "bad row"),
        ("13", "bad row"),
        ("14", "rejected"),
        ("15", "bad row"),
    ]
    assert [row["reject_reason"] for row in rejected[:2]] == ["4 columns instead of 3", "no address"]
    assert "4 rows to look at, with lines and reasons: " in result.stdout
    assert "  line 12: bad row, 4 columns instead of 3\n" in result.stdout
    assert "  line 14: rejected, 'bob' in recipients is not an address\n" in result.stdout
    assert "--skip" not in result.stdout


def test_the_first_bad_rows_are_shown(run: Run, emulator: Emulator, people: Path) -> None:
    """All of them are in the file."""
    with people.open("a") as file:
        file.write("x@example.com\n" * 9)
    shown = run("send-batch", people, *MAIL).stdout.splitlines()
    assert [line.split(":")[0] for line in shown[-6:]] == [*(f"  line {line}" for line in range(12, 17)), "  ..."]


def test_a_run_that_skips_what_was_handled_sends_nothing_twice(run: Run, emulator: Emulator, people: Path) -> None:
    """Two runs reach everybody once."""
    first = people.with_name("first.csv")
    first.write_text("".join(people.read_text().splitlines(keepends=True)[:5]))
    assert json.loads(run("send-batch", first, *MAIL, "--json").stdout)["skip"] == 4
    second = json.loads(run("send-batch", people, *MAIL, "--skip", "4", "--json").stdout)
    assert (second["taken"], second["skip"]) == (6, 10)
    assert Counter(emulator.outbox.recipients()) == {f"user{number}@example.com": 1 for number in range(1, 11)}


def test_what_cannot_be_written_down_is_printed(
    run: Run, emulator: Emulator, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else knows it; and no run may go on from there."""

    def full(file: RowsFile, _reject: object) -> None:
        raise OSError(28, "No space left on device", str(file.path))

    monkeypatch.setattr(RowsFile, "write", full)
    emulator.faults.add("drop-after", times=1)
    result = run("send-batch", people, *MAIL)
    document = json.loads(result.stdout)
    assert (result.exit_code, document["exit_code"], document["skip"], document["complete"]) == (5, 5, None, False)
    assert document["unknown"][0]["message_id"] == emulator.outbox[0].message_id
    assert "people-rejects.csv: No space left on device" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it stands for a full disk")
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_report_that_stdout_does_not_take_goes_to_stderr(
    options: Sequence[str], emulator: Emulator, people: Path
) -> None:
    """And the exit code is not that of a command that sent nothing."""
    command = [sys.executable, "-m", "mailgun_async", "send-batch", str(people), *MAIL, *options]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603 -- our own command
    said, _, document = done.stderr.partition("\n")
    assert said == "stdout cannot be written: [Errno 28] No space left on device"
    assert (done.returncode, json.loads(document)["accepted"]) == (0, 10)


def test_a_file_that_breaks_off_ends_the_run(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    """Exit code 1, as something was sent; who was not is behind the row that is told."""
    path = tmp_path / "people.csv.gz"
    rows = "".join(f"user{number}@example.com,U,{number}\n" for number in range(20_000))
    path.write_bytes(gzip.compress(f"email,name,code\n{rows}".encode())[:-8])
    result = run("send-batch", path, *MAIL)
    assert result.exit_code == 1
    assert "stopped: " in result.stderr
    assert "people.csv.gz can't be decompressed" in result.stderr
    assert f"--skip {len(emulator.outbox)}\n" in result.stdout


def test_a_stored_template_gets_the_columns(run: Run, emulator: Emulator, people: Path) -> None:
    """It does not read variables of recipients by itself."""

    async def store() -> None:
        async with Mailgun() as mg:
            await mg.templates.create("welcome", template="Code {{code}}")

    asyncio.run(store())
    mail = ("--from", "ada@mg.example.com", "--subject", "Hi", "--template", "welcome")
    assert run("send-batch", people, *mail).exit_code == 0
    [received] = emulator.outbox.to("user3@example.com")
    assert (received.html, received.template_variables) == ("Code C3", {"name": "User 3", "code": "C3"})


def test_an_unknown_fate_exits_with_5_and_leads_to_the_message_id(run: Run, emulator: Emulator, people: Path) -> None:
    """Accepted, and nobody knows: those rows are to be looked up and not sent again."""
    emulator.faults.add("drop-after", times=1)
    result = run("send-batch", people, *MAIL)
    assert result.exit_code == 5
    rejected = _rejected(people.with_name("people-rejects.csv"))
    assert {(row["reject_status"], row["reject_message_id"]) for row in rejected} == {
        ("unknown", emulator.outbox[0].message_id)
    }
    assert [row["email"] for row in rejected] == list(emulator.outbox.recipients())
    assert "look their message ids up" in result.stdout


def test_a_refusal_that_every_call_would_meet_ends_the_run(run: Run, emulator: Emulator, people: Path) -> None:
    """Exit code 4, and the whole file is left to a run that may send."""
    result = run("send-batch", people, *MAIL, "--domain", "other.example.com", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["skip"], document["complete"]) == (4, 0, False)
    assert "Domain not found" in document["stopped"]
    assert [file.name for file in people.parent.iterdir()] == ["people.csv"]


def test_why_a_run_ended_and_how_to_go_on_is_told(run: Run, emulator: Emulator, people: Path) -> None:
    """The reason on stderr."""
    result = run("send-batch", people, *MAIL, "--domain", "other.example.com", "--skip", "2")
    assert "stopped: POST /v3/{domain_name}/messages: 404" in result.stderr
    assert "To go on: the same command with --skip 2" in result.stdout


def test_why_a_call_was_refused_is_told(run: Run, emulator: Emulator, people: Path) -> None:
    """Others might pass, so it does not end the run; here there are no others."""
    result = run("send-batch", people, "--from", "ada@localhost", "--text", "x")
    assert result.exit_code == 4
    assert result.stderr.startswith("not sent: POST /v3/{domain_name}/messages: 400 from parameter is not a valid")


def test_what_a_file_cannot_supply_is_an_error_before_anything_is_sent(
    run: Run, emulator: Emulator, people: Path
) -> None:
    """Exit code 2."""
    result = run("send-batch", people, "--from", "a@mg.example.com", "--text", "%recipient.plan%")
    assert (result.exit_code, emulator.counts.requests) == (2, 0)
    assert "%recipient.plan% is used, and no column has that name" in result.stderr


def test_json_lines_may_be_compressed(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    """Members are variables."""
    path = tmp_path / "people.JSONL.gz"
    with gzip.open(path, "wt") as file:
        file.write('{"address": "bob@example.com", "name": "Bob", "code": 7}\n')
    assert run("send-batch", path, *MAIL, "--address-column", "address").exit_code == 0
    assert emulator.outbox[0].text == "Code 7"


def test_a_csv_is_read_as_it_is_told(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    """Column names, delimiter and encoding; the name is shown beside the address."""
    path = tmp_path / "people.csv"
    path.write_bytes("kontakt|wer|code\nj@example.com|Jürgen|C\n".encode("latin-1"))
    how = ("--address-column", "kontakt", "--name-column", "wer", "--delimiter", "|", "--encoding", "latin-1")
    assert run("send-batch", path, "--from", "a@mg.example.com", "--text", "%recipient.wer%", *how).exit_code == 0
    assert emulator.outbox[0].text == "Jürgen"
    assert "Jürgen" in emulator.outbox[0].to


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["no-such.csv"], "no-such.csv is not a file"),
        (["people.jsonl", "--delimiter", ";"], "--encoding and --delimiter are for CSV"),
        (["people.csv", "--encoding", "utf-9"], "'utf-9' is no encoding"),
        (["people.csv", "--rejects", "people.csv"], "people.csv exists"),
        (["people.csv", "--address-column", "mail"], "no column is named 'mail'"),
    ],
)
def test_what_cannot_be_read_or_written_is_an_error_before_anything_is_sent(
    arguments: list[str], text: str, run: Run, emulator: Emulator, people: Path
) -> None:
    """Exit code 2."""
    people.with_name("people.jsonl").touch()
    arguments = [str(people.with_name(word)) if word.startswith("people.") else word for word in arguments]
    result = run("send-batch", *arguments, *MAIL)
    assert (result.exit_code, emulator.counts.requests) == (2, 0)
    assert text in result.stderr


def test_what_was_learned_of_limits_is_kept(run: Run, emulator: Emulator, people: Path, tmp_path: Path) -> None:
    """For the next run."""
    emulator.refuse_large_batches(above=5)
    learned = tmp_path / "learned.json"
    assert run("send-batch", people, *MAIL, "--learned", learned).exit_code == 0
    assert learned.exists()
    assert len(emulator.outbox) == 10


def test_a_dry_run_shows_the_first_mails_and_counts_the_calls(run: Run, emulator: Emulator, people: Path) -> None:
    """It needs no key, and nothing leaves the process."""
    result = run("send-batch", people, *MAIL, "--dry-run", "--chunk-size", "4")
    assert (result.exit_code, emulator.counts.requests) == (0, 0)
    assert "Hi User 1" in result.stdout
    assert "Hi User 2" in result.stdout
    assert "Hi User 3" not in result.stdout
    assert [line.split() for line in result.stdout.splitlines()[-2:]] == [["recipients", "10"], ["calls", "3"]]


def test_a_dry_run_shows_rows_that_cannot_be_sent_to(run: Run, emulator: Emulator, people: Path) -> None:
    """The first of them; exit code 1, and no file is written."""
    people.write_text("email,name,code\n" + ",nobody,C\n" * 6 + "bob,Bob,C\n" * 6 + "eve@example.com,Eve,C\n")
    result = run("send-batch", people, *MAIL, "--dry-run")
    assert result.exit_code == 1
    assert "line 2: no address\n" in result.stdout
    assert "line 8: 'bob' in recipients is not an address\n" in result.stdout
    assert "... and 2 more rows" in result.stdout
    assert "Hi Eve" in result.stdout
    assert [file.name for file in people.parent.iterdir()] == ["people.csv"]


def test_a_dry_run_tells_machines_the_same(run: Run, emulator: Emulator, people: Path) -> None:
    """One document."""
    with people.open("a") as file:
        file.write(",nobody,C\n")
    document = json.loads(run("send-batch", people, *MAIL, "--dry-run", "--json").stdout)
    assert (document["recipients"], document["calls"]) == (10, 1)
    assert document["mails"][0]["to"] == "user1@example.com"
    assert document["problems"] == [{"line": 12, "reason": "no address"}]


def test_a_dry_run_of_an_unusable_message_is_an_error(run: Run, emulator: Emulator, people: Path) -> None:
    """As the run would be."""
    assert run("send-batch", people, "--from", "bob", "--text", "x", "--dry-run").exit_code == 2


def test_a_dry_run_meets_what_mailgun_would_refuse(run: Run, emulator: Emulator, people: Path) -> None:
    """The local Mailgun checks more than we do."""
    people.write_text("email,name,code\nbob@localhost,Bob,C\neve@example.com,Eve,C\n")
    result = run("send-batch", people, *MAIL, "--dry-run")
    assert result.exit_code == 1
    assert "not a valid address" in result.stdout
