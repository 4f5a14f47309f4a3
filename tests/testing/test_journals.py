from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

SUITE = """
import pytest

from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.testing import JournalConformance


class Forgetful(SqliteJournal):
    async def look(self, chunk, *, due_at):
        await super().look(chunk, due_at=due_at)
        return True


class TestWhole(JournalConformance):
    @pytest.fixture
    def connect(self, tmp_path):
        return lambda: SqliteJournal(tmp_path / "journal.db")


class TestForgetful(JournalConformance):
    @pytest.fixture
    def connect(self, tmp_path):
        return lambda: Forgetful(tmp_path / "journal.db")


class TestNothing(JournalConformance):
    pass
"""


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_the_suite_for_journals_tells_right_from_wrong(mode: str, pytester: pytest.Pytester) -> None:
    """In both modes of pytest-asyncio; one who gives no journal is told what to do."""
    pytester.makepyfile(SUITE)
    options = ("-o", f"asyncio_mode={mode}", "-o", "asyncio_default_fixture_loop_scope=function", "-W", "error")
    result = pytester.runpytest_subprocess("-p", "no:randomly", *options, "-k", "test_only_one_makes_a_look_up")
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*override the fixture `connect`*", "FAILED *TestForgetful::*"])
