from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.endpoints.contract import cases, needs_api, operations

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"


@pytest.fixture(scope="module")
def coverage() -> ModuleType:
    """The program that writes the page."""
    spec = importlib.util.spec_from_file_location("coverage_page", PAGE.with_suffix(".py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_code_says(coverage: ModuleType) -> None:
    """`python docs/coverage.py > docs/coverage.md` was run."""
    assert PAGE.read_text(encoding="utf-8") == coverage.page()


def test_every_method_is_in_a_table(coverage: ModuleType) -> None:
    """Its request and its model are tested exactly. Messages have tests of their own."""
    tested = {case.http for case in cases()}
    assert {row.http for row in coverage.methods() if row.group != "messages"} - tested == set()


@needs_api
def test_every_method_is_of_mailguns_api(coverage: ModuleType) -> None:
    """Its HTTP line is an operation."""
    assert {row.http for row in coverage.methods()} - {one.http for one in operations()} == set()


@needs_api
def test_every_operation_has_its_method(coverage: ModuleType) -> None:
    """By the group and the name of operations.tsv, or by those that the page tells; what is left out is told too."""
    there = {row.http: row for row in coverage.methods()}
    missing = {one.http for one in operations()} - there.keys() - coverage.LEFT_OUT.keys()
    assert missing == set()
    assert coverage.LEFT_OUT.keys() & there.keys() == set()
    wrongly_left_out = {one.http for one in operations() if one.http in coverage.LEFT_OUT and not one.deprecated}
    assert wrongly_left_out == set()
