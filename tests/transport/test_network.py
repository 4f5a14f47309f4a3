from __future__ import annotations

import socket

import pytest

from mailgun_async.transport.network import environment_proxy, socket_factory


def test_sockets_end_when_nothing_is_acknowledged() -> None:
    """Where the platform has the option."""
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        pytest.skip("no TCP_USER_TIMEOUT here")
    make = socket_factory(1.5)
    assert make is not None
    with make((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 1))) as made:
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1500


def test_platforms_without_the_option_keep_their_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aiohttp then makes its own."""
    monkeypatch.delattr(socket, "TCP_USER_TIMEOUT", raising=False)
    assert socket_factory(1.5) is None


def test_the_environments_proxy_is_that_of_the_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts may be excepted."""
    monkeypatch.setenv("https_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", "direct.test")
    monkeypatch.delenv("http_proxy", raising=False)
    assert environment_proxy("https", "api.mailgun.test") == "http://proxy.test:3128"
    assert environment_proxy("https", "direct.test") is None
    assert environment_proxy("http", "api.mailgun.test") is None
