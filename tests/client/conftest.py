"""Both clients: before a service that gives the answers it was told, and before the real one."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.client.answering import Ask, ask_async, ask_sync, list_async, list_sync
from tests.client.speaking import Speak, speaking
from tests.service.conftest import clock, context, service, settings
from tests.service.running import RunningService

__all__ = ["clock", "context", "service", "settings"]


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    chosen: Ask = request.param
    return chosen


@pytest.fixture(params=[list_sync, list_async], ids=["sync", "async"])
def ask_all(request: pytest.FixtureRequest) -> Ask:
    chosen: Ask = request.param
    return chosen


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def speak(request: pytest.FixtureRequest, service: RunningService) -> Iterator[Speak]:
    """Either client with a given key, before the real service."""
    with ExitStack() as stack:
        yield lambda key: stack.enter_context(
            speaking(service.url, key, asynchronous=request.param)
        )
