"""After a batch: who did not get the mail, written down; and from which row to go on.

The file is read once more, up to the row where the batch stopped reading, beside what the report says of those who
were not accepted. A row is *handled* when it was accepted, or is written down: to the rejects file with its line and
the reason or, when nothing was sent of it, to the unsent file as it is, which is another input. Calls end in any order,
so rows of which nothing was sent may stand before rows that were accepted: these are written down. Those behind the
last accepted row are not: `skip` is the number of rows before the first of them, and a run that skips so many begins
with it. So the rejects are for somebody to look at, and the unsent file together with a run with `--skip` reaches
everybody else, and nobody twice.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import attrs

from mailgun_async.batch.addresses import all_ordinary, read
from mailgun_async.batch.source import in_blocks
from mailgun_async.cli._rows_file import Reject, RowsFile
from mailgun_async.errors import InvalidMessage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mailgun_async import BatchReport, RejectedRow
    from mailgun_async.batch.block import Block
    from mailgun_async.cli._recipients import Sources

__all__ = ["Settled", "plain_addresses", "settle"]

_BLOCK: Final = 1_000


@attrs.define(kw_only=True)
class Settled:
    """What became of the rows that a batch took."""

    skip: int
    """Rows from the first that are handled."""
    left: int
    """Rows behind them, of which nothing was sent."""


async def settle(report: BatchReport, sources: Sources, *, rejects: RowsFile, unsent: RowsFile) -> Settled:
    """Write who was not accepted, and find the row to go on with.

    Args:
        report: What the batch says.
        sources: Makes the source once more.
        rejects: Where rows are written that somebody has to look at.
        unsent: Where rows are written that can be sent as they are.
    """
    known, walk = _Known(report), _Walk(rejects, unsent)
    bad: list[RejectedRow] = []
    try:
        async with in_blocks(sources(on_reject=bad.append), _BLOCK) as blocks:
            while walk.rows < report.taken and (block := await blocks.next()) is not None:
                rejects.describe(block)
                unsent.describe(block)
                for reject in islice(_rows(block, bad, known), report.taken - walk.rows):
                    walk.step(reject)
                bad.clear()
        for reject in known.rest():
            walk.write(reject)
    finally:
        rejects.close()
        unsent.close()
    return Settled(skip=walk.handled, left=walk.rows - walk.handled)


def _rows(block: Block, bad: Sequence[RejectedRow], known: _Known) -> Iterator[Reject | None]:
    """Give the rows of a block in the order of the file; None for those accepted."""
    good: Iterator[tuple[int, int | RejectedRow]] = zip(block.lines or (), range(len(block)), strict=True)
    variables: list[Mapping[str, Any]] | None = None
    addresses = plain_addresses(block)
    for line, row in heapq.merge(good, ((row.line, row) for row in bad), key=itemgetter(0)):
        if not isinstance(row, int):
            yield Reject(status="bad row", reason=row.reason, line=line, row=row.row)
        elif not known.concerns(line, addresses[row]):
            yield None
        else:
            variables = variables or block.variables()
            reject = known.take(line, addresses[row], variables[row])
            if reject is not None:
                reject.line, reject.address, reject.variables = line, block.addresses[row], variables[row]
            yield reject


def plain_addresses(block: Block) -> list[str]:
    """Return the addresses without names and surroundings, as calls have them; those that are none as they are."""
    if block.names is None and all_ordinary(block.addresses):
        return block.addresses
    plain = []
    for text in block.addresses:
        try:
            plain.append(read(text)[0])
        except InvalidMessage:
            plain.append(text)
    return plain


class _Known:
    """Those who were not accepted, to be found again by line or by address and variables."""

    def __init__(self, report: BatchReport) -> None:
        self._by_line: dict[int, Reject] = {}
        self._by_address: defaultdict[str, list[Reject]] = defaultdict(list)
        for reject in _rejects(report):
            if reject.line is not None:
                self._by_line[reject.line] = reject
            else:
                self._by_address[reject.address].append(reject)

    def concerns(self, line: int, address: str) -> bool:
        """Tell whether a row may be one of them."""
        return line in self._by_line or address in self._by_address

    def take(self, line: int, address: str, variables: Mapping[str, Any]) -> Reject | None:
        """Take the one that stands on this row, if any."""
        reject = self._by_line.pop(line, None)
        return self._same(self._by_address[address], variables) if reject is None else reject

    def rest(self) -> Iterator[Reject]:
        """Give those whose row was not found: the file has changed meanwhile."""
        yield from self._by_line.values()
        for rejects in self._by_address.values():
            yield from rejects

    @staticmethod
    def _same(rejects: list[Reject], variables: Mapping[str, Any]) -> Reject | None:
        for index, reject in enumerate(rejects):
            if reject.variables is None or reject.variables == variables:
                return rejects.pop(index)
        return None


def _rejects(report: BatchReport) -> Iterator[Reject]:
    for one in report.rejected:
        yield Reject(status="rejected", reason=one.reason, line=one.line, address=one.address)
    for unknown in report.unknown:
        reason, message_id = _text(unknown.cause), unknown.message_id
        for who in unknown.recipients:
            yield Reject(
                status="unknown", reason=reason, message_id=message_id, address=who.address, variables=who.variables
            )
    for unsent in report.not_sent:
        reason = _text(unsent.error)
        for who in unsent.recipients:
            yield Reject(status="not sent", reason=reason, address=who.address, variables=who.variables)


def _text(error: BaseException) -> str:
    return " ".join(str(error).split()) or "interrupted"


@attrs.define
class _Walk:
    """Goes through the rows in their order, and holds back what may be left to the next run."""

    _rejects: RowsFile
    _unsent: RowsFile
    rows: int = 0
    handled: int = 0
    """Rows up to and with the last one that is handled."""
    _held: list[Reject] = attrs.Factory(list)

    def step(self, reject: Reject | None) -> None:
        """Take the next row."""
        self.rows += 1
        # Of rows that can't be sent to the next run would say the same: it may begin before them.
        if reject is not None and (reject.status == "not sent" or (self._held and reject.status != "unknown")):
            self._held.append(reject)
            return
        for held in self._held:
            self.write(held)
        self._held.clear()
        if reject is not None:
            self.write(reject)
        self.handled = self.rows

    def write(self, reject: Reject) -> None:
        """Write one to the file where it belongs."""
        (self._unsent if reject.status == "not sent" else self._rejects).write(reject)
