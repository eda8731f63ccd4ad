"""When things end.

>>> earliest([None, None]) is None
True
"""

from collections.abc import Iterable
from datetime import datetime


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """Return the first of the moments; None, which is no end, where all are None."""
    first: datetime | None = None
    for moment in moments:
        if moment is not None and (first is None or moment < first):
            first = moment
    return first
