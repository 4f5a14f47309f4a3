"""Mailboxes: `ada@example.com`, `Ada <ada@example.com>` or a `Recipient`, as Mailgun reads them. Pure.

The check is cheap and lets through what it does not know: Mailgun decides. It catches what would turn one address into
two, or a header into two.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn

from mailgun_async.errors import InvalidMessage
from mailgun_async.message.wire import line

if TYPE_CHECKING:
    from mailgun_async.message.model import Recipient

__all__ = ["mailbox", "sender"]

_ATOM = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\-"
_USUAL = rf"[{_ATOM}.]+@[A-Za-z0-9.\-]+"
_usual = re.compile(rf"(?:[{_ATOM}][{_ATOM} ]* <({_USUAL})>|{_USUAL})").fullmatch
"""Finds most mailboxes good as they are; the address when there is a name too."""
_address = re.compile(
    r"""(?: [^\x00-\x20\x7f\s"(),:;<>@\[\\\]]+ | "(?:[^"\\\r\n\0]|\\[^\r\n\0])*" )  # the local part, bare or quoted
        @ [^\x00-\x20\x7f\s"(),;<>@\\]+""",
    re.VERBOSE,
).fullmatch
_plain_name = re.compile(rf"[{_ATOM} ]+").fullmatch
_quoted_name = re.compile(r'"((?:[^"\\]|\\.)*)"').fullmatch
_escaped = re.compile(r"\\(.)")
_to_escape = re.compile(r'(["\\])')


def mailbox(one: str | Recipient, name: str) -> tuple[str, str]:
    """Return the plain address, and the mailbox as it goes into the field `name`.

    Raises:
        InvalidMessage: It is no address, or more than one.
    """
    if isinstance(one, str):
        if usual := _usual(one):
            return usual[1] or one, one
        if _address(one):
            return one, one
        shown, address = _split(one, name)
    else:
        shown, address = _of_recipient(one, name)
    if not _address(address):
        _refuse(address, name)
    return address, f"{_quoted(line(name, shown))} <{address}>" if shown else address


def _of_recipient(one: Recipient, name: str) -> tuple[str, str]:
    address: object = getattr(one, "address", None)
    if not isinstance(address, str):
        raise InvalidMessage(f"{name} takes text or a Recipient with an address, not {one!r:.100}", field=name)
    return one.name or "", address


def _split(text: str, name: str) -> tuple[str, str]:
    text = text.strip()
    if not text.endswith(">"):
        return "", text
    shown, bracket, address = text[:-1].rpartition("<")
    shown = shown.strip()
    if not bracket:
        _refuse(text, name)
    if quoted := _quoted_name(shown):
        return _escaped.sub(r"\1", quoted[1]), address
    if any(mark in shown for mark in '",<>@'):
        raise InvalidMessage(
            f"{text!r:.200} in {name} can be read in several ways: give a list of addresses, "
            "or Recipient(address, name=...)",
            field=name,
        )
    return shown, address


def _quoted(shown: str) -> str:
    return shown if _plain_name(shown) else '"' + _to_escape.sub(r"\\\1", shown) + '"'


def _refuse(address: object, name: str) -> NoReturn:
    raise InvalidMessage(f"{address!r:.200} in {name} is not an address", field=name)


def sender(name: str, one: str | Recipient) -> str:
    """Return the value of the field `from`.

    Raises:
        InvalidMessage: It is no address, or its local part is not ASCII, which breaks delivery.
    """
    return _sender_text(name, one) if isinstance(one, str) else _sender(name, one)


def _sender(name: str, one: str | Recipient) -> str:
    if isinstance(one, str) and "%recipient" in one:  # filled in by Mailgun for each reader
        return line(name, one)
    address, text = mailbox(one, name)
    if not address.rpartition("@")[0].isascii():
        raise InvalidMessage(f"{address!r} can't be the sender: left of the @ it must be ASCII", field=name)
    return text


_sender_text = lru_cache(maxsize=128)(_sender)  # the same few senders sign all mails
