"""Fixtures that every suite may use, and what hypothesis may not judge."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.fixtures_packs", "tests.databases", "tests.aws"]

# a busy machine takes long over anything: that is no fault of what is tested
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
