from __future__ import annotations

import csv
import io
from typing import Any, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailgun_async.batch.block import Block
from mailgun_async.batch.rows import JsonLines, Table, Window
from mailgun_async.errors import InvalidArgument


def table(header: str = "email,name", **more: Any) -> Table:
    """Read a header."""
    settings = {"delimiter": None, "address_column": None, "name_column": None, "encoding": "utf-8"} | more
    return Table.begin([header], **settings)[0]


def people(block: Block) -> list[tuple[int | None, str, dict[str, Any]]]:
    """Line, address and variables of each."""
    rows = enumerate(zip(block.addresses, block.variables(), strict=True))
    return [(block.line(index), address, dict(variables)) for index, (address, variables) in rows]


def reasons(window: Window) -> list[tuple[int, str]]:
    """Line and reason of each bad row."""
    return [(row.line, row.reason) for row in window.rejected]


def test_each_column_but_the_address_is_a_variable() -> None:
    """By the name in the header, in the order of the file."""
    window = table("plan,Email,name").read(["pro,a@x.de,Ada", "free,b@x.de,"], 2, last=True)
    assert people(window.block) == [
        (2, "a@x.de", {"plan": "pro", "name": "Ada"}),
        (3, "b@x.de", {"plan": "free", "name": ""}),
    ]
    assert (window.used, window.rejected) == (2, [])


def test_quoted_cells_hold_delimiters_quotes_and_line_ends() -> None:
    """And every row knows the line on which it starts."""
    lines = ['a@x.de,"Lovelace, ""Ada"""', 'b@x.de,"two', 'lines"', "c@x.de,Cy"]
    window = table().read(lines, 2, last=True)
    assert people(window.block) == [
        (2, "a@x.de", {"name": 'Lovelace, "Ada"'}),
        (3, "b@x.de", {"name": "two\nlines"}),
        (5, "c@x.de", {"name": "Cy"}),
    ]


def test_every_bad_row_is_told_with_its_line_and_reason() -> None:
    """The good ones between them go on."""
    lines = [
        "a@x.de,Ada",
        "b@x.de",
        "c@x.de,Cy,extra",
        ",Nobody",
        "   ,Blank",
        "",
        "d@x.de,caf\udce9",
        'e@x.de,"Eve" x',
        'f@x.de,"open',
        "g@x.de,Gil",
    ]
    window = table().read(lines, 2, last=True)
    assert [address for _, address, _ in people(window.block)] == ["a@x.de", "g@x.de"]
    assert reasons(window) == [
        (3, "1 columns instead of 2"),
        (4, "3 columns instead of 2"),
        (5, "no address"),
        (6, "no address"),
        (8, "not UTF-8: byte 0xe9"),
        (9, "',' expected after '\"'"),
        (10, "unexpected end of data"),
    ]
    assert window.rejected[4].row.encode("utf-8", "surrogateescape") == b"d@x.de,caf\xe9"


def test_a_row_that_goes_on_beyond_the_window_waits_for_more_lines() -> None:
    """It is neither cut nor rejected while there may be more."""
    lines = ["a@x.de,Ada", 'b@x.de,"two', "lines"]
    window = table().read(lines, 2, last=False)
    assert (window.used, reasons(window)) == (1, [])
    assert people(window.block) == [(2, "a@x.de", {"name": "Ada"})]
    again = table().read([*lines[1:], 'here"', "c@x.de,Cy"], 3, last=False)
    assert people(again.block) == [(3, "b@x.de", {"name": "two\nlines\nhere"}), (6, "c@x.de", {"name": "Cy"})]


def test_a_quote_that_nobody_closes_costs_one_row() -> None:
    """Once it has swallowed more than a cell may hold, its line alone is given up."""
    limit = csv.field_size_limit(50)
    try:
        window = table().read(['a@x.de,"open', *(f"r{n}@x.de,{n}" for n in range(20))], 2, last=False)
    finally:
        csv.field_size_limit(limit)
    assert reasons(window) == [(2, "field larger than field limit (50)")]
    assert len(window.block) == 20
    assert people(window.block)[0] == (3, "r0@x.de", {"name": "0"})


def test_a_file_of_addresses_alone_has_one_column() -> None:
    """Blank lines in it are nothing."""
    window = table("email").read(["a@x.de", "", "b@x.de"], 2, last=True)
    assert people(window.block) == [(2, "a@x.de", {}), (4, "b@x.de", {})]
    assert window.rejected == []


cell = st.text(alphabet='ab ,;"\n\t\\é', max_size=4)
rows_of_cells = st.lists(st.lists(cell, min_size=2, max_size=2), max_size=6)


@settings(max_examples=100, deadline=None)
@given(rows_of_cells, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
@example([["x", "y"], ["", "z"]], csv.QUOTE_MINIMAL)
def test_what_a_csv_writer_wrote_is_read_back(rows: list[list[str]], quoting: Literal[0, 1]) -> None:
    """All cells of all rows, on the lines they were written to."""
    rows = [[f"r{number}@x.de", *row] for number, row in enumerate(rows)]
    file = io.StringIO()
    csv.writer(file, lineterminator="\n", quoting=quoting).writerows(rows)
    lines = file.getvalue().split("\n")[:-1]
    window = table("email,one,two").read(lines, 2, last=True)
    assert [[address, *variables.values()] for _, address, variables in people(window.block)] == rows
    for line, address, _ in people(window.block):
        assert line is not None
        assert address in lines[line - 2]


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='a@,"\n\udce9', max_size=30), st.integers(1, 4))
def test_windows_of_any_size_read_the_same(text: str, size: int) -> None:
    """Rows, lines and rejections do not depend on where the file was cut."""
    lines = text.split("\n")
    whole = table().read(lines, 2, last=True)
    found, rejected = [], []
    at, length = 0, size
    while at < len(lines):
        last = at + length >= len(lines)
        window = table().read(lines[at : at + length], 2 + at, last=last)
        found += people(window.block)
        rejected += reasons(window)
        at, length = at + window.used, size if window.used else 2 * length
    assert (found, rejected) == (people(whole.block), reasons(whole))


@pytest.mark.parametrize(
    ("header", "delimiter"), [("email;a,b;c", ";"), ("email\tname", "\t"), ("a|email|b", "|"), ("email", ",")]
)
def test_the_delimiter_is_what_the_header_has_most_of(header: str, delimiter: str) -> None:
    """Unless it is given."""
    assert table(header).delimiter == delimiter
    assert table("a:email", delimiter=":").names == ("a", "email")


@pytest.mark.parametrize("name", ["email", "E-Mail", "Email Address", "address", "Mail", "recipient", "TO"])
def test_the_address_column_is_found_by_its_usual_names(name: str) -> None:
    """Whatever its case."""
    assert table(f"name,{name},x").address_at == 1


def test_of_several_address_columns_the_best_known_is_taken() -> None:
    """And any other when it is named."""
    assert table("to,address,Email").address_at == 2
    assert table("to,address,Email", address_column="to").address_at == 0


@pytest.mark.parametrize(
    ("header", "more", "text"),
    [
        ("name,plan", {}, "no column is named email"),
        ("email,name", {"address_column": "mail"}, "no column is named 'mail'; there is email, name"),
        ("email,name", {"name_column": "who"}, "no column is named 'who'"),
        ("email,,x", {}, "column 2 of 3 has no name"),
        ("email,x,x", {}, "two columns are named 'x'"),
        ('email,"x" y', {}, "no CSV header"),
        ("", {}, "no column is named email"),
    ],
)
def test_a_bad_header_is_refused(header: str, more: dict[str, Any], text: str) -> None:
    """With what is wrong and what there is."""
    with pytest.raises(InvalidArgument, match=text):
        table(header, **more)


def test_an_empty_file_has_no_header() -> None:
    """It is told so, rather than read as nobody."""
    with pytest.raises(InvalidArgument, match="empty"):
        Table.begin([], delimiter=None, address_column=None, name_column=None, encoding="utf-8")


def test_names_to_show_are_a_column_that_stays_a_variable() -> None:
    """Blank ones are no names."""
    window = table("email,name,plan", name_column="name").read(["a@x.de, Ada ,pro", "b@x.de,,free"], 2, last=True)
    assert window.block.names == ["Ada", None]
    assert people(window.block)[0] == (2, "a@x.de", {"name": " Ada ", "plan": "pro"})


def test_json_lines_are_objects_with_an_address() -> None:
    """Every other line is told with its number and reason."""
    lines = [
        '{"email": "a@x.de", "n": 1}',
        "",
        "nonsense",
        "[1]",
        '{"n": 2}',
        '{"email": 7}',
        '{"email": "caf\udce9@x.de"}',
        '{"email": "b@x.de", "deep": {"list": [true]}}',
    ]
    window = JsonLines(address_key="email", name_key=None).read(lines, 1, last=True)
    assert people(window.block) == [(1, "a@x.de", {"n": 1}), (8, "b@x.de", {"deep": {"list": [True]}})]
    assert [line for line, _ in reasons(window)] == [3, 4, 5, 6, 7]
    assert reasons(window)[0][1].startswith("not JSON: ")
    assert [reason for _, reason in reasons(window)[1:]] == [
        "not a JSON object",
        "no address",
        "no address",
        "not UTF-8: byte 0xe9",
    ]
    assert window.used == len(lines)


def test_names_to_show_are_a_member_that_stays_a_variable() -> None:
    """As in CSV."""
    lines = ['{"to": "a@x.de", "who": "Ada"}', '{"to": "b@x.de"}']
    block = JsonLines(address_key="to", name_key="who").read(lines, 1, last=True).block
    assert block.names == ["Ada", None]
    assert people(block) == [(1, "a@x.de", {"who": "Ada"}), (2, "b@x.de", {})]


@pytest.mark.parametrize(("skip", "good", "bad"), [(1, [3, 5], [2]), (2, [3, 5], []), (3, [5], [])])
def test_the_first_rows_of_a_window_can_be_left_out(skip: int, good: list[int], bad: list[int]) -> None:
    """Good and bad ones count alike."""
    window = table("email").read(["a@x.de", '"b" x', "c@x.de", "", "d@x.de"], 1, last=True).after(skip)
    assert [line for line, _, _ in people(window.block)] == good
    assert [row.line for row in window.rejected] == bad
