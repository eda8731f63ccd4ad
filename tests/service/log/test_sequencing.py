"""The sequencer: what it publishes, that two are harmless, and what makes it stop."""

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
from cameo_service.log.auditing import audit
from cameo_service.log.published import fetch_checkpoint, put_checkpoint, put_tile
from cameo_service.log.sequencing import Sequencer
from cameo_service.log.sources import BlobSource
from cameo_service.log.standing import (
    CheckpointForged,
    EntryAltered,
    LogBroken,
    LogForked,
    LogRolledBack,
)
from cameo_service.log.verifying import verify
from cameo_service.readiness import readiness
from cameo_service.settings import Settings
from storage.contracts import Blobs
from storage.errors import Conflict, StoreUnavailable, Tampered
from storage.log.notes import read
from storage.records import LogCheckpointRecord
from tests.aws import S3_BUCKET
from tests.kinds import Kind
from tests.service.log.making import (
    alter_entry,
    content_of,
    database,
    flip,
    grow,
    lose,
    overwrite,
    publish,
)
from tests.service.running import Clock

pytestmark = pytest.mark.both_databases


@pytest.fixture(params=["local", "s3"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """A deployment whose blobs are files, and one whose blobs lie in a bucket."""
    if request.param == "local":
        return settings
    s3 = request.getfixturevalue("s3")
    bucket = {"blob_url": f"s3://{S3_BUCKET}/some/where", "s3_endpoint_url": s3.meta.endpoint_url}
    return settings.model_copy(update=bucket)


def published_size(context: Context) -> int:
    note = fetch_checkpoint(context.blobs)
    assert note is not None
    return read(note)[0].size


def require_whole(context: Context, size: int) -> None:
    head = verify(BlobSource(context.blobs), context.signer.log_keys())
    assert head.size == size == audit(context).size


@pytest.mark.parametrize("later", [0, 3])
def test_a_log_that_lost_entries_begins_anew_under_another_name(
    context: Context, later: int
) -> None:
    grow(context, 300)
    publish(context)
    kept = BlobSource(context.blobs).checkpoint()
    named = renamed(context, "again.example/log")
    # the name alone does nothing, while what was published under the other is there
    grow(context, 1)
    publish(named)
    assert origin_at(named) == origin_at(context) == read(kept)[0].origin
    for name in named.blobs.list("log/"):
        named.blobs.delete(name)
    grow(named, later)
    with capture_logs() as lines:
        publish(named)
    assert [line["name"] for line in lines if line["event"] == "a new log begins"] == [
        "again.example/log"
    ]
    assert origin_at(named) == "again.example/log"
    require_whole(named, 301 + later)
    grow(named, 2)
    publish(named)
    require_whole(named, 303 + later)
    # and it stays, also where the name of before is set again, by mistake
    grow(context, 1)
    publish(context)
    assert origin_at(context) == "again.example/log"
    require_whole(context, 304 + later)


def test_files_that_are_lost_are_no_new_log(context: Context) -> None:
    grow(context, 3)
    publish(context)
    named = renamed(context, origin_at(context))
    note = fetch_checkpoint(context.blobs)
    for name in named.blobs.list("log/"):
        named.blobs.delete(name)
    publish(named)
    assert fetch_checkpoint(named.blobs) == note


def test_a_store_that_loses_sight_of_the_log_begins_no_other_one(context: Context) -> None:
    grow(context, 3)
    publish(context)
    sequencer, former = Sequencer(renamed(context, "again.example/log")), origin_at(context)
    grow(context, 1)
    sequencer.catch_up()
    for name in context.blobs.list("log/"):
        context.blobs.delete(name)
    grow(context, 1)
    sequencer.catch_up()
    assert (origin_at(context), published_size(context)) == (former, 5)


def test_a_log_that_begins_anew_does_so_after_a_try_that_failed(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(context, 3)
    publish(context)
    for name in context.blobs.list("log/"):
        context.blobs.delete(name)
    grow(context, 1)
    sequencer = Sequencer(renamed(context, "again.example/log"))

    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    for lost in ("put_tile", "put_checkpoint"):
        with monkeypatch.context() as patched:
            patched.setattr(sequencing, lost, away)
            with pytest.raises(StoreUnavailable):
                sequencer.catch_up()
    sequencer.catch_up()
    assert origin_at(context) == "again.example/log"
    require_whole(context, 4)


def renamed(context: Context, origin: str) -> Context:
    settings = context.settings.model_copy(update={"log_origin": origin})
    return replace(context, settings=settings)


def origin_at(context: Context) -> str:
    note = fetch_checkpoint(context.blobs)
    assert note is not None
    return read(note)[0].origin


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
    assert len(tries) > 500
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


@pytest.mark.parametrize("more", [0, 1, 5, 9])
def test_a_rolled_back_database_stops_it(context: Context, databases: Kind, more: int) -> None:
    grow(context, 3)
    publish(context)
    with databases.remembered(context.settings) as back:
        grow(context, 5)
        running = publish(context)
        before = fetch_checkpoint(context.blobs)
        context.store.close()
        back()
    if more:
        grow(context, more)
    named = LogRolledBack if more < 5 else LogForked
    for sequencer in (running, Sequencer(context)):
        with pytest.raises((LogRolledBack, LogForked)):
            sequencer.step()
    with pytest.raises(named):
        Sequencer(context).step()
    assert fetch_checkpoint(context.blobs) == before
    report = readiness(context)
    assert report["log"] == {"ok": False, "problem": named.code}
    assert not report["ready"]


def test_a_new_database_beside_an_old_log_stops_it(context: Context) -> None:
    grow(context, 3)
    publish(context)
    with database(context) as connection:
        for table in ("log_checkpoints", "log_subjects", "log_openings", "log_entries"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (our own names)
    with pytest.raises(LogRolledBack, match="holds 0 log entries, and a checkpoint over 3"):
        Sequencer(context).step()


def test_a_head_that_is_lost_is_taken_from_what_was_published(context: Context) -> None:
    grow(context, 3)
    publish(context)
    with database(context) as connection:
        connection.execute(text("DELETE FROM log_checkpoints"))
    grow(context, 1)
    publish(context)
    require_whole(context, 4)


@pytest.mark.parametrize("number", [0, 2, 4])
def test_an_altered_entry_stops_it(context: Context, number: int) -> None:
    grow(context, 5)
    publish(context)
    alter_entry(context, number)
    grow(context, 1)
    with pytest.raises(LogForked, match=f"log entry `{number}`"):
        Sequencer(context).step()
    assert readiness(context)["log"] == {"ok": False, "problem": "log_forked"}


def test_a_missing_entry_stops_it(context: Context) -> None:
    grow(context, 5)
    publish(context)
    remove_entry(context, 3)
    with pytest.raises(EntryAltered, match="`3` is missing"):
        Sequencer(context).step()


def test_a_gap_in_what_is_new_stops_it(context: Context) -> None:
    sequencer = publish(context)
    grow(context, 5)
    remove_entry(context, 3)
    with pytest.raises(EntryAltered, match="`3` is missing"):
        sequencer.step()


def test_an_altered_newest_entry_stops_one_that_runs(context: Context) -> None:
    """What it holds in memory is compared with the database at every look."""
    grow(context, 5)
    sequencer = publish(context)
    alter_entry(context, 4)
    with pytest.raises(LogForked, match="log entry `4`"):
        sequencer.step()


@pytest.mark.parametrize("forged", ["another root", "another log"])
def test_a_checkpoint_of_another_history_stops_it(context: Context, forged: str) -> None:
    """Signed by this log's key, and not of the history that the database has a head of."""
    grow(context, 5)
    publish(context)
    head = read(content_of(context, "checkpoint").decode())[0]
    other = {
        "another root": replace(head, size=3, root=bytes(32)),
        "another log": replace(head, origin="another.example/log"),
    }[forged]
    overwrite(context, "checkpoint", context.signer.note(other).encode())
    grow(context, 1)
    with pytest.raises(LogForked):
        Sequencer(context).step()
    assert readiness(context)["log"] == {"ok": False, "problem": "log_forked"}


def remove_entry(context: Context, number: int) -> None:
    with database(context) as connection:
        for table in ("log_subjects", "log_openings", "log_entries"):
            gone = text(f"DELETE FROM {table} WHERE number = :number")  # noqa: S608 (our own names)
            connection.execute(gone, {"number": number})


def test_a_forged_checkpoint_stops_it(context: Context) -> None:
    grow(context, 5)
    publish(context)
    flip(context, "checkpoint", at=-4)
    grow(context, 1)
    with pytest.raises(CheckpointForged):
        Sequencer(context).step()
    assert readiness(context)["log"]["problem"] == "log_checkpoint_forged"


def test_a_broken_log_ends_the_thread_and_says_so(
    context: Context, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sequencing, "EVERY_S", 0.005)
    grow(context, 2)
    publish(context)
    remove_entry(context, 1)
    with sequencing.sequencing(context):
        pass
    assert "log_rolled_back" in caplog.text


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


def test_every_way_to_be_broken_has_a_code_of_its_own() -> None:
    classes: list[type[LogBroken]] = [LogBroken, *LogBroken.__subclasses__()]
    assert len({each.code for each in classes}) == len(classes)
