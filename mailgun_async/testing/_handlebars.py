"""Handlebars, by the library `pybars3`, which is loaded when the first message names a stored template. Pure.

Mailgun renders with a library of its own, in Go; helpers that it adds to those of handlebars: `equal`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

__all__ = ["TemplateError", "render"]

_KEPT: Final = 64
_END: Final = "\0"
"""Put behind a template: the library leaves out what it cannot make sense of, up to the end, and says nothing."""

_Rendered = Callable[..., object]


class TemplateError(ValueError):
    """A template cannot be rendered, here or at all."""


def render(source: str, variables: Mapping[str, Any]) -> str:
    """Render a template; what it names and `variables` lack is empty.

    Raises:
        TemplateError: The library is not installed, or it cannot make sense of the template.
    """
    template = _compiled(source)
    try:
        rendered = str(template(variables, helpers={"equal": _equal}))
    except Exception as error:  # what a template does wrong comes as any exception, of a dozen kinds
        raise TemplateError(f"{error}") from error
    if not rendered.endswith(_END):
        raise TemplateError("it cannot be read to its end: is a block or an expression not closed?")
    return rendered.removesuffix(_END)


@lru_cache(maxsize=_KEPT)  # compiling takes a second for 10 KB
def _compiled(source: str) -> _Rendered:
    try:
        pybars = import_module("pybars")
    except ImportError as error:
        raise TemplateError(
            "the emulator renders stored templates with pybars3: pip install 'mailgun_async[emulator]'"
        ) from error
    try:
        compiled: _Rendered = pybars.Compiler().compile(source + _END)
    except Exception as error:  # as above
        raise TemplateError(str(error).replace(_END, "")) from error
    return compiled


def _equal(this: object, options: Mapping[str, Callable[[object], object]], left: object, right: object) -> object:
    return options["fn" if str(left) == str(right) else "inverse"](this)
