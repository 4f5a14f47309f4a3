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
    JOURNAL = 7
    """A campaign's journal cannot be used as it is, or holds another campaign; what it holds is as it was."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C or SIGTERM; what was under way was finished or is reported."""


_WORDS: dict[Exit, str] = {
    Exit.DONE: "done",
    Exit.PARTLY: "finished, but not everything was accepted or is well",
    Exit.USAGE: "an option, a file or the message cannot be used; nothing was sent",
    Exit.CONFIG: "key, domain or region missing or contradictory; nothing was sent",
    Exit.REFUSED: "Mailgun refused",
    Exit.UNKNOWN: "mail may have been accepted: look its Message-Id up",
    Exit.UNREACHABLE: "Mailgun not reached, or no usable answer",
    Exit.JOURNAL: "the campaign's journal cannot be used, or holds another campaign",
    Exit.INTERRUPTED: "interrupted",
}
EXIT_HELP = "\n\n".join(["Exit codes:", *(f"{code:d} {words}" for code, words in _WORDS.items())])
"""For the end of each help; a blank line is a line's end there."""


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
    ((errors.JournalError,), Exit.JOURNAL),
    ((errors.DeliveryUnknown,), Exit.UNKNOWN),
    ((errors.ValidationFailed,), Exit.PARTLY),
    ((errors.ServerError, errors.UnexpectedAnswer), Exit.UNREACHABLE),
    ((errors.ApiError,), Exit.REFUSED),
)
"""The first that fits counts."""
