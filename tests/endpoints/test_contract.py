from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailgun_async import Mailgun
from mailgun_async.errors import DecodingError
from mailgun_async.paging import Pages
from mailgun_async.testing import FakeTransport
from tests.endpoints.contract import BEYOND, examples, lost, needs_api, request_problems
from tests.endpoints.contract import cases as all_cases
from tests.endpoints.table import DOMAIN, Case

TABLES = all_cases()
ONE_EACH = list({case.http: case for case in TABLES}.values())


async def _given(case: Case, answer: object) -> tuple[object, FakeTransport]:
    """Make a case's call; return what it gives, of a listing the first page, and what was sent."""
    transport = FakeTransport().respond(case.status, json=answer, headers=case.answer_headers)
    async with Mailgun(api_key="key", domain=DOMAIN, transport=transport) as mg:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            made = case.call(mg)
            return (await made.first() if isinstance(made, Pages) else await made), transport


@needs_api
@pytest.mark.parametrize("case", TABLES, ids=str)
async def test_requests_are_what_the_document_asks_for(case: Case) -> None:
    """Names, types, vocabularies and what is required, of query and body."""
    _, transport = await _given(case, case.answer)
    assert [one for one in request_problems(transport, case.http) if BEYOND.get(one) != case.http] == []


@needs_api
@pytest.mark.parametrize("case", ONE_EACH, ids=str)
async def test_no_field_of_an_example_is_lost(case: Case) -> None:
    """Every example of an answer decodes, and all of it is in the model."""
    for example in examples(case.http):
        model, _ = await _given(case, example)
        assert model is None or lost(example, model) == []


def _places(answer: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything in a document but the document."""
    members = answer.items() if isinstance(answer, dict) else enumerate(answer) if isinstance(answer, list) else ()
    for key, value in members:
        yield (*at, key)
        yield from _places(value, (*at, key))


def _changed(answer: Any, way: tuple[Any, ...], how: str) -> Any:
    """Copy a document with one place taken away, null, of another type, or with something added to it."""
    key, *rest = way
    copy = dict(answer) if isinstance(answer, dict) else list(answer)
    if rest:
        copy[key] = _changed(answer[key], tuple(rest), how)
    elif how == "missing":
        del copy[key]
    elif how == "added" and isinstance(copy[key], dict):
        copy[key] = {**copy[key], "never seen": [1]}
    else:
        copy[key] = {"null": None, "word": "never seen", "number": 7, "list": [], "object": {}, "added": True}[how]
    return copy


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_strange_answer_decodes_or_is_a_decoding_error(data: st.DataObject) -> None:
    """Fields missing, null, added, of other types and unknown vocabulary: nothing else ever comes of it."""
    case = data.draw(st.sampled_from([case for case in ONE_EACH if isinstance(case.answer, (dict, list))]))
    answer: Any = case.answer
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(_places(answer))
        if places:
            how = data.draw(st.sampled_from(["missing", "null", "word", "number", "list", "object", "added"]))
            answer = _changed(answer, data.draw(st.sampled_from(places)), how)
    with suppress(DecodingError):
        await _given(case, answer)
