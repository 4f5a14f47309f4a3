"""`%recipient.x%`: where each reader's own value goes. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from mailgun_async import convert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["fill", "used_variables"]

_PERCENT: Final = ord("%")
_NO_NAMES: Final[frozenset[str]] = frozenset()
_PATTERN: Final = r"%recipient\.([^%\s]+)%"
_placeholder = re.compile(_PATTERN)
_names_in = re.compile(_PATTERN.encode()).findall


def used_variables(parts: Iterable[bytes]) -> frozenset[str]:
    """Return the names x that parts use as `%recipient.x%`."""
    # Looking for one byte is by far the fastest, and most parts have no percent sign at all.
    found = [name for part in parts if _PERCENT in part and b"%recipient." in part for name in _names_in(part)]
    return frozenset(name.decode(errors="replace") for name in found) if found else _NO_NAMES


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Put a recipient's values in: text as it is, all else as JSON. A placeholder without a value stays."""
    if not values or "%recipient." not in text:
        return text
    return _placeholder.sub(lambda found: _text(values[found[1]]) if found[1] in values else found[0], text)


def _text(value: object) -> str:
    return value if isinstance(value, str) else convert.dumps(value).decode()
