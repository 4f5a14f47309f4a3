"""The limiter by itself: what a call pays that need not wait."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

from multidict import CIMultiDict, CIMultiDictProxy

from benchmarks import work
from benchmarks.child import Meter, report
from mailgun_async.config import RatePolicy
from mailgun_async.transport.clock import SystemClock
from mailgun_async.transport.limiter import Limiter
from mailgun_async.transport.request import INTERACTIVE, Request, Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


_WINDOW_S: Final = 3600
_LIMIT: Final = 100_000_000
_IN_FLIGHT: Final = 100


def admissions(*, count: int) -> None:
    """Admit calls, and tell the limiter of their answers, without limits in the headers and with.

    Reports what an admission costs, and what it costs together with its answer.
    """
    plain = {"Date": formatdate(usegmt=True), "Content-Type": "application/json"}
    reset_at = str(int(time.time() + _WINDOW_S) * 1000)
    limits = {**plain, "X-RateLimit-Limit": str(_LIMIT), "X-RateLimit-Reset": reset_at}
    without = [_answer(plain)] * count
    with_limits = [_answer({**limits, "X-RateLimit-Remaining": str(_LIMIT - number)}) for number in range(count)]
    plain_us, plain_both_us = _costs_us(without)
    headers_us, headers_both_us = _costs_us(with_limits)
    report(
        {
            "plain_us": plain_us,
            "plain_both_us": plain_both_us,
            "headers_us": headers_us,
            "headers_both_us": headers_both_us,
        }
    )


def _answer(headers: Mapping[str, str]) -> Response:
    return Response(200, CIMultiDictProxy(CIMultiDict(headers)), b"{}")


def _costs_us(answers: Sequence[Response]) -> tuple[float, float]:
    """Return what a call costs when it is admitted, and until it has been answered as well."""
    limiter = Limiter(SystemClock(), RatePolicy())
    admitting_s = 0.0
    with Meter() as both:
        for start in range(0, len(answers), _IN_FLIGHT):
            batch = answers[start : start + _IN_FLIGHT]
            began_s = time.process_time()
            tickets = [limiter.try_admit(_REQUEST) for _ in batch]
            admitting_s += time.process_time() - began_s
            for ticket, answer in zip(tickets, batch, strict=True):
                assert ticket is not None
                limiter.observe(ticket, answer)
    return admitting_s / len(answers) * 1e6, both.cpu_s / len(answers) * 1e6
