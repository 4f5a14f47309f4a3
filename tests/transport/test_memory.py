"""The file in which limits that were learned are kept."""

from __future__ import annotations

import json
import logging
import stat
from pathlib import Path
from typing import Any

import pytest

from mailgun_async.transport.memory import Entry, document, entries, load, name, save

NOW = 1_790_000_000.0
KEY = ("a", "messages", "requests", "mg.example.com")
ENTRY = Entry(at=NOW, rate=5.0, k_s=60.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file in a folder that is not there yet."""
    return tmp_path / "cache" / "limits.json"


def test_what_is_saved_is_loaded(path: Path) -> None:
    """Whole."""
    kept = {name(KEY): ENTRY, "size": Entry(at=NOW, size=125)}
    save(path, document(kept))
    assert entries(load(path), NOW) == kept


def test_nobody_else_can_read_it(path: Path) -> None:
    """Mode 0600, also where a file was before."""
    save(path, document({}))
    path.chmod(0o644)
    save(path, document({}))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_draft_is_left_beside_it(path: Path) -> None:
    """It replaces the old file in one step."""
    save(path, document({}))
    save(path, document({name(KEY): ENTRY}))
    assert [file.name for file in path.parent.iterdir()] == ["limits.json"]


def test_no_file_is_nothing_learned(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And no reason to complain."""
    assert load(path) == {}
    assert caplog.messages == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"format": "another"}', b'"text"'])
def test_a_file_that_is_none_of_ours_is_a_warning(path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """One starts afresh."""
    path.parent.mkdir()
    path.write_bytes(content)
    assert load(path) == {}
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "afresh" in caplog.text


def test_a_path_that_cannot_be_read_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Here it is a folder."""
    assert load(tmp_path) == {}
    assert "cannot be read" in caplog.text


def test_a_path_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file is not a folder."""
    (tmp_path / "file").write_text("x")
    save(tmp_path / "file" / "limits.json", document({}))
    assert "cannot be kept" in caplog.text


def test_a_file_that_cannot_be_replaced_leaves_no_draft(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Here a folder has its name."""
    (tmp_path / "limits.json" / "full").mkdir(parents=True)
    save(tmp_path / "limits.json", document({}))
    assert "cannot be kept" in caplog.text
    assert [file.name for file in tmp_path.iterdir()] == ["limits.json"]


@pytest.mark.parametrize(
    "fields",
    [
        {"at": "yesterday"},
        {"at": NOW, "rate": 0},
        {"at": NOW, "rate": -1.0},
        {"at": NOW, "rate": True},
        {"at": NOW, "limit": float("nan")},
        {"at": NOW, "limit": float("inf")},
        {"at": NOW, "size": "many"},
        {"at": NOW, "unheard_of": 1},
        {"rate": 1.0},
        [],
        None,
    ],
)
def test_an_entry_that_makes_no_sense_is_left_out(fields: Any) -> None:
    """The others are kept."""
    found = json.loads(
        json.dumps({**document({"good": ENTRY}), "limits": {"bad": fields, **document({"good": ENTRY})["limits"]}})
    )
    assert entries(found, NOW) == {"good": ENTRY}


@pytest.mark.parametrize(
    "found", [{}, {"format": "another", "limits": {"x": {"at": NOW}}}, {"limits": {"x": {"at": NOW}}}]
)
def test_a_document_of_another_format_is_nothing(found: dict[str, Any]) -> None:
    """Whatever it holds."""
    assert entries(found, NOW) == {}


def test_limits_that_are_no_object_are_nothing() -> None:
    """Somebody edited the file."""
    assert entries({**document({}), "limits": []}, NOW) == {}


@pytest.mark.parametrize(
    ("age_s", "kept"), [(-3600.0, False), (-30.0, True), (6 * 86_400.0, True), (7 * 86_400.0, False)]
)
def test_an_entry_is_good_for_a_week(age_s: float, kept: bool) -> None:
    """And one from the future is somebody's wrong clock."""
    assert bool(entries(document({"x": ENTRY}), NOW + age_s)) is kept


def test_a_name_tells_nothing() -> None:
    """It is a digest, and another for every part of the key."""
    names = {name(KEY), name(("b", *KEY[1:])), name((*KEY[:3], "other.example.com"))}
    assert len(names) == 3
    assert all(len(found) == 32 and int(found, 16) for found in names)
