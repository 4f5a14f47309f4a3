"""The Mailgun SDK for asyncio."""

__version__ = "0.1.0"
