"""What docs/campaigns.md shows is run, in its order."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from mailgun_async.testing import Emulator

Run = Callable[..., Result]

PAGE = (Path(__file__).parents[2] / "docs" / "campaigns.md").read_text("utf-8")
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with a file of recipients, in which everything runs."""
    rows = [f"user{number}@example.com,User {number},gold,C{number}\n" for number in range(5)]
    (tmp_path / "recipients.csv").write_text("email,name,plan,coupon\n" + "".join(rows))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_example_of_the_page_works(
    run: Run, emulator: Emulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python and the shell in turns; both plan the same campaign, which is sent once."""
    names: dict[str, Any] = {}
    for block in BLOCK.finditer(PAGE):
        if block["kind"] == "python":
            known = set(names)
            exec(compile(block["text"], "docs/campaigns.md", "exec"), names)  # noqa: S102 -- the page is ours
            names["Mailgun"] = emulator.client
            for name in names.keys() - known - {"__builtins__"}:
                if asyncio.iscoroutinefunction(names[name]):
                    asyncio.run(names[name]({"user1@example.com"}) if name == "plan_only" else names[name]())
        elif block["kind"] == "sh":
            for command in block["text"].replace("\\\n", "").splitlines():
                result = run(*shlex.split(command)[1:])
                assert result.exit_code == 0, (command, result.output)
    sent = Counter(emulator.outbox.recipients())
    assert sent == {f"user{number}@example.com": 1 if number == 1 else 2 for number in range(5)}
    assert "complete 5 0 [] []" in capsys.readouterr().out
    assert {"spring-sale.html", "not-reached.csv", "summer-sale.html", "summer-sale.json"} <= {
        path.name for path in folder.iterdir()
    }


def test_the_states_and_statuses_of_the_page_are_those_there_are() -> None:
    """None is missing, and none is invented."""
    rows = re.findall(r"^\| ([^|]+) \|", PAGE, re.MULTILINE)
    named = {name.strip("` ") for row in rows for name in row.split(",")}
    assert {"planned", "intent", "unknown", "sent", "refused", "parked", "split"} <= named
    assert {"not planned", "rejected", "cancelled"} <= named
