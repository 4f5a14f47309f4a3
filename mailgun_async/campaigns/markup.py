"""HTML and SVG out of values, all of it escaped. Pure."""

from __future__ import annotations

from html import escape
from typing import Final

__all__ = ["Markup", "el"]

_VOID: Final = frozenset({"meta"})


class Markup(str):
    """Ready markup. Any other text is escaped when it is put into an element."""

    __slots__ = ()


def el(name: str, /, *children: object, **attributes: object) -> Markup:
    """Make an element.

    Args:
        name: Its tag.
        children: Markup, and values that are shown as text.
        attributes: In Python's spelling: `class_`, `aria_labelledby`. None leaves one out.
    """
    given = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value is not None}
    head = "".join(f' {key}="{escape(str(value))}"' for key, value in given.items())
    if name in _VOID:
        return Markup(f"<{name}{head}>")
    inner = "".join(child if isinstance(child, Markup) else escape(str(child)) for child in children)
    return Markup(f"<{name}{head}>{inner}</{name}>")
