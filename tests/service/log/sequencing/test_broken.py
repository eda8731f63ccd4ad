"""What makes the sequencer stop."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from cameo_service.context import Context
from cameo_service.log import sequencing
from cameo_service.log.published import fetch_checkpoint
from cameo_service.log.sequencing import Sequencer
from cameo_service.log.standing import (
    CheckpointForged,
    EntryAltered,
    LogBroken,
    LogForked,
    LogRolledBack,
)
from cameo_service.readiness import readiness
from storage.log.notes import read
from tests.kinds import Kind
from tests.service.log.making import (
    alter_entry,
    content_of,
    database,
    flip,
    grow,
    overwrite,
    publish,
)

pytestmark = pytest.mark.both_databases


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


def test_every_way_to_be_broken_has_a_code_of_its_own() -> None:
    classes: list[type[LogBroken]] = [LogBroken, *LogBroken.__subclasses__()]
    assert len({each.code for each in classes}) == len(classes)
