"""The emulator's outbox: every mail that is delivered, rendered when it is looked at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

from mailgun_async.testing._mails import Letter, Mail
from mailgun_async.testing._submission import read_form, submission
from mailgun_async.testing._tally import Tally, count
from mailgun_async.testing._templated import kept_template

if TYPE_CHECKING:
    from mailgun_async.testing._calls import Call, Calls
    from mailgun_async.testing._records import Records

__all__ = ["Letters", "Outbox"]

_LETTERS_KEPT = 8


class Letters:
    """Contents of calls, taken apart when needed; the last few are kept."""

    def __init__(self, calls: Calls, records: Records) -> None:
        self._calls, self._records = calls, records
        self._kept: OrderedDict[int, Letter] = OrderedDict()

    def of(self, call: Call) -> Letter:
        """Take a call's body apart."""
        letter = self._kept.get(call.ordinal)
        if letter is None:
            form = read_form(call.content_type, self._calls.body_of(call))
            template = kept_template(self._records, call.template)
            letter = self._kept[call.ordinal] = Letter(call, submission(form, mime=call.mime), template)
            if len(self._kept) > _LETTERS_KEPT:
                self._kept.popitem(last=False)
        return letter

    def clear(self) -> None:
        """Forget them."""
        self._kept.clear()


class Outbox(Sequence[Mail]):
    """All mails that are delivered, in order, scheduled ones included; `Emulator.outbox`.

    Mails that are accepted and go to nobody, as their recipient is suppressed, are in `undelivered` alone.

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
            for place in call.places:
                yield letter.mail(place)

    @property
    def undelivered(self) -> list[Mail]:
        """Mails that were accepted and go to nobody, in order, not counted among the others; each says why."""
        self._check_kept()
        calls = [call for call in self._calls if call.undelivered]
        return [self._letters.of(call).mail(place) for call in calls for place, _ in call.undelivered]

    def to(self, address: str) -> list[Mail]:
        """Mails to one address, the same in spelling; only these are rendered."""
        self._check_kept()
        found = []
        for call in self._calls:
            letter = self._letters.of(call)
            found += [letter.mail(place) for place in call.places if letter.recipients[place] == address]
        return found

    def recipients(self) -> Iterator[str]:
        """The address of every mail, in order, without rendering any."""
        self._check_kept()
        for call in self._calls:
            recipients = self._letters.of(call).recipients
            yield from (recipients[place] for place in call.places) if call.undelivered else recipients

    def tally(self) -> Tally:
        """Count how many mails each address got, exactly and in flat memory; some seconds for a million mails."""
        return count(self.recipients())

    def _check_kept(self) -> None:
        if not self._kept:
            raise RuntimeError("this emulator keeps counts alone: start it with keep='all' to look into its outbox")
