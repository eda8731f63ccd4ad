"""An endpoint on this machine, and a generator that registers it."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from cameo_service.settings import Settings
from tests.kinds import Kind
from tests.service.receiving import Receiver, receiving
from tests.service.running import RunningService

LOCAL = {"webhook_private_networks": "127.0.0.0/8", "webhook_timeout_s": 60.0}


@pytest.fixture
def settings(tmp_path: Path, databases: Kind) -> Iterator[Settings]:
    with databases.begun(tmp_path / "data") as chosen:
        yield chosen.model_copy(update=LOCAL)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def studio(service: RunningService) -> Iterator[httpx2.Client]:
    """A generator, which acts for itself and for whoever asks it."""
    with service.client(service.key(principal="app:studio", acts_for=("user:*",))) as client:
        yield client
