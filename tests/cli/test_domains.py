from __future__ import annotations

import json
from collections.abc import Callable

from typer.testing import Result

from mailgun_async.testing import Emulator

Run = Callable[..., Result]


def test_domains_are_shown_with_state_and_dns(run: Run, emulator: Emulator) -> None:
    """What is missing is named."""
    emulator.add_domain("new.example.com", state="unverified")
    result = run("domains")
    assert result.exit_code == 0, result.output
    rows = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert " active " in rows[emulator.domain]
    assert " unverified " in rows["new.example.com"]
    assert "TXT" in rows["new.example.com"]


def test_json_names_the_records_that_are_missing(run: Run, emulator: Emulator) -> None:
    """With the values to set."""
    emulator.add_domain("new.example.com", state="unverified")
    [line] = run("domains", "--search", "new.", "--json").stdout.splitlines()
    document = json.loads(line)
    assert (document["name"], document["state"]) == ("new.example.com", "unverified")
    assert all(record["value"] for record in document["missing"])
    assert document["missing"]


def test_a_wrong_key_exits_with_4(run: Run, emulator: Emulator) -> None:
    """As everywhere."""
    assert run("domains", env={"MAILGUN_API_KEY": "wrong"}).exit_code == 4
