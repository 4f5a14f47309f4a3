from __future__ import annotations

from collections.abc import Callable

import pytest

from mailgun_async.testing import JournalConformance
from tests.campaigns.memory_journal import MemoryJournal, Store


class TestMemoryJournal(JournalConformance):
    @pytest.fixture
    def connect(self) -> Callable[[], MemoryJournal]:
        store = Store()
        return lambda: MemoryJournal(store)
