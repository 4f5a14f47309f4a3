from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from typer.testing import Result

import mailgun_async
from mailgun_async.cli import main

Run = Callable[..., Result]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line is imported anew."""
    for name in [name for name in sys.modules if name.startswith("mailgun_async.cli.")]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.usefixtures("fresh")
def test_without_the_extra_the_command_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to type stands in the message."""
    monkeypatch.setitem(sys.modules, "typer", None)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == "mailgun-async needs typer, which is not installed: pip install 'mailgun_async[cli]'"


@pytest.mark.usefixtures("fresh")
def test_another_missing_module_is_not_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The advice would be wrong."""
    monkeypatch.setitem(sys.modules, "mailgun_async.cli.send", None)
    with pytest.raises(ModuleNotFoundError, match=r"mailgun_async\.cli\.send"):
        main()


def test_the_command_reads_its_arguments(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """And exits as it is told to."""
    monkeypatch.setattr(sys, "argv", ["whatever", "--version"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("mailgun-async ")


def _python(*arguments: str) -> str:
    """Run a Python of its own, and return what it prints."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout  # noqa: S603 -- our own code


def test_the_package_can_be_run_as_a_module() -> None:
    """Where the folder of commands is not on the path."""
    assert _python("-m", "mailgun_async", "--version") == f"mailgun-async {mailgun_async.__version__}\n"


def test_help_is_there_at_once() -> None:
    """What only the run of a command needs is loaded by its run."""
    loaded = _python("-c", "import sys; from mailgun_async.cli import _app; print(*sys.modules)").split()
    assert not {"asyncio", "aiohttp", "rich"} & set(loaded)


def test_version_prints_the_version(run: Run) -> None:
    """The version of the package."""
    assert run("--version").stdout == f"mailgun-async {mailgun_async.__version__}\n"


def test_without_arguments_help_is_shown(run: Run) -> None:
    """All commands are named."""
    shown = run().output
    commands = ("demo", "send", "send-batch", "campaign", "emulator", "doctor", "api", "logs", "metrics", "domains")
    for name in (*commands, "templates", "validate"):
        assert f" {name} " in shown
