"""From a message and its recipients to a plan in a journal.

The source is read once, and written as it is read: chunks, frozen in a thread, in groups, so that commits are few.
Addresses that an earlier chunk has are found when all are known, and taken out of the chunks in the journal. Only then
is the plan complete; whatever ends it before leaves the state `planning`, of which nothing is sent and which the next
plan throws away.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from mailgun_async.batch.checks import bridged, check_columns, check_message
from mailgun_async.batch.chunker import Chunker
from mailgun_async.batch.chunks import Chunk
from mailgun_async.batch.source import in_blocks
from mailgun_async.campaigns import payload
from mailgun_async.campaigns.duplicates import Duplicates, take_out
from mailgun_async.campaigns.exclude import make_filter
from mailgun_async.campaigns.intake import Intake
from mailgun_async.campaigns.journal import CommonPart, Header, Journal, RejectedRecipient, Totals
from mailgun_async.campaigns.preview import PREVIEWED, PreviewedMail, previewed
from mailgun_async.campaigns.replanning import check_same
from mailgun_async.errors import InvalidArgument, InvalidMessage, JournalError
from mailgun_async.message import MAX_RECIPIENTS, encode_common, file_sizes, part_name, whole_parts

if TYPE_CHECKING:
    from collections.abc import Collection

    from mailgun_async.batch.block import Block
    from mailgun_async.batch.source import Blocks, Recipients
    from mailgun_async.campaigns.exclude import Exclude
    from mailgun_async.campaigns.journal import ChunkRecord, NewChunk
    from mailgun_async.message import Message

__all__ = ["Plan", "new_campaign_id", "plan"]

_GROUP_BYTES: Final = 1024 * 1024
_GROUP_CHUNKS: Final = 256
_BLOCK: Final = 100
_OWN_VARIABLE: Final = f"v:{payload.MESSAGE_ID_VARIABLE}"


@attrs.frozen(kw_only=True)
class Plan:
    """A complete plan. Nothing of it was sent by planning."""

    id: str
    """The campaign's; begins every Message-Id."""
    name: str | None
    domain: str
    totals: Totals
    preview: Sequence[PreviewedMail] = attrs.field(repr=False)
    """Mails of the first recipients, up to 3."""
    already_planned: bool
    """The journal had this plan before, and was not changed."""

    @property
    def calls(self) -> int:
        """Calls that it takes to send all of it, if none is refused."""
        return self.totals.chunks


def new_campaign_id() -> str:
    """Draw an id: 10 hexadecimal digits."""
    return os.urandom(5).hex()


async def plan(
    journal: Journal,
    domain: str,
    message: Message,
    recipients: Recipients,
    *,
    campaign: str,
    now: float,
    name: str | None = None,
    chunk_size: int = MAX_RECIPIENTS,
    exclude: Exclude | None = None,
    address_key: str | None = None,
    template_from_recipients: bool | Collection[str] = False,
) -> Plan:
    """Freeze a campaign in a journal, or find that it is there already; see `Campaign.plan`.

    Args:
        journal: An open one.
        domain: The sending domain.
        message: What is sent, without recipients.
        recipients: Where they come from; read once.
        campaign: The id, in lower-case letters and digits, should it be a new plan.
        now: Seconds since 1970.
        name: What the campaign is called in reports.
        chunk_size: Most recipients of a call, 1 to 1,000.
        exclude: Who is left out: a set of addresses, or a function that is asked about each, and may be async.
        address_key: The key of the address, for recipients that are mappings.
        template_from_recipients: As for `Messages.send_batch`.

    Raises:
        JournalError: The journal holds another plan, and the text says what differs; or it can't be used.
        InvalidMessage: The message breaks a rule, or a file of it can't be read.
        InvalidArgument: An argument is outside its range, or nobody is in the source.
        Exception: What the source or `exclude` raised.
    """
    check_message(message, chunk_size, kind="campaign")
    _check_variables(message)
    is_excluded = None if exclude is None else await make_filter(exclude)
    found = await journal.header()
    planned = found if found is not None and found.totals is not None else None
    async with in_blocks(recipients, max(chunk_size, _BLOCK), address_key=address_key) as blocks:
        first = await _first(blocks, planned)
        if template_from_recipients:
            message = bridged(message, first, template_from_recipients)
        common, needed = await _encode(message, campaign, domain)
        check_columns(first, needed)
        header = Header(
            id=campaign,
            name=name,
            domain=domain,
            created_at=now,
            state="planning",
            options=_options(chunk_size, address_key, template_from_recipients),
            common_size=sum(len(part.data) for part in common),
        )
        chunker = Chunker(common_size=header.common_size, needed=needed, duplicates="report")
        intake = Intake(blocks=blocks, chunker=chunker, size=chunk_size, is_excluded=is_excluded)
        if planned is not None:
            await check_same(journal, planned, header, common, intake)
        else:
            await _write(journal, header, common, intake)
    return await _read(journal, message, already_planned=planned is not None)


def _check_variables(message: Message) -> None:
    if payload.MESSAGE_ID_VARIABLE in message.variables:
        raise InvalidMessage(
            f"{_OWN_VARIABLE} is the campaign's own, by which calls are looked up: give yours another name",
            field=_OWN_VARIABLE,
        )


async def _first(blocks: Blocks, planned: Header | None) -> Block:
    """Return the first block, which has somebody in it."""
    first = await blocks.peek()
    if first.taken:
        return first
    if planned is not None:
        raise JournalError(
            "no recipients: the source is empty, perhaps because it was read before. The journal holds a complete plan "
            "already, and send() goes on with it without any source"
        )
    raise InvalidArgument("no recipients: the source is empty, perhaps because it was read before", field="recipients")


def _options(
    chunk_size: int, address_key: str | None, template_from_recipients: bool | Collection[str]
) -> dict[str, Any]:
    wanted = template_from_recipients
    return {
        "chunk_size": chunk_size,
        "address_key": address_key,
        "template_from_recipients": wanted if isinstance(wanted, bool) else sorted(wanted),
    }


async def _encode(message: Message, campaign: str, domain: str) -> tuple[list[CommonPart], frozenset[str]]:
    """Return what all calls have in common, and the names of the variables that everybody needs."""
    longest = payload.message_id(campaign, payload.LONGEST_ORDINAL, payload.digest_of(b""), domain)
    reserved = len(f"h:Message-Id<{longest}>") + len(f"{_OWN_VARIABLE}{longest}")
    common = encode_common(message, reserved_bytes=reserved, sizes=await file_sizes(message))
    parts = [CommonPart(name=part_name(part) or "", data=part) for part in await whole_parts(common.parts)]
    return parts, frozenset() if message.list_variables else common.used


async def _write(journal: Journal, header: Header, common: Sequence[CommonPart], intake: Intake) -> None:
    """Write a new plan."""
    await journal.begin(header, common)
    async with Duplicates(_directory(journal)) as duplicates:
        writer = _Writer(journal=journal, header=header, intake=intake)
        while not intake.ended:
            chunk = await intake.next()
            if chunk is not None:
                await duplicates.add(chunk)
            await writer.add(chunk)
        found = await duplicates.search()
        emptied = await take_out(journal, duplicates, campaign=header.id, domain=header.domain) if found else 0
    await journal.finish(
        Totals(
            taken=intake.taken,
            recipients=intake.cut - found,
            chunks=writer.chunks - emptied,
            rejected=intake.rejected,
            bad_rows=intake.bad_rows,
            duplicates=intake.duplicates + found,
            excluded=intake.excluded,
            source_digest=writer.digest.hexdigest(),
        )
    )


def _directory(journal: Journal) -> Path | None:
    """Return where a file has room that grows as the journal does; the system's own choice may be in memory."""
    path = getattr(journal, "path", None)
    return path.parent if isinstance(path, Path) else None


@attrs.define(kw_only=True, eq=False)
class _Writer:
    """Gathers chunks and who is rejected, and writes a group of them in one commit."""

    journal: Journal
    header: Header
    intake: Intake
    chunks: int = 0
    """So many were written."""
    digest: Any = attrs.field(init=False, factory=lambda: blake2b(digest_size=16))
    _group: list[Chunk] = attrs.field(init=False, factory=list)
    _size: int = attrs.field(init=False, default=0)

    async def add(self, chunk: Chunk | None) -> None:
        if chunk is not None:
            self._group.append(chunk)
            self._size += len(chunk.to) + len(chunk.variables)
        if chunk is None or self._size >= _GROUP_BYTES or len(self._group) >= _GROUP_CHUNKS:
            await self._flush()

    async def _flush(self) -> None:
        rejected = [
            RejectedRecipient(address=one.address, reason=one.reason, by="plan", line=one.line)
            for one in self.intake.take_rejected()
        ]
        frozen = await asyncio.to_thread(self._frozen)
        self.chunks += len(frozen)
        self._group, self._size = [], 0
        await self.journal.add(frozen, rejected)

    def _frozen(self) -> list[NewChunk]:
        frozen = [
            payload.freeze(chunk, campaign=self.header.id, ordinal=str(ordinal), domain=self.header.domain)
            for ordinal, chunk in enumerate(self._group, self.chunks)
        ]
        for chunk in frozen:
            self.digest.update(chunk.digest.encode())
        return frozen


async def _read(journal: Journal, message: Message, *, already_planned: bool) -> Plan:
    header = await journal.header()
    if header is None or header.totals is None:
        raise JournalError("the plan that was just completed is not in the journal")
    return Plan(
        id=header.id,
        name=header.name,
        domain=header.domain,
        totals=header.totals,
        preview=await _preview(journal, message),
        already_planned=already_planned,
    )


async def _preview(journal: Journal, message: Message) -> list[PreviewedMail]:
    mails: list[PreviewedMail] = []
    async for record in journal.chunks():
        if not record.source_digest:  # a half: its chunk was there before
            continue
        mails += await asyncio.to_thread(_mails, message, await journal.payload(record.key), record)
        if len(mails) >= PREVIEWED:
            break
    return mails[:PREVIEWED]


def _mails(message: Message, frozen: bytes, record: ChunkRecord) -> list[PreviewedMail]:
    first = payload.thaw_record(frozen, record).recipients()[:PREVIEWED]
    return [previewed(message, recipient) for recipient in first]
