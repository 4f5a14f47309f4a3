"""A Mailgun that answers in memory, for campaigns on a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
import orjson

from mailgun_async import Mailgun
from mailgun_async.campaigns.campaign import Campaign
from mailgun_async.campaigns.journal import ChunkRecord, ChunkState
from mailgun_async.config import RatePolicy, RetryPolicy
from mailgun_async.testing import FakeClock, FakeTransport
from mailgun_async.transport.request import Exchange, Failure, Request, Response
from tests.campaigns.memory_journal import MemoryJournal, Store

DOMAIN = "mg.example.com"
POLL_S = 5.0  # moving the clock costs
Reply = Response | Failure

LOST = Failure("timeout", sent=True)
"""No answer came."""
DOWN = Failure("connect", sent=False)
"""There is no network."""


def refusal(status: int, message: str, **headers: str) -> Response:
    """Answer as Mailgun refuses."""
    return Response(status, headers, orjson.dumps({"message": message}))


def bad_address() -> Response:
    """Answer as Mailgun does when some address is none; it does not say which."""
    return refusal(400, "to parameter is not a valid address. please check documentation")


@attrs.define
class Call:
    """One send call that came in."""

    message_id: str
    addresses: list[str]
    fields: dict[str, list[str]]
    at: float
    """Seconds since 1970."""


Rule = Callable[[Call], Reply | None]
"""Refuses a call, or breaks it; None accepts it."""


@attrs.define(eq=False)
class Office:
    """Stands for Mailgun."""

    clock: FakeClock
    transport: FakeTransport = attrs.field(init=False)
    calls: list[Call] = attrs.Factory(list)
    """All that came in."""
    accepted: list[Call] = attrs.Factory(list)
    rule: Rule = lambda _call: None
    """What becomes of a call before it is accepted."""
    rule_after: Rule = lambda _call: None
    """What becomes of the answer when it was accepted."""
    takes_s: float = 0.0
    logs: Reply | None = None
    """What a look-up in the logs gets; None what it asks for."""
    events: Reply | None = None
    lag_s: float = 0.0
    """Seconds until an accepted call is in logs and events."""
    looked_up: list[tuple[str, float]] = attrs.Factory(list)
    """Method of each look-up, and when it came."""
    in_flight: int = 0
    most_in_flight: int = 0

    @transport.default
    def _new_transport(self) -> FakeTransport:
        return FakeTransport(otherwise=self.answer)

    async def answer(self, request: Request, _exchange: Exchange) -> Reply:
        """Answer one request."""
        path = urlsplit(request.url).path
        if path == "/v1/analytics/logs":
            return self._logs(request)
        if path == f"/v3/{DOMAIN}/events":
            return self._events(request)
        assert path == f"/v3/{DOMAIN}/messages"
        index = len(self.transport.requests) - 1
        fields = self.transport.fields(index)
        call = Call(
            (fields["h:Message-Id"][0]).strip("<>"),
            list(orjson.loads(fields["recipient-variables"][0])),
            fields,
            self.clock.wall(),
        )
        assert len(call.addresses) == request.recipients
        self.calls.append(call)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.takes_s:
                await self.clock.sleep(self.takes_s)
        finally:
            self.in_flight -= 1
        return self._send(call)

    def _send(self, call: Call) -> Reply:
        refused = self.rule(call)
        if refused is not None:
            return refused
        self.accepted.append(call)
        broken = self.rule_after(call)
        if broken is not None:
            return broken
        return Response(200, {}, orjson.dumps({"id": f"<{call.message_id}>", "message": "Queued. Thank you."}))

    def _logs(self, request: Request) -> Reply:
        self.looked_up.append(("POST", self.clock.wall()))
        assert isinstance(request.body, bytes)
        asked = orjson.loads(request.body)
        values = {one["attribute"]: one["values"][0]["value"] for one in asked["filter"]["AND"]}
        assert values["domain"] == DOMAIN
        return self.logs or _page(self._found(values["message_id"]))

    def _events(self, request: Request) -> Reply:
        self.looked_up.append(("GET", self.clock.wall()))
        (message_id,) = parse_qs(urlsplit(request.url).query)["message-id"]
        return self.events or _page(self._found(message_id))

    def _found(self, message_id: str) -> list[str]:
        indexed = self.clock.wall() - self.lag_s
        return [call.message_id for call in self.accepted if call.message_id == message_id and call.at <= indexed]

    @property
    def mails(self) -> Counter[str]:
        """How many mails everybody gets."""
        return Counter(address for call in self.accepted for address in call.addresses)


def _page(message_ids: Sequence[str]) -> Response:
    items = [{"event": "accepted", "message": {"headers": {"message-id": one}}} for one in message_ids]
    return Response(200, {}, orjson.dumps({"items": items, "pagination": {}}))


class InlineExecutor(ThreadPoolExecutor):
    """Runs at once what is to run in a thread, so that a clock moved by hand waits for it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 -- given to whoever waits for it
            future.set_exception(error)
        return future


@attrs.define(eq=False)
class Bench:
    """A campaign between a journal in memory, a Mailgun in memory, and a clock."""

    clock: FakeClock
    office: Office
    store: Store
    tasks: list[asyncio.Task[Any]] = attrs.Factory(list)
    """What was begun by `later`."""

    @classmethod
    def made(cls) -> Bench:
        """Make one inside the running loop."""
        asyncio.get_running_loop().set_default_executor(InlineExecutor())
        clock = FakeClock(wall=1_764_000_000.0, turns=40)
        return cls(clock, Office(clock), Store())

    def client(self, **settings: Any) -> Mailgun:
        """Make a client of this Mailgun."""
        settings.setdefault("api_key", "key")
        settings.setdefault("rate", RatePolicy(spread=0.0))
        settings.setdefault("retry", RetryPolicy())
        return Mailgun(transport=self.office.transport, clock=self.clock, **settings)

    async def campaign(self, client: Mailgun | None = None, **options: Any) -> Campaign:
        """Make a campaign on the journal, open."""
        made = (client or self.client()).campaign(self.journal(), **options)
        made._setup = attrs.evolve(made._setup, poll_s=POLL_S)
        await made.open()
        return made

    def journal(self) -> MemoryJournal:
        """Return another handle on the journal."""
        return MemoryJournal(self.store)

    def later(self, seconds: float, do: Callable[[], object]) -> None:
        """Do something in so many seconds; what can be awaited is begun."""

        def now() -> None:
            begun = do()
            if inspect.iscoroutine(begun):
                self.tasks.append(asyncio.ensure_future(begun))

        self.clock.call_at(self.clock.now() + seconds, now)

    def states(self) -> dict[str, ChunkState]:
        """Return the state of each chunk by its ordinal."""
        return {chunk.ordinal: chunk.state for chunk in self.chunks()}

    def chunks(self) -> list[ChunkRecord]:
        """Return all chunks."""
        return list(self.store.chunks.values())

    def chunk(self, ordinal: str) -> ChunkRecord:
        """Return one chunk."""
        return next(one for one in self.chunks() if one.ordinal == ordinal)

    def outcomes(self) -> list[tuple[str, str]]:
        """Return ordinal and outcome of each attempt and look-up that was recorded."""
        return [(one.ordinal, one.outcome) for one in self.store.attempts]
