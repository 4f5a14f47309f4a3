"""Tracking of opens, clicks and unsubscribes, and the certificate of tracking links. `/v3/domains/{name}/tracking`."""

from __future__ import annotations

from typing import Final, Literal

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Group

__all__ = [
    "Certificate",
    "CertificateStarted",
    "ClickTracking",
    "DomainTracking",
    "OpenTracking",
    "Tracking",
    "UnsubscribeTracking",
]

_CERTIFICATE: Final = "/v2/x509/{domain}"


@attrs.define(kw_only=True)
class ClickTracking:
    """Tracking of clicks: links lead over Mailgun."""

    active: bool | str | None = None
    """True, False, or `htmlonly`: links of the plain text are left alone."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class OpenTracking:
    """Tracking of opens: mail has an image of one pixel."""

    active: bool | None = None
    place_at_the_top: bool | None = None
    """The image is at the top of the mail, so that it is there when the end is cut off."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class UnsubscribeTracking:
    """Tracking of unsubscribes: mail has a link to do so."""

    active: bool | None = None
    html_footer: str | None = None
    """Put at the end of the HTML; `%unsubscribe_url%` stands for the link."""
    text_footer: str | None = None
    """Put at the end of the plain text."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Tracking:
    """All that is tracked of a domain's mail."""

    click: ClickTracking | None = None
    open: OpenTracking | None = None
    unsubscribe: UnsubscribeTracking | None = None
    web_scheme: str | None = None
    """Of tracking links: `http` or `https`."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Certificate:
    """The TLS certificate of tracking links."""

    status: str | None = None
    """`active`, `processing`, `expired` or `error`."""
    error: str | None = None
    """Why it is not active."""
    certificate: str | None = None
    """PEM."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class CertificateStarted:
    """Mailgun's word that it makes a certificate; `get_certificate` tells when it is there."""

    message: str | None = None
    location: str | None = None
    """Path that tells how it goes."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class DomainTracking(Group):
    """What is tracked of a domain's mail; options of a message go before it."""

    __slots__ = ()

    async def get(self, domain: str | None = None, /) -> Tracking:
        """Fetch what is tracked. `GET /v3/domains/{name}/tracking`.

        Args:
            domain: The domain; the client's default domain when left out.

        Raises:
            NotFound: No such domain in this account and region.
        """
        return await self._get("/v3/domains/{name}/tracking", Tracking, under="tracking", name=self._domain(domain))

    async def update_click(
        self, domain: str | None = None, /, *, active: bool | Literal["htmlonly"] | None = None
    ) -> ClickTracking:
        """Switch tracking of clicks. `PUT /v3/domains/{name}/tracking/click`.

        Args:
            domain: As for `get`.
            active: `htmlonly` leaves links of the plain text alone.

        Raises:
            NotFound: No such domain in this account and region.
        """
        return await self._call(
            "PUT",
            "/v3/domains/{name}/tracking/click",
            ClickTracking,
            multipart={"active": active},
            under="click",
            name=self._domain(domain),
        )

    async def update_open(
        self, domain: str | None = None, /, *, active: bool | None = None, place_at_the_top: bool | None = None
    ) -> OpenTracking:
        """Switch tracking of opens; what is left out stays. `PUT /v3/domains/{name}/tracking/open`.

        Args:
            domain: As for `get`.
            active: Track them.
            place_at_the_top: Have the image at the top of the mail.

        Raises:
            NotFound: No such domain in this account and region.
        """
        return await self._call(
            "PUT",
            "/v3/domains/{name}/tracking/open",
            OpenTracking,
            multipart={"active": active, "place_at_the_top": place_at_the_top},
            under="open",
            name=self._domain(domain),
        )

    async def update_unsubscribe(
        self,
        domain: str | None = None,
        /,
        *,
        active: bool | None = None,
        html_footer: str | None = None,
        text_footer: str | None = None,
    ) -> UnsubscribeTracking:
        """Switch the link to unsubscribe; what is left out stays. `PUT /v3/domains/{name}/tracking/unsubscribe`.

        Args:
            domain: As for `get`.
            active: Have the link in mail.
            html_footer: What is put at the end of the HTML; `%unsubscribe_url%` stands for the link.
            text_footer: The same for the plain text.

        Raises:
            NotFound: No such domain in this account and region.
        """
        return await self._call(
            "PUT",
            "/v3/domains/{name}/tracking/unsubscribe",
            UnsubscribeTracking,
            multipart={"active": active, "html_footer": html_footer, "text_footer": text_footer},
            under="unsubscribe",
            name=self._domain(domain),
        )

    async def get_certificate(self, tracking_domain: str, /) -> Certificate:
        """Fetch the certificate of tracking links, and how it is with it. `GET /v2/x509/{domain}/status`.

        Args:
            tracking_domain: Web prefix and domain: `email.mg.example.com`.

        Raises:
            NotFound: There is no such domain.
        """
        return await self._get("/v2/x509/{domain}/status", Certificate, domain=tracking_domain)

    async def regenerate_certificate(self, tracking_domain: str, /) -> CertificateStarted:
        """Have an expired certificate made anew, in the background; one that holds is left. `PUT /v2/x509/{domain}`.

        Args:
            tracking_domain: As for `get_certificate`.

        Raises:
            Conflict: It is being made already.
            NotFound: There is no such domain.
        """
        return await self._call("PUT", _CERTIFICATE, CertificateStarted, domain=tracking_domain)

    async def generate_certificate(self, tracking_domain: str, /) -> CertificateStarted:
        """Have a certificate made for tracking links, in the background. `POST /v2/x509/{domain}`.

        Args:
            tracking_domain: As for `get_certificate`. Its CNAME must be set in DNS.

        Raises:
            Conflict: It is there, or is being made already.
            NotFound: There is no such domain.
        """
        return await self._call("POST", _CERTIFICATE, CertificateStarted, domain=tracking_domain)
