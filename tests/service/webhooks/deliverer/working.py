"""What there is to deliver, a deliverer beside the test, and waiting for what it does."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from cameo_service.webhooks.outbox import store
from tests.service.receiving import deliver
from tests.service.running import RunningService

WITHIN_S = 60.0


def publish(service: RunningService, webhook: dict[str, Any], count: int) -> list[str]:
    """More than may be tried out at once."""
    with service.context.store.write() as tx:
        record = tx.webhooks.get(webhook["id"])
        telling: list[Any] = [(record, "use.recalled", {}, ())] * count
        return [each.id for each in store(tx, telling, now=service.clock())]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def delivering_beside(service: RunningService) -> Iterator[None]:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(deliver, service)
        yield
        running.result(WITHIN_S)
