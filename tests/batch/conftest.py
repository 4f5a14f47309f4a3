from __future__ import annotations

import asyncio
import inspect
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import orjson
import pytest

from mailgun_async.batch.chunker import Chunker
from mailgun_async.batch.sender import Sender
from mailgun_async.batch.source import Recipients, in_blocks
from mailgun_async.errors import ApiError
from mailgun_async.transport.encoding import FilePart
from mailgun_async.transport.outcome import Accepted, Attempt, Limited, Outcome, Unknown
from mailgun_async.transport.request import Failure, Request, Response

REQUEST = Request(method="POST", template="/v3/{domain_name}/messages", url="http://test", headers={})


@attrs.define
class Post:
    """Stands for Mailgun: records the addresses of each call, and lets a rule refuse."""

    rule: Callable[[list[str]], object] = lambda _addresses: None
    """May raise; what it returns is awaited when it can be."""
    permits: asyncio.Semaphore | None = None
    """A limiter: a call that waits for a permit is not on the wire."""
    calls: list[list[str]] = attrs.Factory(list)
    fields: list[dict[str, str]] = attrs.Factory(list)
    """Values of all fields of each call, by name."""
    message_ids: list[str] = attrs.Factory(list)
    accepted: dict[str, Any] = attrs.Factory(dict)
    """Variables of all who were accepted."""
    in_flight: int = 0
    most_in_flight: int = 0

    async def __call__(
        self,
        parts: Sequence[bytes | FilePart],
        /,
        *,
        recipients: int,
        message_id: str,
        on_start: Callable[[], None],
        on_attempt: Callable[[Attempt], None],
    ) -> None:
        named = self.read(parts)
        self.fields.append(named)
        variables = orjson.loads(named["recipient-variables"])
        assert len(variables) == recipients
        assert named["h:Message-Id"] == f"<{message_id}>"
        if self.permits is not None:
            await self.permits.acquire()
        self.calls.append(list(variables))
        self.message_ids.append(message_id)
        on_start()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        outcome: Outcome = Unknown(Failure("cancelled", sent=True))
        try:
            answer = self.rule(list(variables))
            if inspect.isawaitable(answer):
                await answer
            self.accepted |= variables
            outcome = Accepted(None)
        except ApiError as error:
            outcome = Limited(Response(error.status, {}, b""))
            raise
        finally:
            self.in_flight -= 1
            on_attempt(Attempt(request=REQUEST, number=1, outcome=outcome, status=None, waited_s=0.5, took_s=0.0))

    @staticmethod
    def read(parts: Sequence[bytes | FilePart]) -> dict[str, str]:
        """Read ready parts by the names of their fields."""
        read = {}
        for part in parts:
            assert isinstance(part, bytes)
            head, value = part.removesuffix(b"\r\n").split(b"\r\n\r\n", 1)
            read[head.decode().split(' name="')[1].split('"')[0]] = value.decode()
        return read

    @property
    def sizes(self) -> list[int]:
        """Recipients of each call."""
        return [len(call) for call in self.calls]


@pytest.fixture
def post() -> Post:
    """Mailgun that accepts everything, until its rule is set."""
    return Post()


@pytest.fixture
def make_sender(post: Post) -> Callable[..., Sender]:
    """Make a sender of recipients, whom it reads in blocks of `size`."""

    def make(recipients: Recipients, *, size: int = 4, max_in_flight: int = 1, **more: Any) -> Sender:
        numbers = itertools.count(1)
        return Sender(
            blocks=in_blocks(recipients, size),
            chunker=more.pop("chunker", Chunker()),
            post=post,
            common=[],
            new_message_id=lambda: f"{next(numbers)}@test",
            now=itertools.count(10.0, 2.5).__next__,
            size=size,
            max_in_flight=max_in_flight,
            **more,
        )

    return make


@pytest.fixture
def refusal() -> Callable[..., ApiError]:
    """Make the error of a refusal."""

    def make(kind: type[ApiError], message: str = "no", *, status: int = 400, **flags: bool) -> ApiError:
        where = {"method": REQUEST.method, "template": REQUEST.template}
        return kind(message, status=status, message=message, **where, **flags)  # type: ignore[arg-type]

    return make
