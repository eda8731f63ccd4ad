"""Both clients: before a service that gives the answers it was told, and before the real one."""

import pytest

from tests.client.answering import Ask, ask_async, ask_sync, list_async, list_sync
from tests.service.conftest import clock, context, service, settings

__all__ = ["clock", "context", "service", "settings"]


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    chosen: Ask = request.param
    return chosen


@pytest.fixture(params=[list_sync, list_async], ids=["sync", "async"])
def ask_all(request: pytest.FixtureRequest) -> Ask:
    chosen: Ask = request.param
    return chosen
