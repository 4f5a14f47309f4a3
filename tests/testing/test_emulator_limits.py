from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from mailgun_async.testing import Emulator, FakeClock

PATH = "/v3/mg.example.com/messages"
AT = 1_789_999_980
"""When the clock starts, seconds since 1970."""


async def send(api: Any, form: Any, path: str = PATH, **fields: Any) -> tuple[int, Any, dict[str, str]]:
    """Send; of the headers, those about limits."""
    status, body, headers = await api.post(path, form.fields(**fields))
    return status, body, {name: value for name, value in headers.items() if name.startswith(("X-R", "Retry"))}


def text(what: str, after: str = "") -> dict[str, str]:
    """The body of a refusal."""
    return {"message": f"Domain mg.example.com is not allowed to send: {what} exceeded{after}"}


def three(limit: int, remaining: int, reset: int, prefix: str = "X-RateLimit") -> dict[str, str]:
    """The three headers of a limit."""
    return {f"{prefix}-Limit": str(limit), f"{prefix}-Remaining": str(remaining), f"{prefix}-Reset": str(reset)}


DIALECTS: dict[Any, tuple[dict[str, str], Any, dict[str, str]]] = {
    "headers-s": (three(1, 0, AT + 60), text("request limit"), three(1, 0, AT + 60)),
    "headers-ms": (three(1, 0, (AT + 60) * 1000), text("request limit"), three(1, 0, (AT + 60) * 1000)),
    "headers-delta": (three(1, 0, 60), text("request limit"), three(1, 0, 50)),
    "headers-429": ({}, text("request limit"), {"X-RateLimit-Reset": str(AT + 60)}),
    "retry-after": ({}, text("request limit"), {"Retry-After": "50"}),
    "body-date": ({}, text("request limit", ", try again after Mon, 21 Sep 2026 14:14:00 UTC"), {}),
    "body-seconds": ({}, text("request limit", ", try again after 50 seconds"), {}),
    "retry-seconds": ({}, {"retry-seconds": 50}, {}),
    "none": ({}, text("request limit"), {}),
}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_every_dialect_says_it_in_its_own_way(
    dialect: Any, api: Any, emulator: Emulator, clock: FakeClock, form: Any
) -> None:
    """Headers of an accepted call, then body and headers of a refusal 10 s later."""
    accepted, refusal, refused = DIALECTS[dialect]
    emulator.limit("token", 1, 60, dialect=dialect)
    status, _, headers = await send(api, form)
    assert (status, headers) == (200, accepted)
    await clock.advance(10)
    assert await send(api, form) == (429, refusal, refused)


@pytest.mark.parametrize("status", [400, 420, 429])
async def test_a_refusal_may_have_any_of_the_statuses_seen(
    status: Any, api: Any, emulator: Emulator, form: Any
) -> None:
    """420 and 400 are in use as well as 429."""
    emulator.limit("token", 1, 60, dialect="body-seconds", status=status)
    await send(api, form)
    assert await send(api, form) == (status, text("request limit", ", try again after 60 seconds"), {})


async def test_recipients_are_counted_and_have_headers_of_their_own(api: Any, emulator: Emulator, form: Any) -> None:
    """The second set of headers, `X-Recipient-...`, beside the first."""
    emulator.limit("token", 10, 60)
    emulator.limit("token", 5, 60, dimension="recipients")
    _, _, headers = await send(api, form, to="a@x.org,b@x.org,c@x.org")
    assert headers == {**three(10, 9, AT + 60), **three(5, 2, AT + 60, "X-Recipient")}
    assert await send(api, form, to="a@x.org", cc="b@x.org", bcc="c@x.org") == (
        429,
        text("recipient limit"),
        three(5, 2, AT + 60, "X-Recipient"),
    )
    status, _, headers = await send(api, form, to="a@x.org,b@x.org")
    assert (status, headers["X-RateLimit-Remaining"]) == (200, "8")


async def test_bytes_are_counted(api: Any, emulator: Emulator, form: Any) -> None:
    """Of the whole body of a call."""
    size = len(form.body(form.fields()))
    limit = emulator.limit("token", 2 * size, 60, dimension="bytes", dialect="body-seconds")
    assert [(await send(api, form))[0] for _ in range(2)] == [200, 200]
    assert await send(api, form) == (429, text("bytes limit", ", try again after 60 seconds"), {})
    assert limit.units == 2 * size


async def test_a_refusal_may_name_the_limit(api: Any, emulator: Emulator, form: Any) -> None:
    """As answers of 2026 do."""
    emulator.limit("token", 26, 60, dimension="recipients", dialect="none", status=420, numbered=True)
    to = ",".join(f"user{number}@x.org" for number in range(27))
    assert await send(api, form, to=to) == (420, text("recipient limit (26)"), {})


async def test_domains_are_limited_each_on_its_own(api: Any, emulator: Emulator, form: Any) -> None:
    """Unless the limit names one, or is the account's."""
    emulator.add_domain("b.example.com")
    limit = emulator.limit("token", 1, 60)
    statuses = [(await send(api, form, path))[0] for path in (PATH, "/v3/b.example.com/messages", PATH)]
    assert (statuses, limit.accepted, limit.refused) == ([200, 200, 429], 2, 1)


async def test_a_limit_may_hold_for_one_domain_alone(api: Any, emulator: Emulator, form: Any) -> None:
    """The others are not counted."""
    emulator.add_domain("b.example.com")
    limit = emulator.limit("token", 1, 60, domain="b.example.com")
    assert [(await send(api, form))[0] for _ in range(3)] == [200, 200, 200]
    assert limit.accepted == 0


async def test_a_limit_of_the_account_counts_all_domains(api: Any, emulator: Emulator, form: Any) -> None:
    """Its refusal has a reason of its own, and every subaccount counts by itself."""
    emulator.add_domain("b.example.com")
    emulator.limit("token", 1, 60, per="account", dialect="body-seconds")
    await send(api, form)
    status, body, _ = await send(api, form, "/v3/b.example.com/messages")
    assert status == 429
    assert body["message"] == (
        "Domain b.example.com is not allowed to send: account-requests-per-sec limit exceeded, "
        "try again after 60 seconds"
    )
    status, _, _ = await api.post(PATH, form.fields(), headers={"X-Mailgun-On-Behalf-Of": "sub-1"})
    assert status == 200


async def test_other_families_of_calls_have_limits_too(api: Any, emulator: Emulator) -> None:
    """Logs and domains; their refusals speak of no domain."""
    emulator.limit("token", 1, 10, rate_class="analytics", dialect="retry-after")
    emulator.limit("token", 1, 60, rate_class="domains", dialect="retry-seconds", per="account")
    await api.logs()
    status, body, headers = await api.call("POST", "/v1/analytics/logs", json={})
    assert (status, body, headers["Retry-After"]) == (429, {"message": "Too Many Requests"}, "10")
    await api.get("/v4/domains/mg.example.com")
    status, body, _ = await api.call("GET", "/v4/domains/mg.example.com")
    assert (status, body) == (429, {"retry-seconds": 60})
    assert emulator.counts.limited == 2


async def test_a_call_is_counted_by_all_limits_or_by_none(api: Any, emulator: Emulator, form: Any) -> None:
    """A refusal by one leaves the other untouched, and the longest wait is told."""
    requests = emulator.limit("token", 2, 30, dialect="retry-after")
    recipients = emulator.limit("token", 2, 60, dimension="recipients", dialect="retry-after")
    assert (await send(api, form, to="a@x.org,b@x.org,c@x.org"))[0] == 429
    assert (requests.accepted, requests.refused, recipients.refused) == (0, 0, 1)
    assert [(await send(api, form))[0] for _ in range(2)] == [200, 200]
    assert await send(api, form) == (429, text("recipient limit"), {"Retry-After": "60"})


async def test_of_two_limits_on_requests_the_tighter_one_is_told(api: Any, emulator: Emulator, form: Any) -> None:
    """There is one set of headers for both."""
    emulator.limit("token", 4, 60)
    emulator.limit("token", 3, 60, per="account")
    _, _, headers = await send(api, form)
    assert headers == three(3, 2, AT + 60)


async def test_a_limit_opens_again_when_its_window_has_passed(
    api: Any, emulator: Emulator, clock: FakeClock, form: Any
) -> None:
    """The clock decides, not real time."""
    emulator.limit("fixed", 1, 60)
    await send(api, form)
    assert (await send(api, form))[0] == 429
    await clock.advance(60)
    assert (await send(api, form))[0] == 200


async def test_where_refusals_count_knocking_keeps_the_door_shut(
    api: Any, emulator: Emulator, clock: FakeClock, form: Any
) -> None:
    """One refused call in every window is enough."""
    emulator.limit("sliding-strict", 1, 60)
    statuses = []
    for _ in range(4):
        statuses.append((await send(api, form))[0])
        await clock.advance(40)
    assert statuses == [200, 429, 429, 429]


async def test_figures_tell_what_was_used(api: Any, emulator: Emulator, clock: FakeClock, form: Any) -> None:
    """Accepted, refused, units, the fullest moment, and the part of the allowed rate."""
    limit = emulator.limit("token", 4, 60, dimension="recipients", dialect="none")
    assert (limit.share, limit.peak) == (0.0, 0.0)
    await send(api, form, to="a@x.org,b@x.org,c@x.org")
    await send(api, form, to="a@x.org,b@x.org")
    assert (limit.accepted, limit.refused, limit.units, limit.peak, limit.share) == (1, 1, 3, 0.75, 0.75)
    await clock.advance(120)
    await send(api, form)
    assert (limit.units, limit.peak, limit.share) == (4, 0.75, 0.5)


async def test_a_lifted_limit_holds_no_more(api: Any, emulator: Emulator, form: Any) -> None:
    """Its figures stay."""
    limit = emulator.limit("token", 1, 60)
    await send(api, form)
    emulator.remove_limit(limit)
    status, _, headers = await send(api, form)
    assert (status, headers) == (200, {})
    assert limit.accepted == 1


def test_a_limit_cannot_be_changed_under_way() -> None:
    """What was counted under the old one would not follow."""
    limit = Emulator().limit("token", 1, 60)
    with pytest.raises(AttributeError, match="limit of a limit stays: lift it with remove_limit"):
        limit.limit = 5
    assert limit.limit == 1


async def test_a_refused_form_is_not_counted(api: Any, emulator: Emulator, form: Any) -> None:
    """Limits see what would be accepted otherwise."""
    limit = emulator.limit("token", 1, 60)
    assert (await send(api, form, text=None))[0] == 400
    assert (limit.accepted, limit.refused) == (0, 0)


async def test_answers_carry_the_emulators_date(api: Any, clock: FakeClock) -> None:
    """So that a client can compare dates in answers with the server's clock."""
    await clock.advance(5)
    _, _, headers = await api.call("GET", "/v4/domains/mg.example.com")
    assert parsedate_to_datetime(headers["Date"]) == datetime.fromtimestamp(AT + 5, UTC)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"kind": "round"}, "kind must be one of fixed, token"),
        ({"dialect": "morse"}, "dialect must be one of headers-s"),
        ({"dimension": "kilos"}, "dimension must be one of requests"),
        ({"limit": 0}, "limit"),
        ({"window_s": 0.0}, "window_s"),
        ({"dimension": "bytes"}, "no headers of a limit on bytes"),
        ({"dimension": "recipients", "rate_class": "analytics"}, "for messages only"),
        ({"per": "account", "domain": "mg.example.com"}, "either of one domain or of the account"),
        ({"per": "subaccount"}, "per must be one of domain, account"),
        ({"rate_class": "webhooks"}, "rate_class must be one of messages, analytics, domains, other"),
        ({"status": 503}, "status must be one of 400, 420, 429, not 503"),
        ({"domain": "mg.example.org"}, "domain must be one of mg.example.com, not 'mg.example.org'"),
    ],
)
def test_a_limit_that_makes_no_sense_is_an_error(changes: dict[str, Any], what: str) -> None:
    """Said when it is set, not when a call meets it."""
    with pytest.raises(ValueError, match=what):
        Emulator().limit(**{"kind": "token", "limit": 1, "window_s": 60.0, **changes})
