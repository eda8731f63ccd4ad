"""When a delivery that failed is tried again: later every time, for about three days.

>>> [round(pause(failed).total_seconds()) for failed in (1, 2, 3, 8)]
[10, 30, 90, 21870]
>>> round(sum(pause(failed).total_seconds() for failed in range(1, MOST)) / 3600)
69
"""

import random
from datetime import datetime, timedelta

MOST = 14
"""Attempts, after which a delivery is given up."""
FIRST_S, FACTOR, LONGEST_S = 10.0, 3.0, 12 * 3_600.0
JITTER = 0.2
"""The share by which a pause is longer or shorter, so that what failed together does not return
together."""


PATIENCE = timedelta(hours=84)
"""After which a delivery is given up, however few attempts it had: it may have waited for another.
No fourteen attempts take longer."""


def retry_at(
    attempts: int, *, since: datetime, now: datetime, rng: random.Random
) -> datetime | None:
    """When to try again after so many attempts, or None where it is time to give up.

    It is pending `since` then. What waits behind others loses that time: three that fail one
    after the other do not take nine days.
    """
    if attempts >= MOST or now >= since + PATIENCE:
        return None
    return now + pause(attempts) * rng.uniform(1 - JITTER, 1 + JITTER)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts, without jitter."""
    return timedelta(seconds=min(LONGEST_S, FIRST_S * FACTOR ** (attempts - 1)))
