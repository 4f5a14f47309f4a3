"""What connections take from this machine: proxies of the environment, options of sockets."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from mailgun_async.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["environment_proxy", "proxy_url", "socket_factory"]


def proxy_url(text: str) -> str:
    """Return the URL of a proxy; one without a scheme is an HTTP proxy.

    Raises:
        ConfigError: It is no HTTP proxy.
    """
    url = text if "://" in text else f"http://{text}"
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"a proxy must be like http://host:port, not {parts.scheme}://{parts.hostname or ''}")
    return url


def environment_proxy(scheme: str, host: str) -> str | None:
    """Return the proxy's URL that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` give for a host; None for none.

    Raises:
        ConfigError: It is no HTTP proxy.
    """
    found = None if proxy_bypass(host) else getproxies().get(scheme)
    return proxy_url(found) if found else None


def socket_factory(unacknowledged_s: float) -> Callable[[tuple[Any, ...]], socket.socket] | None:
    """Return what makes sockets that end when sent bytes stay unacknowledged so long; None where there is no such.

    Without it a connection whose peer has vanished, or stopped reading, delivers what lies in its buffer whenever the
    peer comes back, long after the call was given up.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is None:
        return None

    milliseconds = int(min(unacknowledged_s * 1000, 2**31 - 1))

    def make(address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol = address[:3]
        made = socket.socket(family, kind, protocol)
        with contextlib.suppress(OSError):  # some kernels know the name only
            made.setsockopt(socket.IPPROTO_TCP, option, milliseconds)
        return made

    return make
