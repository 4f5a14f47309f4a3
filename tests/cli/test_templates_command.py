from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mailgun_async.cli._template_folder import Stored, Version, changes, read_folder, write_folder
from mailgun_async.testing import Emulator

Run = Callable[..., Result]

HELLO = Stored(
    description="Says hello",
    active="v2",
    versions={"v1": Version(text="Hi\r\n"), "v2": Version(text="Hi {{name}}", headers={"Subject": "Hi"})},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one template of two versions."""
    write_folder(tmp_path / "here", {"hello": HELLO})
    return tmp_path / "here"


def test_what_is_pushed_is_pulled_again(run: Run, emulator: Emulator, folder: Path, tmp_path: Path) -> None:
    """Description, versions, headers, and which of them is active, byte for byte."""
    assert run("templates", "push", folder).exit_code == 0
    there = tmp_path / "there"
    result = run("templates", "pull", there, "--json")
    assert (result.exit_code, json.loads(result.stdout)["templates"]) == (0, 1)
    assert read_folder(there) == {"hello": HELLO}
    assert (there / "hello" / "v1.hbs").read_bytes() == b"Hi\r\n"


def test_only_what_differs_is_pushed(run: Run, emulator: Emulator, folder: Path) -> None:
    """A second push has nothing to do, a third one the version that was changed."""
    run("templates", "push", folder)
    assert run("templates", "push", folder).stdout == "nothing differs\n"
    (folder / "hello" / "v1.hbs").write_text("Hello")
    assert run("templates", "push", folder).stdout == "change hello, version v1: template\n"
    assert run("templates", "push", folder).stdout == "nothing differs\n"


def test_a_dry_run_changes_nothing(run: Run, emulator: Emulator, folder: Path, tmp_path: Path) -> None:
    """It tells what a push would do."""
    result = run("templates", "push", folder, "--dry-run", "--json")
    document = json.loads(result.stdout)
    assert document["dry_run"] is True
    assert document["changes"][0] == "create hello"
    assert run("templates", "pull", tmp_path / "there").stdout == "0 templates; files written: 0\n"


def test_pulling_again_writes_nothing(run: Run, emulator: Emulator, folder: Path) -> None:
    """Files that are as they should be keep their time."""
    run("templates", "push", folder)
    assert run("templates", "pull", folder).stdout == "1 templates; files written: 0\n"


def test_what_is_there_alone_stays() -> None:
    """A push deletes nothing."""
    assert list(changes({}, {"hello": HELLO})) == []


def test_another_active_version_is_a_change() -> None:
    """Though no text differs."""
    before = Stored(description=HELLO.description, active="v1", versions=HELLO.versions)
    [change] = changes({"hello": HELLO}, {"hello": before})
    assert (change.kind, change.tag, change.given) == ("change", "v2", {"active": True})


def test_a_description_is_a_change_of_its_own() -> None:
    """Of the template, not of a version."""
    before = Stored(description="", active="v2", versions=HELLO.versions)
    [change] = changes({"hello": HELLO}, {"hello": before})
    assert (str(change), change.given) == ("describe hello", {"description": "Says hello"})


@pytest.mark.parametrize("name", ["../up", "a/b", ".", "..", "größe", "100%"])
def test_no_name_leaves_the_folder(tmp_path: Path, name: str) -> None:
    """Names that make no file names are quoted, and read again as they were."""
    one = {name: Stored(versions={name: Version(text="x")})}
    for path in write_folder(tmp_path / "in", one):
        assert (tmp_path / "in") in path.resolve().parents
        assert path.resolve().parent.parent == (tmp_path / "in").resolve()
    assert read_folder(tmp_path / "in") == one


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("{", "is not as it should be"),
        ("[]", "is not as it should be"),
        ('{"active": "v9"}', "names version v9, which has no v9.hbs"),
    ],
)
def test_a_head_that_cannot_be_used_is_told(run: Run, emulator: Emulator, folder: Path, head: str, reason: str) -> None:
    """Before anything is sent."""
    (folder / "hello" / "template.json").write_text(head)
    result = run("templates", "push", folder)
    assert (result.exit_code, reason in result.stderr) == (2, True)


def test_an_empty_folder_is_a_mistake(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    """Nobody means to push nothing."""
    assert run("templates", "push", tmp_path).exit_code == 2
