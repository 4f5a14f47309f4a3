"""Mail that is accepted and goes to nobody: why, and what its `failed` event says of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import attrs

from mailgun_async.testing._records import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mailgun_async.testing._records import Records

__all__ = ["FAILURES", "Reason", "Suppressions"]

Reason = Literal["suppress-bounce", "suppress-unsubscribe", "suppress-complaint", "generic"]
"""`generic` is a stored template that there is not."""

FAILURES: Final[Mapping[Reason, tuple[int, str]]] = {
    "suppress-bounce": (605, "Not delivering to previously bounced address"),
    "suppress-unsubscribe": (606, "Not delivering to unsubscribed address"),
    "suppress-complaint": (607, "Not delivering to a user who marked your messages as spam"),
    # Mailgun takes a call that names no stored template or version, and no mail of it arrives. What its events say of
    # that is not known.
    "generic": (602, "Stored template not found"),
}
"""Code and description by reason."""


@attrs.frozen
class Suppressions:
    """The lists of one domain, asked for one recipient after the other."""

    bounces: Table
    unsubscribes: Table
    complaints: Table
    allowed: Table

    @classmethod
    def of(cls, records: Records, domain: str) -> Suppressions:
        """Find the lists of a domain."""
        return cls(*(records.table(name, domain) for name in ("bounces", "unsubscribes", "complaints", "whitelists")))

    def __bool__(self) -> bool:
        return bool(len(self.bounces) or len(self.unsubscribes) or len(self.complaints))

    def reason(self, address: str, tags: Iterable[str]) -> Reason | None:
        """Tell why mail with these tags is not delivered; None when it is."""
        key = address.lower()
        if key in self.bounces and key not in self.allowed and key.rpartition("@")[2] not in self.allowed:
            return "suppress-bounce"
        unsubscribe = self.unsubscribes.get(key)
        if unsubscribe is not None:
            unwanted = {str(tag).lower() for tag in unsubscribe["tags"]}
            if "*" in unwanted or not unwanted.isdisjoint(tag.lower() for tag in tags):
                return "suppress-unsubscribe"
        return "suppress-complaint" if key in self.complaints else None
