"""A service whose deliverer waits for a slow machine, and looks often whether there is work."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cameo_service.settings import Settings
from tests.kinds import Kind

LOCAL = {"webhook_private_networks": "127.0.0.0/8", "webhook_timeout_s": 60.0}


@pytest.fixture
def settings(tmp_path: Path, databases: Kind) -> Iterator[Settings]:
    with databases.begun(tmp_path / "data", worker_poll_s=0.05) as chosen:
        yield chosen.model_copy(update=LOCAL)
