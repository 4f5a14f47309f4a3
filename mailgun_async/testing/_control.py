"""What another process may ask an emulator: pages under a path that Mailgun does not have, without a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from mailgun_async.testing._service import Answer, Service, json_answer

if TYPE_CHECKING:
    from mailgun_async.testing._faults import Faults
    from mailgun_async.testing._limits import RateLimit

__all__ = ["HOME", "answer"]

HOME: Final = "/_emulator/"

_LIMIT: Final = ("kind", "limit", "window_s", "dimension", "domain", "accepted", "refused", "units", "peak", "share")


def answer(path: str, service: Service, faults: Faults) -> Answer:
    """Answer `counts` or `tally`."""
    match path.removeprefix(HOME):
        case "counts":
            return json_answer(_counts(service, faults))
        case "tally" if service.keep:
            return json_answer(attrs.asdict(service.outbox.tally()))
        case "tally":
            return json_answer({"message": "this emulator keeps counts alone, and no addresses"}, 409)
    return json_answer({"message": f"there are {HOME}counts and {HOME}tally"}, 404)


def _counts(service: Service, faults: Faults) -> dict[str, Any]:
    limits = [_figures(rule) for rule in service.limits.rules]
    return attrs.asdict(service.counts) | {"faults": faults.drawn, "limits": limits}


def _figures(rule: RateLimit) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in _LIMIT}
