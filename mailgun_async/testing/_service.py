"""What the emulator answers to each call, without HTTP: one request in, one answer out, at one moment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from uuid import uuid4

import attrs
import orjson

from mailgun_async.testing._account import Account, Counts
from mailgun_async.testing._calls import Call, Calls
from mailgun_async.testing._limits import Cost, Limits, ServedClass
from mailgun_async.testing._listing import Index, events_page, logs_page
from mailgun_async.testing._mails import Letter
from mailgun_async.testing._outbox import Letters, Outbox
from mailgun_async.testing._records import Records
from mailgun_async.testing._stored import files_of, resend_form, stored_document
from mailgun_async.testing._submission import Refused, Submission, check, read_form, submission
from mailgun_async.testing._templated import keep_template
from mailgun_async.testing._undelivered import Suppressions

if TYPE_CHECKING:
    from mailgun_async.testing._mails import Mail
    from mailgun_async.testing._undelivered import Reason

__all__ = ["Answer", "Asked", "Service", "json_answer"]

_STORAGE_KEY = re.compile(r"(\d{1,12})\.(\d{1,9})")


@attrs.define(kw_only=True)
class Asked:
    """One request."""

    query: Mapping[str, str]
    arguments: Mapping[str, str]
    """What the path holds."""
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes
    now: float
    """Seconds since 1970."""

    @property
    def domain(self) -> str:
        """The domain in the path."""
        return self.arguments["domain"]

    @property
    def subaccount(self) -> str | None:
        """Whom the call acts for."""
        return self.headers.get("X-Mailgun-On-Behalf-Of")


@attrs.define
class Answer:
    """One answer."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = attrs.Factory(dict)


def json_answer(document: object, status: int = 200) -> Answer:
    return Answer(status, orjson.dumps(document))


@attrs.define(kw_only=True, eq=False)
class Service:
    """The emulator's behaviour and state."""

    account: Account
    limits: Limits
    calls: Calls
    letters: Letters
    keep: bool
    """Calls are kept; otherwise only counted."""
    records: Records = attrs.Factory(Records)
    url: str = ""

    @property
    def counts(self) -> Counts:
        """The account's."""
        return self.account.counts

    @property
    def outbox(self) -> Outbox:
        """What was accepted."""
        return Outbox(self.calls, self.letters, kept=self.keep)

    # -- sending -------------------------------------------------------------------------------------------------------

    def send(self, asked: Asked) -> Answer:
        """`POST /v3/{domain}/messages`."""
        return self._send(asked, mime=False)

    def send_mime(self, asked: Asked) -> Answer:
        """`POST /v3/{domain}/messages.mime`."""
        return self._send(asked, mime=True)

    def _send(self, asked: Asked, *, mime: bool) -> Answer:
        self.counts.calls += 1
        content_type = asked.headers.get("Content-Type", "")
        try:
            form = read_form(content_type, asked.body)
            check(form, mime=mime)
            content = submission(form, mime=mime)
            self.account.check_send(self.account.domains[asked.domain], content, asked.now)
            template = None if mime else keep_template(self.records, asked.domain, form)
        except Refused:
            self.counts.refused += 1
            raise
        # Whether a refused form counts against Mailgun's limits is not known; here it does not.
        cost = Cost(1, content.recipients, len(asked.body))
        return self.limited(asked, "messages", cost, lambda: self._accept(content, content_type, asked, template))

    def limited(self, asked: Asked, rate_class: ServedClass, cost: Cost, carry_out: Callable[[], Answer]) -> Answer:
        """Carry a request out unless a limit refuses it; either way the limits' headers go along."""
        headers, refusal = self.limits.admit(
            asked.now,
            cost,
            rate_class=rate_class,
            domain=asked.arguments.get("domain"),
            account=asked.subaccount or "",
        )
        if refusal is not None:
            self.counts.limited += 1
            return Answer(refusal.status, refusal.body, headers=headers)
        answer = carry_out()
        answer.headers = headers
        return answer

    def _accept(self, content: Submission, content_type: str, asked: Asked, template: str | None = None) -> Answer:
        self.counts.accepted += 1
        self.counts.recipients += content.recipients
        message_id = content.message_id or f"{uuid4().hex}@{asked.domain}"
        call = Call(
            ordinal=self.calls.next_ordinal,
            at=self.calls.next_at(asked.now),
            domain=asked.domain,
            mime=content.mime is not None,
            message_id=message_id,
            content_type=content_type,
            recipients=content.recipients,
            mails=content.mails,
            first_mail=self.calls.mails,
            subaccount=asked.subaccount,
            test_mode=content.test_mode,
            deliver_at=content.deliver_at,
            own_ids=content.own_ids,
            template=template,
        )
        call.undelivered = self._undelivered(call, content)
        self.counts.undelivered += len(call.undelivered)
        if self.keep:
            self.calls.add(call, asked.body)
        return json_answer({"id": f"<{message_id}>", "message": "Queued. Thank you."})

    def _undelivered(self, call: Call, content: Submission) -> list[tuple[int, Reason]]:
        """Tell which mails of a call go to nobody."""
        if content.form.first("template") and not call.template and not call.mime:
            return [(place, "generic") for place in range(call.mails)]
        suppressions = Suppressions.of(self.records, call.domain)
        if not suppressions:
            return []
        letter = Letter(call, content)
        reasons = (suppressions.reason(to, letter.tags(place)) for place, to in enumerate(letter.recipients))
        return [(place, reason) for place, reason in enumerate(reasons) if reason is not None]

    def resend(self, asked: Asked) -> Answer:
        """`POST /v3/domains/{domain}/messages/{key}`."""
        self.counts.calls += 1
        mail = self._mail(asked)
        try:
            to = read_form(asked.headers.get("Content-Type", ""), asked.body).fields.get("to", [])
            content_type, body = resend_form(mail, to)
            content = submission(read_form(content_type, body), mime=True)
            self.account.check_send(self.account.domains[asked.domain], content, asked.now)
        except Refused:
            self.counts.refused += 1
            raise
        # Whether a message sent again keeps its id is not known; a new one tells the two apart.
        content.message_id = None
        return self._accept(content, content_type, attrs.evolve(asked, body=body))

    def drop_scheduled(self, asked: Asked) -> Answer:
        """`DELETE /v3/{domain}/envelopes`."""
        self.calls.drop_scheduled(asked.domain, asked.now)
        return json_answer({"message": "done"})

    # -- reading -------------------------------------------------------------------------------------------------------

    def _mail(self, asked: Asked) -> Mail:
        found = _STORAGE_KEY.fullmatch(asked.arguments["key"])
        call = self.calls.get(int(found[1])) if found else None
        if found is None or call is None or call.domain != asked.domain or int(found[2]) >= call.mails:
            raise Refused(404, "Message not found")
        return self.letters.of(call).mail(int(found[2]))

    def stored(self, asked: Asked) -> Answer:
        """`GET /v3/domains/{domain}/messages/{key}`."""
        raw = asked.headers.get("Accept") == "message/rfc2822"
        return json_answer(stored_document(self._mail(asked), self.url, raw=raw))

    def attachment(self, asked: Asked) -> Answer:
        """`GET /v3/domains/{domain}/messages/{key}/attachments/{number}`."""
        files, number = files_of(self._mail(asked)), asked.arguments["number"]
        if not number.isdecimal() or int(number) >= len(files):
            raise Refused(404, "Attachment not found")
        file = files[int(number)]
        return Answer(200, file.content, file.content_type)

    def queues(self, asked: Asked) -> Answer:
        """`GET /v3/domains/{domain}/sending_queues`."""
        return json_answer(self.account.domains[asked.domain].queues())

    def logs(self, asked: Asked) -> Answer:
        """`POST /v1/analytics/logs`."""
        return json_answer(logs_page(asked.body, self.index(asked.now), asked.now, self.url))

    def events(self, asked: Asked) -> Answer:
        """`GET /v3/{domain}/events` and the pages of it."""
        page = asked.arguments.get("page")
        return json_answer(events_page(asked.domain, asked.query, page, self.index(asked.now), self.url))

    def index(self, now: float) -> Index:
        """What can be found in logs, events, metrics and tags."""
        # The clock may stand still while calls get times of their own; without a lag all of them can be found.
        lag_s = self.account.logs_lag_s
        latest = self.calls.next_at(now) if lag_s == 0 else now - lag_s
        self.counts.lagging += bool(self.calls.all) and self.calls.all[-1].at > latest
        return Index(self.calls, self.letters, latest)
