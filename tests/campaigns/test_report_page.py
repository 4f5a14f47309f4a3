from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from mailgun_async.campaigns.history import Series
from mailgun_async.campaigns.journal import RejectedRecipient, Settlement
from mailgun_async.campaigns.markup import Markup, el
from mailgun_async.campaigns.report import CampaignReport, report
from mailgun_async.campaigns.report_charts import progress, short, spoken
from mailgun_async.campaigns.report_page import page
from mailgun_async.campaigns.sqlite import SqliteJournal
from tests.campaigns.filled import BEGAN, accepted, claim, fill

EVIL: Final = "</style><script>alert('&\"')</script>"


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    """An open one, with nothing in it."""
    journal = SqliteJournal(tmp_path / "campaign.db")
    await journal.open()
    yield journal
    await journal.close()


@pytest.fixture
async def troubled(journal: SqliteJournal) -> CampaignReport:
    """Of a campaign in which every text that somebody else chose is evil."""
    nobody = RejectedRecipient(address=EVIL, reason=EVIL, by="plan", line=3)
    await fill(journal, [3, 2, 1, 4, 5], name=EVIL, rejected=[nobody], bad_rows=1, duplicates=2, excluded=3)
    limited = Settlement(state="planned", outcome="limited", at=BEGAN + 1, status=429)
    await journal.settle(await claim(journal), limited)
    for after_s, settlement in enumerate(
        (
            accepted(2.0),
            Settlement(state="refused", outcome="refused", at=BEGAN + 90, status=400, reason=EVIL),
            Settlement(state="unknown", outcome="unknown", at=BEGAN + 100, reason=EVIL, due_at=BEGAN + 200),
            Settlement(state="parked", outcome="unknown", at=BEGAN + 120, reason=EVIL),
        ),
        start=1,
    ):
        await journal.settle(await claim(journal, after_s), settlement)
    return await report(journal, now=BEGAN + 200)


class _Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.cells: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if "td" in self.open:
            self.cells.append(data)


def _charts(text: str) -> list[ET.Element]:
    return [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]  # noqa: S314 -- our own


def test_every_value_is_shown_as_text(troubled: CampaignReport) -> None:
    """Names, reasons and addresses come from others; what is opened is closed in its order."""
    shown = _Page(page(troubled))
    assert shown.open == []
    assert "script" not in {tag for tag, _ in shown.opened}
    assert shown.texts.count(EVIL) >= 5


def test_nothing_is_loaded_from_anywhere(troubled: CampaignReport) -> None:
    """No element that loads, and a policy for the browser that forbids it."""
    text = page(troubled)
    shown = _Page(text)
    names = {name for _, given in shown.opened for name in given}
    assert not names & {"src", "href", "srcset", "data", "action"}
    assert {tag for tag, _ in shown.opened}.isdisjoint({"script", "link", "img", "iframe", "object", "base", "form"})
    assert not re.search(r"url\(|@import|https?:", text)
    [policy] = [given["content"] for _, given in shown.opened if given.get("http-equiv") == "Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_charts_say_what_they_show(troubled: CampaignReport) -> None:
    """For those who do not see them: an image with a title and a description."""
    charts = _charts(page(troubled))
    said = {}
    for chart in charts:
        title, description = chart[0], chart[1]
        assert (chart.get("role"), title.tag, description.tag) == ("img", "title", "desc")
        assert chart.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        said[title.text] = description.text
    assert said["Recipients accepted"] == "3 of 15 recipients accepted."
    assert said["Refusals and failures"] == "Refused for the rate: 1; other attempts that were not accepted: 3."
    assert "accepted 3, planned 5, unknown 1, parked 4, refused 2, rejected 1, bad rows 1" in str(
        said["What became of everybody"]
    )


def test_a_table_beside_the_charts_holds_their_numbers(troubled: CampaignReport) -> None:
    """Also for those who want to copy them."""
    cells = _Page(page(troubled)).cells
    assert cells[cells.index("unknown") + 1 :][:2] == ["1", "4.55%"]
    assert cells[cells.index("taken from the source") + 1] == "22"
    steps = [cells[at : at + 5] for at, cell in enumerate(cells) if cell.startswith("2025-11-24 16:00:00")]
    assert ["2025-11-24 16:00:00", "3", "3", "1", "0"] in steps


def test_what_somebody_has_to_do_stands_on_top(troubled: CampaignReport) -> None:
    """Unknown, parked and refused calls, with their Message-Ids and reasons below."""
    texts = _Page(page(troubled)).texts
    assert "Unknown whether accepted: 1 call. Reconciling looks them up." in texts
    assert any(text.startswith("Parked: 1 call.") for text in texts)
    assert any(text.startswith("Refused: 1 call.") for text in texts)
    assert {troubled.unknown[0].message_id, troubled.refused[0].message_id} <= set(texts)


async def test_an_empty_campaign_has_a_page(journal: SqliteJournal) -> None:
    """Nothing is divided by nothing."""
    await fill(journal)
    text = page(await report(journal, now=BEGAN))
    assert _charts(text) == []
    assert {"complete", "Nothing has been sent."} <= set(_Page(text).texts)


@pytest.mark.parametrize(
    ("state", "shown"), [(None, "planned"), ("ready", "planned"), ("paused", "paused"), ("cancelled", "cancelled")]
)
async def test_the_state_is_shown(journal: SqliteJournal, state: str | None, shown: str) -> None:
    """In one word."""
    await fill(journal, [1])
    if state is not None:
        await journal.steer(state)  # type: ignore[arg-type]  # from the table
    assert shown in _Page(page(await report(journal, now=BEGAN))).texts


async def test_calls_accepted_twice_are_told(journal: SqliteJournal) -> None:
    """With how many may have two mails."""
    await fill(journal, [4])
    late = await claim(journal)
    await journal.expire(now=BEGAN + 60, due_at=BEGAN + 60)
    [lost] = await journal.unknown(now=BEGAN + 60, limit=1)
    await journal.resolve(lost, Settlement(state="planned", outcome="absent", at=BEGAN + 61))
    again = await claim(journal, 62.0)
    for held in (late, again):
        await journal.settle(held, accepted(63.0))
    one = await report(journal, now=BEGAN + 70)
    assert "Accepted twice: 1 call. 4 recipients may have two mails." in _Page(page(one)).texts


async def test_lists_are_cut_and_say_so(journal: SqliteJournal, tmp_path: Path) -> None:
    """A page of millions would not open."""
    many = [RejectedRecipient(address=f"a{number}", reason="no", by="plan") for number in range(300)]
    await fill(journal, [1], rejected=many)
    one = await report(journal, now=BEGAN)
    one.write_page(tmp_path / "page.html")
    shown = _Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "200 more are in the file of rejects." in shown.texts
    assert "a99" in shown.cells
    assert "a100" not in shown.cells


@pytest.mark.parametrize("span_s", [0.02, 3, 59, 61, 600, 7200, 90_000, 3e6, 4e7])
def test_the_time_is_marked_a_few_times(span_s: float) -> None:
    """Whether it took a moment or a year."""
    series = Series(BEGAN)
    series.add(BEGAN, accepted=1)
    series.add(BEGAN + span_s, accepted=1)
    labels = [text.text for text in ET.fromstring(progress(series, 2)).iter("text") if text.get("class") == "time"]  # noqa: S314 -- our own
    assert 2 <= len(labels) <= 8
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (2_500, "2.5 k"), (1_000_000, "1 M"), (7_250_000, "7.25 M"), (2e9, "2 G")],
)
def test_numbers_beside_a_chart_are_short(value: float, text: str) -> None:
    """Few digits."""
    assert short(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (61, "1 min 1 s"), (3_660, "1 h 1 min")]
)
def test_durations_are_words(seconds: float, text: str) -> None:
    """With the two units that matter."""
    assert spoken(seconds) == text


def test_markup_is_not_escaped_twice() -> None:
    """Everything else is escaped once, attributes too."""
    assert el("p", el("b", "<&"), "<", 3, title='"', class_="a", aria_hidden=None) == Markup(
        '<p title="&quot;" class="a"><b>&lt;&amp;</b>&lt;3</p>'
    )
