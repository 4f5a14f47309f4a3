from __future__ import annotations

import socket

import pytest

from mailgun_async.errors import ConfigError
from mailgun_async.transport.network import environment_proxy, proxy_url, socket_factory


def test_sockets_end_when_nothing_is_acknowledged() -> None:
    """Where the platform has the option."""
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        pytest.skip("no TCP_USER_TIMEOUT here")
    make = socket_factory(1.5)
    assert make is not None
    with make((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 1))) as made:
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1500


def test_for_ever_is_as_long_as_the_option_can_say() -> None:
    """Some 24 days."""
    make = socket_factory(float("inf"))
    if make is None:
        pytest.skip("no TCP_USER_TIMEOUT here")
    with make((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 1))) as made:
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 2**31 - 1


def test_a_kernel_that_knows_only_the_options_name_keeps_its_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call is not lost for it."""
    monkeypatch.setattr(socket, "TCP_USER_TIMEOUT", 9_999, raising=False)
    make = socket_factory(1.5)
    assert make is not None
    with make((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 1))) as made:
        assert made.fileno() >= 0


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


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://proxy.test:3128", "http://proxy.test:3128"),
        ("https://user:hunter2@proxy.test", "https://user:hunter2@proxy.test"),
        ("proxy.test:3128", "http://proxy.test:3128"),
        ("127.0.0.1:3128", "http://127.0.0.1:3128"),
    ],
)
def test_a_proxy_may_be_written_without_a_scheme(text: str, url: str) -> None:
    """As other programs take it from the same variables."""
    assert proxy_url(text) == url


@pytest.mark.parametrize("text", ["", "http://", "ftp://proxy.test", "socks5://user:hunter2@proxy.test:1080"])
def test_what_is_no_http_proxy_is_a_config_error(text: str) -> None:
    """The text tells its scheme and host, and no password."""
    with pytest.raises(ConfigError, match="a proxy must be like http://host:port") as caught:
        proxy_url(text)
    assert "hunter2" not in str(caught.value)


def test_an_environments_proxy_that_is_none_is_a_config_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of calls that go elsewhere than the administrator meant."""
    monkeypatch.setenv("https_proxy", "socks5://proxy.test:1080")
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(ConfigError, match="not socks5://"):
        environment_proxy("https", "api.mailgun.test")
