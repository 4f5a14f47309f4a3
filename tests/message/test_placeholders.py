from __future__ import annotations

from typing import Any

import pytest

from mailgun_async.message import fill, used_variables
from mailgun_async.transport.encoding import field


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("Hi %recipient.name%", {"name": "Ada"}, "Hi Ada"),
        ("%recipient.a%%recipient.b%", {"a": "1", "b": "2"}, "12"),
        ("%recipient.n% %recipient.t% %recipient.l%", {"n": 1, "t": True, "l": ["ä"]}, '1 true ["ä"]'),
        ("Hi %recipient.name%", {"other": "Ada"}, "Hi %recipient.name%"),
        ("Hi %recipient.name%", {}, "Hi %recipient.name%"),
        ("100 % %recipient% %name%", {"name": "Ada"}, "100 % %recipient% %name%"),
        ("%recipient.a%", {"a": "%recipient.b%", "b": "no"}, "%recipient.b%"),
    ],
)
def test_each_placeholder_becomes_the_readers_value(text: str, values: dict[str, Any], filled: str) -> None:
    """Text as it is, all else as JSON; what has no value stays, and values are not read again."""
    assert fill(text, values) == filled


def test_used_variables_of_parts() -> None:
    """Names are found in ready parts, each once."""
    parts = [field("text", "%recipient.a% %recipient.b%"), field("html", "%recipient.a%"), field("subject", "100%")]
    assert used_variables(parts) == {"a", "b"}
    assert used_variables(parts[2:]) == frozenset()
