"""What the first recipients of a plan will read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from mailgun_async.message import fill

if TYPE_CHECKING:
    from mailgun_async.message import Message, Recipient

__all__ = ["PREVIEWED", "PreviewedMail", "previewed"]

PREVIEWED: Final = 3
"""So many mails are shown, or as many as there are."""


@attrs.frozen(kw_only=True)
class PreviewedMail:
    """A recipient's mail, `%recipient.x%` replaced in it. Its texts are None where a stored template brings them."""

    address: str
    """The plain address it goes to."""
    subject: str | None
    text: str | None = attrs.field(repr=False)
    html: str | None = attrs.field(repr=False)
    variables: Mapping[str, Any]
    """The recipient's own values."""


def previewed(message: Message, recipient: Recipient) -> PreviewedMail:
    """Return the mail that a recipient will get of a message."""
    texts = {"subject": message.subject, "text": message.text, "html": message.html}
    read = partial(fill, values=recipient.variables)
    return PreviewedMail(
        address=recipient.address,
        variables=recipient.variables,
        **{name: None if text is None else read(text) for name, text in texts.items()},
    )
