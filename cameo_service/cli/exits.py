"""Exit codes, the same for every command.

>>> int(ExitCode.NEEDS_REVIEW)
3
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status means."""

    OK = 0
    """It was done; where a question was asked, the answer is yes."""

    NO = 1
    """The answer is no: rejected, unknown, or a story that did not go as told."""

    USAGE = 2
    """The command, an argument, a setting or an input document makes no sense."""

    NEEDS_REVIEW = 3
    """The checks leave it open: a person has to look."""

    UNAVAILABLE = 4
    """Something that is needed is missing or broken: database, models, keys, files, address."""

    UNEXPECTED = 70
    """A fault of ours."""

    INTERRUPTED = 130
    """Ctrl-C."""
