"""Settings hold values inside their ranges."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailgun_async.config import REGIONS, DeclaredLimit, RatePolicy, RetryPolicy, Timeouts


def test_knows_the_hosts_of_both_regions() -> None:
    """API and storage hosts of a region are its own."""
    assert REGIONS["us"].api == "https://api.mailgun.net"
    assert REGIONS["eu"].api == "https://api.eu.mailgun.net"
    assert not set(REGIONS["us"].storage) & set(REGIONS["eu"].storage)


def test_a_larger_body_has_more_time() -> None:
    """60 s for an answer, and a second more for each 100 kB of upload."""
    assert Timeouts().total_s(0) == 60.0
    assert Timeouts().total_s(25_000_000) == 310.0


def test_a_path_may_be_text() -> None:
    """As the command line and settings have it."""
    assert RatePolicy(learned_path="limits.json").learned_path == Path("limits.json")
    assert RatePolicy().learned_path is None


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Timeouts(connect_s=0.0), "connect_s"),
        (lambda: Timeouts(answer_s=-1.0), "answer_s"),
        (lambda: Timeouts(upload_bytes_per_s=0.0), "upload_bytes_per_s"),
        (lambda: RetryPolicy(max_attempts=0), "max_attempts"),
        (lambda: RetryPolicy(base_s=0.0), "base_s"),
        (lambda: RetryPolicy(total_s=-0.1), "total_s"),
        (lambda: RatePolicy(max_wait_s=-1.0), "max_wait_s"),
        (lambda: RatePolicy(spread=1.1), "spread"),
        (lambda: RatePolicy(jitter=-0.1), "jitter"),
        (lambda: DeclaredLimit(rate_class="messages", limit=0.0, window_s=1.0), "limit"),
        (lambda: DeclaredLimit(rate_class="messages", limit=1.0, window_s=0.0), "window_s"),
        (lambda: DeclaredLimit(rate_class="mail", limit=1.0, window_s=1.0), "rate_class"),
        (lambda: DeclaredLimit(rate_class="messages", limit=1.0, window_s=1.0, dimension="mails"), "dimension"),
        (lambda: DeclaredLimit(rate_class="domains", limit=1.0, window_s=1.0, dimension="recipients"), "recipients"),
    ],
)
def test_refuses_values_out_of_range(make: object, field: str) -> None:
    """The error names the field."""
    with pytest.raises(ValueError, match=field):
        make()  # type: ignore[operator]
