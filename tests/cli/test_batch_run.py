from __future__ import annotations

from collections.abc import Callable

import pytest

from mailgun_async import BatchReport, ChunkResult, Mailgun, Message, RetryPolicy
from mailgun_async.cli._batch_run import BatchRun
from mailgun_async.cli._exit import Exit
from mailgun_async.cli._show import BatchProgress
from mailgun_async.cli._signals import Stops
from mailgun_async.testing import FakeTransport
from mailgun_async.transport.request import Exchange, Failure, Request, Response

MESSAGE = Message(from_="ada@mg.example.com", text="Hello")


def _run(answer: Callable[[int], Response | Failure], recipients: int) -> BatchRun:
    """Send to so many recipients, one in a call and one call at a time; the answer depends on the call's number."""
    calls = iter(range(10_000))

    def otherwise(_request: Request, _exchange: Exchange) -> Response | Failure:
        return answer(next(calls))

    client = Mailgun(
        api_key="key",
        domain="mg.example.com",
        transport=FakeTransport(otherwise=otherwise),
        retry=RetryPolicy(max_attempts=1),
    )
    run = BatchRun(stops=Stops())
    addresses = [f"user{number}@example.com" for number in range(recipients)]
    run.send(client, MESSAGE, addresses, chunk_size=1, max_in_flight=1)
    return run


def _accepted() -> Response:
    return Response(200, {}, b'{"id": "<1@mg.example.com>", "message": "Queued. Thank you."}')


def test_a_network_that_stays_away_ends_the_run() -> None:
    """The rest of the file is not used up on it, but left to the next run."""
    run = _run(lambda _number: Failure("connect", sent=False), 100)
    assert (run.report.calls, run.exit, run.complete) == (8, Exit.UNREACHABLE, False)
    assert "not sent" in str(run.cause)


def test_a_network_that_is_away_for_all_of_a_short_file_is_told_too() -> None:
    """Exit code 6, as when the run ends early."""
    run = _run(lambda _number: Failure("connect", sent=False), 2)
    assert (run.exit, run.cause) == (Exit.UNREACHABLE, None)
    assert "not sent" in str(run.obstacle)
    assert ("not sent", 2, "red") in list(run.rows())


def test_a_network_that_comes_back_does_not() -> None:
    """Exit code 1: not everybody was reached."""
    run = _run(lambda number: _accepted() if number % 8 == 7 else Failure("connect", sent=False), 32)
    assert (run.report.accepted, run.exit, run.cause) == (4, Exit.PARTLY, None)


def test_an_error_before_the_first_call_is_raised() -> None:
    """There is no report to speak of."""
    run = BatchRun(stops=Stops())
    client = Mailgun(api_key="key", domain="mg.example.com", transport=FakeTransport())
    with pytest.raises(ValueError, match="recipients must be iterable"):
        run.send(client, MESSAGE, 7)


def test_the_bar_shows_how_far_a_batch_is(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """On a terminal; notes stand above it."""
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    with BatchProgress(total=4) as progress:
        report = BatchReport(taken=3, accepted=2, refusals=5)
        progress.update(ChunkResult(fate="accepted", recipients=2, report=report))
        progress.note("[stopping]")
    shown = capfd.readouterr()
    for text in ("2 accepted", "5 refusals", "[stopping]"):
        assert text in shown.err
    assert shown.out == ""


def test_without_a_terminal_there_is_no_bar(capfd: pytest.CaptureFixture[str]) -> None:
    """Logs stay readable."""
    with BatchProgress(total=4) as progress:
        progress.update(ChunkResult(fate="accepted", recipients=2, report=BatchReport(taken=3, accepted=2)))
    assert capfd.readouterr().err == ""
