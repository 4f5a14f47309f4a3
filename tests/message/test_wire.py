"""Every option's form on the wire, and what is refused before it gets there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import attrs
import pytest

from mailgun_async.errors import InvalidMessage
from mailgun_async.message import Message, Recipient, SendOptions
from mailgun_async.testing._forms import Form

Mail = Callable[..., Message]
Read = Callable[..., Form]

INDIA = timezone(timedelta(hours=5, minutes=30))


class _LocalMeanTime(tzinfo):
    """An offset with seconds, as places had before time zones."""

    def utcoffset(self, _: datetime | None) -> timedelta:
        return timedelta(minutes=17, seconds=30)

    def tzname(self, _: datetime | None) -> str:
        return "LMT"

    def dst(self, _: datetime | None) -> timedelta:
        return timedelta(0)


FORMS: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    ({"from_": "Ada <ada@x.org>"}, {"from": ["Ada <ada@x.org>"]}),
    ({"to": ["a@x.org", "b@x.org"]}, {"to": ["a@x.org,b@x.org"]}),
    ({"cc": "c@x.org"}, {"cc": ["c@x.org"]}),
    ({"bcc": [Recipient("d@x.org", "Dan")]}, {"bcc": ["Dan <d@x.org>"]}),
    ({"subject": "Grüße 🎉"}, {"subject": ["Grüße 🎉"]}),
    ({"text": "a\nb"}, {"text": ["a\nb"]}),
    ({"html": "<b>日本</b>"}, {"html": ["<b>日本</b>"]}),
    ({"amp_html": "<html ⚡4email>"}, {"amp-html": ["<html ⚡4email>"]}),
    ({"template": "welcome"}, {"template": ["welcome"]}),
    ({"template": "t", "template_version": "v2"}, {"template": ["t"], "t:version": ["v2"]}),
    ({"template": "t", "template_text": True}, {"template": ["t"], "t:text": ["yes"]}),
    ({"template": "t", "template_variables": {"ä": [1, None]}}, {"template": ["t"], "t:variables": ['{"ä":[1,null]}']}),
    ({"template_text": False}, {}),
    ({"tags": "one"}, {"o:tag": ["one"]}),
    ({"tags": ["one", "two"]}, {"o:tag": ["one", "two"]}),
    ({"dkim": True}, {"o:dkim": ["yes"]}),
    ({"dkim": False}, {"o:dkim": ["no"]}),
    ({"secondary_dkim": "x.org/s1"}, {"o:secondary-dkim": ["x.org/s1"]}),
    (
        {"secondary_dkim": "x.org/s1", "secondary_dkim_public": "y.org/s1"},
        {"o:secondary-dkim": ["x.org/s1"], "o:secondary-dkim-public": ["y.org/s1"]},
    ),
    (
        {"delivery_time": datetime(2026, 10, 14, 12, 0, 5, 999, tzinfo=UTC)},
        {"o:deliverytime": ["Wed, 14 Oct 2026 12:00:05 +0000"]},
    ),
    (
        {"delivery_time": datetime(2026, 10, 14, 12, tzinfo=INDIA)},
        {"o:deliverytime": ["Wed, 14 Oct 2026 12:00:00 +0530"]},
    ),
    (
        {"delivery_time": datetime(2026, 10, 14, 12, tzinfo=_LocalMeanTime())},
        {"o:deliverytime": ["Wed, 14 Oct 2026 11:42:30 +0000"]},
    ),
    ({"deliver_within": timedelta(minutes=90)}, {"o:deliver-within": ["1h30m"]}),
    ({"deliver_within": timedelta(minutes=5)}, {"o:deliver-within": ["5m"]}),
    ({"deliver_within": timedelta(hours=24)}, {"o:deliver-within": ["24h"]}),
    ({"delivery_time_optimize_period": 24}, {"o:deliverytime-optimize-period": ["24h"]}),
    ({"delivery_time_optimize_period": timedelta(days=3)}, {"o:deliverytime-optimize-period": ["72h"]}),
    ({"time_zone_localize": "17:30"}, {"o:time-zone-localize": ["17:30"]}),
    ({"time_zone_localize": "05:30PM"}, {"o:time-zone-localize": ["05:30PM"]}),
    ({"test_mode": True}, {"o:testmode": ["yes"]}),
    ({"test_mode": False}, {}),
    ({"tracking": "htmlonly"}, {"o:tracking": ["htmlonly"]}),
    ({"tracking": False}, {"o:tracking": ["no"]}),
    ({"tracking_clicks": "htmlonly"}, {"o:tracking-clicks": ["htmlonly"]}),
    ({"tracking_opens": True}, {"o:tracking-opens": ["yes"]}),
    ({"tracking_pixel_location_top": True}, {"o:tracking-pixel-location-top": ["yes"]}),
    ({"require_tls": True}, {"o:require-tls": ["yes"]}),
    ({"skip_verification": False}, {"o:skip-verification": ["no"]}),
    ({"sending_ip": "192.0.2.1"}, {"o:sending-ip": ["192.0.2.1"]}),
    ({"sending_ip_pool": "pool"}, {"o:sending-ip-pool": ["pool"]}),
    ({"archive_to": "https://x.org/a?b=c"}, {"o:archive-to": ["https://x.org/a?b=c"]}),
    ({"suppress_headers": "all"}, {"o:suppress-headers": ["all"]}),
    (
        {"suppress_headers": ["X-Mailgun-Tag", "X-Mailgun-Variables"]},
        {"o:suppress-headers": ["X-Mailgun-Tag,X-Mailgun-Variables"]},
    ),
    ({"headers": {"Reply-To": "Ä <a@x.org>", "X-Id": "1"}}, {"h:Reply-To": ["Ä <a@x.org>"], "h:X-Id": ["1"]}),
    (
        {"variables": {"id": "1", "n": 5, "on": True, "none": None, "more": {"a": ["ü"]}}},
        {"v:id": ["1"], "v:n": ["5"], "v:on": ["true"], "v:none": ["null"], "v:more": ['{"a":["ü"]}']},
    ),
    (
        {"recipient_variables": {"bob@example.com": {"n": 1}}},
        {"recipient-variables": ['{"bob@example.com":{"n":1}}']},
    ),
    ({"list_variables": True, "text": "%recipient.age%"}, {"text": ["%recipient.age%"]}),
]


@pytest.mark.parametrize(("fields", "written"), FORMS, ids=",".join)
def test_every_field_has_its_form_on_the_wire(
    mail: Mail, read: Read, fields: dict[str, Any], written: dict[str, list[str]]
) -> None:
    """What is set goes out under Mailgun's name, and nothing else does."""
    plain = {"from": ["ada@mg.example.com"], "to": ["bob@example.com"], "text": ["Hi"]}
    assert read(mail(**fields)).fields == plain | written


def test_the_table_above_has_every_field() -> None:
    """A new field can't be forgotten here; files have tests of their own."""
    named = {name for fields, _ in FORMS for name in fields}
    assert named == {f.name for f in attrs.fields(Message)} - {"attachments", "inline"}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"subject": "a\nBcc: x@x.org"}, "subject", "line breaks"),
    ({"subject": "a\rb"}, "subject", "line breaks"),
    ({"subject": "a\0b"}, "subject", "NUL"),
    ({"subject": 5}, "subject", "text"),
    ({"text": b"Hi"}, "text", "text"),
    ({"html": 5}, "html", "text"),
    ({"template": "a\nb"}, "template", "line breaks"),
    ({"template_version": "v1"}, "template", "need a template"),
    ({"template_text": True}, "template", "need a template"),
    ({"template_variables": {}}, "template", "need a template"),
    ({"template": "t", "template_variables": {"at": datetime(2026, 1, 1, tzinfo=UTC)}}, "t:variables", "JSON"),
    ({"template": "t", "template_variables": {"x": float("nan")}}, "t:variables", "JSON"),
    ({"tags": ["a\nb"]}, "o:tag", "line breaks"),
    ({"tags": ["größe"]}, "o:tag", "ASCII"),
    ({"tags": [""]}, "o:tag", "empty"),
    ({"tags": {"a": 1}}, "o:tag", "list"),
    ({"dkim": "yes"}, "o:dkim", "True or False"),
    ({"test_mode": "yes"}, "o:testmode", "True or False"),
    ({"tracking": "yes"}, "o:tracking", "True or False"),
    ({"tracking_opens": "htmlonly"}, "o:tracking-opens", "True or False"),
    ({"secondary_dkim": "x.org"}, "o:secondary-dkim", "domain/selector"),
    ({"secondary_dkim_public": "x.org/s1"}, "o:secondary-dkim-public", "needs secondary_dkim"),
    ({"delivery_time": datetime(2026, 1, 1)}, "o:deliverytime", "time zone"),  # noqa: DTZ001 -- that is the point
    ({"delivery_time": "tomorrow"}, "o:deliverytime", "datetime"),
    ({"deliver_within": 90}, "o:deliver-within", "timedelta"),
    ({"deliver_within": timedelta(minutes=5, seconds=1)}, "o:deliver-within", "whole minutes"),
    ({"delivery_time_optimize_period": timedelta(hours=24, minutes=1)}, "o:deliverytime-optimize-period", "whole"),
    ({"delivery_time_optimize_period": True}, "o:deliverytime-optimize-period", "whole hours"),
    ({"time_zone_localize": "25:00"}, "o:time-zone-localize", "time of day"),
    ({"time_zone_localize": "13:00PM"}, "o:time-zone-localize", "time of day"),
    ({"archive_to": "ftp://x.org"}, "o:archive-to", "URL"),
    ({"sending_ip": "a\nb"}, "o:sending-ip", "line breaks"),
    ({"suppress_headers": ["a\nb"]}, "o:suppress-headers", "line breaks"),
    ({"suppress_headers": 5}, "o:suppress-headers", "list"),
    ({"headers": {"X-Größe": "1"}}, "h:X-Größe", "printable ASCII"),
    ({"headers": {"X Id": "1"}}, "h:X Id", "printable ASCII"),
    ({"headers": {"X:": "1"}}, "h:X:", "printable ASCII"),
    ({"headers": {"": "1"}}, "h:", "printable ASCII"),
    ({"headers": {"X-Id": "1\r\nBcc: x@x.org"}}, "h:X-Id", "line breaks"),
    ({"headers": {"X-Id": 1}}, "h:X-Id", "text"),
    ({"headers": {"message-ID": "abc@x.org"}}, "h:Message-Id", "<unique@domain>"),
    ({"headers": {"Message-Id": "<abc>"}}, "h:Message-Id", "<unique@domain>"),
    ({"variables": {"größe": "1"}}, "v:größe", "printable ASCII"),
    ({"variables": {"a\n": "1"}}, "v:a\n", "printable ASCII"),
    ({"variables": {"": "1"}}, "v:", "printable ASCII"),
    ({"variables": {"at": datetime(2026, 1, 1, tzinfo=UTC)}}, "v:at", "JSON"),
    ({"variables": {"x": b"x"}}, "v:x", "JSON"),
]


@pytest.mark.parametrize(("fields", "field", "words"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_mailgun_or_a_header_can_not_take_is_refused(
    mail: Mail, read: Read, fields: dict[str, Any], field: str, words: str
) -> None:
    """The error names the field as it is on the wire."""
    with pytest.raises(InvalidMessage, match=words) as caught:
        read(mail(**fields))
    assert caught.value.field == field


LIMITS: list[tuple[dict[str, Any], tuple[str, int, int]]] = [
    ({"tags": ["t"] * 11}, ("o:tag", 11, 10)),
    ({"tags": ["t" * 129]}, ("o:tag", 129, 128)),
    ({"deliver_within": timedelta(minutes=4)}, ("o:deliver-within", 4, 1440)),
    ({"deliver_within": timedelta(minutes=1441)}, ("o:deliver-within", 1441, 1440)),
    ({"delivery_time_optimize_period": 23}, ("o:deliverytime-optimize-period", 23, 72)),
    ({"delivery_time_optimize_period": timedelta(hours=73)}, ("o:deliverytime-optimize-period", 73, 72)),
]


@pytest.mark.parametrize(("fields", "told"), LIMITS, ids=lambda value: str(value)[:40])
def test_a_value_beyond_its_limit_is_refused(
    mail: Mail, read: Read, fields: dict[str, Any], told: tuple[str, int, int]
) -> None:
    """The error has the field, the size found and the limit."""
    with pytest.raises(InvalidMessage) as caught:
        read(mail(**fields))
    assert (caught.value.field, caught.value.size, caught.value.limit) == told


def test_ten_long_tags_pass(mail: Mail, read: Read) -> None:
    """The limits themselves are allowed."""
    assert read(mail(tags=["t" * 128] * 10)).fields["o:tag"] == ["t" * 128] * 10


def test_json_nested_without_end_is_refused(mail: Mail, read: Read) -> None:
    """A structure that holds itself is told, not recursed into."""
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(InvalidMessage, match="JSON"):
        read(mail(variables={"x": loop}))


def test_options_alone_are_no_message() -> None:
    """What MIME messages share with others has no bodies."""
    assert not hasattr(SendOptions(), "text")
