"""Processes that are killed, or frozen, wherever they are: nobody gets two mails, and nobody none.

`CRASH_SEEDS=100 python -m pytest tests/campaigns/test_crashes.py` tries many more random moments.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import get_args

import attrs
import pytest

from mailgun_async import Message
from mailgun_async.campaigns.reconcile import OnUnknown
from mailgun_async.campaigns.report import CampaignReport
from mailgun_async.errors import JournalError
from mailgun_async.testing import Emulator
from mailgun_async.testing._faults import FaultName
from tests.campaigns.worker import ANSWER_S, campaign, client

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")

ROOT = Path(__file__).resolve().parents[2]
MAIL = Message(from_="Ada <ada@mg.example.com>", subject="Hi", text="Hello")
SEEDS = int(os.environ.get("CRASH_SEEDS", "2"))
CHUNK = 3
LONG_S = 60.0
"""Longer than anything here takes on a busy machine."""

FAULTS: list[FaultName] = [name for name in get_args(FaultName) if name not in {"401", "slow"}]
"""All but the key's, which ends sending, and mere slowness."""

PLAN = """
import asyncio, os, signal, sys
from pathlib import Path
from mailgun_async import Message
from tests.campaigns.worker import campaign, client

def people():
    for number in range(1000):
        yield f"r{number}@example.com"
    os.kill(os.getpid(), signal.SIGKILL)

async def main(url, path):
    async with client(url) as mg, campaign(mg, Path(path), "resend") as spring:
        await spring.plan(Message(from_="ada@mg.example.com", subject="Hi", text="Hello"), people(), chunk_size=1)

asyncio.run(main(*sys.argv[1:]))
"""


@attrs.frozen
class Scene:
    """A campaign in a file, and a Mailgun in this process."""

    emulator: Emulator
    journal: Path

    async def plan(self, chunks: int) -> list[str]:
        """Plan so many chunks; the addresses."""
        people = [f"r{number}@example.com" for number in range(chunks * CHUNK)]
        async with client(self.emulator.url) as mg, campaign(mg, self.journal, "resend") as spring:
            await spring.plan(MAIL, people, chunk_size=CHUNK)
        return people

    @asynccontextmanager
    async def worker(self, on_unknown: OnUnknown = "resend", **told: object) -> AsyncIterator[Process]:
        """Run a worker process; it is killed at the end of the `async with`, should it still be there."""
        words = json.dumps({"url": self.emulator.url, "path": str(self.journal), "on_unknown": on_unknown, **told})
        command = (sys.executable, "-m", "tests.campaigns.worker", words)
        child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
        try:
            async with asyncio.timeout(LONG_S):
                yield child
        finally:
            with suppress(ProcessLookupError):
                child.kill()
            await child.communicate()

    async def finish(self, on_unknown: OnUnknown = "resend", *, parked: bool = False) -> CampaignReport:
        """Send, in this process, what is left; with those that are parked, if told so."""
        mg = client(self.emulator.url)
        async with asyncio.timeout(LONG_S), mg, campaign(mg, self.journal, on_unknown) as spring:
            if parked:
                await spring.retry_parked()
            return await spring.send(max_in_flight=4)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Where it happens."""
    async with Emulator() as emulator:
        yield Scene(emulator, tmp_path / "journal.db")


async def steps(child: Process, number: int) -> list[str]:
    """Read so many steps of a worker; fewer, when it ends before."""
    assert child.stdout is not None
    read = [(await child.stdout.readline()).decode().strip() for _ in range(number)]
    return [step for step in read if step]


async def until(child: Process, step: str) -> None:
    """Read until a step."""
    while (seen := await steps(child, 1)) != [step]:
        assert seen, f"it ended before {step!r}"


def assert_everybody_once(scene: Scene, people: list[str], report: CampaignReport) -> None:
    """Everybody has one mail, and the journal says so."""
    assert sorted(scene.emulator.outbox.recipients()) == sorted(people)
    assert (report.accepted, report.parked_recipients, report.complete) == (len(people), 0, True)


# -- at each step ------------------------------------------------------------------------------------------------------

STEPS = [("permit", 0), ("claimed", 0), ("answered", 1), ("committed", 1)]


@pytest.mark.parametrize(("step", "accepted"), STEPS, ids=[step for step, _ in STEPS])
async def test_killed_at_any_step_another_finishes(scene: Scene, step: str, accepted: int) -> None:
    """With a permit, with the intent in the journal, with an answer that nobody wrote down, or with one that is."""
    people = await scene.plan(6)
    # Once a call was made the logs have it, and the end of its lease is not waited for.
    async with scene.worker(at=step, in_flight=1, answer_s=LONG_S if accepted else ANSWER_S) as child:
        assert await child.wait() == -signal.SIGKILL
    assert scene.emulator.calls == accepted
    assert_everybody_once(scene, people, await scene.finish())


async def test_killed_when_the_call_was_written_another_finds_it(scene: Scene) -> None:
    """Mailgun accepted it, and the answer never came."""
    people = await scene.plan(6)
    scene.emulator.faults.add("hang-after", times=1)
    async with scene.worker(in_flight=1, answer_s=LONG_S) as child:
        await until(child, "claimed")
        while not scene.emulator.calls:
            assert child.returncode is None
            await asyncio.sleep(0.01)
    report = await scene.finish()
    assert_everybody_once(scene, people, report)
    assert report.history.outcomes["found"] == 1


async def test_killed_before_the_call_and_parked_it_waits_for_somebody(scene: Scene) -> None:
    """Planned again by hand, everybody has their mail."""
    people = await scene.plan(6)
    async with scene.worker("park", at="claimed", in_flight=1) as child:
        assert await child.wait() == -signal.SIGKILL
    report = await scene.finish("park")
    assert (report.accepted, report.parked_recipients) == (len(people) - CHUNK, CHUNK)
    assert_everybody_once(scene, people, await scene.finish("park", parked=True))


async def test_without_look_ups_the_same_crash_is_a_second_mail(scene: Scene) -> None:
    """So that the tests of the other policies can fail."""
    people = await scene.plan(6)
    async with scene.worker("ignore", at="answered", in_flight=1, answer_s=LONG_S) as child:
        assert await child.wait() == -signal.SIGKILL
    report = await scene.finish("ignore")
    tally = scene.emulator.outbox.tally()
    assert (tally.addresses, sorted(tally.repeated.values())) == (len(people), [2] * CHUNK)
    assert report.accepted == len(people)


async def test_killed_while_it_planned_it_is_planned_anew(scene: Scene) -> None:
    """Nothing of the half is sent, and nothing of it is left."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PLAN, scene.emulator.url, str(scene.journal), cwd=ROOT
    )
    assert await child.wait() == -signal.SIGKILL
    assert await asyncio.to_thread(planned_chunks, scene.journal) > 0
    with pytest.raises(JournalError, match="was not completed"):
        await scene.finish()
    people = await scene.plan(6)
    assert_everybody_once(scene, people, await scene.finish())


def planned_chunks(journal: Path) -> int:
    """Count the chunks in a file."""
    with closing(sqlite3.connect(journal)) as db:
        number: int = db.execute("SELECT count(*) FROM chunks").fetchone()[0]
    return number


# -- frozen ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["claimed", "answered"])
async def test_frozen_for_longer_than_its_lease_it_changes_nothing(scene: Scene, step: str) -> None:
    """Another has sent, or found, what it was about to send or to write down; its late word is kept."""
    people = await scene.plan(6)
    async with scene.worker(at=step, strike="SIGSTOP", in_flight=1) as child:
        await until(child, step)
        before = await scene.finish()
        assert_everybody_once(scene, people, before)
        child.send_signal(signal.SIGCONT)
        await until(child, "over")
        assert await child.wait() == 0
    after = await scene.finish()
    assert_everybody_once(scene, people, after)
    assert after.history.outcomes.total() == before.history.outcomes.total() + 1


# -- at random ---------------------------------------------------------------------------------------------------------


async def killed(scene: Scene, on_unknown: OnUnknown, roll: random.Random) -> bool:
    """Start a worker and kill it at a random moment; False when it had come to its end before."""
    async with scene.worker(on_unknown) as child:
        await steps(child, roll.randrange(1, 60))
        await asyncio.sleep(roll.uniform(0.0, 0.02))
    return child.returncode == -signal.SIGKILL


async def crashed(scene: Scene, on_unknown: OnUnknown, seed: int) -> None:
    """Let two workers be killed, and one more, while one call in ten fails, in whatever way."""
    for number, fault in enumerate(FAULTS):
        scene.emulator.faults.add(fault, rate=0.1 / len(FAULTS), seed=seed * len(FAULTS) + number)
    scene.emulator.faults.add("slow", seconds=0.02)
    roll = random.Random(seed)  # noqa: S311 -- dice, not secrets
    first = await asyncio.gather(killed(scene, on_unknown, roll), killed(scene, on_unknown, roll))
    assert any([*first, await killed(scene, on_unknown, roll)])


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_killed_at_random_everybody_gets_one_mail(scene: Scene, seed: int) -> None:
    """Whatever fails besides."""
    people = await scene.plan(80)
    await crashed(scene, "resend", seed)
    assert_everybody_once(scene, people, await scene.finish())


@pytest.mark.parametrize("seed", range(100, 100 + (SEEDS + 1) // 2))
async def test_killed_at_random_and_parked_nobody_gets_two_mails(scene: Scene, seed: int) -> None:
    """Those without any are accounted for, and get it when they are planned again."""
    people = await scene.plan(80)
    await crashed(scene, "park", seed)
    report = await scene.finish("park")
    tally = scene.emulator.outbox.tally()
    assert tally.repeated == {}
    assert report.complete
    assert report.accepted <= tally.addresses <= report.accepted + report.parked_recipients == len(people)
    scene.emulator.faults.clear()
    assert_everybody_once(scene, people, await scene.finish("park", parked=True))


async def test_killed_at_random_without_look_ups_some_get_two_mails(scene: Scene) -> None:
    """The control: nobody is lost, and the difference is what look-ups are for."""
    people = await scene.plan(60)
    scene.emulator.faults.add("502-after", times=3)
    scene.emulator.faults.add("slow", seconds=0.02)
    assert await killed(scene, "ignore", random.Random(200))  # noqa: S311 -- dice, not secrets
    report = await scene.finish("ignore")
    tally = scene.emulator.outbox.tally()
    assert tally.addresses == report.accepted == len(people)
    assert tally.mails - tally.addresses >= 3 * CHUNK
