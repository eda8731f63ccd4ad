"""The hour at which keys are withdrawn, and a generator that asks for permits."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx2
import pytest

from tests.service.packages.asking import STUDIO, STUDIO_SCOPES
from tests.service.running import RunningService
from tests.trust.withdrawn.theft import HOUR


@pytest.fixture(autouse=True)
def morning(service: RunningService) -> None:
    """The service's clock is two hours behind that of the command line, until a test moves it."""
    service.clock.now = datetime.now(UTC) - 2 * HOUR


@pytest.fixture
def studio(service: RunningService) -> Iterator[httpx2.Client]:
    """A generator, which is the holder of its permits."""
    key = service.key(*STUDIO_SCOPES, principal=STUDIO, acts_for=("user:bob",))
    with service.client(key) as client:
        yield client
