"""Options of every command that calls Mailgun: whose account, which domain, where."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import typer

import mailgun_async
from mailgun_async.cli._command import option
from mailgun_async.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailgun_async import Mailgun

__all__ = ["Account"]

_PANEL = "Account"


@attrs.frozen(kw_only=True)
class Account:
    """Where the key comes from, and what it is used on. The key itself is never an option: others could see it."""

    domain: str | None = option(
        "--domain", "-d", metavar="DOMAIN", panel=_PANEL, envvar="MAILGUN_DOMAIN", help="Sending domain."
    )
    key_file: Path | None = option(
        "--key-file",
        metavar="FILE",
        panel=_PANEL,
        help="File that holds the key alone. Without it: MAILGUN_API_KEY, else a prompt.",
    )
    region: str | None = option(
        "--region", metavar="NAME", panel=_PANEL, envvar="MAILGUN_API_REGION", help="us (default) or eu."
    )
    base_url: str | None = option(
        "--base-url",
        metavar="URL",
        panel=_PANEL,
        envvar="MAILGUN_BASE_URL",
        help="Scheme and host instead of the region's: an emulator, a proxy.",
    )

    def key(self) -> str:
        """Return the key from the file, the environment or a prompt.

        Raises:
            ConfigError: There is none, and nobody who could be asked.
            OSError: The file cannot be read.
        """
        if self.key_file is not None:
            return self.key_file.read_text(encoding="utf-8").strip()
        key = os.environ.get("MAILGUN_API_KEY")
        if key:
            return key
        if not sys.stdin.isatty():
            raise ConfigError("no key: set MAILGUN_API_KEY or give --key-file FILE")
        return str(typer.prompt("Mailgun API key", hide_input=True, err=True))

    def client(self, **settings: Any) -> Mailgun:
        """Make the client; `settings` are further ones of `Mailgun`.

        Raises:
            ConfigError: The key, the region or the base URL cannot be used.
        """
        given: dict[str, Any] = {
            "api_key": self.key(),
            "domain": self.domain,
            "region": self.region,
            "base_url": self.base_url,
        }
        return mailgun_async.Mailgun(**{**given, **settings})

    def hosts(self) -> Mapping[str, str]:
        """Return the URLs where the domain may live, by region: all of them, unless a base URL says where."""
        if self.base_url is not None:
            return {"base URL": self.base_url}
        return {name: region.api for name, region in mailgun_async.REGIONS.items()}

    def sending_domain(self) -> str:
        """Return the domain.

        Raises:
            ConfigError: None was given.
        """
        if not self.domain:
            raise ConfigError("no domain: give --domain or set MAILGUN_DOMAIN")
        return self.domain
