from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from mailgun_async.testing import Emulator, FakeClock

PATH = "/v3/mg.example.com/messages"


def basic(user: str) -> dict[str, str]:
    """An Authorization header."""
    return {"Authorization": "Basic " + base64.b64encode(user.encode()).decode()}


WRONG = {
    "none": {"Authorization": ""},
    "another scheme": {"Authorization": "Bearer emulator-key"},
    "no base64": {"Authorization": "Basic ?"},
    "no UTF-8": {"Authorization": "Basic " + base64.b64encode(b"\xff:x").decode()},
    "another user": basic("root:emulator-key"),
    "another key": basic("api:key"),
    "no key": basic("api"),
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG.keys())
async def test_without_a_right_key_nothing_is_answered(headers: dict[str, str], api: Any, form: Any) -> None:
    """401 `Forbidden`: as JSON for sending, as text elsewhere."""
    status, body, _ = await api.post(PATH, form.fields(), headers=headers)
    assert (status, body) == (401, "Forbidden")
    status, body, answered = await api.call("GET", "/v4/domains/mg.example.com", headers=headers)
    assert (status, body) == (401, b"Forbidden")
    assert answered["Content-Type"].startswith("text/plain")


async def test_a_sending_key_sends_mail_of_its_domain_alone(api: Any, emulator: Emulator, form: Any) -> None:
    """Another domain, and everything but sending, is forbidden."""
    emulator.add_domain("b.example.com", sending_key="b-key")
    assert (await api.post("/v3/b.example.com/messages", form.fields(), key="b-key"))[0] == 200
    assert (await api.post(PATH, form.fields(), key="b-key"))[0] == 403
    for path in ("/v3/b.example.com/events", "/v4/domains/b.example.com"):
        assert (await api.call("GET", path, key="b-key"))[:2] == (403, {"message": "Forbidden"})


@pytest.mark.parametrize(
    ("method", "path", "text"),
    [
        ("POST", "/v3/nowhere.org/messages", "Domain not found: nowhere.org"),
        ("GET", "/v3/nowhere.org/events", "Domain not found: nowhere.org"),
        ("GET", "/v3/domains/nowhere.org/messages/1.0", "Domain not found: nowhere.org"),
        ("GET", "/v3/domains/nowhere.org/sending_queues", "Domain not found"),
        ("GET", "/v4/domains/nowhere.org", "Domain not found"),
        ("DELETE", "/v3/nowhere.org/envelopes", "domain not found"),
    ],
)
async def test_an_unknown_domain_is_not_found(method: str, path: str, text: str, api: Any) -> None:
    """404, in the words of each endpoint."""
    status, body, _ = await api.call(method, path)
    assert (status, body) == (404, {"message": text})


@pytest.mark.parametrize("path", ["/", "/v3", "/v3/mg.example.com/messages/x/y", "/v5/domains", "/v3/a%2Fb/c/messages"])
async def test_a_wrong_path_gets_a_cheerful_answer(path: str, api: Any) -> None:
    """200 with a text, and no key is asked for."""
    status, body, headers = await api.call("GET", path, headers={"Authorization": ""})
    assert (status, body) == (200, b"Mailgun Magnificent API")
    assert headers["Content-Type"].startswith("text/plain")


async def test_a_quoted_slash_stays_within_its_segment(api: Any) -> None:
    """So it is a domain's name, and an unknown one."""
    assert (await api.call("POST", "/v3/a%2Fb/messages"))[1] == {"message": "Domain not found: a/b"}


async def test_a_wrong_verb_is_not_allowed(api: Any) -> None:
    """The path is known."""
    assert (await api.call("PUT", PATH))[0] == 405


async def test_a_domain_tells_its_state_and_records(api: Any) -> None:
    """What `GET /v4/domains/{name}` shows of an active domain."""
    body = await api.get("/v4/domains/mg.example.com")
    domain = body["domain"]
    assert (domain["name"], domain["state"], domain["is_disabled"]) == ("mg.example.com", "active", False)
    assert domain["created_at"] == "Mon, 21 Sep 2026 14:13:00 GMT"
    assert [record["record_type"] for record in body["sending_dns_records"]] == ["TXT", "TXT", "CNAME"]
    assert {record["valid"] for record in body["sending_dns_records"] + body["receiving_dns_records"]} == {"valid"}
    assert body["receiving_dns_records"][0]["cached"] == ["10 mxa.mailgun.org", "10 mxb.mailgun.org"]


async def test_an_unverified_domain_is_known_and_may_not_send(api: Any, emulator: Emulator, form: Any) -> None:
    """Its records are not found, and sending says so."""
    emulator.add_domain("new.example.com", state="unverified")
    body = await api.get("/v4/domains/new.example.com")
    assert body["domain"]["state"] == "unverified"
    assert {(record["valid"], tuple(record["cached"])) for record in body["sending_dns_records"]} == {("unknown", ())}
    status, body, _ = await api.post("/v3/new.example.com/messages", form.fields())
    assert status == 400
    assert body["message"].startswith("Domain new.example.com is not allowed to send: The domain is unverified and ")


async def test_a_domain_can_be_disabled_while_running(api: Any, emulator: Emulator) -> None:
    """And enabled again."""
    emulator.add_domain("mg.example.com", state="disabled")
    assert (await api.get("/v4/domains/mg.example.com"))["domain"]["disabled"]["permanently"] is False
    assert await api.status() == 400
    emulator.add_domain("mg.example.com")
    assert await api.status() == 200


ACCOUNT = {
    "free": "Free accounts are for test purposes only. "
    "Please upgrade or add the address to authorized recipients in Account Settings.",
    "unactivated": "Please activate your Mailgun account. "
    "Check your inbox or log in to your control panel to resend the activation email.",
    "disabled": "The account is disabled",
}


@pytest.mark.parametrize("state", ACCOUNT)
async def test_an_account_may_not_send_in_every_state(state: Any, api: Any, emulator: Emulator, form: Any) -> None:
    """400 with the reason, until it is active again."""
    emulator.set_account(state)
    status, body, _ = await api.post(PATH, form.fields())
    assert (status, body) == (400, {"message": f"Domain mg.example.com is not allowed to send: {ACCOUNT[state]}"})
    assert emulator.counts.refused == 1
    emulator.set_account("active")
    assert await api.status() == 200


async def test_a_free_account_may_send_to_authorized_addresses_alone(api_of: Any) -> None:
    """All of them have to be, copies included."""
    api = await api_of(authorized=["me@x.org", "you@x.org"])
    api.emulator.set_account("free")
    assert await api.status(to="Me <me@x.org>", cc="you@x.org") == 200
    assert await api.status(to="me@x.org", bcc="bob@x.org") == 400


async def test_a_sandbox_domain_may_send_to_authorized_addresses_alone(api_of: Any, form: Any) -> None:
    """It is known by its name, and says what it is."""
    name = "sandbox123.mailgun.org"
    api = await api_of(domains=[name], authorized=["me@x.org"])
    assert (await api.get(f"/v4/domains/{name}"))["domain"]["type"] == "sandbox"
    assert await api.status(to="me@x.org") == 200
    status, body, _ = await api.post(f"/v3/{name}/messages", form.fields())
    assert status == 400
    assert body["message"] == (
        f"Domain {name} is not allowed to send: Sandbox subdomains are for test purposes only. Please add your own "
        "domain or add the address to authorized recipients in Account Settings."
    )


async def test_mail_leaves_from_the_accounts_ips_alone(api_of: Any, form: Any) -> None:
    """403 for any other; without a list every one is taken."""
    api = await api_of(ips=["192.0.2.1"])
    assert await api.status(**{"o:sending-ip": "192.0.2.1"}) == 200
    status, body, _ = await api.post(PATH, form.fields(**{"o:sending-ip": "192.0.2.2"}))
    assert (status, body) == (403, {"message": "Rejected: IP 192.0.2.2 can't be used to send the message"})


async def test_any_ip_is_taken_unless_told(api: Any) -> None:
    """Tests that do not care need no list."""
    assert await api.status(**{"o:sending-ip": "192.0.2.2"}) == 200


async def test_large_batches_are_refused_until_allowed(api: Any, emulator: Emulator, form: Any) -> None:
    """403 beyond so many recipients, copies included."""
    emulator.refuse_large_batches(2)
    assert await api.status(to="a@x.org,b@x.org") == 200
    status, body, _ = await api.post(PATH, form.fields(to="a@x.org", cc="b@x.org", bcc="c@x.org"))
    assert (status, body) == (403, {"message": "Domain mg.example.com is not allowed to send large batches yet"})
    assert (emulator.counts.large_batches, emulator.counts.refused) == (1, 1)
    emulator.refuse_large_batches(None)
    assert await api.status(to="a@x.org,b@x.org,c@x.org") == 200


async def test_on_probation_a_call_and_an_hour_are_small(
    api: Any, emulator: Emulator, clock: FakeClock, form: Any
) -> None:
    """Ten recipients in a call, a hundred in an hour, each with its own words."""
    emulator.put_on_probation()
    ten = ",".join(f"user{number}@x.org" for number in range(10))
    status, body, _ = await api.post(PATH, form.fields(to=ten, cc="eve@x.org"))
    assert (status, body) == (400, {"message": "Rejected: Only 10 recipients per request is allowed on probation."})
    assert [await api.status(to=ten) for _ in range(10)] == [200] * 10
    await clock.advance(60)
    status, body, _ = await api.post(PATH, form.fields())
    assert status == 400
    assert body["message"] == (
        "Domain mg.example.com is not allowed to send: You are sending too fast. Your account is on probation and "
        "domains are limited to 100 messages / hour. To maintain the rate the account has been temporarily disabled. "
        "The account will be enabled in 3540 seconds."
    )
    assert (emulator.counts.probation, emulator.counts.refused) == (2, 2)
    await clock.advance(3_540)
    assert await api.status() == 200


async def test_probation_ends(api: Any, emulator: Emulator) -> None:
    """Everything may be sent again."""
    emulator.put_on_probation(per_call=1, per_hour=1)
    assert await api.status(to="a@x.org,b@x.org") == 400
    emulator.end_probation()
    assert await api.status(to="a@x.org,b@x.org") == 200


@pytest.mark.parametrize(
    ("switch", "error", "what"),
    [
        (lambda emulator: emulator.set_account("closed"), ValueError, "state must be one of active, free, unactivated"),
        (lambda emulator: emulator.add_domain("b.org", state="new"), ValueError, "state must be one of active, unv"),
        (
            lambda emulator: emulator.pause_queue("fast", until=datetime.now(UTC), reason=""),
            ValueError,
            "queue must be one of regular, scheduled, not 'fast'",
        ),
        (
            lambda emulator: emulator.pause_queue("regular", until=datetime.now(UTC), reason="", domain="b.org"),
            ValueError,
            r"domain must be one of mg\.example\.com, not 'b\.org'",
        ),
        (lambda _: Emulator(keep="none"), ValueError, "keep must be one of all, counts"),  # type: ignore[arg-type]
        (lambda _: Emulator(domains="a.org"), TypeError, r"domains takes a list, not one text: \['a\.org'\]"),
        (lambda _: Emulator(ips="192.0.2.1"), TypeError, "ips takes a list"),
        (lambda _: Emulator(authorized="me@x.org"), TypeError, "authorized takes a list"),
    ],
)
def test_a_switch_that_would_do_nothing_is_an_error(switch: Any, error: type[Exception], what: str) -> None:
    """A slip of the pen is told where it was made."""
    with pytest.raises(error, match=what):
        switch(Emulator())


def test_an_emulator_that_is_not_running_has_no_url() -> None:
    """Nor an outbox, as long as it was never started."""
    emulator = Emulator(domains=["a.org", "b.org"], sending_keys={"c.org": "k"}, api_key="secret-1")
    assert (emulator.domain, emulator.domains, emulator.api_key) == ("a.org", ("a.org", "b.org", "c.org"), "secret-1")
    for look in (lambda: emulator.url, emulator.client):
        with pytest.raises(RuntimeError, match="not running"):
            look()
    with pytest.raises(RuntimeError, match="never started"):
        _ = emulator.outbox


async def test_stopping_what_was_never_started_is_no_error() -> None:
    """Nothing to close."""
    await Emulator().stop()


async def test_host_and_port_can_be_chosen() -> None:
    """A port that is in use is an error."""
    async with Emulator(host="::1") as first:
        assert first.url.startswith("http://[::1]:")
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(OSError, match=str(port)):
            await Emulator(host="::1", port=port).start()
