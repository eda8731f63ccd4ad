"""A log that lost entries begins anew under another name, and only then."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from cameo_service.context import Context
from cameo_service.log import sequencing
from cameo_service.log.published import fetch_checkpoint
from cameo_service.log.sequencing import Sequencer
from cameo_service.log.sources import BlobSource
from storage.errors import StoreUnavailable
from storage.log.notes import read
from tests.service.log.making import (
    grow,
    publish,
)
from tests.service.log.sequencing.published import published_size, require_whole

pytestmark = pytest.mark.both_databases


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
