"""How fresh keys are, and how long before it signs a key is published.

>>> Timing().publish_delay.total_seconds()
900.0
>>> Timing(refresh_s=5, publish_delay_s=5)
Traceback (most recent call last):
    ...
ValueError: a key would sign before every process has seen it: `5` s is not longer than `5` s
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds: after how many keys are looked for again, for how many they serve while the store
    is away, and how many a new key is published before it signs."""

    refresh_s: float = 5.0
    stale_limit_s: float = 300.0
    publish_delay_s: float = 900.0

    def __post_init__(self) -> None:
        if self.publish_delay_s <= self.refresh_s:
            raise ValueError(
                "a key would sign before every process has seen it: "
                f"`{self.publish_delay_s}` s is not longer than `{self.refresh_s}` s"
            )

    @property
    def publish_delay(self) -> timedelta:
        """How long a new key is published before it signs."""
        return timedelta(seconds=self.publish_delay_s)
