"""Options that make a message, shared by `send` and `send-batch`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

import mailgun_async
from mailgun_async.cli._command import flag, option
from mailgun_async.errors import InvalidMessage

if TYPE_CHECKING:
    from mailgun_async import Message

__all__ = ["Mail"]

_MAIL, _HOW = "Message", "Sending options"
_STDIN = Path("-")


@attrs.frozen(kw_only=True)
class Mail:
    """What is sent, and how; all but to whom."""

    from_: str | None = option(
        "--from", "-f", metavar="ADDRESS", panel=_MAIL, help="Sender, 'Ada <ada@mg.example.com>'."
    )
    subject: str | None = option("--subject", "-s", metavar="TEXT", panel=_MAIL, help="Subject.")
    text: str | None = option("--text", metavar="TEXT", panel=_MAIL, help="Text part.")
    text_file: Path | None = option(
        "--text-file", metavar="FILE", panel=_MAIL, help="File with the text part, UTF-8; - is stdin."
    )
    html: str | None = option("--html", metavar="TEXT", panel=_MAIL, help="HTML part.")
    html_file: Path | None = option(
        "--html-file", metavar="FILE", panel=_MAIL, help="File with the HTML part, UTF-8; - is stdin."
    )
    attach: list[Path] | None = option(
        "--attach", "-a", metavar="FILE", panel=_MAIL, help="File to attach; repeatable."
    )
    inline: list[Path] | None = option(
        "--inline", metavar="FILE", panel=_MAIL, help="File that the HTML shows as cid:<file name>; repeatable."
    )
    template: str | None = option(
        "--template", metavar="NAME", panel=_MAIL, help="Name of a stored template, instead of HTML."
    )
    template_version: str | None = option(
        "--template-version", metavar="TAG", panel=_MAIL, help="Its version; default: the active one."
    )
    template_variable: list[str] | None = option(
        "--template-variable",
        panel=_MAIL,
        metavar="NAME=VALUE",
        help="Value for the template; repeatable.",
    )
    header: list[str] | None = option(
        "--header", panel=_MAIL, metavar="NAME:VALUE", help="Header of the mail; repeatable."
    )
    tag: list[str] | None = option("--tag", metavar="TAG", panel=_HOW, help="Tag, for statistics; repeatable.")
    variable: list[str] | None = option(
        "--variable",
        panel=_HOW,
        metavar="NAME=VALUE",
        help="Data that comes back in events; repeatable.",
    )
    deliver_at: str | None = option(
        "--deliver-at",
        panel=_HOW,
        metavar="MOMENT",
        help="Not before this moment, with its zone: 2027-01-31T09:30+01:00.",
    )
    tracking: bool | None = option(
        "--tracking/--no-tracking",
        panel=_HOW,
        metavar="",
        help="Track opens and clicks; default: the domain's setting.",
    )
    require_tls: bool = flag("--require-tls", panel=_HOW, help="Deliver over TLS or not at all.")
    test_mode: bool = flag("--test-mode", panel=_HOW, help="Accept and charge, but do not deliver.")

    def message(self, **addressees: Any) -> Message:
        """Make the message; `addressees` are `to`, `cc` and `bcc`.

        Raises:
            InvalidMessage: Options exclude each other, or one is missing or not of its form.
            OSError: A file cannot be read.
        """
        self._check()
        return mailgun_async.Message(
            from_=self.from_,
            subject=self.subject,
            text=self.text if self.text_file is None else _content(self.text_file),
            html=self.html if self.html_file is None else _content(self.html_file),
            attachments=_files(self.attach),
            inline=_files(self.inline),
            template=self.template,
            template_version=self.template_version,
            template_variables=_pairs("template-variable", "=", self.template_variable) or None,
            headers=_pairs("header", ":", self.header),
            tags=self.tag or (),
            variables=_pairs("variable", "=", self.variable),
            delivery_time=_moment(self.deliver_at),
            tracking=self.tracking,
            require_tls=self.require_tls or None,
            test_mode=self.test_mode,
            **addressees,
        )

    def _check(self) -> None:
        for name, given, path in (("text", self.text, self.text_file), ("html", self.html, self.html_file)):
            if given is not None and path is not None:
                raise InvalidMessage(f"--{name} and --{name}-file exclude each other", field=name)
        if self.text_file == self.html_file == _STDIN:
            raise InvalidMessage("--text-file and --html-file cannot both be stdin", field="html")
        if self.template is not None:  # it may bring the rest
            return
        if not self.from_:
            raise InvalidMessage("no sender: give --from", field="from")
        if (self.text, self.text_file, self.html, self.html_file) == (None, None, None, None):
            raise InvalidMessage(
                "nothing to read: give --text, --text-file, --html, --html-file or --template", field="text"
            )


def _content(path: Path) -> str:
    content = sys.stdin.buffer.read() if path == _STDIN else path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where, line = "stdin" if path == _STDIN else path, content.count(b"\n", 0, error.start) + 1
        raise InvalidMessage(f"{where}, line {line}, is not UTF-8: {error.reason}", field="text") from None


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise InvalidMessage(
            f"--deliver-at must be like 2027-01-31T09:30+01:00, not {text!r}", field="o:deliverytime"
        ) from None


def _files(paths: list[Path] | None) -> list[mailgun_async.Attachment]:
    return [mailgun_async.Attachment(path=path) for path in paths or ()]


def _pairs(name: str, mark: str, given: list[str] | None) -> dict[str, str]:
    pairs = {}
    for text in given or ():
        key, found, value = text.partition(mark)
        if not key.strip() or not found:
            raise InvalidMessage(f"--{name} must be NAME{mark}VALUE, not {text!r}", field=name)
        pairs[key.strip()] = value.strip() if mark == ":" else value
    return pairs
