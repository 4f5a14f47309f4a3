from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailgun_async.campaigns.history import Series


def test_time_is_cut_into_steps_of_which_there_are_never_many() -> None:
    """A day takes as many steps as a minute, each as much longer."""
    series = Series(1000.0)
    for second in range(0, 86_400, 60):
        series.add(1000.0 + second, accepted=10)
    assert 120 <= len(series.accepted) <= 240
    assert series.step_s == 512.0
    assert series.accepted[0] == 90


def test_what_lies_before_the_beginning_is_in_the_first_step() -> None:
    """Clocks of other machines may be behind."""
    series = Series(1000.0)
    series.add(990.0, refusals=1)
    assert series.refusals == [1]


@given(st.lists(st.tuples(st.floats(0, 1e7), st.integers(0, 1000)), max_size=50))
def test_nothing_is_lost_when_steps_get_longer(events: list[tuple[float, int]]) -> None:
    """In whatever order they come; all rows are of one length."""
    series = Series(0.0)
    for at, count in events:
        series.add(at, accepted=count, refusals=1, failures=2)
    assert (sum(series.accepted), sum(series.refusals)) == (sum(count for _, count in events), len(events))
    assert len(series.accepted) == len(series.refusals) == len(series.failures) <= 240
