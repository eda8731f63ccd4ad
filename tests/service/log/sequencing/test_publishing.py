"""The sequencer: what it publishes, and that two are harmless."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from cameo_service.context import Context
from cameo_service.log import sequencing
from cameo_service.log.published import fetch_checkpoint, put_checkpoint, put_tile
from cameo_service.log.sequencing import Sequencer
from cameo_service.readiness import readiness
from storage.contracts import Blobs
from storage.errors import Conflict, StoreUnavailable, Tampered
from storage.log.notes import read
from storage.records import LogCheckpointRecord
from tests.service.log.making import (
    database,
    grow,
    lose,
    publish,
)
from tests.service.log.sequencing.published import published_size, require_whole
from tests.service.running import Clock

pytestmark = pytest.mark.both_databases


def test_a_new_log_has_a_checkpoint_of_nothing(context: Context) -> None:
    publish(context)
    require_whole(context, 0)


@pytest.mark.parametrize("steps", [(1, 1, 1), (255, 1, 1), (256, 300), (513,)])
def test_what_is_committed_is_published(context: Context, steps: tuple[int, ...]) -> None:
    sequencer = Sequencer(context)
    for step in steps:
        grow(context, step)
        assert sequencer.step() is False
    require_whole(context, sum(steps))
    assert sequencer.step() is False


def test_partial_tiles_go_once_they_are_full(context: Context) -> None:
    sequencer = Sequencer(context)
    for step in (3, 250, 10):
        grow(context, step)
        sequencer.step()
    assert context.blobs.list("log/tile/0/000") == ["log/tile/0/000"]
    assert context.blobs.list("log/tile/entries/001") == ["log/tile/entries/001.p/7"]


def test_a_backlog_is_published_page_by_page(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cameo_service.log.continuity.PAGE", 100)
    monkeypatch.setattr(sequencing, "PAGE", 100)
    grow(context, 350)
    sequencer = Sequencer(context)
    assert [sequencer.step() for _ in range(4)] == [True, True, True, False]
    require_whole(context, 350)


def test_two_at_once_publish_one_history(context: Context) -> None:
    one, other = Sequencer(context), Sequencer(context)
    for step in (1, 5, 251, 3, 40):
        grow(context, step)
        one.step()
        grow(context, 2)
        other.step()
        other.step()
    require_whole(context, 310)


def test_who_loses_the_race_publishes_nothing(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(context, 3)
    slow, fast = Sequencer(context), Sequencer(context)
    put = put_tile

    def overtaken(*arguments: object) -> None:
        monkeypatch.setattr(sequencing, "put_tile", put)
        grow(context, 4)
        fast.step()
        put(*arguments)  # type: ignore[arg-type]  # the same call, later

    monkeypatch.setattr(sequencing, "put_tile", overtaken)
    assert slow.step() is True  # it has to look again
    assert published_size(context) == 7
    assert slow.step() is False
    require_whole(context, 7)


def test_an_older_checkpoint_that_comes_late_gives_way(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(context, 3)
    slow, fast = Sequencer(context), Sequencer(context)
    put = put_checkpoint

    def overtaken(blobs: Blobs, note: str) -> None:
        monkeypatch.setattr(sequencing, "put_checkpoint", put)
        grow(context, 4)
        fast.step()
        put(blobs, note)

    monkeypatch.setattr(sequencing, "put_checkpoint", overtaken)
    slow.step()
    require_whole(context, 7)


def test_a_patient_one_leaves_a_young_head_alone(context: Context, clock: Clock) -> None:
    sequencer = publish(context)
    grow(context, 1)
    sequencer.step(patient=True)
    assert published_size(context) == 0
    clock.advance(seconds=1)
    sequencer.step(patient=True)
    assert published_size(context) == 1


class Schedule(threading.Event):
    """What a sequencer waits with: its waits pass on the test's clock, entries come within them."""

    def __init__(self, context: Context, clock: Clock, *, rounds: int) -> None:
        super().__init__()
        self.context, self.clock, self.rounds = context, clock, rounds
        self.waiting: dict[int, datetime] = {}
        self.waited: list[timedelta] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.settle()
        self.rounds -= 1
        part = (self.rounds % 7) / 7 * timeout
        self.clock.advance(seconds=part)
        grow(self.context, 1)
        self.waiting[len(self.waited) + len(self.waiting) + 1] = self.clock()
        self.clock.advance(seconds=timeout - part)
        return self.rounds == 0

    def settle(self) -> None:
        """Note how long those waited that the round before has published."""
        size = published_size(self.context)
        for number in [each for each in self.waiting if each <= size]:
            self.waited.append(self.clock() - self.waiting.pop(number))


def test_no_entry_waits_for_longer_than_a_second(context: Context, clock: Clock) -> None:
    sequencer = publish(context)
    schedule = Schedule(context, clock, rounds=30)
    sequencer.run(schedule)
    schedule.settle()
    assert (len(schedule.waited), schedule.waiting) == (30, {})
    assert timedelta() < max(schedule.waited) <= timedelta(seconds=1)


class Failing:
    """What a sequencer waits with while publishing fails: `mended` ends that after a time."""

    def __init__(self, clock: Clock, *, mended: Callable[[], None], after_s: float) -> None:
        self.clock, self.mended, self.after_s = clock, mended, after_s
        self.rounds = 0

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.rounds += 1
        self.clock.advance(seconds=timeout)
        if self.rounds * timeout == self.after_s:
            self.mended()
        return self.rounds * timeout > self.after_s


def test_what_fails_is_tried_at_once_and_told_once_a_minute(
    context: Context, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a tenth as often as it does: each try reads the database and the blobs
    monkeypatch.setattr(sequencing, "EVERY_S", 2.5)
    grow(context, 1)
    tries = []

    def away(*_: object) -> None:
        tries.append(clock())
        raise StoreUnavailable("the object store failed: `EndpointConnectionError`")

    monkeypatch.setattr(sequencing, "put_tile", away)
    failing = Failing(
        clock, mended=lambda: monkeypatch.setattr(sequencing, "put_tile", put_tile), after_s=150
    )
    with capture_logs() as logged:
        Sequencer(context).run(cast("threading.Event", failing))
    assert len(tries) >= 150 / 2.5 - 1
    assert [line["event"] for line in logged] == ["store unavailable"] * 3 + ["works again"]
    assert published_size(context) == 1


def test_a_head_from_the_future_is_no_reason_to_wait(context: Context, clock: Clock) -> None:
    sequencer = publish(context)
    clock.advance(minutes=-1)
    grow(context, 1)
    sequencer.step(patient=True)
    assert published_size(context) == 1


def test_a_log_keeps_its_name(context: Context) -> None:
    publish(context)
    grow(context, 1)
    renamed = context.settings.model_copy(update={"public_url": "https://elsewhere.example"})
    publish(replace(context, settings=renamed))
    note = fetch_checkpoint(context.blobs)
    assert note is not None
    assert read(note)[0].origin == "127.0.0.1:8400/log"


@pytest.mark.parametrize("lost", ["checkpoint", "tile/0/000.p/5", "tile/entries/000.p/5"])
def test_a_file_that_is_lost_is_published_again(context: Context, lost: str) -> None:
    grow(context, 5)
    publish(context)
    lose(context, lost)
    grow(context, 1)
    publish(context)
    require_whole(context, 6)


def test_blobs_that_are_lost_altogether_are_published_again(context: Context) -> None:
    grow(context, 300)
    publish(context)
    for name in context.blobs.list("log/"):
        context.blobs.delete(name)
    grow(context, 1)
    publish(context)
    require_whole(context, 301)


def test_a_head_that_is_lost_is_taken_from_what_was_published(context: Context) -> None:
    grow(context, 3)
    publish(context)
    with database(context) as connection:
        connection.execute(text("DELETE FROM log_checkpoints"))
    grow(context, 1)
    publish(context)
    require_whole(context, 4)


def test_beside_a_block_everything_is_published_at_its_end(context: Context) -> None:
    with sequencing.sequencing(context):
        grow(context, 7)
    require_whole(context, 7)


def test_a_sound_log_is_ready(context: Context) -> None:
    grow(context, 2)
    publish(context)
    grow(context, 1)
    assert readiness(context)["log"] == {"ok": True, "size": 2, "waiting": 1}


def test_the_head_that_is_kept_never_shrinks_nor_changes(context: Context) -> None:
    grow(context, 2)
    publish(context)
    with context.store.read() as tx:
        head = tx.log.checkpoint()
    assert head is not None
    smaller = LogCheckpointRecord(size=1, root=bytes(32), note="", created_at=head.created_at)
    with pytest.raises(Conflict), context.store.write() as tx:
        tx.log.keep_checkpoint(smaller)
    with pytest.raises(Tampered), context.store.write() as tx:
        tx.log.keep_checkpoint(
            LogCheckpointRecord(size=2, root=bytes(32), note="", created_at=head.created_at)
        )
