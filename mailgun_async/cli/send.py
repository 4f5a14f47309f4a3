"""`mailgun-async send`: one mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import attrs
import typer

from mailgun_async.cli._account import Account
from mailgun_async.cli._command import Output, command, run
from mailgun_async.cli._exit import Exit
from mailgun_async.cli._message import Mail

if TYPE_CHECKING:
    from mailgun_async import Mailgun, Message, Sent

__all__ = ["send"]


@command
def send(
    *,
    to: Annotated[list[str], typer.Option("--to", "-t", metavar="ADDRESS", help="Who gets it; repeatable.")],
    mail: Mail,
    account: Account,
    output: Output,
    cc: Annotated[
        list[str] | None, typer.Option("--cc", metavar="ADDRESS", help="Who gets a copy; repeatable.")
    ] = None,
    bcc: Annotated[
        list[str] | None, typer.Option("--bcc", metavar="ADDRESS", help="As --cc, hidden; repeatable.")
    ] = None,
) -> Exit:
    """Send one mail and print its id."""
    message, domain = mail.message(to=to, cc=cc or (), bcc=bcc or ()), account.sending_domain()
    given = {name: value for name, value in message.headers.items() if name.lower() == "message-id"}
    identified = given or {"Message-Id": f"<{uuid4().hex}@{domain}>"}
    message = attrs.evolve(message, headers={**message.headers, **identified})
    try:
        sent = run(_send(account.client(), domain, message))
    except KeyboardInterrupt as error:
        message_id = next(iter(identified.values()))
        text = f"interrupted; if it was accepted all the same, its Message-Id is {message_id}"
        raise KeyboardInterrupt(text) from error
    output.announce(sent.id, {"id": sent.id, "message": sent.message})
    return Exit.DONE


async def _send(client: Mailgun, domain: str, message: Message) -> Sent:
    async with client:
        return await client.messages.send(domain, message)
