"""Fixtures that every suite may use, and what hypothesis may not judge."""

from hypothesis import HealthCheck, settings

from cameo_service.logs import configure_logs

pytest_plugins = ["tests.fixtures_packs", "tests.databases", "tests.aws"]

# a busy machine takes long over anything: that is no fault of what is tested
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


def pytest_configure() -> None:
    """Logs go to pytest's own standard error, whichever test opens the first service.

    Else they would go to the stream that this one test captured. It is closed with that test, and
    every later line would be a traceback amid what another test captures.
    """
    configure_logs("INFO")
