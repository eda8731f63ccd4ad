"""Killed at any moment: what was acknowledged is there, once. The whole of it is `python -m
tests.crash`, and the slow tests."""

from pathlib import Path

import pytest

from cameo_service.cli.opening import opened
from tests.crash.ledger import Grant, Making
from tests.crash.rounds import Report, Rounds
from tests.crash.runs import run_on, settings_in

AT_LEAST = 10
"""Acknowledged writes of a few rounds: with fewer, nothing was shown."""


def require_nothing_lost(report: Report) -> None:
    assert report.faults == []
    assert sum(report.acknowledged.values()) >= AT_LEAST, report.document


@pytest.mark.parametrize(("database", "rounds"), [("sqlite", 3), ("postgresql", 2)])
def test_a_few_crashes_lose_nothing(database: str, rounds: int) -> None:
    require_nothing_lost(run_on(database, rounds=rounds, seed=1, at_least=AT_LEAST))


def test_a_write_that_was_lost_is_told(tmp_path: Path) -> None:
    with opened(settings_in(tmp_path, None), migrate=True) as context:
        played = Rounds(context, tmp_path, seed=1)
        making = Making(path="/v1/grants", body={}, key="lost")
        lost = Grant(making=making, id="gra_lost", cameo="cam_1", grantee="user:bob", count=1)
        played.ledger.grants.append(lost)
        played.end()
    assert played.ledger.faults == [
        "`/v1/grants/gra_lost` was acknowledged, and is 404",
        "`lost` made 0 grants, not one",
        "`grant.offered` of `gra_lost` was acknowledged and is not logged",
    ]


@pytest.mark.slow
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_200_crashes_lose_nothing(database: str) -> None:
    report = run_on(database, rounds=200, seed=2)
    require_nothing_lost(report)
    assert all(report.acknowledged.values()), report.document
