"""Exit codes, and which error leads to which."""

from __future__ import annotations

from enum import IntEnum

from mailgun_async import errors

__all__ = ["EXIT_HELP", "Exit", "code_of"]


class Exit(IntEnum):
    """What a finished command tells the shell."""

    DONE = 0
    """All of it was done."""
    PARTLY = 1
    """It came to its end, and something was not accepted or is not as it should be: the output says what."""
    USAGE = 2
    """Nothing was sent: an option, a file or the message cannot be used."""
    CONFIG = 3
    """Nothing was sent: the key, the domain or the region is missing or contradictory."""
    REFUSED = 4
    """Mailgun refused, and accepted nothing of what it refused."""
    UNKNOWN = 5
    """Mail may or may not have been accepted: look its Message-Id up before sending it again."""
    UNREACHABLE = 6
    """Mailgun could not be reached or gave no usable answer, and no mail was sent."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C or SIGTERM; what was under way was finished or is reported."""


EXIT_HELP = (
    "Exit codes: 0 done; 1 finished, but not everything was accepted or is well; 2 an option, a file or the message "
    "cannot be used; 3 key, domain or region missing; 4 Mailgun refused; 5 unknown whether mail was accepted; "
    "6 Mailgun not reached; 130 interrupted."
)


def code_of(error: BaseException) -> Exit:
    """Choose the exit code for an error that ended a command."""
    for kinds, code in _CODES:
        if isinstance(error, kinds):
            return code
    return Exit.UNREACHABLE


_CODES: tuple[tuple[tuple[type[BaseException], ...], Exit], ...] = (
    ((KeyboardInterrupt,), Exit.INTERRUPTED),
    ((errors.ConfigError,), Exit.CONFIG),
    ((errors.InvalidArgument, OSError, UnicodeError), Exit.USAGE),
    ((errors.DeliveryUnknown,), Exit.UNKNOWN),
    ((errors.ServerError, errors.UnexpectedAnswer), Exit.UNREACHABLE),
    ((errors.ApiError,), Exit.REFUSED),
)
"""The first that fits counts."""
