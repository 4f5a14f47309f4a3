from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest
import typer
from typer.testing import CliRunner, Result

from mailgun_async import errors
from mailgun_async.cli._command import Output, command, option
from mailgun_async.cli._exit import EXIT_HELP, Exit, code_of

Run = Callable[..., Result]

_CALL: dict[str, Any] = {"method": "POST", "template": "/v3/{domain_name}/messages"}
_ANSWER: dict[str, Any] = {**_CALL, "status": 400, "message": "no"}


@attrs.frozen(kw_only=True)
class _Greeting:
    whom: str = option("--whom", default="world", help="Who is greeted.")
    times: int | None = option("--times")


def _app(function: Callable[..., Exit]) -> Callable[..., Result]:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command(function))
    return lambda *arguments: CliRunner().invoke(app, arguments)


def _failing(error: BaseException) -> Callable[..., Result]:
    def fail(*, output: Output) -> Exit:
        raise error

    return _app(fail)


def test_options_of_a_class_reach_the_command_as_one_value() -> None:
    """Two commands share options by naming the class that declares them."""
    given = []

    def greet(*, greeting: _Greeting, output: Output, loud: bool = False) -> Exit:
        given.append((greeting, output, loud))
        return Exit.DONE

    result = _app(greet)("--whom", "Ada", "--times", "2", "--loud", "--json")
    assert result.exit_code == 0
    assert given == [(_Greeting(whom="Ada", times=2), Output(json=True, debug=False), True)]


def test_options_left_out_have_the_defaults_of_the_class() -> None:
    """A default is written once, at the field."""
    given = []

    def greet(*, greeting: _Greeting, output: Output) -> Exit:
        given.append(greeting)
        return Exit.DONE

    _app(greet)()
    assert given == [_Greeting(whom="world", times=None)]


def test_the_result_of_a_command_is_its_exit_code() -> None:
    """What the function returns is what the shell sees."""

    def unlucky(*, output: Output) -> Exit:
        return Exit.UNKNOWN

    assert _app(unlucky)().exit_code == 5


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigError("x"), Exit.CONFIG),
        (errors.InvalidMessage("x"), Exit.USAGE),
        (FileNotFoundError(2, "No such file", "a.txt"), Exit.USAGE),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), Exit.USAGE),
        (errors.DeliveryUnknown("x", **_CALL), Exit.UNKNOWN),
        (errors.BadRequest("x", **_ANSWER), Exit.REFUSED),
        (errors.RateLimited("x", **_ANSWER), Exit.REFUSED),
        (errors.ServerError("x", **_ANSWER), Exit.UNREACHABLE),
        (errors.UnexpectedAnswer("x", **_ANSWER), Exit.UNREACHABLE),
        (errors.ConnectError("x", **_CALL), Exit.UNREACHABLE),
        (errors.DecodingError("x"), Exit.UNREACHABLE),
    ],
)
def test_each_error_has_its_exit_code(error: Exception, code: Exit) -> None:
    """Scripts tell by the code whether anything may have been sent."""
    assert code_of(error) is code
    assert _failing(error)().exit_code == code


def test_the_help_names_every_exit_code() -> None:
    """No code comes as a surprise."""
    for code in Exit:
        assert f"\n{int(code)} " in EXIT_HELP


def test_an_error_is_one_line_on_stderr() -> None:
    """No traceback, no line breaks of a server's page, nothing on stdout."""
    result = _failing(errors.ConfigError("no key:\n  give one"))()
    assert result.stderr == "error: no key: give one\n"
    assert result.stdout == ""


def test_a_file_that_cannot_be_read_is_named_first() -> None:
    """The operating system's words, without its number."""
    result = _failing(FileNotFoundError(2, "No such file or directory", "mail.txt"))()
    assert result.stderr == "error: mail.txt: No such file or directory\n"


def test_an_argument_is_named_as_its_option() -> None:
    """Who types options does not know our parameters."""
    result = _failing(errors.InvalidArgument("name it as address_column", field="address_column"))()
    assert result.stderr == "error: name it as --address-column\n"


@pytest.mark.parametrize(("no_color", "red"), [("", True), ("1", False)])
def test_an_error_is_red_unless_colors_are_unwanted(no_color: str, red: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR is asked for by many."""
    monkeypatch.setenv("NO_COLOR", no_color)

    def fail(*, output: Output) -> Exit:
        raise errors.ConfigError("no key")

    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command(fail))
    assert ("\x1b[31m" in CliRunner().invoke(app, color=True).stderr) is red


def test_an_error_without_words_shows_its_kind() -> None:
    """Something is always said."""
    assert _failing(errors.DecodingError(""))().stderr == "error: DecodingError\n"


def test_debug_shows_the_traceback() -> None:
    """And keeps the exit code and the one line."""

    def fail(*, output: Output) -> Exit:
        raise errors.ConfigError("no key")

    result = _app(fail)("--debug")
    assert "Traceback" in result.stderr
    assert result.stderr.endswith("error: no key\n")
    assert result.exit_code == Exit.CONFIG


def test_with_json_an_error_is_a_document_too() -> None:
    """Machines get what they need to look further."""

    def fail(*, output: Output) -> Exit:
        raise errors.DeliveryUnknown("perhaps", message_id="1@mg.example.com", status=502, **_CALL)

    result = _app(fail)("--json")
    assert json.loads(result.stdout) == {
        "error": {"type": "DeliveryUnknown", "text": "perhaps", "status": 502, "message_id": "1@mg.example.com"},
        "exit_code": 5,
    }


def test_ctrl_c_says_so_and_exits_with_130() -> None:
    """As shells expect of what was interrupted."""
    result = _failing(KeyboardInterrupt())()
    assert (result.exit_code, result.stderr) == (130, "error: interrupted\n")


def test_a_bug_keeps_its_traceback() -> None:
    """Only errors raised on purpose are one line."""
    assert isinstance(_failing(ZeroDivisionError())().exception, ZeroDivisionError)


def test_a_reader_that_left_the_pipe_is_no_error_of_ours() -> None:
    """`mailgun-async ... | head` ends quietly."""
    assert "error" not in _failing(BrokenPipeError(32, "Broken pipe"))().stderr
