"""`Emulator`: a local Mailgun to test against, with state, rate limits and faults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from mailgun_async.config import REGIONS
from mailgun_async.testing._account import Account, ApiKey
from mailgun_async.testing._calls import Bodies, Calls, MemoryBodies, SqliteBodies
from mailgun_async.testing._outbox import Letters, Outbox
from mailgun_async.testing._records import Records
from mailgun_async.testing._server import Server
from mailgun_async.testing._service import Service
from mailgun_async.testing._switches import Switches, one_of
from mailgun_async.transport.clock import Clock, SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from mailgun_async import Mailgun

__all__ = ["Emulator"]


class Emulator(Switches):
    """A local Mailgun: it checks, accepts and keeps mail, and delivers none.

    ::

        async with Emulator() as emulator, emulator.client() as mg:
            await mg.messages.send(message)
        assert emulator.outbox[0].subject == "Hi"

    It answers `messages` and `messages.mime`, stored messages with their attachments and sending again, sending queues,
    envelopes, logs and events, and keeps domains with their logins and DKIM keys, API keys, routes, webhooks, tags,
    metrics, suppressions, mailing lists and stored templates, with Mailgun's texts as far as they are known. Anything
    else gets what Mailgun says to a wrong path: 200 and `Mailgun Magnificent API`.

    Args:
        domains: Sending domains of the account; the first is `domain`.
        api_key: The account's key.
        region: `us` or `eu`: whose hosts the DNS records of domains name.
        sending_keys: Keys, by domain, that may only send mail of that domain.
        authorized: Addresses that a sandbox domain, and a free account, may send to.
        ips: Addresses that `o:sending-ip` may name; None for any.
        host: Address to listen on; anybody who can reach it can use it.
        port: Port to listen on; 0 lets the system choose.
        path: SQLite file in which accepted calls, and what else was stored, outlive the process. Domains, keys, limits
            and faults are settings, and not kept. None keeps all in memory.
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
        region: Literal["us", "eu"] = "us",
        sending_keys: Mapping[str, str] | None = None,
        authorized: Iterable[str] = (),
        ips: Iterable[str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        path: Path | str | None = None,
        keep: Literal["all", "counts"] = "all",
        logs_lag_s: float = 0.0,
        clock: Clock | None = None,
        seed: int = 0,
    ) -> None:
        account = Account(
            api_key=api_key,
            region=REGIONS[one_of(("us", "eu"), region, "region")],
            authorized=frozenset(_several(authorized, "authorized")),
            ips=None if ips is None else frozenset(_several(ips, "ips")),
            logs_lag_s=logs_lag_s,
        )
        super().__init__(account, clock or SystemClock(), seed)
        account.add_key(ApiKey(id="account", secret=api_key, created_at=self._clock.wall()))
        self._host, self._port, self._path = host, port, path
        self._keep = one_of(("all", "counts"), keep, "keep") == "all"
        for name in _several(domains, "domains"):
            self.add_domain(name)
        for name, key in (sending_keys or {}).items():
            self.add_domain(name, sending_key=key)
        self._service: Service | None = None
        self._server: Server | None = None
        self._url: str | None = None

    # -- life ----------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the file, if any, and listen. An emulator that was stopped goes on where it was, on the same port.

        Raises:
            OSError: The port is taken, or the file cannot be opened.
            RuntimeError: It is running.
        """
        if self._server is not None:
            raise RuntimeError("the emulator is running already")
        if self._service is None or self._path is not None:
            self._service = self._new_service()
        self._server = Server(self._service, self.faults, self._clock)
        try:
            self._port = await self._server.start(self._host, self._port)
        except OSError:
            await self.stop()
            raise
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._url = self._service.url = f"http://{host}:{self._port}"

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
        calls, records = Calls(bodies), Records(bodies)
        return Service(
            account=self._account,
            limits=self._limits,
            calls=calls,
            letters=Letters(calls, records),
            keep=self._keep,
            records=records,
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
    def outbox(self) -> Outbox:
        """Every mail that is delivered, one for each recipient, in order.

        Raises:
            RuntimeError: It was never started, or its mails lie in a file and it is not running.
        """
        return self._opened().outbox

    def client(self, **settings: Any) -> Mailgun:
        """Make a client of this emulator: its key, its URL, its first domain, its clock.

        Args:
            settings: Further arguments of `Mailgun`, or other values for these.

        Raises:
            RuntimeError: It is not running.
        """
        from mailgun_async import Mailgun  # noqa: PLC0415 -- the client is loaded by those who use it

        own: dict[str, Any] = {
            "api_key": self.api_key,
            "base_url": self.url,
            "domain": self.domain,
            "clock": self._clock,
        }
        return Mailgun(**own | settings)

    def _opened(self) -> Service:
        if self._service is None:
            raise RuntimeError("the emulator was never started")
        if self._path is not None and self._server is None:
            raise RuntimeError(f"the emulator has closed {self._path}: look into its outbox while it runs")
        return self._service

    def clear(self) -> None:
        """Empty the outbox, and with it logs and events; counts, limits and faults stay."""
        service = self._opened()
        service.calls.clear()
        service.letters.clear()


def _several(values: Iterable[str], name: str) -> Iterable[str]:
    if isinstance(values, str):
        raise TypeError(f"{name} takes a list, not one text: [{values!r}]")
    return values
