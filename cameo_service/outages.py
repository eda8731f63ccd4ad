"""An error that comes again with each try: told when it is news, and then once a minute.

What looks several times a second whether there is work fails as often while a store is away, and
would bury whatever else the log has to say.

    >>> from datetime import UTC
    >>> outage, noon = Outage(), datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> [outage.is_news("away", noon + timedelta(seconds=after)) for after in (0, 1, 59, 60, 61)]
    [True, False, False, True, False]
    >>> outage.is_news("full", noon + timedelta(seconds=62))
    True
    >>> outage.ends(), outage.ends()
    (True, False)
"""

from datetime import datetime, timedelta

REMIND = timedelta(minutes=1)
"""How long an error that goes on is not told again."""


class Outage:
    """What fails over and over in one loop. It is for one thread."""

    def __init__(self) -> None:
        self._told: tuple[str, datetime] | None = None

    def is_news(self, error: str, now: datetime) -> bool:
        """Whether to tell of the error now. Another one than before is news at once."""
        if self._told is not None:
            told, at = self._told
            # a clock that was put back must not silence it
            if told == error and timedelta() <= now - at < REMIND:
                return False
        self._told = (error, now)
        return True

    def ends(self) -> bool:
        """Note that a try went well; whether an error had been told before it."""
        told, self._told = self._told, None
        return told is not None
