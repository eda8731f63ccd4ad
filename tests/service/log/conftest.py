"""A service whose log begins empty: without the entries of its keys, so that tests can count."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cameo_service.context import Context
from cameo_service.settings import Settings
from cameo_service.wiring import build
from tests.service.log.making import emptied
from tests.service.running import Clock


@pytest.fixture
def context(settings: Settings, clock: Clock) -> Iterator[Context]:
    with build(settings) as built:
        emptied(built)
        yield replace(built, clock=clock)
