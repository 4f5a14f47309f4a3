"""Options of every command that calls Mailgun: whose account, which domain, where."""

from __future__ import annotations

import os
import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

import mailgun_async
from mailgun_async.cli._command import option
from mailgun_async.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailgun_async import Mailgun

__all__ = ["Access", "Account"]

_PANEL = "Account"


@attrs.frozen(kw_only=True)
class Access:
    """Where the key comes from, and where it is used. The key itself is never an option: others could see it."""

    key_file: Path | None = option(
        "--key-file",
        metavar="FILE",
        panel=_PANEL,
        help="File that holds the key alone. Without it: MAILGUN_API_KEY, else a prompt.",
    )
    region: str | None = option(
        "--region", metavar="NAME", panel=_PANEL, help="us (default) or eu. Without it: MAILGUN_API_REGION."
    )
    base_url: str | None = option(
        "--base-url",
        metavar="URL",
        panel=_PANEL,
        help="URL of another host, an emulator or a proxy. Without it and --region: MAILGUN_BASE_URL.",
    )

    def key(self) -> str:
        """Return the key from the file, the environment or a prompt.

        Raises:
            ConfigError: There is none, and nobody who could be asked.
            OSError: The file cannot be read.
        """
        if self.key_file is not None:
            key, missing = self.key_file.read_text(encoding="utf-8-sig").strip(), f"{self.key_file} is empty"
        else:
            key, missing = os.environ.get("MAILGUN_API_KEY", ""), "set MAILGUN_API_KEY or give --key-file FILE"
            if not key and sys.stdin.isatty():
                key = _asked()
        if not key:
            raise ConfigError(f"no key: {missing}")
        return key

    def client(self, **settings: Any) -> Mailgun:
        """Make the client; `settings` are further ones of `Mailgun`.

        Raises:
            ConfigError: The key, the region or the base URL cannot be used.
        """
        given: dict[str, Any] = {"api_key": self.key(), "region": self.region, "base_url": self.base_url}
        return mailgun_async.Mailgun(**{**given, **settings})

    def hosts(self) -> Mapping[str, str]:
        """Return the URLs where the domain may live, by region: all of them, or a base URL alone, by an empty name."""
        url = os.environ.get("MAILGUN_BASE_URL") if self.base_url is None and self.region is None else self.base_url
        if url:
            return {"": url}
        return {name: region.api for name, region in mailgun_async.REGIONS.items()}


@attrs.frozen(kw_only=True)
class Account(Access):
    """The same, and the domain that it is about."""

    domain: str | None = option(
        "--domain", "-d", metavar="DOMAIN", panel=_PANEL, envvar="MAILGUN_DOMAIN", help="Sending domain."
    )

    def client(self, **settings: Any) -> Mailgun:
        """Make the client; see `Access.client`."""
        return super().client(domain=self.domain, **settings)

    def sending_domain(self) -> str:
        """Return the domain.

        Raises:
            ConfigError: None was given.
        """
        if not self.domain:
            raise ConfigError("no domain: give --domain or set MAILGUN_DOMAIN")
        return self.domain


def _asked() -> str:
    try:
        return getpass("Mailgun API key: ", sys.stderr).strip()
    except EOFError:
        print(file=sys.stderr)
        return ""
    except KeyboardInterrupt:
        print(file=sys.stderr)
        raise
