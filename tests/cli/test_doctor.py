from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import Result

from mailgun_async.cli._probe import _skew_s, probe
from mailgun_async.testing import Emulator, FakeClock, FakeTransport

Run = Callable[..., Result]


def test_a_sound_account_has_nothing_wrong(run: Run, emulator: Emulator) -> None:
    """Key, domain, DNS records, clock and limits are shown; nothing is sent."""
    result = run("doctor")
    assert result.exit_code == 0
    for about in ("key", "region", "domain", "dns TXT", "dns MX", "clock", "limits"):
        assert about in result.stdout
    assert emulator.counts.calls == 0


def test_json_lists_the_findings(run: Run, emulator: Emulator) -> None:
    """Each with its state and its advice."""
    emulator.add_domain(emulator.domain, state="unverified")
    result = run("doctor", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["ok"], document["domain"]) == (1, False, emulator.domain)
    wrong = [finding for finding in document["findings"] if finding["state"] == "wrong"]
    assert [finding["about"] for finding in wrong] == ["domain", "dns TXT", "dns TXT"]
    assert all(finding["advice"] for finding in wrong)


def test_a_sending_key_is_told_without_sending(run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message without anything is refused for that, and so the key was not."""
    emulator.add_domain(emulator.domain, sending_key="sending-key")
    monkeypatch.setenv("MAILGUN_API_KEY", "sending-key")
    result = run("doctor")
    assert result.exit_code == 0
    assert "a domain sending key" in result.stdout
    assert len(emulator.outbox) == 0


def test_a_wrong_key_exits_with_4(run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The advice says where to get the right one."""
    monkeypatch.setenv("MAILGUN_API_KEY", "wrong-key")
    result = run("doctor")
    assert result.exit_code == 4
    assert "→ Copy it again" in result.stdout


def test_an_unknown_domain_exits_with_1(run: Run, emulator: Emulator) -> None:
    """The key is right."""
    result = run("doctor", "--domain", "other.example.com")
    assert result.exit_code == 1
    assert "other.example.com was not found in http://127.0.0.1" in result.stdout


def test_a_host_that_nobody_answers_exits_with_6(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else can be said."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("MAILGUN_API_KEY", "key")
        result = run("doctor", "--base-url", f"http://127.0.0.1:{taken.getsockname()[1]}", "--domain", "x.example.com")
    assert result.exit_code == 6
    assert "could not be reached" in result.stdout


def test_without_a_key_exits_with_3(run: Run) -> None:
    """No host is asked."""
    assert run("doctor", "--domain", "mg.example.com").exit_code == 3


async def test_both_hosts_are_asked_for_the_domain(mailgun_emulator: Emulator) -> None:
    """The one that knows it is its region."""
    async with Emulator(domains=["other.example.com"]) as other:
        us, eu = await probe({"us": other.url, "eu": mailgun_emulator.url}, "emulator-key", "mg.example.com")
    assert us.found is None
    assert us.error is not None
    assert eu.found is not None
    assert eu.error is None


async def test_the_clocks_are_compared() -> None:
    """By the `Date` of the answers."""
    ahead = FakeClock(wall=datetime.now(UTC).timestamp() + 120)
    async with Emulator(clock=ahead) as emulator:
        [answer] = await probe({"x": emulator.url}, emulator.api_key, emulator.domain)
    assert answer.skew_s is not None
    assert -125 < answer.skew_s < -115


SENT = datetime(2027, 1, 1, 12, 0, 0, 500_000, UTC)


@pytest.mark.parametrize(
    ("date", "skew_s"),
    [
        ("Fri, 01 Jan 2027 12:00:00 GMT", 0.0),
        ("Fri, 01 Jan 2027 12:00:01 GMT", 0.0),
        ("Fri, 01 Jan 2027 11:59:50 GMT", 9.5),
        ("Fri, 01 Jan 2027 12:00:10 -0000", -8.5),
        ("yesterday", None),
    ],
)
def test_a_date_is_read_as_the_second_it_stands_for(date: str, skew_s: float | None) -> None:
    """Within the second and the time that the call took nothing is proven."""
    assert _skew_s(date, SENT, SENT + timedelta(seconds=1)) == skew_s


async def test_without_a_domain_some_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """To choose from."""
    transport = FakeTransport().respond(200, json={"items": [{"name": "a.example.com"}, {"name": "b.example.com"}]})
    transport.respond(403)
    monkeypatch.setattr("mailgun_async.transport.http.HttpTransport", lambda **_settings: transport)
    [answer] = await probe({"x": "https://api.mailgun.net"}, "key", None)
    assert answer.domains == ["a.example.com", "b.example.com"]
    assert answer.skew_s is None
    assert transport.requests[0].url.startswith("https://api.mailgun.net/v4/domains?")


async def test_the_role_is_that_of_the_key_with_this_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mailgun lists keys by their ends, which are their ids."""
    keys = [{"id": "11111111-22222222", "role": "admin"}, {"id": "33333333-44444444", "role": "developer"}]
    transport = FakeTransport().respond(404).respond(200, json={"items": keys})
    monkeypatch.setattr("mailgun_async.transport.http.HttpTransport", lambda **_settings: transport)
    [answer] = await probe({"x": "https://api.mailgun.net"}, "0123456789abcdef-33333333-44444444", "mg.example.com")
    assert answer.role == "developer"
    assert transport.requests[1].url == "https://api.mailgun.net/v1/keys"


@pytest.mark.parametrize(("status", "sends"), [(200, True), (400, True), (401, False), (404, False)])
async def test_a_key_that_may_not_read_is_tried_at_sending(
    status: int, sends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a refusal of the message, not of the key, shows that it may send; the message has nobody to go to."""
    transport = FakeTransport().respond(403).respond(status, json={"message": "from parameter is missing"})
    monkeypatch.setattr("mailgun_async.transport.http.HttpTransport", lambda **_settings: transport)
    [answer] = await probe({"x": "https://api.mailgun.net"}, "key", "mg.example.com")
    assert answer.sends is sends
    assert transport.fields() == {"o:testmode": ["yes"]}
