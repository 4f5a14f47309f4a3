"""Inbound routes: their expressions, and which address they match. Pure.

An expression is read as Mailgun documents it: `match_recipient("regex")`, `match_header("name", "regex")`,
`catch_all()`, joined by `and` and `or`, in single or double quotes. Not known, and decided plainly: a regular
expression has to match from the beginning of the address, case aside, and may end before its end; `and` binds closer
than `or`; there are no parentheses.
"""

from __future__ import annotations

import re
from email.utils import formatdate
from typing import Any

import attrs

from mailgun_async.testing._submission import Refused

__all__ = ["InboundRoute", "check_expression", "first_match"]

_TEXT = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_TERM = re.compile(rf"\s*(match_recipient|match_header|catch_all)\s*\(\s*((?:{_TEXT}\s*,?\s*)*)\)\s*")
_TEXTS = re.compile(_TEXT)
_JOINT = re.compile(r"(and|or)\b", re.IGNORECASE)
_ARGUMENTS = {"match_recipient": 1, "match_header": 2, "catch_all": 0}


@attrs.frozen
class _Term:
    name: str
    texts: list[str]

    def matches(self, address: str) -> bool:
        if self.name == "catch_all":
            return True
        # Of a message only the address is known here, so no header can match.
        return self.name == "match_recipient" and _compiled(self.texts[0]).match(address) is not None


@attrs.frozen(kw_only=True)
class InboundRoute:
    """A rule for mail that comes in."""

    id: str
    priority: int
    description: str
    expression: str
    actions: list[str]
    created_at: float

    def document(self) -> dict[str, Any]:
        """Tell it as the API does."""
        return {
            "id": self.id,
            "priority": self.priority,
            "description": self.description,
            "expression": self.expression,
            "actions": self.actions,
            "created_at": formatdate(self.created_at, usegmt=True),
        }


def check_expression(expression: str) -> None:
    """Read an expression to its end.

    Raises:
        Refused: It cannot be read; Mailgun's words for it are not known.
    """
    _read(expression)


def first_match(routes: list[InboundRoute], address: str) -> InboundRoute | None:
    """Find the route that an address matches; `routes` in the order in which they are tried."""
    for route in routes:
        if any(all(term.matches(address) for term in terms) for terms in _read(route.expression)):
            return route
    return None


def _read(expression: str) -> list[list[_Term]]:
    """Read the alternatives of an expression; in each, all terms have to match."""
    alternatives: list[list[_Term]] = [[]]
    place, ended = 0, False
    while not ended and (found := _TERM.match(expression, place)):
        alternatives[-1].append(_term(found, expression))
        place = found.end()
        joint = _JOINT.match(expression, place)
        ended = joint is None
        if joint is not None:
            place = joint.end()
            if joint[1].lower() == "or":
                alternatives.append([])
    if not ended or place != len(expression):
        raise _invalid(expression)
    return alternatives


def _term(found: re.Match[str], expression: str) -> _Term:
    texts = [_unquoted(text) for text in _TEXTS.findall(found[2])]
    if len(texts) != _ARGUMENTS[found[1]]:
        raise _invalid(expression)
    for text in texts:
        _compiled(text)
    return _Term(found[1], texts)


def _invalid(expression: str) -> Refused:
    return Refused(400, f"Invalid expression: {expression}")


def _unquoted(text: str) -> str:
    # A backslash belongs to the regular expression unless it stands before the quotation mark.
    return text[1:-1].replace("\\" + text[0], text[0])


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise Refused(400, f"Invalid regular expression: {error}") from None
