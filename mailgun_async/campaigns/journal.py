"""What a campaign's journal keeps, and what it must do. Values and a protocol; no I/O.

A journal is the only place where a campaign's state is. Each method that changes something is one transaction, durable
when it returns. Several processes may work on one journal at the same time: a chunk is moved from one state to the next
by comparing and setting, so that of two who try the same one is told that it came too late.

Instants are seconds since 1970, as processes on the same journal share no other clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

__all__ = [
    "SETTLED",
    "AttemptRecord",
    "CampaignState",
    "Candidate",
    "ChunkRecord",
    "ChunkState",
    "Claim",
    "CommonPart",
    "Header",
    "Journal",
    "NewChunk",
    "RejectedRecipient",
    "Settlement",
    "Sum",
    "Totals",
]

ChunkState = Literal["planned", "intent", "unknown", "sent", "refused", "parked", "split"]
"""See the package's docstring."""
SETTLED: Final[frozenset[ChunkState]] = frozenset({"sent", "refused", "parked", "split"})
"""States that a chunk does not leave by itself."""

CampaignState = Literal["planning", "ready", "paused", "cancelled"]
"""`planning`: the plan is not complete, and nothing of it may be sent. `ready`: may be sent. `paused`, `cancelled`: no
chunk may be claimed."""

RejectedBy = Literal["plan", "mailgun"]


@attrs.frozen(kw_only=True)
class CommonPart:
    """One multipart part that all calls share."""

    name: str
    """The field, e.g. `subject`, `o:tag`, `attachment`."""
    data: bytes = attrs.field(repr=False)
    """The whole part as `transport.encoding` makes it; the content of files is in it."""


@attrs.frozen(kw_only=True)
class Totals:
    """What a complete plan holds. `taken` is the sum of all others but `chunks`."""

    taken: int
    """Recipients that the source gave; for files rows, good or bad."""
    recipients: int
    """Those who are in chunks."""
    chunks: int
    rejected: int
    """Those who can't be sent to, with a reason in the journal."""
    bad_rows: int
    """Rows of a file that name no recipient."""
    duplicates: int
    """Those whose address an earlier one has."""
    excluded: int
    """Those left out by `exclude`."""
    source_digest: str
    """Of all chunks as they were cut, before duplicates of other chunks were taken out: tells whether a source is the
    same."""


@attrs.frozen(kw_only=True)
class Header:
    """What is known of the whole campaign."""

    id: str
    """Lower-case letters and digits; begins every Message-Id of the campaign."""
    name: str | None
    domain: str
    created_at: float
    state: CampaignState
    options: Mapping[str, object]
    """How it was planned: JSON values. Planning again with others is planning another campaign."""
    common_size: int
    """Bytes of the common parts together."""
    totals: Totals | None = None
    """None while it is being planned."""
    size: int | None = None
    """Most recipients of a call, once Mailgun has refused more."""
    started_at: float | None = None
    """When the first chunk was claimed."""


@attrs.frozen(kw_only=True)
class NewChunk:
    """A chunk to be added."""

    ordinal: str
    """`12`; a half of it is `12.0`, a half of that `12.0.1`."""
    count: int
    digest: str
    """Hexadecimal BLAKE2b-128 of the payload before it was compressed."""
    message_id: str
    """Without brackets; the same for every attempt."""
    payload: bytes = attrs.field(repr=False)
    """Compressed; see `payload`."""
    source_digest: str = ""
    """The digest when it was cut from the source; it differs when duplicates were taken out. Empty for halves."""


@attrs.frozen(kw_only=True)
class Candidate:
    """A chunk that may be claimed."""

    key: int
    """How the journal finds it."""
    ordinal: str
    count: int
    digest: str
    message_id: str


@attrs.frozen(kw_only=True)
class Claim:
    """A chunk that this owner, and nobody else, may send until the lease ends."""

    key: int
    owner: str
    attempt: int
    """1 for the first; every claim counts, also one whose call was not sent."""
    began_at: float
    """When it was claimed: nothing of this attempt was on the wire before."""
    lease_until: float


@attrs.frozen(kw_only=True)
class RejectedRecipient:
    """Somebody who was not sent to, for a reason of their own."""

    address: str
    reason: str
    by: RejectedBy
    line: int | None = None
    """Of the file, the first being 1."""


@attrs.frozen(kw_only=True)
class Settlement:
    """What a chunk in `intent` or `unknown` becomes, and what is to be kept of why."""

    state: Literal["sent", "planned", "unknown", "refused", "parked", "split"]
    outcome: Literal[
        "accepted", "refused", "limited", "unsent", "unknown", "oversize", "given back", "found", "absent", "unseen"
    ]
    """What the attempt came to; or, the last three, what was decided by: a look-up, or that there was none."""
    at: float
    """When that was known."""
    status: int | None = None
    """HTTP status, when there was one."""
    reason: str | None = None
    """In words; Mailgun's own where it refused."""
    body: bytes | None = attrs.field(default=None, repr=False)
    """Of a refusal, whole."""
    waited_s: float = 0.0
    """Seconds that the limiter made the attempt wait."""
    due_at: float | None = None
    """`planned`: not to be claimed before. `unknown`: not to be looked up before."""
    children: Sequence[NewChunk] = ()
    """`split`: chunks that take the place of this one, planned."""
    rejected: Sequence[RejectedRecipient] = ()
    """`split`: those of its recipients whom Mailgun does not take. With those of the children they are all."""
    size: int | None = None
    """Becomes the header's `size` when that is larger or not known."""


@attrs.frozen(kw_only=True)
class ChunkRecord:
    """A chunk as it stands."""

    key: int
    ordinal: str
    count: int
    digest: str
    message_id: str
    state: ChunkState
    attempt: int
    """Of the last claim; 0 when there was none."""
    owner: str | None
    lease_until: float | None
    due_at: float | None
    """See `Settlement.due_at`."""
    looks: int
    """Look-ups of its present attempt."""
    since: float | None
    """When it came into its present state; None for a chunk that never left `planned`, or was put back by hand."""
    sent_from: float | None
    """When its present attempt was claimed: nothing of it was on the wire before."""
    status: int | None
    reason: str | None
    body: bytes | None = attrs.field(repr=False)
    source_digest: str


@attrs.frozen(kw_only=True)
class AttemptRecord:
    """One attempt that came to an end, or a look-up that decided."""

    ordinal: str
    attempt: int
    count: int
    began_at: float
    ended_at: float
    outcome: str
    """As in `Settlement`."""
    status: int | None
    waited_s: float


@attrs.frozen(kw_only=True)
class Sum:
    """How much is in one state."""

    chunks: int = 0
    recipients: int = 0


class Journal(Protocol):
    """Keeps one campaign.

    Every method raises `JournalError` when the journal can't be read or written: it is not a journal, is damaged, was
    written by a newer version, is locked by somebody for too long, or its disk is full. What a method that raised was
    to change has not changed. What a cancelled method was to change is changed whole or not at all.
    """

    async def open(self) -> None:
        """Open it, or make it; bring an older version up to date."""

    async def close(self) -> None:
        """Close it; harmless twice."""

    # -- plan ----------------------------------------------------------------------------------------------------------

    async def header(self) -> Header | None:
        """Return what is known of the campaign; None when nothing was ever planned."""

    async def begin(self, header: Header, common: Sequence[CommonPart]) -> None:
        """Begin a plan, in state `planning`; a plan that was never finished is thrown away.

        Raises:
            JournalError: There is a finished plan.
        """

    async def add(self, chunks: Sequence[NewChunk], rejected: Sequence[RejectedRecipient] = ()) -> None:
        """Add chunks to the plan that is under way, in their order, and who can't be sent to.

        This, `replace` and `finish` are for the one who began the plan.

        Raises:
            JournalError: No plan is under way that was begun here; somebody else may have begun another.
        """

    async def replace(self, key: int, chunk: NewChunk | None, rejected: Sequence[RejectedRecipient] = ()) -> None:
        """Give a chunk of the plan that is under way other recipients; None takes it out."""

    async def finish(self, totals: Totals) -> None:
        """Complete the plan: its state is `ready`.

        Raises:
            JournalError: The chunks in the journal do not add up to the totals.
        """

    async def common(self) -> list[CommonPart]:
        """Return the common parts, in their order."""

    async def payload(self, key: int) -> bytes:
        """Return the payload of a chunk, compressed."""

    # -- send ----------------------------------------------------------------------------------------------------------

    async def candidates(self, *, now: float, limit: int, skip: Collection[int] = ()) -> list[Candidate]:
        """Return planned chunks that are due, in their order, halves before all others, but those to `skip`."""

    async def next_due_at(self) -> float | None:
        """Return when the next planned or unknown chunk is due; None when none waits for anything."""

    async def claim(self, key: int, *, owner: str, now: float, lease_until: float) -> Claim | None:
        """Move a chunk from `planned` to `intent`.

        None: somebody else has, it is not due, or the campaign is not `ready`. A claim that was cancelled is given
        back.
        """

    async def settle(self, claim: Claim, settlement: Settlement) -> bool:
        """Move a claimed chunk from `intent` to its next state.

        One whose lease ran out, and of which was decided since without knowing (`unknown`, then perhaps `planned` or
        `parked`), is moved too when the call was accepted; with another outcome, or when it was claimed again or
        settled since, the attempt is only recorded. False: the chunk was not moved.

        Raises:
            JournalError: The parts of a chunk to be `split` and those rejected are not all of its recipients.
        """

    async def owners(self) -> set[str]:
        """Return the owners of all chunks in `intent`."""

    async def expire(self, *, now: float, dead: Collection[str] = (), due_at: float) -> int:
        """Make chunks in `intent` `unknown` whose lease has ended, or whose owner is dead; return how many."""

    # -- reconcile -----------------------------------------------------------------------------------------------------

    async def unknown(self, *, now: float, limit: int) -> list[ChunkRecord]:
        """Return unknown chunks that are due for a look-up, those first that wait longest."""

    async def look(self, chunk: ChunkRecord, *, due_at: float) -> bool:
        """Count a look-up that is about to be made, the next being due then; False when another makes it."""

    async def resolve(self, chunk: ChunkRecord, settlement: Settlement) -> bool:
        """Move a chunk from `unknown` to `sent`, `planned` or `parked`; False when it is there no more."""

    # -- steer ---------------------------------------------------------------------------------------------------------

    async def steer(self, state: Literal["ready", "paused", "cancelled"]) -> None:
        """Let chunks be claimed, or not.

        Raises:
            JournalError: The plan is not complete, or it was cancelled before.
        """

    async def replan(self, states: Collection[Literal["refused", "parked"]]) -> Sum:
        """Move chunks back to `planned`, by hand."""

    # -- report --------------------------------------------------------------------------------------------------------

    async def sums(self) -> dict[ChunkState, Sum]:
        """Return how much is in each state; states in which nothing is may be left out.

        The recipients of all states but `split`, and those whom Mailgun rejected, are the recipients of the plan.
        """

    def chunks(self, states: Collection[ChunkState] | None = None) -> AsyncIterator[ChunkRecord]:
        """Yield chunks, those of all states by default, in their order."""

    def attempts(self) -> AsyncIterator[AttemptRecord]:
        """Yield what was recorded of attempts, in the order of their ends."""

    def rejected(self) -> AsyncIterator[RejectedRecipient]:
        """Yield who can't be sent to."""
