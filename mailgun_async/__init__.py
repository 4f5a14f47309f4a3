"""The Mailgun SDK for asyncio.

::

    async with Mailgun(api_key=..., region="eu") as mg:
        sent = await mg.messages.send("mg.example.com", Message(from_=..., to=..., subject=..., text=...))

Importing this package imports nothing else: each name is loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from mailgun_async.batch.recipients import CsvRecipients as CsvRecipients
    from mailgun_async.batch.recipients import JsonLinesRecipients as JsonLinesRecipients
    from mailgun_async.batch.recipients import RejectedRow as RejectedRow
    from mailgun_async.batch.report import BatchReport as BatchReport
    from mailgun_async.batch.report import ChunkResult as ChunkResult
    from mailgun_async.campaigns.campaign import Campaign as Campaign
    from mailgun_async.campaigns.planner import Plan as Plan
    from mailgun_async.campaigns.progress import CampaignProgress as CampaignProgress
    from mailgun_async.campaigns.progress import CampaignStatus as CampaignStatus
    from mailgun_async.campaigns.progress import ChunkMoved as ChunkMoved
    from mailgun_async.campaigns.report import CampaignReport as CampaignReport
    from mailgun_async.client import Mailgun as Mailgun
    from mailgun_async.config import REGIONS as REGIONS
    from mailgun_async.config import DeclaredLimit as DeclaredLimit
    from mailgun_async.config import RatePolicy as RatePolicy
    from mailgun_async.config import Region as Region
    from mailgun_async.config import RetryPolicy as RetryPolicy
    from mailgun_async.config import Timeouts as Timeouts
    from mailgun_async.endpoints.messages import Sent as Sent
    from mailgun_async.errors import ApiError as ApiError
    from mailgun_async.errors import BadRequest as BadRequest
    from mailgun_async.errors import ConfigError as ConfigError
    from mailgun_async.errors import Conflict as Conflict
    from mailgun_async.errors import ConnectError as ConnectError
    from mailgun_async.errors import DecodingError as DecodingError
    from mailgun_async.errors import DeliveryUnknown as DeliveryUnknown
    from mailgun_async.errors import Forbidden as Forbidden
    from mailgun_async.errors import InvalidArgument as InvalidArgument
    from mailgun_async.errors import InvalidMessage as InvalidMessage
    from mailgun_async.errors import JournalError as JournalError
    from mailgun_async.errors import MailgunError as MailgunError
    from mailgun_async.errors import NotFound as NotFound
    from mailgun_async.errors import PaymentRequired as PaymentRequired
    from mailgun_async.errors import RateLimited as RateLimited
    from mailgun_async.errors import ServerError as ServerError
    from mailgun_async.errors import Timeout as Timeout
    from mailgun_async.errors import TooLarge as TooLarge
    from mailgun_async.errors import TransportError as TransportError
    from mailgun_async.errors import Unauthorized as Unauthorized
    from mailgun_async.errors import UnexpectedAnswer as UnexpectedAnswer
    from mailgun_async.errors import ValidationFailed as ValidationFailed
    from mailgun_async.errors import WaitTooLong as WaitTooLong
    from mailgun_async.message import Attachment as Attachment
    from mailgun_async.message import Message as Message
    from mailgun_async.message import Recipient as Recipient
    from mailgun_async.message import SendOptions as SendOptions

_HOMES = {
    "batch.recipients": ["CsvRecipients", "JsonLinesRecipients", "RejectedRow"],
    "batch.report": ["BatchReport", "ChunkResult"],
    "campaigns.campaign": ["Campaign"],
    "campaigns.planner": ["Plan"],
    "campaigns.progress": ["CampaignProgress", "CampaignStatus", "ChunkMoved"],
    "campaigns.report": ["CampaignReport"],
    "client": ["Mailgun"],
    "config": ["REGIONS", "DeclaredLimit", "RatePolicy", "Region", "RetryPolicy", "Timeouts"],
    "endpoints.messages": ["Sent"],
    "errors": [
        "ApiError", "BadRequest", "ConfigError", "Conflict", "ConnectError", "DecodingError", "DeliveryUnknown",
        "Forbidden", "InvalidArgument", "InvalidMessage", "JournalError", "MailgunError", "NotFound",
        "PaymentRequired", "RateLimited", "ServerError", "Timeout", "TooLarge", "TransportError",
        "Unauthorized", "UnexpectedAnswer", "ValidationFailed",
        "WaitTooLong",
    ],
    "message": ["Attachment", "Message", "Recipient", "SendOptions"],
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME, "__version__"])  # noqa: PLE0605 -- one list, not two  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 -- most programs that import this package ask for one name

    found = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
