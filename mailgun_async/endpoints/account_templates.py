"""Stored templates of the account, which all its domains may send. `/v4/templates`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mailgun_async.endpoints._group import Done, Group, yes_no
from mailgun_async.endpoints._templates import (
    MAX_PAGE,
    CopyTarget,
    Template,
    TemplateCopies,
    TemplateVersion,
    copy_request,
    headers_json,
)
from mailgun_async.paging import ByUrl, Pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["AccountTemplates", "CopyTarget", "Template", "TemplateCopies", "TemplateVersion"]

_ALL: Final = "/v4/templates"
_ONE: Final = "/v4/templates/{template_name}"
_VERSIONS: Final = "/v4/templates/{template_name}/versions"
_VERSION: Final = "/v4/templates/{template_name}/versions/{version_name}"


class AccountTemplates(Group):
    """Stored templates of the account, which all its domains may send."""

    __slots__ = ()

    def list(
        self,
        *,
        limit: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[Template]:
        """List the templates, without their texts. `GET /v4/templates`.

        Args:
            limit: Templates a page, 1 to 100, Mailgun's default.
            max_items: Most templates that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        return self._pages(
            _ALL,
            Template,
            ByUrl(),
            query={"limit": self._page_size(limit, MAX_PAGE)},
            max_items=max_items,
            fetch_ahead=fetch_ahead,
        )

    async def get(self, name: str, /, *, active: bool | None = None) -> Template:
        """Fetch one template. `GET /v4/templates/{template_name}`.

        Args:
            name: The template.
            active: With the text of its active version.

        Raises:
            NotFound: There is no such template.
        """
        return await self._get(
            _ONE, Template, query={"active": yes_no(active or None)}, under="template", template_name=name
        )

    async def create(
        self,
        name: str,
        /,
        *,
        description: str | None = None,
        created_by: str | None = None,
        template: str | None = None,
        tag: str | None = None,
        comment: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Template:
        """Store a template, with its first version when there is a text. `POST /v4/templates`.

        Args:
            name: Of the template; it becomes lower case.
            description: For people.
            created_by: Who made it (`createdBy`).
            template: The text, in handlebars; at most 100 KB.
            tag: Name of the version; Mailgun's default is `initial`.
            comment: On the version.
            headers: Of mail made of it: `From`, `Subject`, `Reply-To`.
        """
        return await self._call(
            "POST",
            _ALL,
            Template,
            multipart={
                "name": name,
                "description": description,
                "createdBy": created_by,
                "template": template,
                "tag": tag,
                "comment": comment,
                "headers": headers_json(headers),
            },
            under="template",
        )

    async def update(self, name: str, /, *, description: str) -> Template:
        """Change a template's description. `PUT /v4/templates/{template_name}`.

        Args:
            name: The template.
            description: For people.

        Returns:
            The template's name alone.

        Raises:
            NotFound: There is no such template.
        """
        fields = {"description": description}
        return await self._call("PUT", _ONE, Template, multipart=fields, under="template", template_name=name)

    async def delete(self, name: str, /) -> Template:
        """Delete a template with all its versions. `DELETE /v4/templates/{template_name}`.

        Args:
            name: The template.

        Returns:
            The template's name alone.

        Raises:
            NotFound: There is no such template.
        """
        return await self._call("DELETE", _ONE, Template, under="template", template_name=name)

    async def delete_all(self) -> Done:
        """Delete **all** templates of the account. `DELETE /v4/templates`."""
        return await self._call("DELETE", _ALL, Done)

    def list_versions(
        self,
        name: str,
        /,
        *,
        limit: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[TemplateVersion]:
        """List a template's versions, without their texts. `GET /v4/templates/{template_name}/versions`.

        Args:
            name: The template.
            limit: Versions a page, 1 to 100, Mailgun's default.
            max_items: Most versions that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        return self._pages(
            _VERSIONS,
            TemplateVersion,
            ByUrl(),
            query={"limit": self._page_size(limit, MAX_PAGE)},
            items="template.versions",
            max_items=max_items,
            fetch_ahead=fetch_ahead,
            template_name=name,
        )

    async def get_version(self, name: str, tag: str, /) -> Template:
        """Fetch a template with one version and its text.

        `GET /v4/templates/{template_name}/versions/{version_name}`.

        Args:
            name: The template.
            tag: The version.

        Raises:
            NotFound: There is no such template or version.
        """
        return await self._get(_VERSION, Template, under="template", template_name=name, version_name=tag)

    async def create_version(
        self,
        name: str,
        tag: str,
        /,
        *,
        template: str,
        comment: str | None = None,
        active: bool | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Template:
        """Add a version, of which a template has at most 40. `POST /v4/templates/{template_name}/versions`.

        Args:
            name: The template.
            tag: Name of the version.
            template: The text, in handlebars; at most 100 KB.
            comment: On the version.
            active: Send it when no version is named; the first is active by itself.
            headers: As for `create`.

        Raises:
            NotFound: There is no such template.
        """
        return await self._call(
            "POST",
            _VERSIONS,
            Template,
            multipart={
                "template": template,
                "tag": tag,
                "comment": comment,
                "active": yes_no(active),
                "headers": headers_json(headers),
            },
            under="template",
            template_name=name,
        )

    async def update_version(
        self,
        name: str,
        tag: str,
        /,
        *,
        template: str | None = None,
        comment: str | None = None,
        active: bool | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Template:
        """Change a version; what is left out stays.

        `PUT /v4/templates/{template_name}/versions/{version_name}`.

        Args:
            name: The template.
            tag: The version.
            template: The text, in handlebars; at most 100 KB.
            comment: On the version.
            active: Send it when no version is named.
            headers: As for `create`.

        Returns:
            The names of the template and the version alone.

        Raises:
            NotFound: There is no such template or version.
        """
        return await self._call(
            "PUT",
            _VERSION,
            Template,
            multipart={
                "template": template,
                "comment": comment,
                "active": yes_no(active),
                "headers": headers_json(headers),
            },
            under="template",
            template_name=name,
            version_name=tag,
        )

    async def delete_version(self, name: str, tag: str, /) -> Template:
        """Delete a version. `DELETE /v4/templates/{template_name}/versions/{version_name}`.

        Args:
            name: The template.
            tag: The version.

        Returns:
            The names of the template and the version alone.

        Raises:
            NotFound: There is no such template or version.
        """
        return await self._call("DELETE", _VERSION, Template, under="template", template_name=name, version_name=tag)

    async def copy_version(self, name: str, tag: str, /, *, to: str, comment: str | None = None) -> TemplateVersion:
        """Copy a version under another name.

        `PUT /v4/templates/{template_name}/versions/{version_name}/copy/{new_version_name}`.

        Args:
            name: The template.
            tag: The version.
            to: Name of the copy.
            comment: On the copy.

        Raises:
            NotFound: There is no such template or version.
        """
        return await self._call(
            "PUT",
            "/v4/templates/{template_name}/versions/{version_name}/copy/{new_version_name}",
            TemplateVersion,
            query={"comment": comment},
            under="version",
            template_name=name,
            version_name=tag,
            new_version_name=to,
        )

    async def copy(
        self, name: str, /, *, to: Sequence[CopyTarget], versions: Sequence[str] | None = None
    ) -> TemplateCopies:
        """Copy a template to other domains or accounts. `PUT /v4/templates/{template_name}/copy`.

        Args:
            name: The template.
            to: Where to.
            versions: Only these; by default all.

        Raises:
            NotFound: There is no such template.
        """
        json = copy_request(to, versions)
        return await self._call(
            "PUT", "/v4/templates/{template_name}/copy", TemplateCopies, json=json, template_name=name
        )

    async def rename(self, name: str, /, *, to: str) -> Template:
        """Give a template another name. `PUT /v4/templates/{template_name}/rename/{new_template_name}`.

        Args:
            name: The template.
            to: The new name; it becomes lower case.

        Returns:
            The template's new name alone.

        Raises:
            NotFound: There is no such template.
        """
        return await self._call(
            "PUT",
            "/v4/templates/{template_name}/rename/{new_template_name}",
            Template,
            under="template",
            template_name=name,
            new_template_name=to,
        )
