from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mailgun_async.campaigns import owners


def with_number(pid: int) -> str:
    """Name an owner of another process on this host."""
    owner = owners.enter()
    owners.leave(owner)
    host, _, draw = owner.rsplit(":", 2)
    return f"{host}:{pid}:{draw}"


def test_an_owner_at_work_is_not_gone() -> None:
    """Until it leaves."""
    owner = owners.enter()
    assert not owners.is_gone(owner)
    owners.leave(owner)
    assert owners.is_gone(owner)


def test_owners_of_one_process_differ() -> None:
    """Two runs at the same time are two owners."""
    first, second = owners.enter(), owners.enter()
    owners.leave(first)
    assert owners.is_gone(first)
    assert not owners.is_gone(second)
    owners.leave(second)


def test_a_process_that_has_ended_is_gone() -> None:
    """By its number."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert owners.is_gone(with_number(ended.pid))


@pytest.mark.parametrize("pid", [os.getppid(), 1], ids=["its parent", "the first process"])
def test_a_process_that_lives_is_not_gone(pid: int) -> None:
    """Be it somebody else's."""
    assert not owners.is_gone(with_number(pid))


@pytest.mark.parametrize("owner", ["elsewhere:1:a", "a", "", "x:y", "host:pid:random", with_number(10**30)])
def test_who_is_not_of_this_host_is_not_told_to_be_gone(owner: str) -> None:
    """Only its lease can tell."""
    assert not owners.is_gone(owner)


def test_where_a_number_can_not_be_asked_for_only_leases_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking would end the process there."""
    owner = owners.enter()
    owners.leave(owner)
    monkeypatch.setattr("mailgun_async.campaigns.owners.os.name", "nt")
    assert not owners.is_gone(owner)
