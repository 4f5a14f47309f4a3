"""Faults that the emulator commits on request: which, how often, and how often so far. Pure but for its own dice."""

from __future__ import annotations

import random
from collections import Counter
from typing import Literal, get_args

import attrs

from mailgun_async.testing._limits import ServedClass

__all__ = ["Fault", "FaultName", "Faults"]

FaultName = Literal[
    "401",
    "500-before",
    "500-after",
    "502-before",
    "502-after",
    "hang-before",
    "hang-after",
    "drop-before",
    "drop-after",
    "rst-before",
    "rst-after",
    "garbage-before",
    "garbage-after",
    "half-head-before",
    "half-head-after",
    "half-body-after",
    "slow",
]
"""What happens, and when: `-before` anything was accepted, or `-after` everything was.

`401` the key is refused; `500` with Mailgun's body; `502` with a proxy's page; `hang` no answer until the client or the
emulator leaves; `drop` the connection is closed in order; `rst` it is reset; `garbage` bytes that are not HTTP;
`half-head` the answer ends within its headers, `half-body` within its body; `slow` a right answer, late."""


@attrs.define(kw_only=True, eq=False)
class Fault:
    """One fault that is switched on. Made by `Faults.add`."""

    name: FaultName
    rate: float = attrs.field(default=1.0, validator=[attrs.validators.ge(0.0), attrs.validators.le(1.0)])
    times: int | None = None
    rate_class: ServedClass | None = None
    seconds: float = 0.0
    drawn: int = 0
    """How often it has happened."""
    _dice: random.Random = attrs.field(repr=False)

    @property
    def is_before(self) -> bool:
        """It strikes before a call is carried out."""
        return self.name == "401" or self.name.endswith("-before")

    def rolls(self, rate_class: ServedClass) -> bool:
        """Draw for one call."""
        if self.rate_class not in {None, rate_class} or self.drawn == self.times:
            return False
        return self._dice.random() < self.rate


@attrs.define
class Faults:
    """The faults of one emulator; `Emulator.faults`."""

    _seed: int = 0
    _active: list[Fault] = attrs.Factory(list)
    _drawn: Counter[str] = attrs.Factory(Counter)

    def add(
        self,
        name: FaultName,
        *,
        rate: float = 1.0,
        times: int | None = None,
        rate_class: ServedClass | None = "messages",
        seconds: float | None = None,
        seed: int | None = None,
    ) -> Fault:
        """Switch a fault on.

        Args:
            name: Which one.
            rate: Share of the calls that it hits, 0 to 1.
            times: How often it happens at most; None for ever. `times=1` hits the next call alone.
            rate_class: Which calls it can hit: `messages` (sending), `analytics` (logs, tags, metrics), `domains` (also
                stored messages, queues, webhooks), `other` (all the rest); None all of them.
            seconds: For `slow`: how late the answer is.
            seed: Of the dice; the same seed hits the same calls. Default: the emulator's, and the number of the fault.

        Raises:
            ValueError: There is no such fault or family of calls, the rate is not a share, or `seconds` is missing or
                without use.
        """
        if name not in get_args(FaultName):
            raise ValueError(f"there is no fault {name!r}; there are {', '.join(get_args(FaultName))}")
        if rate_class is not None and rate_class not in get_args(ServedClass):
            raise ValueError(
                f"rate_class must be None or one of {', '.join(get_args(ServedClass))}, not {rate_class!r}"
            )
        if (name == "slow") != (seconds is not None):
            raise ValueError("seconds= belongs to the fault 'slow', and 'slow' needs it")
        dice = random.Random(self._seed * 1_000 + len(self._active) if seed is None else seed)  # noqa: S311 -- faults need no secrets
        fault = Fault(name=name, rate=rate, times=times, rate_class=rate_class, seconds=seconds or 0.0, dice=dice)
        self._active.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Switch one off; its count stays."""
        self._active.remove(fault)

    def clear(self) -> None:
        """Switch all off; the counts stay."""
        self._active.clear()

    @property
    def active(self) -> tuple[Fault, ...]:
        """What is switched on."""
        return tuple(self._active)

    @property
    def drawn(self) -> dict[str, int]:
        """How often each fault has happened."""
        return dict(self._drawn)

    def before(self, rate_class: ServedClass) -> FaultName | None:
        """Draw what befalls a call that has come in and is not yet carried out."""
        return self._draw(rate_class, [fault for fault in self._active if fault.is_before])

    def after(self, rate_class: ServedClass) -> FaultName | None:
        """Draw what befalls the answer to a call that was accepted."""
        return self._draw(rate_class, [fault for fault in self._active if fault.name.endswith("-after")])

    def delay_s(self, rate_class: ServedClass) -> float:
        """Draw how late an answer is, in seconds."""
        slow = [fault for fault in self._active if fault.name == "slow" and fault.rolls(rate_class)]
        for fault in slow:
            self._count(fault)
        return sum(fault.seconds for fault in slow)

    def _draw(self, rate_class: ServedClass, faults: list[Fault]) -> FaultName | None:
        """Let all draw, so that a seed hits the same calls whatever else is on; the first that hits counts."""
        hit = next(iter([fault for fault in faults if fault.rolls(rate_class)]), None)
        if hit is None:
            return None
        self._count(hit)
        return hit.name

    def _count(self, fault: Fault) -> None:
        fault.drawn += 1
        self._drawn[fault.name] += 1
