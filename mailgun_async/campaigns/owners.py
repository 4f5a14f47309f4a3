"""Who sends from a journal: names of owners, and whether one is gone.

An owner is one run of `send`. Its name is `host:pid:random`, so that another process on the same host can tell at once
that its process is gone. Where that can't be told (another host, a process that took over the number) the lease tells.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Final

__all__ = ["enter", "is_gone", "leave"]

_here: set[str] = set()
"""Owners of this process that are at work. One that is not here and has this process' number is gone: in containers
the first process after a restart has the same number as the one before."""

_NAMESPACE: Final = Path("/proc/self/ns/pid")


def enter() -> str:
    """Return the name of a new owner, which is at work until it leaves."""
    owner = f"{_host()}:{os.getpid()}:{os.urandom(6).hex()}"
    _here.add(owner)
    return owner


def leave(owner: str) -> None:
    """Note that an owner is at work no more."""
    _here.discard(owner)


def is_gone(owner: str) -> bool:
    """Tell whether an owner is provably at work no more."""
    host, number, _ = owner.rsplit(":", 2) if owner.count(":") > 1 else ("", "", "")
    if os.name != "posix" or host != _host() or not number.isdecimal():
        return False
    pid = int(number)
    if pid == os.getpid():
        return owner not in _here
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # it is somebody else's, or no number at all
        pass
    return False


def _host() -> str:
    """Name this machine, and in it the set of processes whose numbers mean anything to this one."""
    try:
        namespace = _NAMESPACE.stat().st_ino
    except OSError:
        namespace = 0
    return f"{socket.gethostname()}/{namespace}"
