"""Writes docs/coverage.md: `python docs/coverage.py > docs/coverage.md`.

What stands there is read off the code: the groups are the properties of `Groups`, and each public method names its HTTP
line in its docstring.
"""

from __future__ import annotations

import inspect
import re
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from mailgun_async import Mailgun
from mailgun_async.endpoints import Groups

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LEFT_OUT", "Method", "methods", "page"]

_OLD_LISTS = "deprecated; use mg.bulk_validation with the list's members"
_OLD_VALIDATION = "deprecated; use mg.validation"

_BY_PATH = "deprecated; use mg.tags and mg.metrics"

LEFT_OUT: dict[str, str] = {
    "GET /v1/bounce-classification/domains/{domain}/events": "gone: it answers 410; use mg.logs.query",
    "GET /v3/{domain}/tags/{tag}": _BY_PATH,
    "PUT /v3/{domain}/tags/{tag}": _BY_PATH,
    "DELETE /v3/{domain}/tags/{tag}": _BY_PATH,
    "GET /v3/{domain}/tags/{tag}/stats": _BY_PATH,
    "GET /v3/{domain}/tags/{tag}/stats/aggregates/countries": _BY_PATH,
    "GET /v3/{domain}/tags/{tag}/stats/aggregates/providers": _BY_PATH,
    "GET /v3/{domain}/tags/{tag}/stats/aggregates/devices": _BY_PATH,
    "GET /v3/lists/{list_address}/validate": _OLD_LISTS,
    "POST /v3/lists/{list_address}/validate": _OLD_LISTS,
    "DELETE /v3/lists/{list_address}/validate": _OLD_LISTS,
    "GET /v3/address/validate": _OLD_VALIDATION,
    "GET /v3/address/parse": _OLD_VALIDATION,
    "GET /v3/address/private/validate": _OLD_VALIDATION,
    "GET /v3/address/private/parse": _OLD_VALIDATION,
    "GET /v5/accounts/subaccounts/ip_pools": "deprecated; use mg.subaccounts.list_ip_pools",
    "GET /v3/domains": "deprecated; use mg.domains.list",
    "POST /v3/domains": "deprecated; use mg.domains.create",
    "GET /v3/domains/{name}": "deprecated; use mg.domains.get",
    "PUT /v3/domains/{name}": "deprecated; use mg.domains.update",
    "PUT /v3/domains/{name}/verify": "deprecated; use mg.domains.verify",
    "PUT /v3/domains/{name}/web_prefix": "deprecated; use mg.domains.update",
    "PUT /v3/domains/{name}/message_ttl": "deprecated; use mg.domains.update",
    "PUT /v3/domains/{name}/mailfrom_host": "deprecated; use mg.domains.update",
    "GET /v3/{domain_name}/mailboxes": "deprecated; use mg.credentials.list",
    "POST /v3/{domain_name}/mailboxes": "deprecated; use mg.credentials.create",
    "PUT /v3/{domain_name}/mailboxes/{spec}": "deprecated; use mg.credentials.update",
    "DELETE /v3/{domain_name}/mailboxes/{spec}": "deprecated; use mg.credentials.delete",
    "GET /v3/domains/{name}/ips": "deprecated; use mg.ips.list_detailed",
    "POST /v3/domains/{name}/ips": "deprecated; use mg.ip_pools.update, or ips of mg.domains.create",
}
"""HTTP lines that have no method, and why."""

_http_line = re.compile(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`\s]*)`").findall


@attrs.frozen(kw_only=True)
class Method:
    """One method of a group."""

    group: str
    name: str
    http: str
    """The first HTTP line of its docstring, e.g. `GET /v4/domains/{name}`."""
    deprecated: str | None
    """What its DeprecationWarning says."""
    function: Any


def methods() -> Iterator[Method]:
    """Yield every public method of every group, in the order of the code.

    Raises:
        LookupError: A method names no HTTP line.
    """
    with_key = Mailgun(api_key="none")
    for group, home in vars(Groups).items():
        if isinstance(home, cached_property):
            yield from _of_group(group, type(getattr(with_key, group)))


def _of_group(group: str, cls: type) -> Iterator[Method]:
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        found |= {name: value for name, value in vars(base).items() if inspect.isfunction(value)}
    for name, function in found.items():
        if name.startswith("_"):
            continue
        lines = _http_line(inspect.getdoc(function) or "")
        if not lines:
            raise LookupError(f"{group}.{name} names no HTTP line in its docstring")
        deprecated = getattr(function, "__deprecated__", None)
        yield Method(group=group, name=name, http=lines[0], deprecated=deprecated, function=function)


def page() -> str:
    """Return the page."""
    rows = list(methods())
    lines = [
        "# Every endpoint, and the method that calls it",
        "",
        f"{len({row.http for row in rows})} of Mailgun's routes by {len(rows)} methods; `mg` is a `Mailgun`.",
        "Written by `python docs/coverage.py`.",
        "",
        "| method | HTTP | |",
        "|---|---|---|",
    ]
    for row in rows:
        verb, _, path = row.http.partition(" ")
        note = "" if row.deprecated is None else f"deprecated: {row.deprecated}"
        lines.append(f"| `mg.{row.group}.{row.name}` | {verb} `{path}` | {note} |")
    if LEFT_OUT:
        lines += ["", "## Left out", "", "| HTTP | why |", "|---|---|"]
        lines += [f"| {verb} `{path}` | {why} |" for (verb, path), why in _split(LEFT_OUT)]
    return "\n".join(lines) + "\n"


def _split(lines: dict[str, str]) -> Iterator[tuple[tuple[str, str], str]]:
    for line, why in lines.items():
        verb, _, path = line.partition(" ")
        yield (verb, path), why


if __name__ == "__main__":
    sys.stdout.write(page())
