"""The limiter by itself: what a call pays that need not wait."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from multidict import CIMultiDict

from benchmarks import work
from benchmarks.child import Meter, report
from mailgun_async.config import RatePolicy
from mailgun_async.transport.clock import SystemClock
from mailgun_async.transport.limiter import Limiter
from mailgun_async.transport.request import INTERACTIVE, Request, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

_REQUEST: Final = Request(
    method="POST",
    template="/v3/{domain_name}/messages",
    url=f"https://api.mailgun.net/v3/{work.DOMAIN}/messages",
    headers={},
    body=b"-" * 2000,
    safety="unsafe",
    account="0123456789abcdef",
    domain=work.DOMAIN,
    recipients=1,
    priority=INTERACTIVE,
)


def admissions(*, count: int) -> None:
    """Admit calls and tell the limiter of their answers, once without limits in the headers and once with."""
    plain = {"Date": "Wed, 01 Jan 2025 00:00:00 GMT", "Content-Type": "application/json"}
    reset_at = str(int(time.time() * 1000) + 3_600_000)
    limits = {"X-RateLimit-Limit": "100000000", "X-RateLimit-Remaining": "99999999", "X-RateLimit-Reset": reset_at}
    with_limits = {**plain, **limits}
    report({"plain_us": _cost_us(CIMultiDict(plain), count), "headers_us": _cost_us(CIMultiDict(with_limits), count)})


def _cost_us(headers: Mapping[str, str], count: int) -> float:
    limiter = Limiter(SystemClock(), RatePolicy())
    response = Response(200, headers, b"{}")
    with Meter() as meter:
        for _ in range(count):
            ticket = limiter.try_admit(_REQUEST)
            assert ticket is not None
            limiter.observe(ticket, response)
    return meter.cpu_s / count * 1e6
