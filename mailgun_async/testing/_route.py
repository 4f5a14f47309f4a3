"""One entry of the emulator's table of endpoints. Each subject has its own table, `_routes.py` puts them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from mailgun_async.testing._limits import ServedClass
from mailgun_async.testing._service import Answer, Asked, Service

__all__ = ["Handler", "Route"]

Handler = Callable[[Service, Asked], Answer]


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path[1:].split("/"))


@attrs.frozen(kw_only=True)
class Route:
    """One path."""

    path: tuple[str, ...] = attrs.field(converter=_segments)
    verbs: Mapping[str, Handler]
    rate_class: ServedClass = "domains"
    unknown_domain: str = "Domain not found: {}"
    """What is said when the domain is not one of the account's."""

    @property
    def sends(self) -> bool:
        """A domain's sending key opens it, and its handler asks the limits, as only it knows the recipients."""
        return self.rate_class == "messages"
