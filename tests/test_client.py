"""The client: settings, keys, views, and calls that have no method."""

from __future__ import annotations

import base64

import attrs
import pytest

from mailgun_async import ConfigError, InvalidArgument, Mailgun, RetryPolicy, Timeouts, Unauthorized
from mailgun_async.testing import FakeClock, FakeTransport
from mailgun_async.transport.request import BULK, NORMAL, Exchange, Request, Response


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAILGUN_API_KEY", "MAILGUN_DOMAIN", "MAILGUN_API_REGION", "MAILGUN_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def _key(transport: FakeTransport, index: int = -1) -> str:
    scheme, _, text = transport.requests[index].headers["Authorization"].partition(" ")
    assert scheme == "Basic"
    return base64.b64decode(text).decode().removeprefix("api:")


def _empty(_request: Request, _exchange: Exchange) -> Response:
    return Response(200, {}, b"{}")


@attrs.define
class Answer:
    name: str


async def test_calls_the_host_of_its_region() -> None:
    """The default is the US; `eu` goes to the EU's host."""
    for region, host in (
        (None, "https://api.mailgun.net"),
        ("us", "https://api.mailgun.net"),
        ("eu", "https://api.eu.mailgun.net"),
    ):
        transport = FakeTransport().respond(json={})
        await Mailgun(api_key="k", region=region, transport=transport).request("GET", "/v5/users")  # type: ignore[arg-type]
        assert transport.requests[0].url == f"{host}/v5/users"


async def test_takes_settings_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Key, region and domain may come from there."""
    monkeypatch.setenv("MAILGUN_API_KEY", "from-outside")
    monkeypatch.setenv("MAILGUN_API_REGION", "EU")
    monkeypatch.setenv("MAILGUN_DOMAIN", "mg.example.org")
    transport = FakeTransport().respond(json={"domain": {"name": "mg.example.org"}})
    await Mailgun(transport=transport).domains.get()
    assert transport.requests[0].url == "https://api.eu.mailgun.net/v4/domains/mg.example.org"
    assert _key(transport) == "from-outside"


async def test_the_emulator_may_be_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program under test needs no change; a region in the program wins."""
    monkeypatch.setenv("MAILGUN_BASE_URL", "http://127.0.0.1:8025/")
    for region, host in ((None, "http://127.0.0.1:8025"), ("eu", "https://api.eu.mailgun.net")):
        transport = FakeTransport().respond(json={})
        await Mailgun(api_key="k", region=region, transport=transport).request("GET", "/v5/users")  # type: ignore[arg-type]
        assert transport.requests[0].url == f"{host}/v5/users"


async def test_arguments_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written in the program is what counts."""
    monkeypatch.setenv("MAILGUN_API_KEY", "from-outside")
    monkeypatch.setenv("MAILGUN_API_REGION", "eu")
    monkeypatch.setenv("MAILGUN_DOMAIN", "mg.example.org")
    transport = FakeTransport().respond(json={"domain": {"name": "x"}})
    await Mailgun(api_key="mine", region="us", domain="mg.example.com", transport=transport).domains.get()
    assert transport.requests[0].url == "https://api.mailgun.net/v4/domains/mg.example.com"
    assert _key(transport) == "mine"


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "no key"),
        ({"api_key": ""}, "api_key is empty"),
        ({"api_key": "key\n"}, "line end"),
        ({"sending_keys": {"mg.example.com": "kéy"}}, "mg.example.com"),
        ({"api_key": "k", "region": "mars"}, "eu, us, not 'mars'"),
        ({"api_key": "k", "base_url": "api.mailgun.net"}, "https://host"),
        ({"api_key": "k", "base_url": "ftp://api.mailgun.net"}, "https://host"),
        ({"api_key": "k", "base_url": "https://u:p@host"}, "credentials"),
        ({"api_key": "k", "base_url": "https://host/?a=1"}, "query"),
        ({"api_key": "k", "session": object(), "proxy": "http://proxy"}, "session="),
        ({"api_key": "k", "session": object(), "transport": FakeTransport()}, "session="),
    ],
)
def test_refuses_settings_that_cannot_work(settings: dict[str, object], text: str) -> None:
    """Before anything is sent, with the setting named."""
    with pytest.raises(ConfigError, match=text):
        Mailgun(**settings)  # type: ignore[arg-type]


async def test_needs_a_domain_from_somewhere() -> None:
    """The error lists the three places it can come from."""
    with pytest.raises(ConfigError, match="MAILGUN_DOMAIN"):
        await Mailgun(api_key="k", transport=FakeTransport()).domains.get()


async def test_sends_with_the_domains_own_key() -> None:
    """Messages of a domain use its sending key; everything else the account's."""
    transport = FakeTransport(otherwise=_empty)
    mg = Mailgun(api_key="account", sending_keys={"mg.example.com": "sending"}, transport=transport)
    await mg.request("POST", "/v3/{domain}/messages", path={"domain": "mg.example.com"}, multipart={"to": "a@b.c"})
    assert _key(transport) == "sending"
    await mg.request("POST", "/v3/{domain}/messages", path={"domain": "other.example.com"}, multipart={"to": "a@b.c"})
    assert _key(transport) == "account"
    await mg.request("GET", "/v3/{domain}/events", path={"domain": "mg.example.com"})
    assert _key(transport) == "account"


async def test_a_sending_key_alone_reaches_nothing_but_messages() -> None:
    """The error says that the account's key is missing, and nothing is sent."""
    transport = FakeTransport()
    mg = Mailgun(sending_keys={"mg.example.com": "sending"}, transport=transport)
    with pytest.raises(ConfigError, match="account API key"):
        await mg.domains.get("mg.example.com")
    assert transport.requests == []


async def test_a_view_has_options_of_its_own() -> None:
    """It shares the connection, and the client it was made from stays as it was."""
    transport = FakeTransport(otherwise=_empty)
    mg = Mailgun(api_key="k", transport=transport)
    await mg.with_options(timeout=3.5, priority="bulk", max_attempts=1, max_wait=2).request("GET", "/v5/users")
    await mg.request("GET", "/v5/users")
    view, own = transport.requests
    assert (view.timeout_s, view.priority, view.max_attempts, view.max_wait_s) == (3.5, BULK, 1, 2)
    assert (own.timeout_s, own.priority, own.max_attempts, own.max_wait_s) == (None, NORMAL, None, None)
    assert transport.timeouts_s == [3.5, 60.0]


async def test_views_add_up() -> None:
    """An option set on a view stays when another is set on a view of it."""
    transport = FakeTransport(otherwise=_empty)
    view = Mailgun(api_key="k", transport=transport).with_options(timeout=3.5).with_options(max_attempts=2)
    await view.request("GET", "/v5/users")
    assert (transport.requests[0].timeout_s, transport.requests[0].max_attempts) == (3.5, 2)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"timeout": 0}, "timeout"),
        ({"max_attempts": 0}, "max_attempts"),
        ({"max_wait": -1}, "max_wait"),
        ({"priority": "urgent"}, "priority"),
    ],
)
def test_refuses_options_out_of_range(options: dict[str, object], field: str) -> None:
    """The error names the option."""
    with pytest.raises(InvalidArgument, match=field) as caught:
        Mailgun(api_key="k").with_options(**options)  # type: ignore[arg-type]
    assert caught.value.field == field


async def test_acts_for_a_subaccount() -> None:
    """A view carries the header, with limits counted apart; the client itself does not."""
    transport = FakeTransport(otherwise=_empty)
    mg = Mailgun(api_key="k", sending_keys={"mg.example.com": "s"}, transport=transport)
    view = mg.on_behalf_of("sub-1")
    await view.request("GET", "/v5/users")
    await view.request("POST", "/v3/{domain}/messages", path={"domain": "mg.example.com"}, multipart={"to": "a@b.c"})
    await mg.request("GET", "/v5/users")
    named = [request.headers.get("X-Mailgun-On-Behalf-Of") for request in transport.requests]
    assert named == ["sub-1", "sub-1", None]
    assert _key(transport, 1) == "s"
    assert len({request.account for request in transport.requests}) == 3


@pytest.mark.parametrize("subaccount", ["", "a\r\nX: y", "ü"])
def test_refuses_what_is_no_subaccount(subaccount: str) -> None:
    """An id goes into a header, so it must be plain."""
    with pytest.raises(InvalidArgument, match="subaccount"):
        Mailgun(api_key="k").on_behalf_of(subaccount)


async def test_closing_a_view_leaves_the_connection_open() -> None:
    """Only the client closes what it opened, and twice is once."""
    transport = FakeTransport(otherwise=_empty)
    mg = Mailgun(api_key="k", transport=transport)
    async with mg.with_options(timeout=1) as view:
        await view.request("GET", "/v5/users")
    assert not transport.closed
    await mg.close()
    await mg.close()
    assert transport.closed


async def test_a_closed_client_says_so() -> None:
    """Using it afterwards is a clear error, also before it was ever used."""
    for used in (True, False):
        mg = Mailgun(api_key="k", transport=FakeTransport(otherwise=_empty))
        async with mg:
            if used:
                await mg.request("GET", "/v5/users")
        with pytest.raises(ConfigError, match="closed"):
            await mg.request("GET", "/v5/users")


async def test_reaches_what_has_no_method() -> None:
    """Path, query and body are encoded, the answer is plain JSON or a class of yours."""
    transport = FakeTransport().respond(json={"items": [1]}).respond(json={"name": "x"}).respond(204)
    mg = Mailgun(api_key="k", transport=transport)
    answer = await mg.request(
        "post",
        "/v1/things/{name}",
        path={"name": "a/b"},
        query={"n": 1, "on": True, "no": None, "tag": ["x", "y"]},
        json={"a": 1},
    )
    assert answer == {"items": [1]}
    assert transport.requests[0].method == "POST"
    assert transport.requests[0].url == "https://api.mailgun.net/v1/things/a%2Fb?n=1&on=true&tag=x&tag=y"
    assert transport.json() == {"a": 1}
    assert await mg.request("PUT", "/v1/things", Answer, form={"a": "b c"}) == Answer("x")
    assert transport.bodies[1] == b"a=b+c"
    assert await mg.request("DELETE", "/v1/things", multipart={"a": ["b", "c"], "on": True, "no": None}) is None
    assert transport.fields() == {"a": ["b", "c"], "on": ["true"]}


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ({"template": "v3/x"}, "template"),
        ({"template": "/v3/{domain}"}, "domain"),
        ({"template": "/v3/x", "json": {}, "form": {}}, "body"),
    ],
)
async def test_refuses_a_request_that_cannot_be_meant(call: dict[str, object], field: str) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidArgument) as caught:
        await Mailgun(api_key="k", transport=FakeTransport()).request("GET", call.pop("template"), **call)  # type: ignore[call-overload]
    assert caught.value.field == field


async def test_tries_again_what_may_be_repeated() -> None:
    """A GET answered by a 503 is sent again; the caller never knows."""
    clock, transport = FakeClock(), FakeTransport().respond(503).respond(json={"name": "x"})
    mg = Mailgun(api_key="k", transport=transport, clock=clock)
    assert await clock.run(mg.request("GET", "/v1/x", Answer)) == Answer("x")
    assert len(transport.requests) == 2


async def test_settings_reach_the_transport() -> None:
    """One attempt, and the seconds that were asked for."""
    transport = FakeTransport().respond(401, body="Forbidden")
    mg = Mailgun(api_key="k", transport=transport, retry=RetryPolicy(max_attempts=1), timeouts=Timeouts(answer_s=7.0))
    with pytest.raises(Unauthorized):
        await mg.request("GET", "/v5/users")
    assert transport.timeouts_s == [7.0]


async def test_no_repr_shows_a_key() -> None:
    """Neither the client's nor that of anything reachable from a request."""
    transport = FakeTransport(otherwise=_empty)
    mg = Mailgun(api_key="SECRET", sending_keys={"mg.example.com": "SECRET2"}, transport=transport)
    await mg.request("GET", "/v5/users")
    shown = repr([mg, mg.messages, mg.domains, mg._context, mg._context.main, transport.requests])
    assert "SECRET" not in shown
    assert base64.b64encode(b"api:SECRET").decode()[:12] not in shown


@pytest.mark.parametrize(
    ("url", "ok"),
    [
        ("https://api.mailgun.net/v3/x", True),
        ("https://storage-us-east4.api.mailgun.net/v3/x", True),
        ("https://storage-us-east4.api.mailgun.net:443/v3/x", True),
        ("http://storage-us-east4.api.mailgun.net/v3/x", False),
        ("https://mailgun.net.example.com/v3/x", False),
        ("https://evilmailgun.net/v3/x", False),
        ("https://a.mailgun.net@example.com/v3/x", False),
        ("https://user@a.mailgun.net/v3/x", False),
        ("https://a.mailgun.net:8443/v3/x", False),
        ("//a.mailgun.net/v3/x", False),
    ],
)
def test_the_key_travels_to_mailgun_alone(url: str, ok: bool) -> None:
    """URLs that came in an answer are followed to the configured host and to Mailgun's, over TLS."""
    context = Mailgun(api_key="k")._context
    if ok:
        assert context.trusted(url) == url
    else:
        with pytest.raises(InvalidArgument, match="nowhere else"):
            context.trusted(url)


@pytest.mark.parametrize(
    "url", ["https://api.mailgun.net/v3/x?page=a", "http://api.mailgun.net/v3/x?page=a", "/v3/x?page=a"]
)
def test_the_next_page_is_asked_for_at_our_own_host(url: str) -> None:
    """However Mailgun writes its URL: a proxy or the emulator stays in use."""
    for base_url in ("https://proxy.example.com", "http://127.0.0.1:1"):
        assert Mailgun(api_key="k", base_url=base_url)._context.rebased(url) == f"{base_url}/v3/x?page=a"


@pytest.mark.parametrize("url", ["https://example.com/v3/x", "http://example.com/v3/x", "next", ""])
def test_a_next_page_elsewhere_is_refused(url: str) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidArgument, match="nowhere else"):
        Mailgun(api_key="k")._context.rebased(url)
