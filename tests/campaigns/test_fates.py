"""What follows an attempt, without sending anything."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mailgun_async.batch.chunks import Chunk
from mailgun_async.campaigns.fates import Fate, cut, fate
from mailgun_async.campaigns.journal import Candidate, Header
from mailgun_async.campaigns.payload import LONGEST_ORDINAL, thaw
from mailgun_async.transport.outcome import Accepted, Attempt, Limited, Outcome, Refused, Unknown, Unsent
from mailgun_async.transport.request import Failure, Request, Response

NOW = 1_764_000_000.0
HEADER = Header(id="c1", name=None, domain="mg.example.com", created_at=NOW, state="ready", options={}, common_size=0)
REQUEST = Request(
    method="POST", template="/v3/{domain_name}/messages", url="http://x", headers={}, safety="unsafe", message_id="m@x"
)
BAD = "to parameter is not a valid address. please check documentation"
LARGE = "Domain mg.example.com is not allowed to send large batches yet"


def chunk(count: int) -> Chunk:
    """Make a chunk of so many recipients."""
    return Chunk.of({f"r{number}@x.de": {"n": number} for number in range(count)}, {"r0@x.de": "R <r0@x.de>"})


def after(outcome: Outcome, count: int = 4, *, ordinal: str = "7", look_at: float | None = NOW + 15) -> Fate:
    """Tell what follows."""
    status = getattr(getattr(outcome, "response", None), "status", None)
    attempt = Attempt(request=REQUEST, number=1, outcome=outcome, status=status, waited_s=2.5, took_s=0.1)
    candidate = Candidate(key=1, ordinal=ordinal, count=count, digest="", message_id="m@x")
    return fate(attempt, candidate, chunk(count), header=HEADER, at=NOW, look_at=look_at)


def refused(status: int, message: str, **flags: bool) -> Refused:
    """Make a refusal."""
    return Refused(Response(status, {}, orjson.dumps({"message": message})), **flags)


def sizes(found: Fate) -> dict[str, int]:
    """Return the recipients of each part by its ordinal."""
    return {child.ordinal: child.count for child in found.settlement.children}


TABLE: list[tuple[str, Outcome, dict[str, Any]]] = [
    ("accepted", Accepted(Response(200, {}, b"{}")), {"state": "sent", "outcome": "accepted", "status": 200}),
    ("accepted, the answer broke off", Accepted(None), {"state": "sent", "outcome": "accepted", "status": None}),
    ("limited, told when", Limited(Response(429, {}, b""), None, 30.0), {"state": "planned", "due_at": NOW + 30}),
    ("limited, not told when", Limited(Response(429, {}, b"")), {"state": "planned", "due_at": None}),
    ("unsent", Unsent(Failure("connect", sent=False)), {"state": "planned", "outcome": "unsent"}),
    ("unknown", Unknown(Failure("timeout", sent=True)), {"state": "unknown", "due_at": NOW + 15}),
    ("refused", refused(413, "too large"), {"state": "refused", "status": 413, "reason": "too large"}),
    ("the key", refused(401, "Forbidden"), {"state": "planned", "outcome": "refused"}),
    ("too many for one", refused(403, LARGE, oversize=True), {"state": "split", "outcome": "oversize", "size": 2}),
    ("an address", refused(400, BAD), {"state": "split", "outcome": "refused", "size": None}),
]


@pytest.mark.parametrize(("outcome", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_an_outcome_and_what_follows(outcome: Outcome, expected: dict[str, Any]) -> None:
    """One row each of the table that the module begins with."""
    settlement = after(outcome).settlement
    assert {name: getattr(settlement, name) for name in expected} == expected
    assert (settlement.at, settlement.waited_s) == (NOW, 2.5)


ENDS = [(401, "Forbidden"), (402, "no"), (403, "no"), (404, "no"), (200, "Mailgun Magnificent API")]


@pytest.mark.parametrize(("status", "message"), ENDS, ids=str)
def test_what_every_chunk_would_meet_ends_the_sending(status: int, message: str) -> None:
    """With its error."""
    assert after(refused(status, message)).ends


def test_other_refusals_do_not_end_it() -> None:
    """They keep Mailgun's answer whole."""
    found = after(refused(400, "bad template"))
    assert not found.ends
    assert found.settlement.body == b'{"message":"bad template"}'


def test_one_recipient_that_is_too_many_ends_it() -> None:
    """The domain can't send at all."""
    found = after(refused(403, LARGE, oversize=True), 1)
    assert (found.settlement.state, found.ends) == ("planned", True)


def test_unknown_is_planned_where_that_is_ignored() -> None:
    """At once."""
    settlement = after(Unknown(Failure("timeout", sent=True)), look_at=None).settlement
    assert (settlement.state, settlement.outcome, settlement.due_at) == ("planned", "unknown", None)


def test_halves_hold_everybody_once() -> None:
    """With their variables and names, under ids of their own."""
    found = after(refused(403, LARGE, oversize=True), 5)
    assert sizes(found) == {"7.0": 3, "7.1": 2}
    first, second = found.settlement.children
    thawed = [thaw(child.payload, count=child.count, digest=child.digest) for child in (first, second)]
    assert {**thawed[0].entries(), **thawed[1].entries()} == chunk(5).entries()
    assert thawed[0].mailboxes == {"r0@x.de": "R <r0@x.de>"}
    assert first.message_id == f"c1.7.0.{first.digest[:12]}@mg.example.com"
    assert first.source_digest == ""


def test_a_named_address_is_taken_out() -> None:
    """The others stay together, the first time."""
    found = after(refused(400, f"{BAD} 'R2@x.de'"), 4)
    assert sizes(found) == {"7.0": 3}
    assert [one.address for one in found.settlement.rejected] == ["r2@x.de"]


def test_the_others_of_a_part_are_halved() -> None:
    """So that no chunk with many bad addresses gets parts without end."""
    assert sizes(after(refused(400, f"{BAD} 'r2@x.de'"), 4, ordinal="7.0")) == {"7.0.0": 2, "7.0.1": 1}


def test_an_address_that_is_not_named_halves_the_chunk() -> None:
    """Down to one, who is rejected."""
    assert sizes(after(refused(400, BAD), 3)) == {"7.0": 2, "7.1": 1}
    found = after(refused(400, BAD), 1)
    assert (found.settlement.state, sizes(found)) == ("split", {})
    assert [(one.address, one.reason, one.by) for one in found.settlement.rejected] == [("r0@x.de", BAD, "mailgun")]


def test_no_ordinal_gets_longer_than_was_reserved_for() -> None:
    """Were every second address of 1,000 bad, and named one at a time; of a campaign of up to 10 million chunks."""
    ordinal, count = "9999999", 1_000
    while count > 1:
        found = after(refused(400, f"{BAD} 'r0@x.de'"), count, ordinal=ordinal)
        child = max(found.settlement.children, key=lambda one: one.count)
        ordinal, count = child.ordinal, child.count
    assert len(ordinal) <= len(LONGEST_ORDINAL)


def test_a_chunk_is_cut_to_a_size_in_one_go() -> None:
    """Into as few parts as can be."""
    candidate = Candidate(key=1, ordinal="7", count=5, digest="", message_id="m@x")
    settlement = cut(candidate, chunk(5), 2, header=HEADER, at=NOW)
    assert (settlement.state, settlement.outcome) == ("split", "oversize")
    assert [(child.ordinal, child.count) for child in settlement.children] == [("7.0", 2), ("7.1", 2), ("7.2", 1)]
