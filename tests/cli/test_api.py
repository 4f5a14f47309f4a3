from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import attrs
import pytest
from multidict import CIMultiDict
from typer.testing import Result

from mailgun_async import Mailgun
from mailgun_async.cli._answers import plain, print_answer, print_table
from mailgun_async.cli._command import Output
from mailgun_async.cli._forms import form_of
from mailgun_async.cli._methods import Parameter, groups, methods
from mailgun_async.errors import InvalidArgument, MailgunError
from mailgun_async.testing import Emulator, FakeTransport
from mailgun_async.transport.request import Response

Run = Callable[..., Result]

_JSON = {
    "job": '{"id": "x"}',
    "members": '{"address": "bob@example.com"}',
    "filters": '{"dimension": "domain", "comparator": "=", "values": ["x.com"]}',
    "to": '{"account_id": "1", "name": "x"}',
    "domain": "mg.example.com",
    "message": '{"from_": "a@x.com", "to": "b@x.com", "subject": "Hi", "text": "x"}',
}
METHODS = [(group, name) for group in groups() for name in methods(group)]


def _value(hint: Any, given: Any) -> Any:
    form = form_of(hint)
    assert form is not None
    return form.value("it", given)


@pytest.mark.parametrize("group", groups())
def test_every_method_has_help_with_all_its_parameters(run: Run, group: str) -> None:
    """None is hidden: what a command line cannot give is named too."""
    for method in methods(group).values():
        shown = run("api", group, method.name, "--help")
        assert shown.exit_code == 0, shown.output
        for one in (*method.arguments, *method.options):
            written = one.written if one.form is None else f"--{one.written}"
            assert (one.written.replace("-", "_").upper() if one in method.arguments else written) in shown.output


def test_only_what_another_command_does_cannot_be_called() -> None:
    """And its help names that command."""
    closed = [(group, name) for group, name in METHODS if methods(group)[name].obstacle]
    assert closed == [("messages", "send_batch")]


@pytest.mark.parametrize("group", groups())
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_what_is_typed_is_what_the_methods_take(group: str, tmp_path: Path) -> None:
    """All parameters at once: what is wrong with a call of made-up words is for the method to say, not for Python."""
    (tmp_path / "people.csv").write_text("bob@example.com\n")
    transport = FakeTransport(otherwise=lambda _request, _exchange: Response(200, CIMultiDict(), b"{}"))
    async with Mailgun(api_key="key", domain="mg.example.com", transport=transport) as mg:
        for method in methods(group).values():
            if method.obstacle is None:
                arguments = method.positional([_typed(one, tmp_path) for one in method.arguments])
                named = {one.name: one.value(_several(one, tmp_path)) for one in method.options if one.form}
                with contextlib.suppress(MailgunError):
                    answer = getattr(getattr(mg, group), method.name)(*arguments, **named)
                    await (answer.first() if method.lists else answer)


def _typed(one: Parameter, folder: Path) -> Any:
    """What somebody could type for a parameter."""
    assert one.form is not None
    if isinstance(one.form.type, type) and issubclass(one.form.type, Enum):
        return str(next(iter(one.form.type)).value)
    words = {"NUMBER": "7", "TIME": "2027-01-31T09:30+00:00", "DURATION": "7d", "CONDITION": "domain = x.com"}
    words |= {"FILE": str(folder / "people.csv"), "JSON": _JSON.get(one.name, "{}"), "TEXT": "word"}
    return True if one.form.type is bool else words[one.form.metavar or "TEXT"]


def _several(one: Parameter, folder: Path) -> Any:
    return [_typed(one, folder)] if one.form is not None and one.form.many else _typed(one, folder)


def test_a_message_is_an_object_of_its_fields(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    """With the checks of `Message`."""
    (tmp_path / "a.txt").write_text("attached")
    fields: dict[str, Any] = {"from_": "a@mg.example.com", "to": ["bob@example.com"], "subject": "Hi", "text": "x"}
    fields |= {
        "attachments": [str(tmp_path / "a.txt")],
        "delivery_time": f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%S+00:00}",
    }
    result = run("api", "messages", "send", json.dumps(fields))
    assert result.exit_code == 0, result.output
    assert [one.filename for one in emulator.outbox[0].attachments] == ["a.txt"]
    assert run("api", "messages", "send", json.dumps({**fields, "to": "nobody"})).exit_code == 2


def test_a_method_without_form_says_what_to_use(run: Run, emulator: Emulator) -> None:
    """Before anything is sent."""
    result = run("api", "messages", "send-batch", "a", "b")
    assert (result.exit_code, "mailgun-async send-batch" in result.stderr) == (2, True)


def test_groups_are_not_imported_by_help() -> None:
    """Their names and words come from the client's properties."""
    code = (
        "import sys; from mailgun_async.cli import _app; from typer.testing import CliRunner;"
        "CliRunner().invoke(_app.app, ['--help']);"
        "print([name for name in sys.modules if name.startswith('mailgun_async.endpoints')])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout  # noqa: S603 -- our own code
    assert shown == "[]\n"


def test_the_domain_may_be_left_out(run: Run, emulator: Emulator) -> None:
    """As in Python: one argument alone is the address."""
    assert run("api", "bounces", "create", "bob@example.com", "--code", "550").exit_code == 0
    for words in (("bob@example.com",), (emulator.domain, "bob@example.com")):
        result = run("api", "bounces", "get", *words, "--json")
        assert json.loads(result.stdout)["address"] == "bob@example.com"


def test_a_listing_is_json_lines(run: Run, emulator: Emulator) -> None:
    """Each item is a document on a line of its own; `--max-items` ends it."""
    for number in range(5):
        run("api", "bounces", "create", f"user{number}@example.com")
    result = run("api", "bounces", "list", "--limit", 2, "--max-items", 3, "--json")
    assert [json.loads(line)["address"][:4] for line in result.stdout.splitlines()] == ["user"] * 3


def test_a_listing_is_a_table_of_what_is_set(run: Run, emulator: Emulator) -> None:
    """Columns that no row fills are not there."""
    run("api", "bounces", "create", "bob@example.com", "--code", "550", "--error", "no such box")
    heading, row = run("api", "bounces", "list").stdout.splitlines()
    assert heading.split()[:3] == ["address", "code", "error"]
    assert "bob@example.com" in row
    assert "no such box" in row


def test_a_table_ends_after_a_hundred_rows_and_says_so(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    """Nobody waits for a million rows that no terminal shows."""
    file = tmp_path / "bounces.txt"
    file.write_text("".join(f"user{number}@example.com\n" for number in range(101)))
    assert run("api", "bounces", "add-many", file).exit_code == 0
    result = run("api", "bounces", "list")
    assert len(result.stdout.splitlines()) == 101  # and the heading
    assert "the first 100" in result.stderr
    assert len(run("api", "bounces", "list", "--max-items", 200).stdout.splitlines()) == 102


def test_records_of_a_file_are_objects_or_texts(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    """One on each line."""
    file = tmp_path / "bounces.jsonl"
    file.write_text('{"address": "bob@example.com", "code": "551"}\neve@example.com\n')
    run("api", "bounces", "add-many", file)
    assert json.loads(run("api", "bounces", "get", "bob@example.com", "--json").stdout)["code"] == "551"
    assert run("api", "bounces", "get", "eve@example.com").exit_code == 0


def test_a_single_answer_is_a_table_of_two_columns(run: Run, emulator: Emulator) -> None:
    """Names and values."""
    run("api", "templates", "create", "hello", "--template", "Hi {{name}}", "--headers", '{"Subject": "Hi"}')
    result = run("api", "templates", "get", "hello", "--active")
    assert ["name", "hello"] in [line.split() for line in result.stdout.splitlines()]
    assert "Hi {{name}}" in result.stdout


def test_filters_are_conditions_that_all_hold(run: Run, emulator: Emulator) -> None:
    """Made with the group's `where`."""
    for name in ("bob", "eve"):
        run("send", "--from", "a@mg.example.com", "--subject", "Hi", "--text", "x", "--to", f"{name}@example.com")
    query = ("--filter", "recipient = bob@example.com", "--filter", "event=accepted", "--json")
    found = [json.loads(line) for line in run("api", "logs", "query", *query).stdout.splitlines()]
    assert [(one["event"], one["recipient"]) for one in found] == [("accepted", "bob@example.com")]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("logs", "query", "--filter", "recipient"), "a condition is like"),
        (("logs", "query", "--start", "2026-01-01T00:00"), "start: a time must be like"),
        (("logs", "query", "--limit", "101"), "limit must be 1 to 100"),
        (("keys", "create", "--role", "admin", "--expiration", "soon"), "a duration must be like"),
        (("templates", "create", "x", "--headers", "Subject"), "this is not JSON"),
        (("templates", "create", "x", "--headers", "[]"), "an object of JSON is wanted"),
        (("templates", "copy", "x", "--to", '{"account": "1"}'), "CopyTarget has no account"),
        (("bounces", "get", "a", "b", "c"), "takes [DOMAIN] ADDRESS, not a b c"),
        (("subaccounts", "set-limit", "id", "many"), "limit: a whole number is wanted"),
        (("domain-webhooks", "get", "dropped"), "event-type: 'dropped' is none of accepted"),
        (("bounces", "add-many", "/nowhere/at/all"), "No such file"),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_is_sent(
    run: Run, emulator: Emulator, arguments: tuple[str, ...], reason: str
) -> None:
    """Exit code 2, with the name of the option."""
    result = run("api", *arguments)
    assert (result.exit_code, reason in result.stderr) == (2, True), result.output


def test_an_unknown_group_method_or_word_is_refused(run: Run) -> None:
    """By the parser, which names what there is for choices."""
    assert run("api", "bouncers").exit_code == 2
    assert run("api", "bounces", "lose").exit_code == 2
    result = run("api", "domains", "list", "--state", "tired")
    assert (result.exit_code, "unverified" in result.stderr) == (2, True)


def test_arguments_are_numbers_words_and_lists_too(run: Run, emulator: Emulator) -> None:
    """Not only texts: the method gets what its signature says."""
    url = "https://example.com/hook"
    assert run("api", "domain-webhooks", "create", "delivered", "--urls", url).exit_code == 0
    assert url in run("api", "domain-webhooks", "get", "delivered", "--json").stdout
    found = methods("ip_pools")["add_ips"]
    assert found.positional(["pool", "10.0.0.1", "10.0.0.2"]) == ["pool", ["10.0.0.1", "10.0.0.2"]]
    assert methods("subaccounts")["set_limit"].positional(["id", "100"]) == ["id", 100]


def test_mailguns_refusal_exits_with_4(run: Run, emulator: Emulator) -> None:
    """As everywhere; with --json the error is one line of a listing too."""
    result = run("api", "bounces", "get", "nobody@example.com", "--json")
    assert (result.exit_code, json.loads(result.stdout)["error"]["status"]) == (4, 404)
    listed = run("api", "bounces", "list", "other.example.com", "--json")
    [line] = listed.stdout.splitlines()
    assert (listed.exit_code, json.loads(line)["exit_code"]) == (4, 4)


def test_a_deprecated_method_says_what_to_use(run: Run, emulator: Emulator) -> None:
    """It works all the same."""
    result = run("api", "events", "list")
    assert (result.exit_code, "deprecated: use mg.logs.query" in result.stderr) == (0, True)


def test_a_new_secret_is_shown_and_later_ones_are_not(run: Run, emulator: Emulator) -> None:
    """The table of a created key has it: it is told but once."""
    made = run("api", "keys", "create", "--role", "sending", "--kind", "domain", "--domain-name", emulator.domain)
    assert made.exit_code == 0, made.output
    assert "(hidden" not in made.stdout
    secret = next(line.split()[1] for line in made.stdout.splitlines() if line.startswith("secret"))
    assert secret not in run("api", "keys", "list").stdout


def test_bytes_are_written_as_they_are(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Into a file or a pipe."""
    print_answer(b"\x00\xff", Output(), secrets=False)
    assert capsysbinary.readouterr().out == b"\x00\xff"


def test_a_file_is_named_by_its_path(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    """Where Python takes bytes."""
    file = tmp_path / "mail.eml"
    file.write_bytes(b"From: a@mg.example.com\r\nSubject: Hi\r\n\r\nHello\r\n")
    assert run("api", "messages", "send-mime", "bob@example.com", file).exit_code == 0
    assert emulator.outbox[0].subject == "Hi"


def test_the_shell_completes_groups_methods_options_and_choices() -> None:
    """From the signatures."""
    command = [sys.executable, "-c", "from mailgun_async.cli import main; main()"]
    for typed, wanted in (
        ("api doma", "domain-keys"),
        ("api domains ver", "verify"),
        ("api domains list --sta", "--state"),
        ("api domains list --state ", "unverified"),
    ):
        words = f"mailgun-async {typed}"
        environment = {
            "_MAILGUN_ASYNC_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        }
        shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 -- our own code
        assert wanted in shown.stdout.split(), (typed, shown.stderr)


@pytest.mark.parametrize(
    ("hint", "given", "value"),
    [
        (timedelta | None, "90s", timedelta(seconds=90)),
        (timedelta, "1d12h", timedelta(hours=36)),
        (datetime | None, "2027-01-31T09:30+00:00", datetime(2027, 1, 31, 9, 30, tzinfo=UTC)),
        (float | str, "0.5", 0.5),
        (float | str, "half", "half"),
        (list[str], ["a", "b"], ["a", "b"]),
    ],
)
def test_a_type_has_its_form(hint: Any, given: Any, value: Any) -> None:
    """What is typed becomes what the method takes."""
    assert _value(hint, given) == value


def test_a_moment_needs_its_zone() -> None:
    """Nobody's local time is guessed."""
    with pytest.raises(InvalidArgument, match="it: a time must be like"):
        _value(datetime, "2027-01-31T09:30")


@attrs.define(kw_only=True)
class _Thing:
    name: str
    made_at: datetime | None = None
    pin: str | None = attrs.field(default=None, repr=False)
    extra: dict[str, object] = attrs.field(factory=dict)


def test_a_table_has_what_is_flat_and_names_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    """Nested objects are in it only where there is little else."""
    print_table([{"a": 1, "b": ["x", "y"], "c": True, "deep": {"d": 2}}], Output())
    shown, told = capsys.readouterr()
    assert [line.split() for line in shown.splitlines()] == [["a", "b", "c"], ["1", "x,", "y", "True"]]
    assert told == "more with --json: deep\n"
    print_table([{"a": 1, "deep": {"d": 2}}], Output())
    assert '{"d": 2}' in capsys.readouterr().out


def test_a_secret_is_in_a_table_only_where_it_is_the_point(capsys: pytest.CaptureFixture[str]) -> None:
    """A method that creates it shows it once."""
    print_answer(_Thing(name="a", pin="1234"), Output(), secrets=False)
    assert "1234" not in capsys.readouterr().out
    print_answer(_Thing(name="a", pin="1234"), Output(), secrets=True)
    assert "1234" in capsys.readouterr().out


def test_models_become_json_of_what_is_set() -> None:
    """With what this version has no name for; moments in ISO form, secrets unless they are unwanted."""
    thing = _Thing(name="a", made_at=datetime(2027, 1, 1, tzinfo=UTC), pin="1234", extra={"new": 1})
    assert plain(thing) == {"new": 1, "name": "a", "made_at": "2027-01-01T00:00:00+00:00", "pin": "1234"}
    assert plain(thing, secrets=False)["pin"] == "(hidden; --json shows it)"
