"""When things end.

>>> earliest([None, None]) is None
True
"""

from collections.abc import Iterable
from datetime import UTC, datetime


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """Return the first of the moments; None, which is no end, where all are None."""
    first: datetime | None = None
    for moment in moments:
        if moment is not None and (first is None or moment < first):
            first = moment
    return first


def rounded_down(end: datetime, now: datetime) -> datetime:
    """Return the beginning of the year of `end` in UTC, or of its month, if that is still ahead.

    Who must not learn when somebody was born is told of such an end instead of the birthday.

    >>> rounded_down(datetime(2028, 5, 4, tzinfo=UTC), datetime(2027, 8, 1, tzinfo=UTC)).date()
    datetime.date(2028, 1, 1)
    """
    month = end.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    year = month.replace(month=1)
    return next(moment for moment in (year, month, end) if moment > now or moment is end)
