"""Stored templates of a domain. `/v3/{domain_name}/templates`."""

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

__all__ = ["CopyTarget", "Template", "TemplateCopies", "TemplateVersion", "Templates"]

_ALL: Final = "/v3/{domain_name}/templates"
_ONE: Final = "/v3/{domain_name}/templates/{template_name}"
_VERSIONS: Final = "/v3/{domain_name}/templates/{template_name}/versions"
_VERSION: Final = "/v3/{domain_name}/templates/{template_name}/versions/{version_name}"


class Templates(Group):
    """Stored templates of a domain."""

    __slots__ = ()

    def list(
        self,
        domain: str | None = None,
        /,
        *,
        limit: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[Template]:
        """List the templates, without their texts. `GET /v3/{domain_name}/templates`.

        Args:
            domain: The sending domain; the client's default domain when left out.
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
            domain_name=self._domain(domain),
        )

    async def get(self, domain: str, name: str | None = None, /, *, active: bool | None = None) -> Template:
        """Fetch one template. `GET /v3/{domain_name}/templates/{template_name}`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            name: The template.
            active: With the text of its active version.

        Raises:
            NotFound: There is no such template.
        """
        domain, name = self._with_domain(domain, name)
        return await self._get(
            _ONE,
            Template,
            query={"active": yes_no(active or None)},
            under="template",
            domain_name=domain,
            template_name=name,
        )

    async def create(
        self,
        domain: str,
        name: str | None = None,
        /,
        *,
        description: str | None = None,
        created_by: str | None = None,
        template: str | None = None,
        tag: str | None = None,
        comment: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Template:
        """Store a template, with its first version when there is a text. `POST /v3/{domain_name}/templates`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            name: Of the template; it becomes lower case.
            description: For people.
            created_by: Who made it (`createdBy`).
            template: The text, in handlebars; at most 100 KB.
            tag: Name of the version; Mailgun's default is `initial`.
            comment: On the version.
            headers: Of mail made of it: `From`, `Subject`, `Reply-To`.
        """
        domain, name = self._with_domain(domain, name)
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
            domain_name=domain,
        )

    async def update(self, domain: str, name: str | None = None, /, *, description: str) -> Template:
        """Change a template's description. `PUT /v3/{domain_name}/templates/{template_name}`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            name: The template.
            description: For people.

        Returns:
            The template's name alone.

        Raises:
            NotFound: There is no such template.
        """
        domain, name = self._with_domain(domain, name)
        fields = {"description": description}
        return await self._call(
            "PUT", _ONE, Template, multipart=fields, under="template", domain_name=domain, template_name=name
        )

    async def delete(self, domain: str, name: str | None = None, /) -> Template:
        """Delete a template with all its versions. `DELETE /v3/{domain_name}/templates/{template_name}`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            name: The template.

        Returns:
            The template's name alone.

        Raises:
            NotFound: There is no such template.
        """
        domain, name = self._with_domain(domain, name)
        return await self._call("DELETE", _ONE, Template, under="template", domain_name=domain, template_name=name)

    async def delete_all(self, domain: str | None = None, /) -> Done:
        """Delete **all** templates of a domain. `DELETE /v3/{domain_name}/templates`.

        Args:
            domain: As for `list`.
        """
        return await self._call("DELETE", _ALL, Done, domain_name=self._domain(domain))

    def list_versions(
        self,
        domain: str,
        name: str | None = None,
        /,
        *,
        limit: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[TemplateVersion]:
        """List a template's versions, without their texts. `GET /v3/{domain_name}/templates/{template_name}/versions`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            name: The template.
            limit: Versions a page, 1 to 100, Mailgun's default.
            max_items: Most versions that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        domain, name = self._with_domain(domain, name)
        return self._pages(
            _VERSIONS,
            TemplateVersion,
            ByUrl(),
            query={"limit": self._page_size(limit, MAX_PAGE)},
            items="template.versions",
            max_items=max_items,
            fetch_ahead=fetch_ahead,
            domain_name=domain,
            template_name=name,
        )

    async def get_version(self, domain: str, name: str, tag: str | None = None, /) -> Template:
        """Fetch a template with one version and its text.

        `GET /v3/{domain_name}/templates/{template_name}/versions/{version_name}`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            name: The template.
            tag: The version.

        Raises:
            NotFound: There is no such template or version.
        """
        domain, name, tag = (self._domain(None), domain, name) if tag is None else (domain, name, tag)
        return await self._get(
            _VERSION, Template, under="template", domain_name=domain, template_name=name, version_name=tag
        )

    async def create_version(
        self,
        domain: str,
        name: str,
        tag: str | None = None,
        /,
        *,
        template: str,
        comment: str | None = None,
        active: bool | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Template:
        """Add a version, at most 40. `POST /v3/{domain_name}/templates/{template_name}/versions`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            name: The template.
            tag: Name of the version.
            template: The text, in handlebars; at most 100 KB.
            comment: On the version.
            active: Send it when no version is named; the first is active by itself.
            headers: As for `create`.

        Raises:
            NotFound: There is no such template.
        """
        domain, name, tag = (self._domain(None), domain, name) if tag is None else (domain, name, tag)
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
            domain_name=domain,
            template_name=name,
        )

    async def update_version(
        self,
        domain: str,
        name: str,
        tag: str | None = None,
        /,
        *,
        template: str | None = None,
        comment: str | None = None,
        active: bool | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Template:
        """Change a version; what is left out stays.

        `PUT /v3/{domain_name}/templates/{template_name}/versions/{version_name}`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
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
        domain, name, tag = (self._domain(None), domain, name) if tag is None else (domain, name, tag)
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
            domain_name=domain,
            template_name=name,
            version_name=tag,
        )

    async def delete_version(self, domain: str, name: str, tag: str | None = None, /) -> Template:
        """Delete a version. `DELETE /v3/{domain_name}/templates/{template_name}/versions/{version_name}`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            name: The template.
            tag: The version.

        Returns:
            The names of the template and the version alone.

        Raises:
            NotFound: There is no such template or version.
        """
        domain, name, tag = (self._domain(None), domain, name) if tag is None else (domain, name, tag)
        return await self._call(
            "DELETE", _VERSION, Template, under="template", domain_name=domain, template_name=name, version_name=tag
        )

    async def copy_version(
        self, domain: str, name: str, tag: str | None = None, /, *, to: str, comment: str | None = None
    ) -> TemplateVersion:
        """Copy a version under another name.

        `PUT /v3/{domain_name}/templates/{template_name}/versions/{version_name}/copy/{new_version_name}`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            name: The template.
            tag: The version.
            to: Name of the copy.
            comment: On the copy.

        Raises:
            NotFound: There is no such template or version.
        """
        domain, name, tag = (self._domain(None), domain, name) if tag is None else (domain, name, tag)
        return await self._call(
            "PUT",
            "/v3/{domain_name}/templates/{template_name}/versions/{version_name}/copy/{new_version_name}",
            TemplateVersion,
            query={"comment": comment},
            under="version",
            domain_name=domain,
            template_name=name,
            version_name=tag,
            new_version_name=to,
        )

    async def copy(
        self,
        domain: str,
        name: str | None = None,
        /,
        *,
        to: Sequence[CopyTarget],
        versions: Sequence[str] | None = None,
    ) -> TemplateCopies:
        """Copy a template to other domains or accounts. `PUT /v3/{domain_name}/templates/{template_name}/copy`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            name: The template.
            to: Where to.
            versions: Only these; by default all.

        Raises:
            NotFound: There is no such template.
        """
        domain, name = self._with_domain(domain, name)
        json = copy_request(to, versions)
        return await self._call(
            "PUT",
            "/v3/{domain_name}/templates/{template_name}/copy",
            TemplateCopies,
            json=json,
            domain_name=domain,
            template_name=name,
        )

    async def rename(self, domain: str, name: str | None = None, /, *, to: str) -> Template:
        """Give a template another name. `PUT /v3/{domain_name}/templates/{template_name}/rename/{new_template_name}`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            name: The template.
            to: The new name; it becomes lower case.

        Returns:
            The template's new name alone.

        Raises:
            NotFound: There is no such template.
        """
        domain, name = self._with_domain(domain, name)
        return await self._call(
            "PUT",
            "/v3/{domain_name}/templates/{template_name}/rename/{new_template_name}",
            Template,
            under="template",
            domain_name=domain,
            template_name=name,
            new_template_name=to,
        )
