"""The tests that every journal of campaigns must pass.

A journal of your own, for a database that several machines share, say, is right when this passes::

    from mailgun_async.testing import JournalConformance


    class TestPostgresJournal(JournalConformance):
        @pytest.fixture
        def connect(self, empty_database):
            return lambda: PostgresJournal(empty_database)

`connect` gives each test a function that makes a handle, not open yet, on one and the same journal: empty before the
test, and kept from one handle to the next. Two handles are what two processes have. The suite opens and closes them. It
needs pytest-asyncio, in strict or auto mode.
"""

from __future__ import annotations

from collections.abc import Callable

from mailgun_async.campaigns.journal import Journal
from mailgun_async.testing._journal_claim import ClaimConformance
from mailgun_async.testing._journal_look import LookConformance
from mailgun_async.testing._journal_plan import PlanConformance
from mailgun_async.testing._journal_report import ReportConformance
from mailgun_async.testing._journal_settle import SettleConformance

__all__ = ["Connect", "JournalConformance"]

Connect = Callable[[], Journal]
"""Makes a handle on the journal of a test."""


class JournalConformance(PlanConformance, ClaimConformance, SettleConformance, LookConformance, ReportConformance):
    """The suite; override the fixture `connect`."""
