"""The endpoint groups and their methods, as a command line needs them: names, parameters, words of their docstrings."""

from __future__ import annotations

import builtins
import importlib
import inspect
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from mailgun_async.cli._forms import Form, Lines, Unwritable, form_of
from mailgun_async.endpoints import Groups
from mailgun_async.errors import InvalidArgument

__all__ = ["Method", "Parameter", "groups", "methods"]

_argument: Final = re.compile(r"^    (\w+): ((?:.|\n {6,})+)", re.MULTILINE)
_ELSEWHERE: Final = {("messages", "send_batch"): "mailgun-async send-batch"}
_FORMS: Final = {("messages", "send_mime", "mime"): Form(metavar="FILE", read=lambda path: Path(path).read_bytes())}
"""Of parameters whose type says too little."""


@attrs.frozen(kw_only=True)
class Parameter:
    """One parameter of a method."""

    name: str
    help: str
    form: Form | None
    """None when it cannot be written."""
    required: bool
    variadic: bool = False
    """It stands for any number of arguments."""

    @property
    def written(self) -> str:
        """Its name on a command line, without dashes."""
        return self.name.strip("_").replace("_", "-")

    def value(self, given: Any) -> Any:
        """Return what the method takes; see `Form.value`."""
        if self.form is None:
            raise InvalidArgument(f"{self.written} cannot be given on a command line", field=self.name)
        return self.form.value(self.written, given)


@attrs.frozen(kw_only=True, slots=False)
class Method:
    """One method of a group."""

    group: str
    name: str
    doc: str
    """Its docstring up to the arguments."""
    arguments: Sequence[Parameter]
    options: Sequence[Parameter]
    lists: bool
    """It gives `Pages`."""
    deprecated: str | None
    """What to use instead."""

    @property
    def obstacle(self) -> str | None:
        """Why it cannot be called from a command line; None when it can."""
        closed = [one.written for one in (*self.arguments, *self.options) if one.form is None and one.required]
        elsewhere = _ELSEWHERE.get((self.group, self.name))
        if not closed and elsewhere is None:
            return None
        return f"not callable here: use {elsewhere}" if elsewhere else f"not callable here: {', '.join(closed)}"

    @cached_property
    def optional_domain(self) -> bool:
        """The first of several arguments is a domain that may be left out."""
        return len(self.arguments) > 1 and self.arguments[0].name == "domain"

    @property
    def metavar(self) -> str:
        """The arguments as the usage shows them."""
        words = []
        for index, one in enumerate(self.arguments):
            left_out = self.optional_domain if index == 0 else not (one.required or self.optional_domain)
            word = one.written.replace("-", "_").upper()
            word += "..." if one.variadic or (one.form is not None and one.form.many) else ""
            words.append(f"[{word}]" if left_out or (len(self.arguments) == 1 and not one.required) else word)
        return " ".join(words)

    def positional(self, words: Sequence[str]) -> list[Any]:
        """Return what the method takes for these arguments.

        Raises:
            InvalidArgument: They are too many or too few, or one of them cannot be read.
        """
        return [one.value(given) for one, given in self._aligned(words)]

    def _aligned(self, words: Sequence[str]) -> Iterator[tuple[Parameter, Any]]:
        parameters = self.arguments
        most, least = len(parameters), sum(one.required for one in parameters)
        if most and parameters[-1].variadic:
            yield from ((parameters[-1], word) for word in words)
            return
        folds = bool(parameters) and parameters[-1].form is not None and parameters[-1].form.many
        if len(words) < least or (len(words) > most and not folds):
            wanted = self.metavar or "no arguments"
            raise InvalidArgument(f"{self.group} {self.name} takes {wanted}, not {' '.join(words) or 'none'}")
        if self.optional_domain and len(words) < most:
            parameters = parameters[most - len(words) :]  # the domain is left out, as in Python
        last = len(parameters) - 1
        for index, (one, word) in enumerate(zip(parameters, words, strict=False)):
            yield one, list(words[index:]) if folds and index == last else word


def groups() -> dict[str, str]:
    """Return the names of the groups with what they are; none is imported."""
    found = {name: value for name, value in vars(Groups).items() if isinstance(value, cached_property)}
    return {name: inspect.getdoc(value.func) or "" for name, value in found.items()}


def methods(group: str) -> dict[str, Method]:
    """Return the methods of a group by name; imports it."""
    module = importlib.import_module(f"mailgun_async.endpoints.{group}")
    cls = getattr(module, vars(Groups)[group].func.__annotations__["return"])
    names = [name for name in dir(cls) if not name.startswith("_") and callable(getattr(cls, name))]
    return {name: _method(group, name, getattr(cls, name)) for name in names}


def _method(group: str, name: str, called: Any) -> Method:
    function = inspect.unwrap(called)
    signature = inspect.signature(function)
    described, helps = _words(inspect.getdoc(function) or "")
    parameters = list(signature.parameters.values())[1:]
    namespace = _namespace(inspect.getmodule(function))
    where = namespace.get("where")

    def parameter(one: inspect.Parameter) -> Parameter:
        form = _FORMS.get((group, name, one.name)) or form_of(eval(one.annotation, namespace), where)  # noqa: S307 -- our own annotation
        variadic = one.kind is inspect.Parameter.VAR_POSITIONAL
        required = one.default is inspect.Parameter.empty and not variadic
        return Parameter(name=one.name, help=helps.get(one.name, ""), form=form, required=required, variadic=variadic)

    keyword_only = inspect.Parameter.KEYWORD_ONLY
    return Method(
        group=group,
        name=name,
        doc=described,
        arguments=[parameter(one) for one in parameters if one.kind is not keyword_only],
        options=[parameter(one) for one in parameters if one.kind is keyword_only],
        lists=str(signature.return_annotation).startswith("Pages["),
        deprecated=getattr(called, "__deprecated__", None),
    )


def _words(doc: str) -> tuple[str, dict[str, str]]:
    """Split a docstring: what comes before its sections, and what it says of each argument."""
    described, _, sections = doc.partition("\n\nArgs:\n")
    described = re.split(r"\n\n(?:Raises|Returns):\n", described)[0]
    arguments = re.split(r"\n\n(?=\w)", sections)[0]
    helps = {found[1]: " ".join(found[2].split()) for found in _argument.finditer(arguments)}
    return "\n\n".join(" ".join(one.split()) for one in described.split("\n\n")), helps


class _Names(dict[str, Any]):
    """Names of annotations; those that are imported for type checkers alone, and not known here, have no form."""

    def __missing__(self, _name: str) -> Any:
        return Unwritable


def _namespace(module: Any) -> dict[str, Any]:
    from mailgun_async.transport.request import PriorityName  # noqa: PLC0415 -- it comes with the groups

    known: dict[str, Any] = {
        "Callable": Callable,
        "Collection": Collection,
        "Literal": Literal,
        "Mailboxes": str,
        "Mapping": Mapping,
        "PriorityName": PriorityName,
        "Sequence": Sequence,
        "datetime": datetime,
        "os": os,
        "timedelta": timedelta,
    }
    return _Names({**vars(builtins), **known, **vars(module), "Records": Lines})
