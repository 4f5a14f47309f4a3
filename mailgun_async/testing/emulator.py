"""`Emulator`: a local Mailgun to test against, with state, rate limits and faults."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from mailgun_async.testing._account import Account, Counts, Domain, Probation, Queue
from mailgun_async.testing._calls import Bodies, Calls, MemoryBodies, SqliteBodies
from mailgun_async.testing._counters import Kind, SlidingLog
from mailgun_async.testing._faults import Faults
from mailgun_async.testing._limits import Dialect, Dimension, Limits, RateLimit
from mailgun_async.testing._outbox import Letters, Outbox
from mailgun_async.testing._server import Server
from mailgun_async.testing._service import Service
from mailgun_async.transport.clock import Clock, SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from mailgun_async.transport.request import RateClass

__all__ = ["Emulator"]

_HOUR_S = 3_600.0


class Emulator:
    """A local Mailgun: it checks, accepts and keeps mail, and delivers none.

    ::

        async with Emulator() as emulator:
            async with Mailgun(api_key=emulator.api_key, base_url=emulator.url, domain=emulator.domain) as mg:
                await mg.messages.send(message)
            assert emulator.outbox[0].subject == "Hi"

    It answers `messages` and `messages.mime`, stored messages with their attachments and sending again, sending queues,
    envelopes, logs, events and `GET /v4/domains/{name}`, with Mailgun's texts as far as they are known. Anything else
    gets what Mailgun says to a wrong path: 200 and `Mailgun Magnificent API`.

    Args:
        domains: Sending domains of the account; the first is `domain`.
        api_key: The account's key.
        sending_keys: Keys, by domain, that may only send mail of that domain.
        host: Address to listen on; anybody who can reach it can use it.
        port: Port to listen on; 0 lets the system choose.
        path: SQLite file in which accepted calls outlive the process. Domains, keys, limits and faults are settings,
            and not kept. None keeps calls in memory.
        keep: `all` keeps every accepted call as it came; `counts` only counts, for load tests: the outbox has no mails
            then, and logs and events are empty.
        logs_lag_s: Seconds until an event can be found in logs and events.
        clock: Tells the time and waits; a `FakeClock` moves limits, lags and schedules by hand.
        seed: Makes faults hit the same calls every time.
    """

    def __init__(
        self,
        *,
        domains: Iterable[str] = ("mg.example.com",),
        api_key: str = "emulator-key",
        sending_keys: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        path: Path | str | None = None,
        keep: Literal["all", "counts"] = "all",
        logs_lag_s: float = 0.0,
        clock: Clock | None = None,
        seed: int = 0,
    ) -> None:
        self._clock = clock or SystemClock()
        self._host, self._port, self._path, self._keep = host, port, path, keep == "all"
        self._account = Account(api_key=api_key)
        self._limits = Limits()
        self._logs_lag_s = logs_lag_s
        self.faults = Faults(seed)
        """Switch faults on and off: `emulator.faults.add("502-after", rate=0.1)`."""
        for name in domains:
            self.add_domain(name)
        for name, key in (sending_keys or {}).items():
            self.add_domain(name, sending_key=key)
        self._service: Service | None = None
        self._server: Server | None = None
        self._url: str | None = None

    # -- life ----------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the file, if any, and listen. An emulator that was stopped goes on where it was.

        Raises:
            OSError: The port is taken, or the file cannot be opened.
        """
        if self._service is None or self._path is not None:
            self._service = self._new_service()
        self._server = Server(self._service, self.faults, self._clock)
        try:
            port = await self._server.start(self._host, self._port)
        except OSError:
            await self.stop()
            raise
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._url = self._service.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Close all connections and the file. What was kept in memory can still be looked at."""
        if self._server is not None:
            await self._server.stop()
        if self._service is not None and self._path is not None:
            self._service.calls.bodies.close()
        self._server = self._url = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    def _new_service(self) -> Service:
        bodies: Bodies = MemoryBodies() if self._path is None else SqliteBodies(Path(self._path))
        calls = Calls(bodies)
        return Service(
            account=self._account,
            limits=self._limits,
            counts=self._account.counts,
            calls=calls,
            letters=Letters(calls),
            keep=self._keep,
            logs_lag_s=self._logs_lag_s,
        )

    # -- what it is ----------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where it listens, e.g. `http://127.0.0.1:43210`: the `base_url` of a client.

        Raises:
            RuntimeError: It is not running.
        """
        if self._url is None:
            raise RuntimeError("the emulator is not running: use `async with Emulator() as emulator`, or start()")
        return self._url

    @property
    def api_key(self) -> str:
        """The account's key."""
        return self._account.api_key

    @property
    def domains(self) -> tuple[str, ...]:
        """Names of the sending domains."""
        return tuple(self._account.domains)

    @property
    def domain(self) -> str:
        """The first sending domain."""
        return self.domains[0]

    @property
    def outbox(self) -> Outbox:
        """Every accepted mail, one for each recipient, in order."""
        service = self._running_or_stopped()
        return Outbox(service.calls, service.letters, kept=self._keep)

    @property
    def counts(self) -> Counts:
        """What has been counted since the emulator was made."""
        return self._account.counts

    @property
    def calls(self) -> int:
        """Send calls accepted since the emulator was made."""
        return self.counts.accepted

    def _running_or_stopped(self) -> Service:
        if self._service is None:
            raise RuntimeError("the emulator was never started")
        return self._service

    # -- switches ------------------------------------------------------------------------------------------------------

    @property
    def logs_lag_s(self) -> float:
        """Seconds until an event can be found in logs and events; may be set at any time."""
        return self._logs_lag_s

    @logs_lag_s.setter
    def logs_lag_s(self, seconds: float) -> None:
        self._logs_lag_s = seconds
        if self._service is not None:
            self._service.logs_lag_s = seconds

    def add_domain(
        self,
        name: str,
        *,
        state: Literal["active", "unverified", "disabled"] = "active",
        sending_key: str | None = None,
    ) -> None:
        """Add a sending domain, or give one another state; only an active one may send.

        Args:
            name: The domain.
            state: `unverified` and `disabled` domains are known, and refused when they send.
            sending_key: A key that may only send mail of this domain.
        """
        domain = self._account.domains.setdefault(name, Domain(name=name, created_at=self._clock.wall()))
        domain.state = state
        if sending_key is not None:
            self._account.sending_keys[sending_key] = name

    def pause_queue(self, queue: Queue, *, until: datetime, reason: str, domain: str | None = None) -> None:
        """Let `GET /v3/domains/{name}/sending_queues` say that a queue is stopped; mail is accepted all the same."""
        paused = {"until": format_datetime(until.astimezone(UTC), usegmt=True), "reason": reason}
        self._account.domains[domain or self.domain].paused[queue] = paused

    def limit(
        self,
        kind: Kind,
        limit: int,
        window_s: float,
        *,
        dimension: Dimension = "requests",
        dialect: Dialect = "headers-s",
        domain: str | None = None,
        per: Literal["domain", "account"] = "domain",
        rate_class: RateClass = "messages",
        status: Literal[400, 420, 429] = 429,
        numbered: bool = False,
    ) -> RateLimit:
        """Limit calls; several limits hold at once, and a call is counted by all of them or by none.

        Args:
            kind: `fixed` window on the wall clock, `token` window that starts with the first hit, `leaky` bucket,
                `sliding` log, `sliding-strict` where refusals count too.
            limit: How many in one window.
            window_s: Seconds.
            dimension: `requests`, `recipients` or `bytes`; the last two for messages only.
            dialect: How the limit speaks: `headers-s`, `headers-ms`, `headers-delta` (limit, remaining and reset on
                every answer, for recipients as `X-Recipient-...`), `headers-429` (reset on refusals alone),
                `retry-after`, `body-date`, `body-seconds`, `retry-seconds`, `none`.
            domain: The one domain it holds for; None for every domain, each on its own.
            per: `account` counts all domains together, and each subaccount on its own.
            rate_class: `messages`, `analytics` (logs), `domains` or `other` (events, envelopes).
            status: Of refusals.
            numbered: The text names the limit, `recipient limit (26) exceeded`, as answers of 2026 do.

        Returns:
            The limit with its figures: `accepted`, `refused`, `units`, `peak`, `share`.

        Raises:
            ValueError: An argument is none of these, or two do not go together.
        """
        rule = RateLimit(
            kind=kind,
            limit=limit,
            window_s=window_s,
            dimension=dimension,
            dialect=dialect,
            domain=domain,
            per=per,
            rate_class=rate_class,
            status=status,
            numbered=numbered,
        )
        self._limits.rules.append(rule)
        return rule

    def remove_limit(self, limit: RateLimit) -> None:
        """Lift a limit; its figures stay."""
        self._limits.rules.remove(limit)

    def refuse_large_batches(self, above: int | None) -> None:
        """Refuse calls to more than `above` recipients with 403, as for domains that are new; None lifts it."""
        self._account.large_batch = above

    def put_on_probation(self, *, per_call: int = 10, per_hour: int = 100) -> None:
        """Treat the account as unproven: so many recipients in one call, and in any hour, until `end_probation`."""
        self._account.probation = Probation(per_call=per_call, hour=SlidingLog(per_hour, _HOUR_S, strict=False))

    def end_probation(self) -> None:
        """Treat the account as proven again."""
        self._account.probation = None

    def clear(self) -> None:
        """Empty the outbox, and with it logs and events; counts, limits and faults stay."""
        service = self._running_or_stopped()
        service.calls.clear()
        service.letters.clear()
