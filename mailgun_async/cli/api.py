"""`mailgun-async api`: every method of every group, made from signatures and docstrings when it is asked for."""

from __future__ import annotations

import inspect
import warnings
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from mailgun_async.cli._account import Access, Account
from mailgun_async.cli._command import Output, command, run
from mailgun_async.cli._exit import EXIT_HELP, Exit
from mailgun_async.cli._lines import JsonLines
from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mailgun_async import Mailgun
    from mailgun_async.cli._methods import Method, Parameter

__all__ = ["api"]

_HELP = {"help_option_names": ["-h", "--help"]}
_ARGUMENTS = "arguments"
_SHOWN = ("create", "regenerate")
"""Methods that begin with this answer with secrets that are told once."""


class _Methods(TyperGroup):
    """The methods of one group; the group is imported when they are asked for."""

    def list_commands(self, _context: Any) -> list[str]:
        from mailgun_async.cli._methods import methods  # noqa: PLC0415 -- --help of others needs none

        return [name.replace("_", "-") for name in methods(_python(self.name))]

    def get_command(self, _context: Any, name: str) -> Any:
        from mailgun_async.cli._methods import methods  # noqa: PLC0415 -- --help of others needs none

        found = methods(_python(self.name)).get(_python(name))
        return None if found is None else _command(found)


class _Groups(TyperGroup):
    """The groups."""

    def list_commands(self, _context: Any) -> list[str]:
        from mailgun_async.cli._methods import groups  # noqa: PLC0415 -- --help of others needs none

        return [name.replace("_", "-") for name in groups()]

    def get_command(self, _context: Any, name: str) -> Any:
        from mailgun_async.cli._methods import groups  # noqa: PLC0415 -- --help of others needs none

        about = groups().get(_python(name))
        if about is None:
            return None
        made = typer.Typer(
            cls=_Methods,
            name=_python(name).replace("_", "-"),
            help=about,
            epilog=EXIT_HELP,
            no_args_is_help=True,
            add_completion=False,
            context_settings=_HELP,
            pretty_exceptions_enable=False,
        )
        made.callback()(_nothing)  # without it, it would be no group: it has no commands before they are asked for
        return get_command(made)


def _nothing() -> None:
    """Come before a method's command."""


def _python(name: str | None) -> str:
    return (name or "").replace("-", "_")


def _command(method: Method) -> Any:
    """Make the command of a method."""
    called = _called(method)
    made = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    made.command(
        method.name.replace("_", "-"),
        epilog=EXIT_HELP,
        deprecated=method.deprecated is not None,
        context_settings=_HELP,
    )(command(called))
    return get_command(made)


def _called(method: Method) -> Callable[..., Exit]:
    def called(*, account: Access, output: Output, **given: Any) -> Exit:
        if method.obstacle is not None:
            raise InvalidArgument(f"{method.group} {method.name}: {method.obstacle}")
        words = given.pop(_ARGUMENTS, None) or []
        named = [(one, given.get(f"p_{one.name}")) for one in method.options]
        options = {one.name: one.value(value) for one, value in named if value is not None}
        arguments = method.positional(words)
        if method.deprecated is not None:
            output.note(f"deprecated: {method.deprecated}")
        run(_call(account.client(), method, arguments, options, output))
        return Exit.DONE

    domain = any(one.written == "domain" for one in method.options)
    parameters = [*_parameters(method)]
    for name, kind in (("account", Access if domain else Account), ("output", JsonLines if method.lists else Output)):
        parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind))
    setattr(called, "__signature__", inspect.Signature(parameters))  # noqa: B010 -- read by `command`, the type has no such field
    called.__annotations__ = {one.name: one.annotation for one in parameters}
    called.__doc__ = _help(method)
    return called


async def _call(
    client: Mailgun, method: Method, arguments: list[Any], options: Mapping[str, Any], output: Output
) -> None:
    from mailgun_async.cli._answers import print_answer, print_items  # noqa: PLC0415 -- --help of others needs none

    async with client:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # it is told in our own words
            answer = getattr(getattr(client, method.group), method.name)(*arguments, **options)
        if method.lists:
            await print_items(answer, output, most=options.get("max_items"))
        else:
            print_answer(await answer, output, secrets=method.name.startswith(_SHOWN))


def _parameters(method: Method) -> list[inspect.Parameter]:
    made = []
    if method.arguments:
        about = "\n\n".join(f"{_upper(one)}: {_escaped(one.help)}" for one in method.arguments)
        needed = any(one.required for one in method.arguments)
        argument = typer.Argument(metavar=method.metavar, help=about, show_default=False)
        made.append(_keyword(_ARGUMENTS, list[str] if needed else list[str] | None, argument, required=needed))
    for one in method.options:
        form = one.form
        if form is None:
            continue
        names = f"--{one.written}/--no-{one.written}" if form.type is bool else f"--{one.written}"
        option = typer.Option(names, metavar=form.metavar, help=_escaped(form.note or one.help), show_default=False)
        kind = GenericAlias(list, form.type) if form.many else form.type
        made.append(_keyword(f"p_{one.name}", kind if one.required else kind | None, option, required=one.required))
    return made


def _keyword(name: str, kind: Any, declared: Any, *, required: bool) -> inspect.Parameter:
    default = inspect.Parameter.empty if required else None
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[kind, declared], default=default
    )


def _help(method: Method) -> str:
    parts = [_escaped(method.doc)]
    if method.obstacle is not None:
        parts.append(f"It is {method.obstacle}.")
    closed = [one.written for one in method.options if one.form is None and not one.required]
    if closed:
        parts.append(f"From Python alone: {', '.join(closed)}.")
    return "\n\n".join(parts)


def _escaped(text: str) -> str:
    return text.replace("[", "\\[")


def _upper(one: Parameter) -> str:
    return one.written.replace("-", "_").upper()


api = typer.Typer(
    cls=_Groups,
    name="api",
    help="Call any method of Mailgun's API: api GROUP METHOD.",
    epilog=EXIT_HELP,
    no_args_is_help=True,
    context_settings=_HELP,
)
api.callback()(_nothing)
