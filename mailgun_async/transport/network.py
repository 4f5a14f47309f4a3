"""What connections take from this machine: proxies of the environment, options of sockets."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies, proxy_bypass

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["environment_proxy", "socket_factory"]


def environment_proxy(scheme: str, host: str) -> str | None:
    """Return the proxy's URL that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` give for a host; None for none."""
    return None if proxy_bypass(host) else getproxies().get(scheme)


def socket_factory(unacknowledged_s: float) -> Callable[[tuple[Any, ...]], socket.socket] | None:
    """Return what makes sockets that end when sent bytes stay unacknowledged so long; None where there is no such.

    Without it a connection whose peer has vanished, or stopped reading, delivers what lies in its buffer whenever the
    peer comes back, long after the call was given up.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is None:
        return None

    def make(address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol = address[:3]
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.IPPROTO_TCP, option, int(unacknowledged_s * 1000))
        return made

    return make
