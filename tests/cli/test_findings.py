from __future__ import annotations

from typing import Any

import pytest

from mailgun_async import errors
from mailgun_async.cli._exit import Exit
from mailgun_async.cli._findings import Finding, findings
from mailgun_async.cli._probe import Probe
from mailgun_async.endpoints.domains import Disabled, DnsRecord, Domain, DomainWithRecords
from mailgun_async.transport.limits import LimitSeen

DOMAIN = "mg.example.com"
_CALL: dict[str, Any] = {"method": "GET", "template": "/v4/domains/{name}"}


def _refusal(kind: type[errors.ApiError], status: int) -> errors.ApiError:
    return kind(f"GET /v4/domains/{{name}}: {status}", status=status, message="no", **_CALL)


UNAUTHORIZED = _refusal(errors.Unauthorized, 401)
NOT_FOUND = _refusal(errors.NotFound, 404)
NOT_REACHED = errors.ConnectError("no connection", **_CALL)


def _found(*records: DnsRecord, receiving: tuple[DnsRecord, ...] = (), **domain: Any) -> DomainWithRecords:
    return DomainWithRecords(
        domain=Domain(**{"name": DOMAIN, "state": "active", **domain}),
        sending_dns_records=list(records),
        receiving_dns_records=list(receiving),
    )


def _us(**answer: Any) -> Probe:
    return Probe(name="us", url="https://api.mailgun.net", **answer)


def _eu(**answer: Any) -> Probe:
    return Probe(name="eu", url="https://api.eu.mailgun.net", **answer)


def _judge(*probes: Probe, domain: str | None = DOMAIN) -> list[Finding]:
    return list(findings(probes, domain))


def _about(found: list[Finding], about: str) -> Finding:
    [one] = [finding for finding in found if finding.about == about]
    return one


def test_a_domain_found_tells_its_region_and_that_the_key_is_the_accounts() -> None:
    """One region knows it, the other does not: that is how it should be."""
    found = _judge(_us(error=NOT_FOUND), _eu(found=_found()))
    assert {finding.state for finding in found} == {"ok"}
    assert "eu" in _about(found, "region").text
    assert _about(found, "key").text == "valid: an account key"


def test_the_role_of_a_key_is_told_where_it_is_known() -> None:
    """One region is enough."""
    found = _judge(_us(error=NOT_FOUND), _eu(found=_found(), role="developer"))
    assert _about(found, "key").text == "valid: an account key, with the role developer"


def test_a_key_that_may_only_send_is_a_sending_key() -> None:
    """It may not read the domain, and that is no fault."""
    found = _judge(_us(error=UNAUTHORIZED, sends=False), _eu(error=UNAUTHORIZED, sends=True))
    assert "sending key" in _about(found, "key").text
    assert "eu" in _about(found, "region").text
    assert [finding.about for finding in found if finding.state != "ok"] == ["domain"]


def test_a_key_that_may_nothing_is_refused() -> None:
    """Exit code 4, and where to get the right one."""
    key = _about(_judge(_us(error=UNAUTHORIZED, sends=False), _eu(error=UNAUTHORIZED, sends=False)), "key")
    assert (key.state, key.exit) == ("wrong", Exit.REFUSED)
    assert key.advice is not None
    assert "dashboard" in key.advice


def test_a_refused_key_without_a_domain_may_be_a_sending_key() -> None:
    """The advice says how to find out."""
    key = _about(_judge(_us(error=UNAUTHORIZED), domain=None), "key")
    assert key.advice is not None
    assert "--domain" in key.advice


def test_another_refusal_leaves_the_key_open() -> None:
    """A rate limit says nothing of the key."""
    key = _about(_judge(_us(error=_refusal(errors.RateLimited, 429))), "key")
    assert (key.state, key.exit) == ("wrong", Exit.UNREACHABLE)


def test_a_domain_in_no_region_is_wrong() -> None:
    """Both places that were asked are named."""
    region = _about(_judge(_us(error=NOT_FOUND), _eu(error=NOT_FOUND)), "region")
    assert region.state == "wrong"
    assert (
        region.text
        == f"{DOMAIN} was neither found in us (https://api.mailgun.net) nor in eu (https://api.eu.mailgun.net)"
    )


def test_a_base_url_is_no_region() -> None:
    """It stands for itself."""
    probe = Probe(name="", url="http://127.0.0.1:1", error=NOT_FOUND)
    assert _about(_judge(probe), "region").text == f"{DOMAIN} was not found in http://127.0.0.1:1"


def test_without_a_domain_some_are_offered() -> None:
    """Copy and paste is quicker than looking one up."""
    domain = _about(_judge(_us(domains=["a.example.com"]), _eu(domains=[]), domain=None), "domain")
    assert domain.state == "note"
    assert domain.advice == "Give --domain, for example one of: a.example.com."


def test_without_a_domain_and_without_any_there_is_nothing_to_offer() -> None:
    """A new account has none."""
    assert _about(_judge(_us(domains=[]), domain=None), "domain").advice == "Give --domain."


def test_one_region_out_of_reach_is_a_note() -> None:
    """The domain lives in the other."""
    found = _judge(_us(error=NOT_REACHED), _eu(found=_found()))
    assert _about(found, "host us").state == "note"
    assert all(finding.state != "wrong" for finding in found)


def test_a_region_out_of_reach_is_wrong_when_the_other_has_no_such_domain() -> None:
    """It may live there."""
    found = _judge(_us(error=NOT_REACHED), _eu(error=NOT_FOUND))
    assert (_about(found, "host us").state, _about(found, "region").state) == ("wrong", "wrong")


def test_no_region_in_reach_is_wrong() -> None:
    """Nothing else can be said then."""
    found = _judge(_us(error=NOT_REACHED), _eu(error=NOT_REACHED))
    assert [(finding.about, finding.state, finding.exit) for finding in found] == [
        ("host us", "wrong", Exit.UNREACHABLE),
        ("host eu", "wrong", Exit.UNREACHABLE),
    ]


def test_a_failing_server_is_not_a_network_fault() -> None:
    """The advice is to wait."""
    host = _about(_judge(_us(error=_refusal(errors.ServerError, 503))), "host us")
    assert (host.state, host.advice) == ("wrong", "Try again later.")


def test_what_is_no_answer_of_mailguns_says_so_itself() -> None:
    """To try again would not help."""
    host = _about(_judge(_us(error=_refusal(errors.UnexpectedAnswer, 200))), "host us")
    assert (host.state, host.advice) == ("wrong", None)


@pytest.mark.parametrize(
    ("domain", "text"),
    [
        ({"state": "unverified"}, "not verified"),
        ({"state": "disabled"}, "disabled"),
        ({"is_disabled": True, "disabled": Disabled(reason="spam")}, "disabled: spam"),
    ],
)
def test_a_domain_that_may_not_send_is_wrong(domain: dict[str, Any], text: str) -> None:
    """Why it may not, as far as Mailgun tells."""
    found = _about(_judge(_us(found=_found(**domain))), "domain")
    assert (found.state, found.text) == ("wrong", text)


def test_a_sandbox_is_worth_a_note() -> None:
    """It sends to few."""
    assert any("five authorized" in (finding.advice or "") for finding in _judge(_us(found=_found(type="sandbox"))))


def test_a_missing_record_is_wrong_and_shows_what_to_set() -> None:
    """With what Mailgun saw instead."""
    record = DnsRecord(record_type="TXT", name=DOMAIN, value="v=spf1 x", valid="invalid", cached=["v=spf1 old"])
    dns = _about(_judge(_us(found=_found(record))), "dns TXT")
    assert (dns.state, dns.advice) == ("wrong", "Set TXT to: v=spf1 x")
    assert dns.text == f"{DOMAIN}: invalid, for sending; Mailgun last saw v=spf1 old"


def test_a_valid_record_is_ok() -> None:
    """Nothing to do."""
    record = DnsRecord(record_type="TXT", name=DOMAIN, value="v=spf1 x", valid="valid")
    assert _about(_judge(_us(found=_found(record))), "dns TXT").state == "ok"


def test_a_missing_tracking_record_is_a_note() -> None:
    """Mail is sent without it."""
    record = DnsRecord(record_type="CNAME", name=f"email.{DOMAIN}", value="mailgun.org", valid="unknown")
    assert _about(_judge(_us(found=_found(record))), "dns CNAME").state == "note"


def test_a_missing_mx_record_is_a_note_with_its_priority() -> None:
    """Only receiving needs it, and it may have no name."""
    record = DnsRecord(record_type="MX", value="mxa.mailgun.org", priority="10", valid="unknown")
    dns = _about(_judge(_us(found=_found(receiving=(record,)))), "dns MX")
    assert (dns.state, dns.advice) == ("note", "Set MX to: 10 mxa.mailgun.org")
    assert dns.text.startswith("the domain itself:")


@pytest.mark.parametrize(
    ("skew_s", "state", "text"),
    [(0.0, "ok", "right"), (-4.0, "ok", "4 s behind"), (45.0, "wrong", "45 s ahead")],
)
def test_a_clock_that_is_far_off_is_wrong(skew_s: float, state: str, text: str) -> None:
    """Half a minute and more."""
    clock = _about(_judge(_us(found=_found(), skew_s=skew_s)), "clock")
    assert (clock.state, clock.text) == (state, text)


def test_the_better_of_two_clocks_counts() -> None:
    """A slow answer makes one seem off."""
    assert _about(_judge(_us(error=NOT_FOUND, skew_s=90.0), _eu(found=_found(), skew_s=0.0)), "clock").state == "ok"


def _limit(**values: Any) -> LimitSeen:
    known = {
        "account": "x",
        "rate_class": "domains",
        "dimension": "requests",
        "domain": None,
        "limit": 300.0,
        "remaining": None,
        "reset_in_s": None,
        "rate_per_s": None,
        "closed_for_s": 0.0,
    }
    return LimitSeen(**{**known, **values})


def test_limits_that_were_announced_are_shown() -> None:
    """With what is left of them."""
    seen = _limit(remaining=299.0, reset_in_s=60.0)
    limits = _about(_judge(_us(found=_found(), limits=[seen])), "limits")
    assert (limits.state, limits.text) == ("ok", "domains: 300 requests a window, 299 left for 60 s")


def test_a_closed_limit_is_a_note() -> None:
    """Even if its size is not known."""
    limits = _about(_judge(_us(found=_found(), limits=[_limit(limit=None, closed_for_s=20.0)])), "limits")
    assert (limits.state, limits.text) == ("note", "domains: not known; closed for 20 s")


def test_without_limits_that_is_said() -> None:
    """Silence would look like a fault."""
    limits = _about(_judge(_us(found=_found(), limits=[_limit(limit=None)])), "limits")
    assert limits.text.startswith("none announced")
