"""Events and logs made from the records of calls: nothing is stored for them, so they cost nothing until asked for.

Every mail is accepted at the time of its call. It is delivered at once, or when its scheduled time has come unless it
was deleted before. Mail to a suppressed address fails then, as the lists were when it was accepted: when Mailgun looks
into them for scheduled mail is not known. Nobody opens or clicks here.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import orjson

from mailgun_async.testing._undelivered import FAILURES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mailgun_async.testing._calls import Call
    from mailgun_async.testing._mails import Mail
    from mailgun_async.testing._outbox import Letters

__all__ = ["Event", "Key", "events_of"]

Key = tuple[float, int, int, int]
"""Time, call, mail, kind: the order of events, and the place where a page ends."""

_KINDS: tuple[Literal["accepted", "delivered", "failed"], ...] = ("accepted", "delivered", "failed")
# Deliveries sort after all acceptances of their call and before the next call; the true delay would be seconds.
_DELIVERY_S = 1e-6


class Event:
    """One event; its mail is rendered only if a filter or an answer needs it."""

    def __init__(self, key: Key, call: Call, letters: Letters) -> None:
        self.key, self.call, self._letters = key, call, letters
        self.at = key[0]
        self.name = _KINDS[key[3]]

    @cached_property
    def recipient(self) -> str:
        """The address."""
        return self._letters.of(self.call).recipients[self.key[2]]

    @cached_property
    def tags(self) -> list[str]:
        """The mail's tags."""
        return self._letters.of(self.call).tags(self.key[2])

    @cached_property
    def mail(self) -> Mail:
        """The mail it is about."""
        return self._letters.of(self.call).mail(self.key[2])

    @property
    def id(self) -> str:
        """The same every time for the same event."""
        digest = hashlib.blake2b(repr(self.key).encode(), digest_size=16).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @property
    def size(self) -> int:
        """Bytes of bodies and files; Mailgun counts the MIME message."""
        mail = self.mail
        texts = sum(len((text or "").encode()) for text in (mail.text, mail.html, mail.amp_html))
        return texts + sum(len(file.content) for file in (*mail.attachments, *mail.inline))

    def as_event(self, url: str) -> dict[str, Any]:
        """The document of the events API."""
        mail = self.mail
        return self._document(f"{url}/v3/domains/{mail.domain}/messages/{mail.storage_key}") | {
            "timestamp": self.at,
            "user-variables": mail.variables,
        }

    def as_log(self, url: str) -> dict[str, Any]:
        """The document of the logs API, which differs in a few places."""
        mail = self.mail
        account = {"id": mail.subaccount, "parent-id": "emulator"} if mail.subaccount else {"id": "emulator"}
        document = self._document([f"{url}/v3/domains/{mail.domain}/messages/{mail.storage_key}"])
        document["flags"] |= {"is-delayed-bounce": False, "is-callback": False, "is-webhook": False}
        at = datetime.fromtimestamp(self.at, UTC)
        return document | {
            "@timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "account": account,
            "domain": {"name": mail.domain},
            "user-variables": orjson.dumps(mail.variables).decode(),
        }

    def _document(self, storage_url: str | list[str]) -> dict[str, Any]:
        mail = self.mail
        document: dict[str, Any] = {
            "id": self.id,
            "event": self.name,
            "log-level": "info",
            "recipient": mail.recipient,
            "recipient-domain": mail.recipient.rpartition("@")[2],
            "envelope": {"sender": mail.from_, "targets": mail.recipient, "transport": "smtp"},
            "message": self._message(),
            "storage": {"key": mail.storage_key, "url": storage_url, "region": "local", "env": "emulator"},
            "flags": {
                "is-authenticated": True,
                "is-routed": False,
                "is-system-test": False,
                "is-test-mode": mail.test_mode,
            },
            "tags": mail.tags,
            "campaigns": [],
        }
        if mail.template:
            document["template"] = {"name": mail.template}
        if self.name == "accepted":
            return document | {"method": "HTTP"}
        code, message, description = self.outcome
        status = {"attempt-no": 1, "code": code, "message": message, "description": description}
        if self.name == "failed":
            document |= {"log-level": "error", "severity": self.severity, "reason": mail.undelivered}
        return document | {"delivery-status": status}

    @property
    def severity(self) -> str | None:
        """How grave a failure is; None for another event."""
        return "permanent" if self.name == "failed" else None

    @property
    def outcome(self) -> tuple[int, str, str]:
        """Code, message and description of a delivery or a failure."""
        reason = dict(self.call.undelivered).get(self.key[2])
        if reason is None:
            return 250, "OK", ""
        code, description = FAILURES[reason]
        return code, "", description

    def _message(self) -> dict[str, Any]:
        mail = self.mail
        headers = {"to": mail.to, "message-id": mail.message_id, "from": mail.from_, "subject": mail.subject}
        files = [
            {"filename": file.filename, "content-type": file.content_type, "size": len(file.content)}
            for file in (*mail.attachments, *mail.inline)
        ]
        message: dict[str, Any] = {"headers": headers, "attachments": files, "size": self.size}
        if mail.deliver_at is not None:
            message["scheduled-for"] = int(mail.deliver_at.timestamp())
        return message


def events_of(
    calls: Sequence[Call], letters: Letters, *, start: float, end: float, descending: bool = False
) -> Iterator[Event]:
    """Events of some calls between two times, ends included, in the order of their time."""
    in_range = [call for call in calls if start <= call.at + _DELIVERY_S and call.at <= end]
    if descending:
        in_range.reverse()
    prompt = (each for call in in_range for each in _prompt(call, descending=descending))
    late = sorted(((key, call) for call in calls for key in _late(call)), key=_key, reverse=descending)
    for key, call in heapq.merge(prompt, late, key=_key, reverse=descending):
        if start <= key[0] <= end:
            yield Event(key, call, letters)


def _key(entry: tuple[Key, Call]) -> Key:
    return entry[0]


def _prompt(call: Call, *, descending: bool) -> Iterator[tuple[Key, Call]]:
    ends = [(call.at, False)]
    if call.deliver_at is None or call.deliver_at <= call.at:
        ends.append((call.at + _DELIVERY_S, True))
    places, lost = range(call.mails), dict(call.undelivered)
    for at, is_end in reversed(ends) if descending else ends:
        for place in reversed(places) if descending else places:
            yield (at, call.ordinal, place, is_end + (is_end and place in lost)), call


def _late(call: Call) -> Iterator[Key]:
    if call.deliver_at is not None and call.deliver_at > call.at and not call.dropped:
        lost = dict(call.undelivered)
        for place in range(call.mails):
            yield call.deliver_at, call.ordinal, place, 2 if place in lost else 1
