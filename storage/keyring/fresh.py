"""A value held in memory that is looked for again when it is old, by one thread at a time.

>>> fresh = Fresh(lambda: iter(["keys"]), timing=Timing(), monotonic=lambda: 0.0)
>>> fresh.value()
'keys'
"""

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from storage.errors import KeyUnavailable, StorageError, StoreUnavailable
from storage.keyring.timing import Timing

Value = TypeVar("Value")

PATIENCE_S = 2.0
"""How long a thread that must have a fresher value waits for the one that looks for it."""


class Fresh(Generic[Value]):
    """What `look` gave last. It is asked again after `refresh_s`.

    A look may give several values, each of which serves at once, and is whole with the last one.
    While it fails because something is away, the last value serves until the last whole look is
    `stale_limit_s` old. Every other failure is everybody's at once, until a look is whole again.
    """

    def __init__(
        self,
        look: Callable[[], Iterator[Value]],
        *,
        timing: Timing,
        monotonic: Callable[[], float],
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
            for value in self._look():
                self._value = value
        except StorageError as error:
            # what was found wrong is not forgotten because the store is away the next time
            if _passes(self._trouble) or not _passes(error):
                self._trouble = error
        else:
            self._seen_at, self._trouble = started, None
        self._look_at = self._monotonic() + self._timing.refresh_s

    def _too_old(self) -> bool:
        return self._monotonic() - self._seen_at > self._timing.stale_limit_s

    def _held(self) -> Value:
        value, trouble = self._value, self._trouble
        if value is not None and _passes(trouble) and not self._too_old():
            return value
        if trouble is None:
            raise KeyUnavailable("the keys are being looked for: try again")
        # a new one, since several threads may raise it at once
        raise type(trouble)(str(trouble)) from trouble


def _passes(trouble: StorageError | None) -> bool:
    return trouble is None or isinstance(trouble, StoreUnavailable | KeyUnavailable)
