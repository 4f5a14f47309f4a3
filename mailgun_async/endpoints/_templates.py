"""What templates of domains and of the account share."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from mailgun_async.convert import EXTRA, dumps, wire
from mailgun_async.endpoints._group import given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["MAX_PAGE", "CopyTarget", "Template", "TemplateCopies", "TemplateVersion", "copy_request", "headers_json"]

MAX_PAGE = 100
"""Most templates or versions of a page."""


@attrs.define(kw_only=True)
class TemplateVersion:
    """One text of a template."""

    tag: str
    """Its name."""
    template: str | None = None
    """The text itself, in handlebars; None in listings."""
    engine: str | None = None
    """`handlebars`."""
    mjml: str | None = None
    comment: str | None = None
    active: bool | None = None
    """The version that is sent when none is named."""
    id: str | None = None
    headers: dict[str, str] | None = None
    """Headers of mail made of it: `From`, `Subject`, `Reply-To`."""
    created_at: datetime | None = attrs.field(default=None, metadata=wire("createdAt"))
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version of the package has no name for."""


@attrs.define(kw_only=True)
class Template:
    """A stored template."""

    name: str
    """Lower case."""
    description: str | None = None
    id: str | None = None
    created_by: str | None = attrs.field(default=None, metadata=wire("createdBy"))
    created_at: datetime | None = attrs.field(default=None, metadata=wire("createdAt"))
    version: TemplateVersion | None = None
    """The version that was asked for, or created."""
    versions: list[TemplateVersion] | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.frozen(kw_only=True)
class CopyTarget:
    """Where a template is copied to."""

    account_id: str
    name: str
    """Of the copy."""
    domain: str | None = None
    """None copies it to the account itself."""


@attrs.define(kw_only=True)
class TemplateCopies:
    """What became of copies."""

    message: str | None = None
    failed_copies: list[CopyTarget] = attrs.Factory(list)
    error: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


def headers_json(headers: Mapping[str, str] | None) -> str | None:
    """Write headers as the JSON in a field."""
    return None if headers is None else dumps(dict(headers)).decode()


def copy_request(targets: Sequence[CopyTarget], versions: Sequence[str] | None) -> dict[str, Any]:
    """Write the JSON of a copy."""
    requests = [given(account_id=one.account_id, name=one.name, domain=one.domain) for one in targets]
    return given(requests=requests, source_versions=None if versions is None else list(versions))
