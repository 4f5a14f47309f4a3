from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from mailgun_async import BatchReport, InvalidArgument
from mailgun_async.batch.chunks import Chunk
from mailgun_async.batch.report import NotSentChunk, Rejected, UnknownChunk
from mailgun_async.cli._recipients import RecipientsFile
from mailgun_async.cli._rejects import Settled, settle
from mailgun_async.cli._rows_file import RowsFile

HEAD = "email,name\n"


def _chunk(*names: str) -> Chunk:
    return Chunk.of({f"{name}@example.com": {"name": name} for name in names}, {})


def _not_sent(*names: str) -> NotSentChunk:
    return NotSentChunk(error=ConnectionError("no network"), chunk=_chunk(*names))


def _unknown(*names: str) -> UnknownChunk:
    return UnknownChunk(message_id="1@mg.example.com", cause=TimeoutError("silence"), chunk=_chunk(*names))


@attrs.define
class Files:
    """A file that was sent, and what settling it wrote."""

    path: Path
    options: RecipientsFile = attrs.field(factory=RecipientsFile)
    rejects: RowsFile = attrs.field(init=False)
    unsent: RowsFile = attrs.field(init=False)

    async def settle(self, report: BatchReport) -> Settled:
        self.rejects, self.unsent = self.options.leftovers(self.path)
        return await settle(report, self.options.of(self.path), rejects=self.rejects, unsent=self.unsent)

    def rejected(self) -> list[dict[str, str]]:
        with self.rejects.path.open(newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Files]:
    """Write a file of rows."""

    def write(*rows: str, head: str = HEAD) -> Files:
        path = tmp_path / "list.csv"
        path.write_text(head + "".join(f"{row}\n" for row in rows))
        return Files(path)

    return write


def _rows(names: Sequence[str]) -> list[str]:
    return [f"{name}@example.com,{name}" for name in names]


async def test_rows_behind_the_last_accepted_one_are_left_to_the_next_run(file: Callable[..., Files]) -> None:
    """They are not written: `skip` leads to them."""
    files = file(*_rows("abcd"))
    settled = await files.settle(BatchReport(taken=4, accepted=2, not_sent=[_not_sent("c", "d")]))
    assert settled == Settled(skip=2, left=2)
    assert not files.unsent.path.exists()
    assert not files.rejects.path.exists()


async def test_rows_before_an_accepted_one_are_written_as_they_are(file: Callable[..., Files]) -> None:
    """The unsent file is an input like the first."""
    files = file(*_rows("abcd"))
    settled = await files.settle(BatchReport(taken=4, accepted=1, not_sent=[_not_sent("a", "b"), _not_sent("d")]))
    assert settled == Settled(skip=3, left=1)
    assert files.unsent.path.read_text().split() == ["email,name", "a@example.com,a", "b@example.com,b"]


async def test_an_unknown_row_is_handled_and_written_with_its_message_id(file: Callable[..., Files]) -> None:
    """It may have been accepted, so no run goes over it again."""
    files = file(*_rows("abc"))
    settled = await files.settle(BatchReport(taken=3, accepted=1, unknown=[_unknown("b", "c")]))
    assert settled == Settled(skip=3, left=0)
    assert [(row["reject_line"], row["reject_message_id"], row["email"], row["name"]) for row in files.rejected()] == [
        ("3", "1@mg.example.com", "b@example.com", "b"),
        ("4", "1@mg.example.com", "c@example.com", "c"),
    ]


async def test_bad_rows_are_written_as_they_stand_in_the_file(file: Callable[..., Files]) -> None:
    """With the line that an editor shows."""
    files = file("a@example.com,a", "too,many,columns", ",nobody", "b@example.com,b")
    settled = await files.settle(BatchReport(taken=4, accepted=2, bad_rows=2))
    assert settled == Settled(skip=4, left=0)
    assert [(row["reject_line"], row["reject_status"], row["reject_row"]) for row in files.rejected()] == [
        ("3", "bad row", "too,many,columns"),
        ("4", "bad row", ",nobody"),
    ]


async def test_bytes_of_another_encoding_are_kept(tmp_path: Path) -> None:
    """The rejected row can be mended with nothing lost."""
    path = tmp_path / "list.csv"
    path.write_bytes(b"email,name\na@example.com,J\xfcrgen\n")
    files = Files(path)
    await files.settle(BatchReport(taken=1, bad_rows=1))
    assert b"a@example.com,J\xfcrgen" in files.rejects.path.read_bytes()


async def test_rows_rejected_by_ourselves_are_found_by_their_line(file: Callable[..., Files]) -> None:
    """Their address may stand there twice."""
    files = file("a@example.com,a", "nobody,n", "nobody,n")
    report = BatchReport(taken=3, accepted=1, rejected=[Rejected("nobody", "no address", line) for line in (3, 4)])
    assert await files.settle(report) == Settled(skip=3, left=0)
    assert [(row["reject_line"], row["email"]) for row in files.rejected()] == [("3", "nobody"), ("4", "nobody")]


async def test_rows_rejected_by_mailgun_are_found_by_their_address(file: Callable[..., Files]) -> None:
    """And keep what else stands in the row."""
    files = file(*_rows("abc"))
    report = BatchReport(taken=3, accepted=2, rejected=[Rejected("b@example.com", "Mailgun: not a valid address")])
    await files.settle(report)
    [row] = files.rejected()
    assert (row["reject_line"], row["name"], row["reject_reason"]) == ("3", "b", "Mailgun: not a valid address")


async def test_what_the_next_run_would_reject_again_is_left_to_it(file: Callable[..., Files]) -> None:
    """Behind the first row of which nothing was sent, only accepted and unknown ones count as handled."""
    files = file("a@example.com,a", "b@example.com,b", "too,many,columns", "nobody,n")
    report = BatchReport(
        taken=4, accepted=1, bad_rows=1, rejected=[Rejected("nobody", "no address", 5)], not_sent=[_not_sent("b")]
    )
    assert await files.settle(report) == Settled(skip=1, left=3)
    assert not files.rejects.path.exists()


async def test_of_two_rows_with_one_address_the_right_one_is_written(file: Callable[..., Files]) -> None:
    """Their variables tell them apart."""
    files = file("a@example.com,first", "a@example.com,second", "b@example.com,b")
    unsent = NotSentChunk(error=ConnectionError(), chunk=Chunk.of({"a@example.com": {"name": "second"}}, {}))
    await files.settle(BatchReport(taken=3, accepted=2, not_sent=[unsent]))
    assert files.unsent.path.read_text().split() == ["email,name", "a@example.com,second"]


async def test_rows_beyond_those_taken_are_not_looked_at(file: Callable[..., Files]) -> None:
    """The batch did not read them."""
    files = file(*_rows("abcd"), "too,many,columns")
    assert await files.settle(BatchReport(taken=2, accepted=1, not_sent=[_not_sent("b")])) == Settled(skip=1, left=1)


async def test_skipped_rows_are_not_looked_at(file: Callable[..., Files]) -> None:
    """A former run has settled them."""
    files = file("too,many,columns", *_rows("ab"))
    files.options = RecipientsFile(skip=1)
    assert await files.settle(BatchReport(taken=2, accepted=1, not_sent=[_not_sent("b")])) == Settled(skip=1, left=1)
    assert not files.rejects.path.exists()


async def test_a_row_that_is_no_longer_in_the_file_is_written_without_a_line(file: Callable[..., Files]) -> None:
    """Somebody changed the file meanwhile: nothing is lost all the same."""
    files = file(*_rows("a"))
    report = BatchReport(
        taken=3, unknown=[_unknown("gone")], rejected=[Rejected("left@example.com", "no variable name", 9)]
    )
    await files.settle(report)
    assert [(row["reject_line"], row["email"]) for row in files.rejected()] == [
        ("9", "left@example.com"),
        ("", "gone@example.com"),
    ]


async def test_addresses_are_recognized_with_names_and_written_with_them(file: Callable[..., Files]) -> None:
    """`Ada <a@example.com>` is the address of a row, too; what is no address stays as it is."""
    files = file("Ada <a@example.com>,a", "nobody,n", "b@example.com,b")
    report = BatchReport(
        taken=3, accepted=1, not_sent=[_not_sent("a")], rejected=[Rejected("nobody", "not an address", 3)]
    )
    await files.settle(report)
    assert files.unsent.path.read_text().splitlines()[1] == "Ada <a@example.com>,a"


async def test_an_interrupted_call_says_so(file: Callable[..., Files]) -> None:
    """A cancellation has no words of its own; of a message of several lines one is made."""
    files = file(*_rows("ab"))
    report = BatchReport(
        taken=2,
        unknown=[
            UnknownChunk(message_id="1", cause=KeyboardInterrupt(), chunk=_chunk("a")),
            UnknownChunk(message_id="2", cause=OSError("two\nlines"), chunk=_chunk("b")),
        ],
    )
    await files.settle(report)
    assert [row["reject_reason"] for row in files.rejected()] == ["interrupted", "two lines"]


async def test_json_lines_lead_to_json_lines(tmp_path: Path) -> None:
    """Members keep their types; ours come first."""
    path = tmp_path / "list.jsonl.gz"
    rows: list[Any] = [
        {"email": "a@example.com", "points": 1},
        {"email": "b@example.com", "points": [2]},
        {"email": "c@example.com", "points": 3},
    ]
    with gzip.open(path, "wt") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows) + "no json\n")
    files = Files(path)
    recipients = Chunk.of({"a@example.com": {"points": 1}}, {}), Chunk.of({"b@example.com": {"points": [2]}}, {})
    report = BatchReport(
        taken=4,
        accepted=1,
        bad_rows=1,
        not_sent=[NotSentChunk(error=ConnectionError(), chunk=recipients[0])],
        unknown=[UnknownChunk(message_id="1", cause=TimeoutError("silence"), chunk=recipients[1])],
    )
    assert await files.settle(report) == Settled(skip=4, left=0)
    assert (files.unsent.path.name, files.rejects.path.name) == ("list-unsent.jsonl", "list-rejects.jsonl")
    assert files.unsent.path.read_text() == '{"email": "a@example.com", "points": 1}\n'
    unknown, bad = map(json.loads, files.rejects.path.read_text().splitlines())
    assert (unknown["reject_line"], unknown["points"]) == (2, [2])
    assert (bad["reject_line"], bad["reject_row"]) == (4, "no json")


async def test_unsent_rows_are_written_as_the_file_is_read(tmp_path: Path) -> None:
    """The same options send them: encoding, delimiter and the name of the address column."""
    path = tmp_path / "list.csv"
    content = "kontakt|wer\na@example.com|Jürgen\nb@example.com|b\n".encode("latin-1")
    path.write_bytes(content)
    files = Files(path, RecipientsFile(encoding="latin-1", delimiter="|", address_column="kontakt"))
    chunk = Chunk.of({"a@example.com": {"wer": "Jürgen"}}, {})
    await files.settle(BatchReport(taken=2, accepted=1, not_sent=[NotSentChunk(error=OSError("x"), chunk=chunk)]))
    assert files.unsent.path.read_bytes().splitlines() == content.splitlines()[:2]


async def test_a_rejects_file_can_be_sent_and_rejected_again(file: Callable[..., Files]) -> None:
    """Its remarks are replaced and not doubled."""
    head = "reject_line,reject_status,reject_reason,reject_message_id,reject_row,email,name\n"
    files = file("3,unknown,x,1,,a@example.com,a", head=head)
    remarks = {"reject_line": "3", "reject_status": "unknown", "reject_reason": "x", "reject_message_id": "1"}
    chunk = Chunk.of({"a@example.com": {**remarks, "reject_row": "", "name": "a"}}, {})
    await files.settle(BatchReport(taken=1, unknown=[UnknownChunk(message_id="2", cause=OSError("y"), chunk=chunk)]))
    assert files.rejects.path.read_text().startswith(head)
    [row] = files.rejected()
    assert (row["reject_line"], row["reject_reason"], row["reject_message_id"]) == ("2", "y", "2")


def test_files_that_are_there_are_never_written_over(tmp_path: Path) -> None:
    """The next run's get the next number, both the same."""
    path = tmp_path / "list.csv"
    for name in ("list.csv", "list-rejects.csv", "list-unsent-2.csv"):
        (tmp_path / name).touch()
    rejects, unsent = RecipientsFile().leftovers(path)
    assert (rejects.path.name, unsent.path.name) == ("list-rejects-3.csv", "list-unsent-3.csv")


def test_a_wanted_file_that_is_there_is_an_error(tmp_path: Path) -> None:
    """Before anything is sent."""
    (tmp_path / "mine.csv").touch()
    with pytest.raises(InvalidArgument, match=r"mine\.csv exists"):
        RecipientsFile(rejects=tmp_path / "mine.csv").leftovers(tmp_path / "list.csv")


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidArgument, match="can't be written: give --rejects FILE"):
        RecipientsFile(rejects=tmp_path / "no-such-folder" / "mine.csv").leftovers(tmp_path / "list.csv")


def test_the_unsent_file_stands_beside_the_wanted_one(tmp_path: Path) -> None:
    """With a name made of its name."""
    _, unsent = RecipientsFile(rejects=tmp_path / "mine.csv").leftovers(tmp_path / "list.csv")
    assert unsent.path == tmp_path / "mine-unsent.csv"


@pytest.mark.parametrize("name", ["list.csv", "list.csv.gz", "list.jsonl"])
def test_rows_are_counted_before_they_are_read(name: str, tmp_path: Path) -> None:
    """For the bar: a header is no row, and what is skipped does not count."""
    path = tmp_path / name
    content = b"email\n" * (not name.endswith("jsonl")) + b"a@example.com\n" * 5
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert RecipientsFile(skip=2).count(path) == 3
    assert RecipientsFile(skip=9).count(path) == 0


def test_a_broken_file_is_not_counted(tmp_path: Path) -> None:
    """Reading it will say why."""
    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress(b"email\na@example.com\n")[:-8])
    assert RecipientsFile().count(path) is None
