"""What every endpoint group is made of: calls and listings as one expression each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from mailgun_async import convert
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import Pages, Paging, Step
from mailgun_async.transport import encoding
from mailgun_async.transport.encoding import FilePart, Parameters

if TYPE_CHECKING:
    from mailgun_async.endpoints._context import Context
    from mailgun_async.transport.request import Safety, StreamedBody

__all__ = ["Done", "Group", "body_of", "given", "yes_no"]

T = TypeVar("T")

Fields = Parameters | Sequence[bytes | FilePart]
"""Plain fields of a multipart body, or ready parts."""


@attrs.define(kw_only=True)
class Done:
    """Mailgun's word that something was done."""

    message: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=convert.EXTRA)
    """Fields this version has no name for."""


class Group:
    """Base of the endpoint groups: one expression a method."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._context.base_url}>"

    def _domain(self, domain: str | None) -> str:
        """Return the domain given, else the client's default one."""
        return self._context.domain_or_default(domain)

    def _with_domain(self, domain: str, value: str | None) -> tuple[str, str]:
        """Return the domain and the value; one argument alone is the value."""
        return (self._domain(None), domain) if value is None else (domain, value)

    @staticmethod
    def _page_size(limit: int | None, most: int = 1_000) -> int | None:
        """Return the items of a page that are asked for.

        Raises:
            InvalidArgument: It is not 1 to `most`.
        """
        if limit is not None and not 1 <= limit <= most:
            raise InvalidArgument(f"limit must be 1 to {most:,}, not {limit}", field="limit", size=limit, limit=most)
        return limit

    async def _get(
        self,
        template: str,
        type_: type[T],
        /,
        *,
        query: Parameters | None = None,
        under: str | None = None,
        **path: str,
    ) -> T:
        """Read one document, or what it has `under` a key."""
        context = self._context
        response = await context.session.call(context.request("GET", template, arguments=path, query=query))
        return convert.structure(response.body if response else b"", type_, under=under)

    async def _call(
        self,
        method: str,
        template: str,
        type_: type[T],
        /,
        *,
        query: Parameters | None = None,
        json: object = None,
        form: Parameters | None = None,
        multipart: Fields | None = None,
        headers: Mapping[str, str] | None = None,
        under: str | None = None,
        safety: Safety | None = None,
        **path: str,
    ) -> T:
        """Make one call and build `type_` of the answer, or of what it has `under` a key.

        Of `query`, `form` and `multipart` None is left out, a list repeats its name, and a bool is `true` or `false`.
        """
        body, content_type = body_of(json, form, multipart)
        context = self._context
        request = context.request(
            method,
            template,
            arguments=path,
            query=query,
            body=body,
            content_type=content_type,
            headers=headers,
            safety=safety,
        )
        response = await context.session.call(request)
        return convert.structure(response.body if response else b"", type_, under=under)

    async def _do(
        self,
        method: str,
        template: str,
        /,
        *,
        query: Parameters | None = None,
        multipart: Fields | None = None,
        **path: str,
    ) -> None:
        """Make one call whose answer has no body."""
        body, content_type = body_of(None, None, multipart)
        context = self._context
        await context.session.call(
            context.request(method, template, arguments=path, query=query, body=body, content_type=content_type)
        )

    def _pages(
        self,
        template: str,
        type_: type[T],
        /,
        paging: Paging,
        *,
        query: Parameters | None = None,
        json: Mapping[str, Any] | None = None,
        items: str = "items",
        max_items: int | None = None,
        fetch_ahead: bool = True,
        **path: str,
    ) -> Pages[T]:
        """List items of `type_` by GET, or by POST when there is `json`."""
        context, method = self._context, "GET" if json is None else "POST"

        async def read(step: Step) -> bytes:
            body, content_type = body_of(step.json, None, None)
            request = context.request(
                method,
                template,
                arguments=path,
                query=step.query,
                body=body,
                content_type=content_type,
                safety="read",
                url=None if step.url is None else context.rebased(step.url),
            )
            response = await context.session.call(request)
            return response.body if response else b""

        first = Step(query=query, json=json)
        return Pages(read, type_, paging, first, items=items, max_items=max_items, fetch_ahead=fetch_ahead)


def given(**values: object) -> dict[str, object]:
    """Return what is not None, for the JSON of a request."""
    return {name: value for name, value in values.items() if value is not None}


def yes_no(value: bool | None) -> str | None:
    """Write a boolean as most of Mailgun's older forms read it; None stays None."""
    return None if value is None else "yes" if value else "no"


def body_of(
    json: object, form: Parameters | None, multipart: Fields | None
) -> tuple[bytes | StreamedBody | None, str | None]:
    """Encode a body; return it and its content type. At most one of the three is given.

    Raises:
        InvalidArgument: More than one is given, or it can't be encoded.
    """
    if sum(part is not None for part in (json, form, multipart)) > 1:
        raise InvalidArgument("give one of json, form and multipart", field="body")
    if json is not None:
        return convert.dumps(json), "application/json"
    if form is not None:
        return encoding.form(form), "application/x-www-form-urlencoded"
    if multipart is not None:
        return encoding.multipart(_parts(multipart))
    return None, None


def _parts(fields: Fields) -> list[bytes | FilePart]:
    if isinstance(fields, Mapping):
        return [encoding.field(name, value) for name, value in encoding.flat(fields)]
    return list(fields)
