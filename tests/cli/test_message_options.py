from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mailgun_async import InvalidMessage
from mailgun_async.cli._message import Mail

_SOUND: dict[str, Any] = {"from_": "ada@mg.example.com", "text": "x"}


def test_options_become_a_message() -> None:
    """Each goes to the field of its name."""
    mail = Mail(
        from_="ada@mg.example.com",
        subject="Hi",
        text="Hello",
        html="<p>Hello",
        tag=["a", "b"],
        variable=["order=7=8"],
        header=["Reply-To: eve@example.com"],
        deliver_at="2027-01-31T09:30+01:00",
        tracking=False,
        require_tls=True,
        test_mode=True,
    )
    message = mail.message(to=["bob@example.com"], cc=(), bcc=())
    assert (message.from_, message.to, message.subject) == ("ada@mg.example.com", ["bob@example.com"], "Hi")
    assert (message.text, message.html) == ("Hello", "<p>Hello")
    assert message.tags == ["a", "b"]
    assert message.variables == {"order": "7=8"}
    assert message.headers == {"Reply-To": "eve@example.com"}
    assert message.delivery_time == datetime.fromisoformat("2027-01-31T09:30+01:00")
    assert (message.tracking, message.require_tls, message.test_mode) == (False, True, True)


def test_what_is_not_given_is_left_to_mailgun() -> None:
    """No option turns into a field by itself."""
    message = Mail(**_SOUND).message()
    assert (message.tracking, message.require_tls, message.template_variables) == (None, None, None)


def test_a_template_takes_its_version_and_variables() -> None:
    """Instead of HTML."""
    message = Mail(template="welcome", template_version="v2", template_variable=["plan=gold"]).message()
    assert (message.template, message.template_version) == ("welcome", "v2")
    assert message.template_variables == {"plan": "gold"}


def test_bodies_come_from_files(tmp_path: Path) -> None:
    """UTF-8, whatever the machine's own encoding; a byte order mark is none of the text."""
    text, html = tmp_path / "mail.txt", tmp_path / "mail.html"
    text.write_bytes("\ufeffGrüße".encode())
    html.write_bytes("<p>你好".encode())
    message = Mail(from_="ada@mg.example.com", text_file=text, html_file=html).message()
    assert (message.text, message.html) == ("Grüße", "<p>你好")


def test_a_dash_reads_the_body_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """For pipes."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("für".encode()), encoding="ascii"))
    assert Mail(from_="ada@mg.example.com", text_file=Path("-")).message().text == "für"


def test_a_body_of_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    """Rather than sent as it is."""
    (tmp_path / "mail.txt").write_bytes("Hallo\nJürgen".encode("latin-1"))
    with pytest.raises(InvalidMessage, match=r"mail\.txt, line 2, is not UTF-8"):
        Mail(from_="ada@mg.example.com", text_file=tmp_path / "mail.txt").message()


def test_a_body_is_given_once() -> None:
    """As text or as a file."""
    with pytest.raises(InvalidMessage, match="--text and --text-file exclude each other"):
        Mail(text="a", text_file=Path("b")).message()


def test_stdin_is_read_once() -> None:
    """The second part would be empty."""
    with pytest.raises(InvalidMessage, match="cannot both be stdin"):
        Mail(text_file=Path("-"), html_file=Path("-")).message()


def test_files_are_attached_by_path(tmp_path: Path) -> None:
    """They are read while they are sent."""
    message = Mail(**_SOUND, attach=[tmp_path / "a.pdf"], inline=[tmp_path / "logo.png"]).message()
    assert [(file.path, file.filename) for file in message.attachments] == [(tmp_path / "a.pdf", "a.pdf")]
    assert [file.filename for file in message.inline] == ["logo.png"]


@pytest.mark.parametrize(
    ("mail", "text"),
    [
        (Mail(text="x"), "no sender: give --from"),
        (Mail(from_="ada@mg.example.com"), "nothing to read: give --text"),
        (Mail(**_SOUND, header=["Reply-To"]), "--header must be NAME:VALUE, not 'Reply-To'"),
        (Mail(**_SOUND, variable=["=1"]), "--variable must be NAME=VALUE, not '=1'"),
        (Mail(**_SOUND, template_variable=["x"]), "--template-variable must be NAME=VALUE"),
        (Mail(**_SOUND, deliver_at="tomorrow"), "--deliver-at must be like 2027-01-31T09:30"),
    ],
)
def test_what_is_not_of_its_form_is_named(mail: Mail, text: str) -> None:
    """The error shows the form and what was given."""
    with pytest.raises(InvalidMessage, match=text):
        mail.message()
