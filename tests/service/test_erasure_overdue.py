"""Erasures that no job finished: the sweep takes up every one of them, the oldest first."""

import random
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from cameo_service import worker
from cameo_service.context import Context
from cameo_service.erasure import overdue
from cameo_service.erasure.finishing import finish
from cameo_service.erasure.overdue import Overdue
from cameo_service.worker import Worker
from permissions.facts import CameoStatus
from storage.errors import StoreUnavailable
from storage.records import ErasureRecord
from tests.service.erasing import no_models
from tests.storage import samples

pytestmark = pytest.mark.both_databases

MANY, OVERDUE, STUCK = 250, 240, 120


def left_open(context: Context) -> set[str]:
    with context.store.read() as tx:
        before = context.clock() + timedelta(days=1)
        return {each.id for each in tx.erasures.open(before=before, limit=999)}


def whole() -> Overdue:
    """A round without an end in time."""
    return Overdue(monotonic=lambda: 0.0)


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
    now = context.clock() + overdue.OVERDUE_AFTER + timedelta(seconds=2)

    def finish_but_first(context: Context, id: str) -> ErasureRecord:
        if id == ids[0]:
            raise TypeError("a row of a shape that nobody foresaw")
        return finish(context, id)

    monkeypatch.setattr(overdue, "finish", finish_but_first)
    whole().finish(replace(context, clock=lambda: now))
    assert left_open(context) == {ids[0], *ids[4:]}


def test_each_of_many_gets_its_turn(
    context: Context, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of the oldest are stuck, and whatever their ids are."""
    now = context.clock() + overdue.OVERDUE_AFTER + timedelta(seconds=OVERDUE // 2 - 0.5)
    later = replace(context, clock=lambda: now)
    tried: list[str] = []

    def finish_but_stuck(context: Context, id: str) -> ErasureRecord:
        tried.append(id)
        if id in ids[:STUCK]:
            raise StoreUnavailable("a file that the disk does not give back")
        return finish(context, id)

    with monkeypatch.context() as patched:
        patched.setattr(overdue, "finish", finish_but_stuck)
        whole().finish(later)
    assert tried == ids[:OVERDUE]
    assert left_open(context) == {*ids[:STUCK], *ids[OVERDUE:]}
    whole().finish(later)
    assert left_open(context) == set(ids[OVERDUE:])


def test_a_sweep_takes_a_bounded_time_and_the_next_goes_on_from_there(
    context: Context, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these takes four seconds; the two oldest are stuck, and have their turn again."""
    now = context.clock() + overdue.OVERDUE_AFTER + timedelta(seconds=4)
    later = replace(context, clock=lambda: now)
    seconds, tried = 0.0, list[str]()

    def finish_slowly(context: Context, id: str) -> ErasureRecord:
        nonlocal seconds
        seconds += 4
        tried.append(id)
        if id in ids[:2]:
            raise StoreUnavailable("a file that the disk does not give back")
        return finish(context, id)

    monkeypatch.setattr(overdue, "finish", finish_slowly)
    round_ = Overdue(monotonic=lambda: seconds)
    sweeps = [ids[:3], ids[3:6], ids[6:8], ids[:2], ids[:2]]
    for each in sweeps:
        round_.finish(later)
        assert tried == each
        tried.clear()
    assert left_open(context) == {*ids[:2], *ids[8:]}


def test_who_is_to_stop_stops_between_two(
    context: Context, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = context.clock() + overdue.OVERDUE_AFTER + timedelta(days=1)
    stop, tried = threading.Event(), list[str]()

    def finish_until_told(_: Context, id: str) -> None:
        tried.append(id)
        if len(tried) == 3:
            stop.set()

    monkeypatch.setattr(overdue, "finish", finish_until_told)
    working = Worker(replace(context, clock=lambda: now), load=no_models)
    monkeypatch.setattr(worker, "report_confinement", lambda: None)
    working.run(stop)
    assert tried == ids[:3]
