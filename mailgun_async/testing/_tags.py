"""Tags: made of what was sent, when it was accepted; what is kept of them is a description, and that one was deleted.

A tag that was deleted is back once mail is sent with it again. Case counts here. The texts of the answers to an
unknown tag are not known, nor whether a description of the account's tag is one of the domain's too: here it is not.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import attrs

from mailgun_async.testing._cursors import cursor_page, path_of
from mailgun_async.testing._dates import as_utc
from mailgun_async.testing._figures import COUNTS, count, figures
from mailgun_async.testing._parameters import json_of, natural, one_of, part_of, sliced
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailgun_async.testing._events import Event
    from mailgun_async.testing._records import Table

__all__ = ["ROUTES"]

_MOST: Final = 4_000  # the default of an account; of a domain none is known
_MOST_WITH_METRICS: Final = 20
_ACCOUNT: Final = "emulator"


@attrs.define
class _Tag:
    name: str
    account: str
    first_at: float
    last_at: float


def _tags(service: Service, asked: Asked, *, domain: str = "", subaccounts: bool = False) -> list[_Tag]:
    """Read the tags of an account, or of one domain of it, out of what was sent."""
    notes = _notes(service, domain)
    deleted = {name: notes[name]["deleted_at"] for name in notes.keys}
    found: dict[tuple[str, str], _Tag] = {}
    for event in _accepted(service, asked, domain=domain, subaccounts=subaccounts):
        account = event.call.subaccount or _ACCOUNT
        for name in event.tags:
            if event.at > deleted.get(name, 0.0):
                tag = found.setdefault((account, name), _Tag(name, account, event.at, event.at))
                tag.last_at = event.at
    return list(found.values())


def _notes(service: Service, domain: str) -> Table:
    """Give what is kept of tags: `description`, and `deleted_at`, the time of the last mail before that."""
    return service.records.table("tags", domain)


def _description(service: Service, domain: str, name: str) -> str:
    note = _notes(service, domain).get(name)
    return "" if note is None else str(note["description"])


def _accepted(service: Service, asked: Asked, *, domain: str, subaccounts: bool) -> list[Event]:
    return [
        event
        for event in service.index(asked.now).between(0.0, float("inf"))
        if event.name == "accepted"
        and (event.call.domain == domain if domain else subaccounts or event.call.subaccount == asked.subaccount)
    ]


# -- of the account ----------------------------------------------------------------------------------------------------


def _list(service: Service, asked: Asked) -> Answer:
    """`POST /v1/analytics/tags`."""
    body = json_of(asked.body or b"{}")
    pagination = part_of(body, "pagination")
    with_metrics = bool(body.get("include_metrics"))
    tags = _tags(service, asked, subaccounts=bool(body.get("include_subaccounts")))
    tags = [tag for tag in tags if tag.name.startswith(str(body.get("tag") or ""))]
    sort = _sort(tags, str(pagination.get("sort") or "lastseen:desc"))
    limit = natural(pagination, "limit", _MOST_WITH_METRICS if with_metrics else 100)
    if with_metrics and limit > _MOST_WITH_METRICS:  # that it is the most is documented, the words are not
        raise Refused(400, f"limit can't be larger than {_MOST_WITH_METRICS} when metrics are included")
    skip = natural(pagination, "skip", 0)
    shown = sliced(tags, {"skip": str(skip), "limit": str(limit)})
    by_tag = _counted(service, asked) if with_metrics else {}
    items = [_document(tag, service, by_tag) for tag in shown]
    return json_answer({"items": items, "pagination": {"sort": sort, "skip": skip, "limit": limit, "total": len(tags)}})


def _sort(tags: list[_Tag], sort: str) -> str:
    column, _, direction = sort.partition(":")
    one_of(("lastseen", "firstseen", "tag"), "sort", column)
    one_of(("asc", "desc"), "sort", direction or "asc")
    tags.sort(key=lambda tag: tag.name)
    if column != "tag":
        tags.sort(key=lambda tag: tag.last_at if column == "lastseen" else tag.first_at)
    if direction == "desc":
        tags.reverse()
    return sort


def _counted(service: Service, asked: Asked) -> dict[tuple[str, str], dict[str, int | str]]:
    """Count what became of the mail with each tag, by account and tag."""
    events: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in service.index(asked.now).between(0.0, float("inf")):
        for name in event.tags:
            events[event.call.subaccount or _ACCOUNT, name].append(event)
    return {key: figures(count(each), COUNTS) for key, each in events.items()}


def _document(tag: _Tag, service: Service, by_tag: Mapping[tuple[str, str], Mapping[str, int | str]]) -> dict[str, Any]:
    return {
        "account_id": tag.account,
        "parent_account_id": "" if tag.account == _ACCOUNT else _ACCOUNT,
        "account_name": tag.account,
        "tag": tag.name,
        "description": _description(service, "", tag.name),
        "first_seen": as_utc(tag.first_at),
        "last_seen": as_utc(tag.last_at),
        "metrics": by_tag.get((tag.account, tag.name), {}),
    }


def _update(service: Service, asked: Asked) -> Answer:
    """`PUT /v1/analytics/tags`."""
    body = json_of(asked.body)
    return _described(service, asked, str(body.get("tag") or ""), str(body.get("description") or ""))


def _delete(service: Service, asked: Asked) -> Answer:
    """`DELETE /v1/analytics/tags`."""
    return _deleted(service, asked, str(json_of(asked.body).get("tag") or ""))


def _limits(service: Service, asked: Asked) -> Answer:
    """`GET /v1/analytics/tags/limits`; more are taken all the same."""
    number = len(_tags(service, asked))
    return json_answer({"limit": _MOST, "count": number, "limit_reached": number >= _MOST})


# -- of a domain -------------------------------------------------------------------------------------------------------


def _list_domain(service: Service, asked: Asked) -> Answer:
    """`GET /v3/{domain}/tags`."""
    tags = {tag.name: tag for tag in _tags(service, asked, domain=asked.domain)}
    names = sorted(name for name in tags if name.startswith(asked.query.get("prefix", "")))
    url = service.url + path_of("v3", asked.domain, "tags")
    found, paging = cursor_page(names, asked.query, url, pivot="tag")
    return json_answer({"items": [_domain_document(tags[name], service, asked) for name in found], "paging": paging})


def _get_domain(service: Service, asked: Asked) -> Answer:
    """`GET /v3/{domain}/tag`."""
    return json_answer(_domain_document(_one(service, asked, asked.query.get("tag", "")), service, asked))


def _update_domain(service: Service, asked: Asked) -> Answer:
    """`PUT /v3/{domain}/tag`."""
    return _described(service, asked, asked.query.get("tag", ""), asked.query.get("description", ""))


def _delete_domain(service: Service, asked: Asked) -> Answer:
    """`DELETE /v3/{domain}/tag`."""
    return _deleted(service, asked, asked.query.get("tag", ""))


def _limits_domain(service: Service, asked: Asked) -> Answer:
    """`GET /v3/domains/{domain}/limits/tag`; more are taken all the same."""
    number = len(_tags(service, asked, domain=asked.domain))
    return json_answer({"id": asked.domain, "limit": _MOST, "count": number})


def _domain_document(tag: _Tag, service: Service, asked: Asked) -> dict[str, Any]:
    return {
        "tag": tag.name,
        "description": _description(service, asked.domain, tag.name),
        "first-seen": _go_time(tag.first_at),
        "last-seen": _go_time(tag.last_at),
    }


def _go_time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S +0000 UTC")


# -- of both -----------------------------------------------------------------------------------------------------------


def _one(service: Service, asked: Asked, name: str) -> _Tag:
    """Find a tag of the domain in the path, or of the account."""
    tags = _tags(service, asked, domain=asked.arguments.get("domain", ""))
    found = next((tag for tag in tags if tag.name == name), None)
    if found is None:
        raise Refused(404, "Tag not found")
    return found


def _described(service: Service, asked: Asked, name: str, description: str) -> Answer:
    tag = _one(service, asked, name)
    notes = _notes(service, asked.arguments.get("domain", ""))
    note = notes.get(tag.name) or {"deleted_at": 0.0}
    notes.put({tag.name: {**note, "description": description}})
    return json_answer({"message": "Tag updated"})


def _deleted(service: Service, asked: Asked, name: str) -> Answer:
    tag = _one(service, asked, name)
    notes = _notes(service, asked.arguments.get("domain", ""))
    notes.put({tag.name: {"description": "", "deleted_at": tag.last_at}})
    return json_answer({"message": "Tag deleted"})


ROUTES: Final = (
    Route(
        path="/v1/analytics/tags",
        verbs={"POST": _list, "PUT": _update, "DELETE": _delete},
        rate_class="analytics",
    ),
    Route(path="/v1/analytics/tags/limits", verbs={"GET": _limits}, rate_class="analytics"),
    Route(path="/v3/{domain}/tags", verbs={"GET": _list_domain}, rate_class="other"),
    Route(
        path="/v3/{domain}/tag",
        verbs={"GET": _get_domain, "PUT": _update_domain, "DELETE": _delete_domain},
        rate_class="other",
    ),
    Route(path="/v3/domains/{domain}/limits/tag", verbs={"GET": _limits_domain}),
)
