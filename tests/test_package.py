"""The public names, and what importing them costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import mailgun_async
from mailgun_async import errors


def test_every_public_name_is_there() -> None:
    """Each name of `__all__` can be had, the list is sorted, and `dir` shows it."""
    assert mailgun_async.__all__ == sorted(mailgun_async.__all__)
    for name in mailgun_async.__all__:
        assert getattr(mailgun_async, name) is not None
        assert name in dir(mailgun_async)


def test_every_error_is_public() -> None:
    """What can be raised can be imported from the top."""
    assert set(errors.__all__) <= set(mailgun_async.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """The loader of names says which module lacks what."""
    with pytest.raises(AttributeError, match="'mailgun_async' has no attribute 'Mailgum'"):
        _ = mailgun_async.Mailgum


def _modules_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)  # noqa: S603 -- our own interpreter
    return set(out.stdout.split())


def test_importing_the_package_loads_neither_aiohttp_nor_a_group() -> None:
    """Programs that only mention the package pay for nothing."""
    loaded = _modules_after("import mailgun_async")
    assert not loaded & {"aiohttp", "attrs", "cattrs", "tenacity", "asyncio", "mailgun_async.client"}


def test_making_a_client_loads_neither_aiohttp_nor_a_group() -> None:
    """Opening connections loads aiohttp, and the first use of a group loads that group."""
    loaded = _modules_after("from mailgun_async import Mailgun; Mailgun(api_key='key')")
    assert not loaded & {"aiohttp", "tenacity", "mailgun_async.endpoints.messages", "mailgun_async.endpoints.domains"}


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name != "MailgunError"])
def test_every_error_is_a_mailgun_error(name: str) -> None:
    """One `except MailgunError` catches all that is raised on purpose."""
    assert issubclass(getattr(errors, name), errors.MailgunError)
