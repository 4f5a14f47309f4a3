"""Whatever is done to a journal, in whatever order and by whom: two handles on a file do what the plain one does."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mailgun_async.campaigns.journal import ChunkRecord, Claim, Journal, NewChunk, RejectedRecipient, Settlement
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.errors import JournalError
from mailgun_async.testing._journal_base import assert_adds_up, new_chunk, new_header, totals
from tests.campaigns.memory_journal import MemoryJournal, Store

T = TypeVar("T")

MEMORY = Path("/dev/shm")  # noqa: S108 -- a disk would only make it slow
OWNERS = st.sampled_from(["one", "two", "three"])
WHO = st.integers(0, 1)
SECONDS = st.sampled_from([0.0, 1.0, 15.0, 60.0])
ANY = st.integers(0, 1_000)


class AnyOrder(RuleBasedStateMachine):
    """Every step is taken by one of two handles, on the file and in memory, and must come to the same."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.directory = tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None)
        store = Store()
        path = Path(self.directory, "journal.db")
        self.pairs: list[tuple[Journal, Journal]] = [(SqliteJournal(path), MemoryJournal(store)) for _ in range(2)]
        self.now = 1_000.0
        self.claims: list[Claim] = []
        self.seen: list[ChunkRecord] = []
        for pair in self.pairs:
            for journal in pair:
                self.run(journal.open())

    def teardown(self) -> None:
        for pair in self.pairs:
            for journal in pair:
                self.run(journal.close())
        self.runner.close()
        shutil.rmtree(self.directory)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def both(self, who: int, method: str, *args: Any, **named: Any) -> Any:
        """Do the same to both; they must answer the same, or both refuse."""
        answers: list[Any] = []
        for journal in self.pairs[who]:
            try:
                answers.append(self.run(getattr(journal, method)(*args, **named)))
            except JournalError:
                answers.append(JournalError)
        assert answers[0] == answers[1]
        return answers[0]

    @initialize(counts=st.lists(st.integers(1, 8), min_size=1, max_size=6), who=WHO, abandoned=st.booleans())
    def plan(self, counts: list[int], who: int, abandoned: bool) -> None:
        if abandoned:
            self.both(1 - who, "begin", new_header(id="gone"), [])
            self.both(1 - who, "add", [new_chunk("0", 3), new_chunk("1", 3)])
        self.both(who, "begin", new_header(), [])
        self.both(1 - who, "add", [new_chunk("9")])
        self.both(who, "add", [new_chunk(str(ordinal), count) for ordinal, count in enumerate(counts)])
        self.both(who, "finish", totals(counts, rejected=1))
        self.both(who, "finish", totals(counts))

    @rule(after_s=SECONDS)
    def wait(self, after_s: float) -> None:
        self.now += after_s

    @rule(who=WHO, owner=OWNERS, lease_s=SECONDS, skipped=st.integers(0, 2))
    def claim(self, who: int, owner: str, lease_s: float, skipped: int) -> None:
        """Of a candidate, or of any chunk at all."""
        chunks = self.both(who, "candidates", now=self.now, limit=3) or self.chunks(who)
        key = chunks[min(skipped, len(chunks) - 1)].key
        on_wire = {chunk.key for chunk in self.chunks(who) if chunk.state == "intent"}
        claim = self.both(who, "claim", key, owner=owner, now=self.now, lease_until=self.now + lease_s)
        if claim is not None:
            assert key not in on_wire
            self.claims.append(claim)

    @precondition(lambda self: self.claims)
    @rule(
        who=WHO,
        which=ANY,
        state=st.sampled_from(["sent", "planned", "unknown", "refused", "parked", "split"]),
        more=st.data(),
    )
    def settle(self, who: int, which: int, state: Any, more: st.DataObject) -> None:
        """Of any claim that was ever made: most of them late."""
        claim = self.claims[-1 - which % len(self.claims)]
        chunk = next(one for one in self.chunks(who) if one.key == claim.key)
        children, rejected = self.cut(chunk, more) if state == "split" else ([], [])
        settlement = Settlement(
            state=state,
            outcome="accepted" if state == "sent" else "unknown",
            at=self.now,
            due_at=more.draw(st.none() | SECONDS.map(lambda after_s: self.now + after_s)),
            reason=f"{state} at {self.now}",
            children=children,
            rejected=rejected,
            size=more.draw(st.none() | st.integers(1, 1000)),
        )
        self.both(who, "settle", claim, settlement)

    def cut(self, chunk: ChunkRecord, parts: st.DataObject) -> tuple[list[NewChunk], list[RejectedRecipient]]:
        """Take a chunk apart, now and then wrongly."""
        gone = parts.draw(st.integers(0, min(2, chunk.count)))
        rest = chunk.count - gone - parts.draw(st.sampled_from([0, 0, 0, 1]))
        halves = [(rest + 1) // 2, rest // 2]
        children = [new_chunk(f"{chunk.ordinal}.{half}", count) for half, count in enumerate(halves) if count > 0]
        return children, [RejectedRecipient(address=f"{n}@", reason="no", by="mailgun") for n in range(gone)]

    @rule(who=WHO, dead=st.sets(OWNERS), due_s=SECONDS)
    def expire(self, who: int, dead: set[str], due_s: float) -> None:
        self.both(who, "expire", now=self.now, dead=dead, due_at=self.now + due_s)

    @rule(who=WHO)
    def see(self, who: int) -> None:
        self.seen += self.both(who, "unknown", now=self.now, limit=2)

    @precondition(lambda self: self.seen)
    @rule(who=WHO, which=ANY, due_s=SECONDS)
    def look(self, who: int, which: int, due_s: float) -> None:
        self.both(who, "look", self.seen[-1 - which % len(self.seen)], due_at=self.now + due_s)

    @precondition(lambda self: self.seen)
    @rule(who=WHO, which=ANY, state=st.sampled_from(["sent", "planned", "parked"]))
    def resolve(self, who: int, which: int, state: Any) -> None:
        settlement = Settlement(state=state, outcome="found" if state == "sent" else "absent", at=self.now)
        self.both(who, "resolve", self.seen[-1 - which % len(self.seen)], settlement)

    @rule(who=WHO, state=st.sampled_from(["ready", "ready", "paused"]))
    def steer(self, who: int, state: Any) -> None:
        self.both(who, "steer", state)

    @precondition(lambda self: len(self.claims) > 6)
    @rule(who=WHO)
    def cancel(self, who: int) -> None:
        self.both(who, "steer", "cancelled")

    @rule(who=WHO, states=st.sets(st.sampled_from(["refused", "parked"])))
    def replan(self, who: int, states: Any) -> None:
        self.both(who, "replan", states)

    @rule(who=WHO)
    def reopen(self, who: int) -> None:
        self.both(who, "close")
        self.both(who, "open")

    def chunks(self, who: int) -> list[ChunkRecord]:
        return self.run(_listed(self.pairs[who][0].chunks()))

    @invariant()
    def it_is_what_it_should_be(self) -> None:
        """All that can be asked is the same on both, and everybody of the plan is in one place."""
        in_file, plain = [self.run(_all_of(journal, self.now)) for journal in self.pairs[0]]
        assert in_file == plain
        self.run(assert_adds_up(self.pairs[1][0]))


async def _all_of(journal: Journal, now: float) -> dict[str, Any]:
    return {
        "header": await journal.header(),
        "sums": await journal.sums(),
        "owners": await journal.owners(),
        "next due": await journal.next_due_at(),
        "candidates": await journal.candidates(now=now, limit=100),
        "unknown": await journal.unknown(now=now, limit=100),
        "chunks": await _listed(journal.chunks()),
        "attempts": await _listed(journal.attempts()),
        "rejected": await _listed(journal.rejected()),
    }


async def _listed(values: Any) -> list[Any]:
    return [value async for value in values]


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=20, stateful_step_count=40, deadline=None)
