"""Fixtures that every suite may use, and how hypothesis looks for examples.

pytest --hypothesis-profile=steady       the same examples in every run; the default
pytest --hypothesis-profile=searching    others in every run, as `make test-all` does
"""

import pytest
from hypothesis import HealthCheck, settings

from cameo_service.logs import configure_logs

pytest_plugins = ["tests.fixtures_packs", "tests.databases", "tests.aws"]

# a busy machine takes long over anything: that is no fault of what is tested
BUSY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", BUSY, derandomize=True)
settings.register_profile("searching", BUSY)
settings.load_profile("steady")


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    """Logs go to what pytest captures of every test, whichever opens the first service.

    Else they would go to what this one test captured for itself. That is closed with the test, and
    each later line would be a traceback amid what another test captures.
    """
    configure_logs("INFO")
