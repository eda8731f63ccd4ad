"""When things end.

>>> earliest([None, None]) is None
True
"""

from collections.abc import Iterable
from datetime import datetime


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """Return the first of the moments; None, which is no end, where all are None."""
    known = [moment for moment in moments if moment is not None]
    return min(known) if known else None
