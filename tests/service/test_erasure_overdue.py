"""Erasures that no job finished: the sweep takes up every one of them, the oldest first."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from cameo_service.context import Context
from cameo_service.erasure import finishing
from cameo_service.erasure.finishing import finish, finish_overdue
from permissions.facts import CameoStatus
from storage.errors import StoreUnavailable
from storage.records import ErasureRecord
from tests.storage import samples

pytestmark = pytest.mark.both_databases

MANY, OVERDUE, STUCK = 250, 240, 120


def left_open(context: Context) -> set[str]:
    with context.store.read() as tx:
        before = context.clock() + timedelta(days=1)
        return {each.id for each in tx.erasures.open(before=before, limit=999)}


@pytest.fixture
def ids(context: Context) -> list[str]:
    """Open erasures, the oldest first, two by two of the same moment; ids in no order of time."""
    numbers = list(range(MANY))
    random.Random(5).shuffle(numbers)
    placed = [sorted(numbers[at : at + 2]) for at in range(0, MANY, 2)]
    found = [f"era_{number:03}" for pair in placed for number in pair]
    with context.store.write() as tx:
        for place, id in enumerate(found):
            cameo = id.replace("era", "cam")
            tx.cameos.add(samples.cameo(id=cameo, enrollment_id=None, status=CameoStatus.ERASED))
            tx.erasures.add(
                ErasureRecord(
                    id=id,
                    version=1,
                    cameo_id=cameo,
                    owner="user:alice",
                    requested_by="user:alice",
                    requested_at=context.clock() + timedelta(seconds=place // 2),
                    destroyed={},
                )
            )
    return found


def test_one_that_cannot_be_read_stops_no_other(
    context: Context, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = context.clock() + finishing.OVERDUE_AFTER + timedelta(seconds=2)

    def finish_but_first(context: Context, id: str) -> ErasureRecord:
        if id == ids[0]:
            raise TypeError("a row of a shape that nobody foresaw")
        return finish(context, id)

    monkeypatch.setattr(finishing, "finish", finish_but_first)
    finish_overdue(replace(context, clock=lambda: now))
    assert left_open(context) == {ids[0], *ids[4:]}


def test_each_of_many_gets_its_turn(
    context: Context, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of the oldest are stuck, and whatever their ids are."""
    now = context.clock() + finishing.OVERDUE_AFTER + timedelta(seconds=OVERDUE // 2 - 0.5)
    later = replace(context, clock=lambda: now)
    tried: list[str] = []

    def finish_but_stuck(context: Context, id: str) -> ErasureRecord:
        tried.append(id)
        if id in ids[:STUCK]:
            raise StoreUnavailable("a file that the disk does not give back")
        return finish(context, id)

    with monkeypatch.context() as patched:
        patched.setattr(finishing, "finish", finish_but_stuck)
        finish_overdue(later)
    assert tried == ids[:OVERDUE]
    assert left_open(context) == {*ids[:STUCK], *ids[OVERDUE:]}
    finish_overdue(later)
    assert left_open(context) == set(ids[OVERDUE:])
