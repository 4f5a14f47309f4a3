from __future__ import annotations

import pytest

from mailgun_async.batch.block import Block, Rejected


@pytest.fixture
def table() -> Block:
    """Three recipients with everything."""
    return Block(
        ["a@x", "b@x", "c@x"],
        {"n": ["1", "2", "3"], "m": ["4", "5", "6"]},
        names=["Ada", None, None],
        mailboxes=[None, "B <b@x>", None],
        lines=range(2, 5),
    )


def test_columns_are_variables_of_each(table: Block) -> None:
    """By name, in the order of the columns."""
    assert table.variables()[1] == {"n": "2", "m": "5"}
    assert table.variable_names == ["n", "m"]


def test_without_columns_and_mappings_nobody_has_variables() -> None:
    """But everybody has an entry of their own."""
    first, second = Block(["a@x", "b@x"]).variables()
    assert first == second == {}
    assert first is not second


def test_names_of_variables_are_those_of_all_mappings() -> None:
    """Each once, as they first appear."""
    assert Block(["a@x", "b@x"], mappings=[{"n": 1, "m": 2}, {"k": 3, "n": 4}]).variable_names == ["n", "m", "k"]
    assert Block(["a@x"]).variable_names == []


def test_a_block_is_cut_in_all_its_lists(table: Block) -> None:
    """Nothing moves to somebody else."""
    head, tail = table.split(1)
    assert head == Block(["a@x"], {"n": ["1"], "m": ["4"]}, None, ["Ada"], [None], [2])
    assert tail.addresses == ["b@x", "c@x"]
    assert (tail.variables()[0], tail.mailboxes, tail.line(1)) == ({"n": "2", "m": "5"}, ["B <b@x>", None], 4)
    assert table.pick([2, 0]).variables() == [{"n": "3", "m": "6"}, {"n": "1", "m": "4"}]


def test_blocks_of_the_same_columns_stay_columns(table: Block) -> None:
    """In the order they are added."""
    head, tail = table.split(2)
    assert head.plus(tail) == Block(table.addresses, table.columns, None, table.names, table.mailboxes, [2, 3, 4])


def test_blocks_of_different_columns_become_mappings(table: Block) -> None:
    """Everybody keeps what they had."""
    both = table.plus(Block(["d@x"], {"k": ["7"]}))
    assert both.variables() == [*table.variables(), {"k": "7"}]
    assert both.names == ["Ada", None, None, None]
    assert both.mailboxes == [None, "B <b@x>", None, None]
    assert both.lines is None
    assert both.line(0) is None


def test_an_empty_block_adds_nothing(table: Block) -> None:
    """On either side."""
    assert table.plus(Block()) is table
    assert Block().plus(table) is table


def test_all_that_the_source_gave_is_taken() -> None:
    """Good and bad."""
    assert Block(["a@x"], rejected=[Rejected("b", "no address")], bad_rows=3).taken == 5
