from __future__ import annotations

import attrs
import pytest

from mailgun_async.endpoints.domain_tracking import (
    Certificate,
    CertificateStarted,
    ClickTracking,
    OpenTracking,
    Tracking,
    UnsubscribeTracking,
)
from tests.endpoints.table import Case

MESSAGE = "Domain tracking settings have been updated"
STARTED = {"message": "Initiated x509 key pair generation", "location": "/v2/x509/email.mg.example.com/status"}
STARTED_MODEL = CertificateStarted(
    message="Initiated x509 key pair generation", location="/v2/x509/email.mg.example.com/status"
)

CASES = [
    Case(
        call=lambda mg: mg.domain_tracking.get(),
        http="GET /v3/domains/{name}/tracking",
        path="/v3/domains/mg.example.com/tracking",
        answer={
            "tracking": {
                "open": {"active": True, "place_at_the_top": False},
                "click": {"active": "htmlonly"},
                "unsubscribe": {"active": False, "html_footer": "<p>", "text_footer": "t"},
                "web_scheme": "https",
            }
        },
        gives=Tracking(
            open=OpenTracking(active=True, place_at_the_top=False),
            click=ClickTracking(active="htmlonly"),
            unsubscribe=UnsubscribeTracking(active=False, html_footer="<p>", text_footer="t"),
            web_scheme="https",
        ),
    ),
    Case(
        call=lambda mg: mg.domain_tracking.update_click("b.example.com", active="htmlonly"),
        http="PUT /v3/domains/{name}/tracking/click",
        path="/v3/domains/b.example.com/tracking/click",
        fields={"active": ["htmlonly"]},
        answer={"message": MESSAGE, "click": {"active": "htmlonly"}},
        gives=ClickTracking(active="htmlonly"),
    ),
    Case(
        call=lambda mg: mg.domain_tracking.update_click(active=False),
        http="PUT /v3/domains/{name}/tracking/click",
        path="/v3/domains/mg.example.com/tracking/click",
        fields={"active": ["false"]},
        answer={"message": MESSAGE, "click": {"active": False}},
        gives=ClickTracking(active=False),
    ),
    Case(
        call=lambda mg: mg.domain_tracking.update_open("b.example.com", active=True, place_at_the_top=True),
        http="PUT /v3/domains/{name}/tracking/open",
        path="/v3/domains/b.example.com/tracking/open",
        fields={"active": ["true"], "place_at_the_top": ["true"]},
        answer={"message": MESSAGE, "open": {"active": True}},
        gives=OpenTracking(active=True),
    ),
    Case(
        call=lambda mg: mg.domain_tracking.update_unsubscribe(
            "b.example.com", active=True, html_footer="<a href='%unsubscribe_url%'>", text_footer=""
        ),
        http="PUT /v3/domains/{name}/tracking/unsubscribe",
        path="/v3/domains/b.example.com/tracking/unsubscribe",
        fields={"active": ["true"], "html_footer": ["<a href='%unsubscribe_url%'>"], "text_footer": [""]},
        answer={"message": MESSAGE, "unsubscribe": {"active": True, "html_footer": "h", "text_footer": ""}},
        gives=UnsubscribeTracking(active=True, html_footer="h", text_footer=""),
    ),
    Case(
        call=lambda mg: mg.domain_tracking.get_certificate("email.mg.example.com"),
        http="GET /v2/x509/{domain}/status",
        path="/v2/x509/email.mg.example.com/status",
        answer={"status": "expired", "error": "x509 certificate has expired", "certificate": "PEM"},
        gives=Certificate(status="expired", error="x509 certificate has expired", certificate="PEM"),
    ),
    Case(
        call=lambda mg: mg.domain_tracking.generate_certificate("email.mg.example.com"),
        http="POST /v2/x509/{domain}",
        path="/v2/x509/email.mg.example.com",
        status=202,
        answer=STARTED,
        gives=STARTED_MODEL,
    ),
    Case(
        call=lambda mg: mg.domain_tracking.regenerate_certificate("email.mg.example.com"),
        http="PUT /v2/x509/{domain}",
        path="/v2/x509/email.mg.example.com",
        status=202,
        answer=STARTED,
        gives=STARTED_MODEL,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


@pytest.mark.parametrize(("written", "read"), [("yes", True), ("false", False), (True, True), (None, None)])
async def test_clicks_are_on_or_off_however_that_is_written(written: object, read: bool | None) -> None:
    """Only `htmlonly` stays a word."""
    answer = {"message": MESSAGE, "click": {"active": written}}
    await attrs.evolve(CASES[2], answer=answer, gives=ClickTracking(active=read)).check()
