from __future__ import annotations

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


def test_version_prints_the_version(run: Run) -> None:
    """The version of the package."""
    assert run("--version").stdout == f"mailgun-async {mailgun_async.__version__}\n"


def test_without_arguments_help_is_shown(run: Run) -> None:
    """All commands are named."""
    shown = run().output
    for name in ("demo", "send", "send-batch", "emulator", "doctor"):
        assert f" {name} " in shown
