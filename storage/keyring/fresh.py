"""A value held in memory that is looked for again when it is old, by one thread at a time.

>>> fresh = Fresh(lambda: "keys", timing=Timing(), monotonic=lambda: 0.0)
>>> fresh.value()
'keys'
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from storage.errors import KeyUnavailable, StorageError, StoreUnavailable
from storage.keyring.timing import Timing

Value = TypeVar("Value")

PATIENCE_S = 2.0
"""How long a thread that must have a fresher value waits for the one that looks for it."""


class Fresh(Generic[Value]):
    """What `look` gave. It is asked again after `refresh_s`.

    While it fails because something is away, the last value serves until it is `stale_limit_s` old.
    Every other failure is everybody's at once, until a look succeeds.
    """

    def __init__(
        self, look: Callable[[], Value], *, timing: Timing, monotonic: Callable[[], float]
    ) -> None:
        self._look = look
        self._timing = timing
        self._monotonic = monotonic
        self._one = threading.Lock()
        self._value: Value | None = None
        self._seen_at = float("-inf")
        self._look_at = float("-inf")
        self._trouble: StorageError | None = None

    def value(self, *, patient: bool = False) -> Value:
        """The value. `patient`: wait a moment for another thread that is looking for it.

        Raises the `StorageError` that keeps it away.
        """
        if self._monotonic() >= self._look_at:
            # the others need not wait for the one that looks, as long as the last value may serve
            wait = PATIENCE_S if patient or self._too_old() else 0.0
            if self._one.acquire(timeout=wait):
                try:
                    if self._monotonic() >= self._look_at:
                        self._try()
                finally:
                    self._one.release()
        return self._held()

    def renew(self) -> Value:
        """The value as it is now, for whoever has just changed it."""
        with self._one:
            self._try()
        return self._held()

    def _try(self) -> None:
        started = self._monotonic()
        try:
            self._value = self._look()
        except StorageError as error:
            self._trouble = error
        else:
            self._seen_at, self._trouble = started, None
        self._look_at = self._monotonic() + self._timing.refresh_s

    def _too_old(self) -> bool:
        return self._monotonic() - self._seen_at > self._timing.stale_limit_s

    def _held(self) -> Value:
        value, trouble = self._value, self._trouble
        passing = trouble is None or isinstance(trouble, StoreUnavailable | KeyUnavailable)
        if value is not None and passing and not self._too_old():
            return value
        if trouble is None:
            raise KeyUnavailable("the keys are being looked for: try again")
        # a new one, since several threads may raise it at once
        raise type(trouble)(str(trouble)) from trouble
