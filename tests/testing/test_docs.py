from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text("utf-8")
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    """The page's blocks of one language."""
    return [block["text"] for block in BLOCK.finditer(PAGE) if block["kind"] == kind]


def test_the_pages_project_passes_its_tests(pytester: pytest.Pytester) -> None:
    """Every block with the file name in its first line, each a file of one project, with warnings as errors."""
    files = {text.partition("\n")[0].removeprefix("# "): text for text in [*blocks("toml"), *blocks("python")]}
    assert len(files) == len(blocks("toml")) + len(blocks("python"))
    for name, text in files.items():
        (pytester.path / name).write_text(text, "utf-8")
    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", "-rN", timeout=120)
    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed"}
    assert outcomes["passed"] >= sum(text.count("async def test_") for text in files.values()) > 10


def test_the_pages_emulator_answers_the_pages_questions(tmp_path: Path) -> None:
    """The command is started as it stands there, on a free port."""
    command = next(shlex.split(text) for text in blocks("sh") if text.startswith("mailgun-async emulator"))
    command[command.index("--port") + 1] = "0"
    script = [sys.executable, "-c", "from mailgun_async.cli import main; main()", *command[1:]]
    with subprocess.Popen(script, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- the page is ours
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split("listens on ")[1].split()[0]
            asked = re.findall(r"curl http://127\.0\.0\.1:8025(/\S+)", "".join(blocks("sh")))
            answers = [json.loads(urllib.request.urlopen(url + path).read()) for path in asked]  # noqa: S310 -- loopback
        finally:
            process.terminate()
    assert [sorted(answer)[:2] for answer in answers] == [["accepted", "calls"], ["addresses", "mails"]]
    assert (tmp_path / "mail.db").exists()
