from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mailgun_async.testing import Emulator, FakeClock

PATH = "/v3/mg.example.com/messages"


async def call(emulator: Emulator, method: str, path: str, body: bytes = b"", boundary: str = "b") -> Any:
    """One request with a session of its own."""
    headers = {
        "Authorization": "Basic " + base64.b64encode(f"api:{emulator.api_key}".encode()).decode(),
        "Content-Type": f"multipart/form-data; boundary={boundary}",
    }
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, emulator.url + path, data=body, headers=headers) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return json.loads(await answer.read())


async def send(emulator: Emulator, form: Any, **fields: Any) -> Any:
    """Send one message."""
    return await call(emulator, "POST", PATH, form.body(form.fields(**fields)), form.boundary)


async def test_calls_in_a_file_outlive_the_emulator(tmp_path: Path, form: Any, clock: FakeClock) -> None:
    """Mails, events, ids and schedules are there after a restart, and numbers go on."""
    path = tmp_path / "mail.db"
    later = format_datetime(datetime.fromtimestamp(clock.wall() + 60, UTC))
    variables = {"bob@example.com": {"name": "Bob"}}
    async with Emulator(path=path, clock=clock) as emulator:
        first = await send(emulator, form, text="Hi %recipient.name%", **{"recipient-variables": json.dumps(variables)})
        await send(emulator, form, to="a@x.org,b@x.org", **{"o:deliverytime": later, "o:testmode": "yes"})
    async with Emulator(path=path, clock=clock) as emulator:
        assert [mail.recipient for mail in emulator.outbox] == ["bob@example.com", "a@x.org", "b@x.org"]
        mail, scheduled = emulator.outbox[0], emulator.outbox[1]
        assert (f"<{mail.message_id}>", mail.text, mail.test_mode) == (first["id"], "Hi Bob", False)
        assert (scheduled.test_mode, scheduled.deliver_at) == (True, datetime.fromtimestamp(clock.wall() + 60, UTC))
        found = await call(emulator, "GET", f"/v3/mg.example.com/events?message-id={mail.message_id}")
        assert [item["event"] for item in found["items"]] == ["delivered", "accepted"]
        await send(emulator, form, subject="third")
        assert (emulator.outbox[-1].subject, emulator.outbox[-1].call) == ("third", 3)


async def test_deleted_scheduled_mail_stays_deleted(tmp_path: Path, form: Any, clock: FakeClock) -> None:
    """Also in the file."""
    later = format_datetime(datetime.fromtimestamp(clock.wall() + 60, UTC))
    async with Emulator(path=tmp_path / "mail.db", clock=clock) as emulator:
        await send(emulator, form, **{"o:deliverytime": later})
        await call(emulator, "DELETE", "/v3/mg.example.com/envelopes")
    await clock.advance(3_600)
    async with Emulator(path=tmp_path / "mail.db", clock=clock) as emulator:
        found = await call(emulator, "GET", "/v3/mg.example.com/events")
        assert [item["event"] for item in found["items"]] == ["accepted"]


async def test_an_emptied_file_is_empty(tmp_path: Path, form: Any) -> None:
    """`clear` reaches the file."""
    async with Emulator(path=str(tmp_path / "mail.db")) as emulator:
        await send(emulator, form)
        emulator.clear()
    async with Emulator(path=str(tmp_path / "mail.db")) as emulator:
        assert len(emulator.outbox) == 0


async def test_the_same_emulator_can_be_started_again(tmp_path: Path, form: Any) -> None:
    """With a file or in memory it goes on where it was, so that clients find it again."""
    for path in (None, tmp_path / "mail.db"):
        emulator = Emulator(path=path)
        urls = set()
        for number in (1, 2):
            async with emulator:
                await send(emulator, form)
                assert (len(emulator.outbox), emulator.calls) == (number, number)
                urls.add(emulator.url)
        assert len(urls) == 1


async def test_what_was_in_memory_can_be_looked_at_after_the_end(form: Any) -> None:
    """Tests may assert after the block."""
    async with Emulator() as emulator:
        await send(emulator, form, subject="late")
    assert emulator.outbox[0].subject == "late"
    with pytest.raises(RuntimeError, match="not running"):
        _ = emulator.url


async def test_what_was_in_a_file_is_looked_at_while_it_runs(tmp_path: Path) -> None:
    """The file is closed at the end, and the error says so."""
    async with Emulator(path=tmp_path / "mail.db") as emulator:
        assert len(emulator.outbox) == 0
    with pytest.raises(RuntimeError, match=r"closed .*mail\.db: look into its outbox while it runs"):
        _ = emulator.outbox


async def test_a_running_emulator_cannot_be_started_again() -> None:
    """It would lose its first port."""
    async with Emulator() as emulator:
        with pytest.raises(RuntimeError, match="running already"):
            await emulator.start()


async def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    """Said at the start."""
    with pytest.raises(OSError, match="nowhere"):
        await Emulator(path=tmp_path / "nowhere" / "mail.db").start()


async def test_a_file_that_holds_something_else_is_an_error(tmp_path: Path) -> None:
    """And it is left as it was."""
    file = tmp_path / "recipients.csv"
    file.write_text("email\n" + "bob@example.com\n" * 100)
    with pytest.raises(OSError, match=r"recipients\.csv: file is not a database"):
        await Emulator(path=file).start()
    assert file.read_text().count("bob") == 100


async def test_a_large_call_takes_little_room(tmp_path: Path, form: Any) -> None:
    """Bodies are kept compressed, so that campaigns of millions fit."""
    path = tmp_path / "mail.db"
    to = [f"user{number}@example.com" for number in range(1_000)]
    variables = json.dumps({address: {"name": f"User {number}", "plan": "gold"} for number, address in enumerate(to)})
    async with Emulator(path=path) as emulator:
        for _ in range(10):
            await send(emulator, form, to=",".join(to), **{"recipient-variables": variables})
        assert (len(emulator.outbox), emulator.outbox[-1].recipient) == (10_000, "user999@example.com")
    assert path.stat().st_size < 10 * 0.3 * len(variables)
