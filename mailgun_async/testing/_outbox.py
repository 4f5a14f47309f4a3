"""The emulator's outbox: every mail that was accepted, rendered when it is looked at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

from mailgun_async.testing._mails import Letter, Mail
from mailgun_async.testing._submission import read_form, submission

if TYPE_CHECKING:
    from mailgun_async.testing._calls import Call, Calls

__all__ = ["Letters", "Outbox"]

_LETTERS_KEPT = 8


class Letters:
    """Contents of calls, taken apart when needed; the last few are kept."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._kept: OrderedDict[int, Letter] = OrderedDict()

    def of(self, call: Call) -> Letter:
        """Take a call's body apart."""
        letter = self._kept.get(call.ordinal)
        if letter is None:
            form = read_form(call.content_type, self._calls.bodies.get(call.ordinal))
            letter = self._kept[call.ordinal] = Letter(call, submission(form, mime=call.mime))
            if len(self._kept) > _LETTERS_KEPT:
                self._kept.popitem(last=False)
        return letter

    def clear(self) -> None:
        """Forget them."""
        self._kept.clear()


class Outbox(Sequence[Mail]):
    """All accepted mails in order, scheduled ones included; `Emulator.outbox`.

    Its length is known at once. A mail is rendered each time it is looked at, so keep what you look at twice.
    """

    def __init__(self, calls: Calls, letters: Letters, *, kept: bool) -> None:
        self._calls, self._letters, self._kept = calls, letters, kept

    def __len__(self) -> int:
        return self._calls.mails

    @overload
    def __getitem__(self, index: int) -> Mail: ...

    @overload
    def __getitem__(self, index: slice) -> list[Mail]: ...

    def __getitem__(self, index: int | slice) -> Mail | list[Mail]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        self._check_kept()
        number = index + len(self) if index < 0 else index
        if not 0 <= number < len(self):
            raise IndexError(f"no mail {index}: the outbox holds {len(self)}")
        call, place = self._calls.with_mail(number)
        return self._letters.of(call).mail(place)

    def __iter__(self) -> Iterator[Mail]:
        self._check_kept()
        for call in self._calls:
            letter = self._letters.of(call)
            for place in range(call.mails):
                yield letter.mail(place)

    def to(self, address: str) -> list[Mail]:
        """Mails to one address, the same in spelling; only these are rendered."""
        self._check_kept()
        found = []
        for call in self._calls:
            letter = self._letters.of(call)
            found += [letter.mail(place) for place in range(call.mails) if letter.recipient(place) == address]
        return found

    def recipients(self) -> Iterator[str]:
        """The address of every mail, in order, without rendering any: for counting and for finding duplicates."""
        self._check_kept()
        for call in self._calls:
            letter = self._letters.of(call)
            yield from (letter.recipient(place) for place in range(call.mails))

    def _check_kept(self) -> None:
        if not self._kept:
            raise RuntimeError("this emulator keeps counts alone: start it with keep='all' to look into its outbox")
