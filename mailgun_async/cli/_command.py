"""How every command begins and ends: options in, one line for an error, an exit code out."""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, cast, get_type_hints

import attrs
import typer

from mailgun_async import errors
from mailgun_async.cli._exit import Exit, code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["Output", "command", "flag", "option", "run", "text_of"]

T = TypeVar("T")

_OPTION: Final = "typer"


def option(*names: str, default: object = None, panel: str | None = None, **settings: Any) -> Any:
    """Declare a field of an attrs class as a command-line option; `settings` are those of `typer.Option`."""
    return attrs.field(default=default, metadata={_OPTION: typer.Option(*names, rich_help_panel=panel, **settings)})


def flag(*names: str, **settings: Any) -> Any:
    """Declare a field that is false unless the option is given; it takes no value."""
    return option(*names, default=False, metavar="", **settings)


@attrs.frozen(kw_only=True)
class Output:
    """Options of every command: for whom it prints."""

    json: bool = flag("--json", help="Print one JSON document on stdout, and nothing else there.")
    debug: bool = flag("--debug", help="Show the traceback of an error.")

    def document(self, content: dict[str, Any]) -> None:
        """Print the document of `--json`."""
        import json  # noqa: PLC0415 -- the quickest answer, --help, needs none

        self.show(json.dumps(content, indent=2, ensure_ascii=False))

    def announce(self, text: str, content: dict[str, Any]) -> None:
        """Print the result: text, or the document of `--json`."""
        if self.json:
            self.document(content)
        else:
            self.show(text)

    def show(self, text: str) -> None:
        """Print on stdout. If that cannot be written it goes to stderr: what was done must be known somewhere."""
        try:
            print(text, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            self.alarm(f"stdout cannot be written: {error}\n{text}")

    def note(self, text: str) -> None:
        """Tell the person at the terminal something, on stderr."""
        print(text, file=sys.stderr, flush=True)

    def alarm(self, text: str) -> None:
        """The same in red."""
        typer.secho(text, err=True, fg=None if os.environ.get("NO_COLOR") else "red")

    def error(self, error: BaseException) -> Exit:
        """Print an error that ended the command, and return its exit code."""
        if self.debug:
            traceback.print_exception(error)
        code = code_of(error)
        text = text_of(error)
        self.alarm(f"error: {text}")
        if self.json:
            known = {
                name: getattr(error, name)
                for name in ("status", "message_id", "field", "request_id")
                if getattr(error, name, None) is not None
            }
            self.document({"error": {"type": type(error).__name__, "text": text, **known}, "exit_code": int(code)})
        return code


def command(function: Callable[..., Exit]) -> Callable[..., None]:
    """Make a function a command.

    A parameter annotated with an attrs class stands for the options that its fields declare, so that commands share
    options by sharing the class; one of them must be `output: Output`. Parameters are keyword-only. Errors raised on
    purpose and files that cannot be read end in one line on stderr; the function's result is the exit code.
    """
    hints = get_type_hints(function, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if attrs.has(hint)}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(function).parameters.values():
        group = groups.get(parameter.name)
        parameters += [parameter.replace(annotation=hints[parameter.name])] if group is None else _parameters(group)

    @wraps(function)
    def called(**given: Any) -> None:
        made = {
            name: group(**{field.name: given.pop(field.name) for field in attrs.fields(group)})
            for name, group in groups.items()
        }
        raise typer.Exit(_guarded(function, cast("Output", made["output"]), {**given, **made}))

    paragraphs = (function.__doc__ or "").split("\n\n")
    called.__doc__ = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)  # typer keeps line ends
    setattr(called, "__signature__", inspect.Signature(parameters))  # noqa: B010 -- typer reads it, the type has no such field
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return called


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` until it ends or is stopped.

    Raises:
        KeyboardInterrupt: It was stopped, by Ctrl-C or by SIGTERM.
    """
    from mailgun_async.cli import _signals  # noqa: PLC0415 -- it loads asyncio, which --help does without

    return _signals.run(work)


def _parameters(group: type[attrs.AttrsInstance]) -> list[inspect.Parameter]:
    hints = get_type_hints(group)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=Annotated[hints[field.name], field.metadata[_OPTION]],
            default=field.default,
        )
        for field in attrs.fields(group)
    ]


def _guarded(function: Callable[..., Exit], output: Output, arguments: dict[str, Any]) -> Exit:
    try:
        return function(**arguments)
    except BrokenPipeError:  # the reader of a pipe left: typer ends quietly
        raise
    except (errors.MailgunError, OSError, UnicodeError, KeyboardInterrupt) as error:
        return output.error(error)


def text_of(error: BaseException) -> str:
    """Return an error's text on one line, in terms of options."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    text = " ".join(str(error).split())
    if isinstance(error, errors.InvalidArgument) and "_" in (error.field or ""):
        name = str(error.field)
        text = text.replace(name, f"--{name.strip('_').replace('_', '-')}")
    return text or ("interrupted" if isinstance(error, KeyboardInterrupt) else type(error).__name__)
