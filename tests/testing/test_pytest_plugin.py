from __future__ import annotations

import subprocess
import sys

import pytest

import mailgun_async.testing
from mailgun_async import Mailgun, Message
from mailgun_async.testing import Emulator

pytest_plugins = ["pytester"]

QUIET = ("-p", "no:randomly", "-o", "asyncio_default_fixture_loop_scope=function")

TEST = """
    import pytest

    {mark}
    async def test_a_mail_goes_out(mailgun, mailgun_emulator):
        from mailgun_async import Message

        sent = await mailgun.messages.send(
            Message(from_="ada@mg.example.com", to="bob@example.com", subject="Hi", text="Hello")
        )
        assert mailgun_emulator.outbox[0].message_id == sent.id.strip("<>")

    {mark}
    async def test_every_test_has_its_own(mailgun_emulator):
        assert len(mailgun_emulator.outbox) == 0
"""


async def test_the_client_of_the_fixture_talks_to_the_emulator(mailgun: Mailgun, mailgun_emulator: Emulator) -> None:
    """Its domain is the default, so no test has to name it."""
    message = Message(from_="ada@mg.example.com", to="bob@example.com", subject="Hi", text="Hello")
    sent = await mailgun.messages.send(message)
    assert [f"<{mail.message_id}>" for mail in mailgun_emulator.outbox] == [sent.id]


@pytest.mark.parametrize(("mode", "mark"), [("auto", ""), ("strict", "@pytest.mark.asyncio")])
def test_the_fixtures_work_in_both_modes_of_pytest_asyncio(mode: str, mark: str, pytester: pytest.Pytester) -> None:
    """An open client, and the emulator that it talks to.

    In a process of its own: within this one, what the run loads lazily would be loaded a second time.
    """
    pytester.makepyfile(TEST.format(mark=mark))
    result = pytester.runpytest_subprocess(*QUIET, "-o", f"asyncio_mode={mode}", "-W", "error")
    result.assert_outcomes(passed=2)


def test_without_pytest_asyncio_the_error_says_what_is_missing(pytester: pytest.Pytester) -> None:
    """And only tests that use the fixtures fail."""
    pytester.makepyfile(
        """
        def test_client(mailgun): ...
        def test_emulator(mailgun_emulator): ...
        def test_other(): ...
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:asyncio", "-p", "no:randomly")
    result.assert_outcomes(errors=2, passed=1)
    result.stdout.fnmatch_lines(["*the fixture 'mailgun' needs pytest-asyncio*"])
    result.stdout.fnmatch_lines(["*the fixture 'mailgun_emulator' needs pytest-asyncio*"])


def test_the_fixtures_are_listed_with_their_purpose(pytester: pytest.Pytester) -> None:
    """`pytest --fixtures` tells what they are for."""
    result = pytester.runpytest_inprocess(*QUIET, "--fixtures")
    result.stdout.fnmatch_lines(["mailgun_emulator*", "*A running local Mailgun*", "mailgun *", "*An open client*"])


def test_the_plugin_loads_nothing_heavy() -> None:
    """It is read in every project, used or not; what the interpreter and pytest have loaded is not its doing."""
    code = (
        "import sys, pytest\n"
        "there = set(sys.modules)\n"
        "import mailgun_async.testing.pytest_plugin\n"
        "print(*sorted(set(sys.modules) - there))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 -- our own interpreter
    assert run.stdout.split() == ["mailgun_async", "mailgun_async.testing", "mailgun_async.testing.pytest_plugin"]


def test_public_names_are_loaded_when_asked_for() -> None:
    """All that is listed can be had, and nothing else."""
    for name in mailgun_async.testing.__all__:
        assert getattr(mailgun_async.testing, name).__name__ == name
        assert name in dir(mailgun_async.testing)
    assert mailgun_async.testing.__all__ == sorted(mailgun_async.testing.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = mailgun_async.testing.Nothing
