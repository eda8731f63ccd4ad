"""Killed at any moment: what was acknowledged is there, once. The whole of it is `python -m
tests.crash`, and the slow tests."""

import pytest

from tests.crash.rounds import Report
from tests.crash.runs import run_on

AT_LEAST = 10
"""Acknowledged writes of a few rounds: with fewer, nothing was shown."""


def require_nothing_lost(report: Report) -> None:
    assert report.faults == []
    assert sum(report.acknowledged.values()) >= AT_LEAST, report.document


@pytest.mark.parametrize(("database", "rounds"), [("sqlite", 3), ("postgresql", 2)])
def test_a_few_crashes_lose_nothing(database: str, rounds: int) -> None:
    require_nothing_lost(run_on(database, rounds=rounds, seed=1))


@pytest.mark.slow
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_200_crashes_lose_nothing(database: str) -> None:
    report = run_on(database, rounds=200, seed=2)
    require_nothing_lost(report)
    assert all(report.acknowledged.values()), report.document
