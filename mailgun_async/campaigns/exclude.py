"""Who is left out of a plan, by the caller's word."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice, repeat
from typing import TYPE_CHECKING, Final

from mailgun_async.batch.addresses import all_ordinary, identity, read
from mailgun_async.errors import InvalidArgument, InvalidMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Exclude", "Filter", "make_filter"]

Exclude = AbstractSet[str] | Callable[[str], bool | Awaitable[bool]]
"""A set of addresses, or a function that tells of an address whether it is left out; it may be async."""

Filter = Callable[[Sequence[str]], Awaitable[Sequence[bool]]]
"""Tells of each of some addresses whether it is left out."""

_STEP: Final = 500


async def make_filter(exclude: Exclude) -> Filter:
    """Return what tells who is left out.

    Raises:
        InvalidArgument: It is neither set nor function, or a set that holds something that is no address.
    """
    if isinstance(exclude, AbstractSet):
        return await _of_set(exclude)
    if callable(exclude):
        return _of_function(exclude)
    raise InvalidArgument(
        f"exclude is a set of addresses, or a function that is asked about each, not {type(exclude).__name__}",
        field="exclude",
    )


async def _of_set(given: AbstractSet[str]) -> Filter:
    # Most hold identities already. They need no copy, which would be large for millions.
    respelt: set[str] = set()
    addresses = iter(given)
    while step := list(islice(addresses, _STEP)):
        respelt.update(_respelt(step))
        await asyncio.sleep(0)

    async def among(addresses: Sequence[str]) -> Sequence[bool]:
        return [name in given or name in respelt for name in map(identity, addresses)]

    return among


def _respelt(addresses: list[str]) -> Iterator[str]:
    """Return the identities of those that are written in another way."""
    is_text = list(map(isinstance, addresses, repeat(str)))
    if not all(is_text):
        odd = addresses[is_text.index(False)]
        raise InvalidArgument(f"exclude holds {odd!r:.100}, which is no text", field="exclude")
    plain = addresses if all_ordinary(addresses) else map(_plain, addresses)
    return (name for name, address in zip(map(identity, plain), addresses, strict=True) if name != address)


def _plain(text: str) -> str:
    try:
        return read(text)[0]
    except InvalidMessage as error:
        raise InvalidArgument(f"exclude holds {text!r:.200}, which is no address", field="exclude") from error


def _of_function(given: Callable[[str], bool | Awaitable[bool]]) -> Filter:
    async def among(addresses: Sequence[str]) -> Sequence[bool]:
        answers = []
        for address in addresses:
            answer = given(address)
            answers.append(bool(await answer if inspect.isawaitable(answer) else answer))
        return answers

    return among
