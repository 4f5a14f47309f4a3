"""What was learned of limits, kept from one process to the next.

A file of a few lines of JSON: for every limit the rate, window or size that was found, and when. Limits are named by
digests, so the file tells neither keys nor domains. Entries are good for a week. `load` and `save` block: call them off
the loop. A file that cannot be used is never an error, as everything in it can be learned again.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import tempfile
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["WEEK_S", "Entry", "Key", "document", "entries", "load", "name", "save"]

Key = tuple[str, str, str, str]
"""Names a limit: account, rate class, dimension, domain or `-`."""

WEEK_S: Final = 7 * 86_400.0
_FORMAT: Final = "mailgun_async learned limits 1"

_log = logging.getLogger("mailgun_async.transport")


def _usable(_: Entry, attribute: attrs.Attribute[Any], value: object) -> None:
    # bool is an int too, and JSON's way of writing what is no number of anything
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    if not number and value is not None:
        raise ValueError(f"{attribute.name} must be a positive number, not {value!r}")


_maybe = attrs.field(default=None, validator=_usable)


@attrs.frozen(kw_only=True)
class Entry:
    """What was learned of one limit."""

    at: float = attrs.field(validator=_usable)
    """When, in seconds since 1970."""
    rate: float | None = _maybe
    """Units a second that pass."""
    k_s: float | None = _maybe
    """Seconds in which that rate was found."""
    limit: float | None = _maybe
    """Units in one window, as headers told."""
    window_s: float | None = _maybe
    """Seconds of the longest window seen."""
    size: int | None = _maybe
    """Recipients of the largest call that passes."""


def name(key: Key) -> str:
    """Return the digest under which a limit is kept."""
    return blake2b("\0".join(key).encode(), digest_size=16).hexdigest()


def entries(document: Mapping[str, Any], wall: float) -> dict[str, Entry]:
    """Read a document; what is malformed, older than a week or from the future is left out."""
    kept: dict[str, Entry] = {}
    limits = document.get("limits") if document.get("format") == _FORMAT else None
    for key, fields in limits.items() if isinstance(limits, dict) else ():
        with contextlib.suppress(TypeError, ValueError):
            entry = Entry(**fields)
            if -WEEK_S < entry.at - wall < 60.0:  # noqa: PLR2004 -- clocks of two machines may differ a little
                kept[str(key)] = entry
    return kept


def document(kept: Mapping[str, Entry]) -> dict[str, Any]:
    """Return what `entries` reads."""
    return {
        "format": _FORMAT,
        "limits": {key: attrs.asdict(entry, filter=lambda _, value: value is not None) for key, entry in kept.items()},
    }


def load(path: Path) -> dict[str, Any]:
    """Read a file for `Limiter.learn`. None there, or one that is not ours: an empty document, and a warning."""
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        _log.warning("learned limits in %s cannot be read (%s): starting afresh", path, error)
        return {}
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        _log.warning("%s does not hold learned limits: starting afresh", path)
        return {}
    return found


def save(path: Path, learned: Mapping[str, Any]) -> None:
    """Write what `Limiter.learned` returned, whole or not at all, readable by its owner only.

    A file that cannot be written is a warning.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp gives mode 0600
    except OSError as error:
        _log.warning("learned limits cannot be kept in %s: %s", path, error)
        return
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(learned, file, indent=1)
        Path(draft).replace(path)
    except OSError as error:
        Path(draft).unlink(missing_ok=True)
        _log.warning("learned limits cannot be kept in %s: %s", path, error)
