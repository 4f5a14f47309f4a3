"""What an emulator allows, refuses and spoils: all that may be changed before it runs and while it runs."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, TypeVar, get_args

from mailgun_async.testing._account import Account, AccountState, ApiKey, Counts, Probation
from mailgun_async.testing._counters import Kind, SlidingLog
from mailgun_async.testing._domain import Domain, DomainState, Queue
from mailgun_async.testing._faults import Faults
from mailgun_async.testing._limits import Dialect, Dimension, Limits, Per, RateLimit, ServedClass, Status

if TYPE_CHECKING:
    from mailgun_async.transport.clock import Clock

__all__ = ["Switches", "one_of"]

T = TypeVar("T", bound=str)

_HOUR_S = 3_600.0


class Switches:
    """The half of `Emulator` that needs no server."""

    def __init__(self, account: Account, clock: Clock, seed: int) -> None:
        self._account, self._clock = account, clock
        self._limits = Limits()
        self.faults = Faults(seed)
        """Switch faults on and off: `emulator.faults.add("502-after", rate=0.1)`."""

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
    def counts(self) -> Counts:
        """What has been counted since the emulator was made."""
        return self._account.counts

    @property
    def calls(self) -> int:
        """Send calls accepted since the emulator was made."""
        return self.counts.accepted

    # -- account and domains -------------------------------------------------------------------------------------------

    def set_account(self, state: AccountState) -> None:
        """Give the account another state: `active`, `free`, `unactivated` or `disabled`.

        A `free` one may send to the authorized addresses alone, the last two may not send at all.

        Raises:
            ValueError: There is no such state.
        """
        self._account.state = one_of(get_args(AccountState), state, "state")

    def add_domain(
        self, name: str, *, state: DomainState = "active", sending_key: str | None = None, dns: bool = True
    ) -> None:
        """Add a sending domain, or give one another state; only an active one may send.

        Args:
            name: The domain. One that begins with `sandbox` and ends with `.mailgun.org` may send to the authorized
                addresses alone.
            state: `unverified` and `disabled` domains are known, and refused when they send.
            sending_key: A key that may only send mail of this domain.
            dns: What `mg.domains.verify` finds: every DNS record, so that an unverified domain becomes active, or none.

        Raises:
            ValueError: There is no such state.
        """
        checked_state = one_of(get_args(DomainState), state, "state")
        now = self._clock.wall()
        domain = self._account.domains.get(name)
        if domain is None:
            domain = Domain(name=name, created_at=now, region=self._account.region)
            domain.add_key("mx", active=True, seen=True)
            self._account.domains[name] = domain
        domain.state, domain.dns, domain.checked = checked_state, dns, False
        if sending_key is not None:
            self._account.add_key(
                ApiKey(
                    id=f"sending-{len(self._account.keys)}",
                    secret=sending_key,
                    kind="domain",
                    role="sending",
                    domain=name,
                    created_at=now,
                )
            )

    def pause_queue(self, queue: Queue, *, until: datetime, reason: str, domain: str | None = None) -> None:
        """Let `GET /v3/domains/{name}/sending_queues` say that a queue is stopped; mail is accepted all the same.

        Raises:
            ValueError: There is no such queue or domain.
        """
        paused = {"until": format_datetime(until.astimezone(UTC), usegmt=True), "reason": reason}
        name = one_of(self.domains, domain or self.domain, "domain")
        self._account.domains[name].paused[one_of(get_args(Queue), queue, "queue")] = paused

    def refuse_large_batches(self, above: int | None) -> None:
        """Refuse calls to more than `above` recipients with 403, as for domains that are new; None lifts it."""
        self._account.large_batch = above

    def put_on_probation(self, *, per_call: int = 10, per_hour: int = 100) -> None:
        """Treat the account as unproven: so many recipients in one call, and in any hour, until `end_probation`."""
        self._account.probation = Probation(per_call=per_call, hour=SlidingLog(per_hour, _HOUR_S, strict=False))

    def end_probation(self) -> None:
        """Treat the account as proven again."""
        self._account.probation = None

    @property
    def logs_lag_s(self) -> float:
        """Seconds until an event can be found in logs and events; may be set at any time."""
        return self._account.logs_lag_s

    @logs_lag_s.setter
    def logs_lag_s(self, seconds: float) -> None:
        self._account.logs_lag_s = seconds

    # -- limits --------------------------------------------------------------------------------------------------------

    def limit(
        self,
        kind: Kind,
        limit: int,
        window_s: float,
        *,
        dimension: Dimension = "requests",
        dialect: Dialect = "headers-s",
        domain: str | None = None,
        per: Per = "domain",
        rate_class: ServedClass = "messages",
        status: Status = 429,
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
            rate_class: `messages`, `analytics` (logs, tags, metrics), `domains` (also stored messages, queues,
                webhooks) or `other` (all the rest).
            status: Of refusals: 429, 420 or 400.
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
            domain=None if domain is None else one_of(self.domains, domain, "domain"),
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


def one_of(choices: tuple[T, ...], given: T, name: str) -> T:
    """Refuse a word that would otherwise do nothing."""
    if given not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {given!r}")
    return given
