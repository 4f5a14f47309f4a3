"""What the logs and the events API can be filtered by. Pure.

Attributes that Mailgun knows and that nothing here ever has (countries, devices, bounce types) are taken and empty. How
Mailgun compares text beyond equality is not documented: `contains` looks for a part, and case counts.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

import orjson

from mailgun_async.testing._submission import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mailgun_async.testing._events import Event

__all__ = ["ATTRIBUTES", "Predicate", "event_filters", "log_filter", "message_id"]

Predicate = Callable[["Event"], bool]


def message_id(event: Event) -> str:
    """The id of the event's mail, rendered only if every mail of the call has its own."""
    return event.mail.message_id if event.call.own_ids else event.call.message_id


def _user_variables(event: Event) -> list[str]:
    variables = event.mail.variables
    return [*variables, *variables.values(), orjson.dumps(variables).decode()]


def _files(event: Event) -> list[str]:
    return [file.filename for file in (*event.mail.attachments, *event.mail.inline)]


def _from(event: Event) -> list[str]:
    return [event.mail.from_, parseaddr(event.mail.from_)[1]]


def _severity(event: Event) -> list[str]:
    return [] if event.severity is None else [event.severity]


ATTRIBUTES: Mapping[str, Callable[[Event], Iterable[str]]] = {
    "id": lambda event: [event.id],
    "domain": lambda event: [event.call.domain],
    "subaccount": lambda event: [event.call.subaccount or ""],
    "event": lambda event: [event.name],
    "message_id": lambda event: [message_id(event)],
    "recipient": lambda event: [event.recipient],
    "recipients": lambda event: [event.recipient],
    "recipient_domain": lambda event: [event.recipient.rpartition("@")[2]],
    "from": _from,
    "to": lambda event: [event.mail.to],
    "subject": lambda event: [event.mail.subject],
    "tag": lambda event: event.tags,
    "user_variables": _user_variables,
    "attachment_filename": _files,
    "is_routed": lambda _event: ["false"],
    "severity": _severity,
    "delivery_status_code": lambda event: [] if event.name == "accepted" else [str(event.outcome[0])],
    "delivery_status_message": lambda event: [] if event.name == "accepted" else [event.outcome[1]],
} | dict.fromkeys(
    (
        "ip",
        "ip_pool",
        "recipient_provider",
        "country",
        "bot",
        "device",
        "mailing_list_address",
        "delivery_status_bounce_type",
        "i_classification_rule_id",
        "i_classification_group_id",
    ),
    lambda _event: [],
)
"""What an event has of each attribute."""

_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def log_filter(predicate: Mapping[str, Any]) -> Predicate:
    """Make one predicate of a logs query: attribute, comparator, labelled values.

    Raises:
        Refused: It has another shape, or names what there is not.
    """
    try:
        attribute, comparator = predicate["attribute"], predicate["comparator"]
        values = [str(each["value"]) for each in predicate["values"]]
    except (KeyError, TypeError):
        raise Refused(400, "filter: attribute, comparator and values are required") from None
    if attribute == "size" and comparator in _ORDER:
        return _by_size(_ORDER[comparator], values)
    read = ATTRIBUTES.get(attribute)
    if read is None:
        raise Refused(400, f"filter: invalid attribute {attribute!r}")
    if comparator in {"=", "!="}:
        wanted = set(values)
        return lambda event: wanted.isdisjoint(read(event)) is (comparator == "!=")
    if comparator in {"contains", "not contains"}:
        wanted_true = comparator == "contains"
        return lambda event: any(value in text for text in read(event) for value in values) is wanted_true
    raise Refused(400, f"filter: invalid comparator {comparator!r} for {attribute!r}")


def _by_size(compare: Callable[[float, float], bool], values: list[str]) -> Predicate:
    try:
        bounds = [float(value) for value in values]
    except ValueError:
        raise Refused(400, "filter: size is a number") from None
    return lambda event: all(compare(event.size, bound) for bound in bounds)


_EXACT: Mapping[str, Callable[[Event], Iterable[str]]] = {
    "event": lambda event: [event.name],
    "recipient": lambda event: [event.recipient],
    "recipients": lambda event: [event.recipient],
    "message-id": lambda event: [message_id(event)],
    "tags": lambda event: event.tags,
    "severity": _severity,
    "list": lambda _event: [],
}
_PART: Mapping[str, Callable[[Event], Iterable[str]]] = {
    "from": _from,
    "to": lambda event: [event.mail.to],
    "subject": lambda event: [event.mail.subject],
    "attachment": _files,
}


def event_filters(query: Mapping[str, str]) -> list[Predicate]:
    """Make the predicates of an events query: `OR`, `AND`, `NOT`, quotes, and `<`, `>` for the size.

    A message-id in angle brackets is not filtered by, as with Mailgun: everything comes back.
    """
    filters = []
    for name, expression in query.items():
        if name == "message-id" and expression.startswith("<"):
            continue
        term = _term(name)
        if term is not None:
            filters.append(
                _any_of([_all_of([term(word) for word in _split(part, "AND")]) for part in _split(expression, "OR")])
            )
    return filters


def _split(expression: str, word: str) -> list[str]:
    return [part.strip() for part in expression.split(f" {word} ")]


def _any_of(predicates: list[Predicate]) -> Predicate:
    return lambda event: any(predicate(event) for predicate in predicates)


def _all_of(predicates: list[Predicate]) -> Predicate:
    return lambda event: all(predicate(event) for predicate in predicates)


def _term(name: str) -> Callable[[str], Predicate] | None:
    """Tell how one word of an expression on this field is read; None for a field that is no filter."""
    if name == "size":
        return _size_term
    if name in _EXACT:
        return lambda word: _text_term(_EXACT[name], word, operator.eq)
    if name in _PART:
        return lambda word: _text_term(_PART[name], word, lambda text, part: part.lower() in text.lower())
    return None


def _text_term(read: Callable[[Event], Iterable[str]], word: str, matches: Callable[[str, str], bool]) -> Predicate:
    wanted = not word.startswith("NOT ")
    value = word.removeprefix("NOT ").strip().strip('"')
    return lambda event: any(matches(text, value) for text in read(event)) is wanted


def _size_term(word: str) -> Predicate:
    compare: Callable[[float, float], bool] = _ORDER.get(word[:1], operator.eq)
    try:
        bound = float(word.lstrip("<>"))
    except ValueError:
        raise Refused(400, "size: not a number") from None
    return lambda event: compare(event.size, bound)
