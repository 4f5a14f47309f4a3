"""Addresses, a thousand at a time. Pure.

Nearly all addresses of nearly all lists are made of letters, digits and a few signs. That is seen of all together, in
a few passes over one text; only when it does not hold is each read by itself.
"""

from __future__ import annotations

import re
import string
from typing import Final

from mailgun_async.errors import InvalidMessage
from mailgun_async.message import Recipient
from mailgun_async.message.addresses import mailbox

__all__ = ["all_distinct", "all_ordinary", "all_plain", "identity", "read", "shown_name"]

_ORDINARY: Final = (string.ascii_letters + string.digits + ".-_+").encode()
_PLAIN: Final = (string.ascii_letters + string.digits + " '-").encode()
_TEXT_OR_NONE: Final = frozenset({str, type(None)})
# Two of these in a row are an address without one of its sides, or with a dot too many.
_DOTS: Final = bytes.maketrans(b"@,", b"..")
# Copied along with addresses from web pages and spreadsheets, and seen by nobody.
_AROUND: Final = string.whitespace + "\xa0\xad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"

_unescape = re.compile(r"\\(.)").sub


def all_ordinary(addresses: list[str]) -> bool:
    """Tell whether every one has one @ between ordinary characters, so that none needs to be read by itself."""
    joined = f",{','.join(addresses)},".encode(errors="surrogatepass")
    left = joined.translate(None, _ORDINARY)
    return left == b",@" * len(addresses) + b"," and b".." not in joined.translate(_DOTS)


def all_plain(names: list[str | None]) -> bool:
    """Tell whether every name can stand before its address without quotes."""
    if not _TEXT_OR_NONE.issuperset(map(type, names)):
        return False
    return not "".join(filter(None, names)).encode(errors="surrogatepass").translate(None, _PLAIN)


def identity(address: str) -> str:
    """Return what two spellings of one mailbox have in common.

    Mailgun drops a second `to` that it takes for the same, and its variables with it. Left of the @ case may make a
    difference by the letter of the standard; no mail service of any size makes one.
    """
    return address.lower()


def all_distinct(addresses: list[str]) -> bool:
    """Tell whether no two have the same identity."""
    joined = ",".join(addresses)
    compared = addresses if identity(joined) == joined else map(identity, addresses)
    return len(set(compared)) == len(addresses)


def read(text: str, name: str | None = None) -> tuple[str, str | None]:
    """Return the plain address, and its form on the wire when that is another or can't be joined by commas.

    Raises:
        InvalidMessage: It is no address.
    """
    text = text.strip(_AROUND)
    if not text:
        raise InvalidMessage("no address", field="recipients")
    address, shown = mailbox(Recipient(text, name) if name else text, "recipients")
    domain = address.rpartition("@")[2]
    if not address.isprintable() or ".." in domain or domain[0] == "." or domain[-1] == ".":
        raise InvalidMessage(f"{address!r:.200} in recipients is not an address", field="recipients")
    return address, shown if shown != address or '"' in address else None


def shown_name(mailbox_text: str, address: str) -> str | None:
    """Return the name in `Name <address>`; None when there is none."""
    name = mailbox_text.removesuffix(address if mailbox_text == address else f" <{address}>")
    return (_unescape(r"\1", name[1:-1]) if name.startswith('"') else name) or None
