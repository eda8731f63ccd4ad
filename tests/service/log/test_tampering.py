"""A log that was tampered with: each way is found, and named."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from cameo_service.context import Context
from cameo_service.erasure.certificates import certificate_of, digest_of
from cameo_service.events import Event, record
from cameo_service.log.auditing import Audited, audit
from cameo_service.log.continuity import require_sound, root_in_database
from cameo_service.log.proving import proof_of
from cameo_service.log.published import fetch
from cameo_service.log.sequencing import Sequencer
from cameo_service.log.sources import BlobSource
from cameo_service.log.standing import (
    CheckpointForged,
    EntryAltered,
    LogBroken,
    LogRolledBack,
    OpeningAltered,
    OpeningMissing,
    TileAltered,
)
from cameo_service.log.verifying import verify
from cameo_service.readiness import readiness
from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.errors import Tampered
from storage.log.notes import Checkpoint, read, sign
from storage.log.tiles import bundle, unbundle
from storage.records import ErasureRecord
from tests.kinds import Kind
from tests.service.log.making import (
    add,
    alter_entry,
    content_of,
    damage,
    database,
    emptied,
    flip,
    grow,
    lose,
    overwrite,
    publish,
)

SIZE = 300


@pytest.fixture(scope="module")
def made(databases: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A log of 300 entries: a full tile, a full bundle, and partial ones."""
    with databases.settings(tmp_path_factory.mktemp("made")) as settings:
        with build(settings) as context:
            emptied(context)
            grow(context, SIZE)
            publish(context)
        yield settings


@pytest.fixture
def log(databases: Kind, made: Settings, tmp_path: Path) -> Iterator[Context]:
    """A copy of it."""
    with databases.another(made, tmp_path / "data") as settings, build(settings) as context:
        yield context


def verified(context: Context) -> None:
    verify(BlobSource(context.blobs), context.signer.log_keys())


def sql(statement: str, **values: bytes) -> Callable[[Context], None]:
    def run(context: Context) -> None:
        with database(context) as connection:
            connection.execute(text(statement), values)

    return run


def altering(number: int) -> Callable[[Context], None]:
    return lambda context: alter_entry(context, number)


def flipping(path: str, at: int) -> Callable[[Context], None]:
    return lambda context: flip(context, path, at)


def without(path: str) -> Callable[[Context], None]:
    return lambda context: lose(context, path)


FILES: list[tuple[str, Callable[[Context], None], type[LogBroken], str]] = [
    ("a bit of a tile", flipping("tile/0/000", 32 * 7), TileAltered, "`tile/0/000`"),
    ("a partial tile", flipping("tile/0/001.p/44", 0), TileAltered, "`tile/0/001.p/44`"),
    ("a higher tile", flipping("tile/1/000.p/1", 0), TileAltered, "`tile/1/000.p/1`"),
    ("a tile is gone", without("tile/0/000"), TileAltered, "`tile/0/000`"),
    ("a checkpoint's size", flipping("checkpoint", 20), CheckpointForged, "known key|wrong|no"),
    ("a checkpoint's root", flipping("checkpoint", 30), CheckpointForged, "wrong|base64"),
    (
        "a checkpoint's signature",
        flipping("checkpoint", -6),
        CheckpointForged,
        "checkpoint|signature|note",
    ),
    ("the checkpoint is gone", without("checkpoint"), CheckpointForged, "missing"),
]


@pytest.mark.parametrize(("what", "tamper", "named", "message"), FILES, ids=[f[0] for f in FILES])
def test_files_that_were_tampered_with(
    log: Context,
    what: str,
    tamper: Callable[[Context], None],
    named: type[LogBroken],
    message: str,
) -> None:
    del what
    verified(log)
    audit(log)
    tamper(log)
    for look in (verified, audit):
        with pytest.raises(named, match=message):
            look(log)


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("tile/0/000", TileAltered),
        ("tile/entries/000", TileAltered),
        ("checkpoint", CheckpointForged),
    ],
)
def test_files_that_the_disk_damaged(log: Context, path: str, named: type[LogBroken]) -> None:
    damage(log, path, at=20)
    for look in (verified, audit):
        with pytest.raises(named, match=path):
            look(log)


def test_a_bit_of_an_entry_in_its_bundle(log: Context) -> None:
    flip(log, "tile/entries/000", at=40)
    with pytest.raises(EntryAltered, match="`0` in its bundle"):
        verified(log)
    # the database has it right: there, it is the file that was altered
    with pytest.raises(TileAltered, match="`tile/entries/000`"):
        audit(log)


def test_a_bundle_that_is_cut_off(log: Context) -> None:
    path = "tile/entries/001.p/44"
    overwrite(log, path, content_of(log, path)[:-1])
    with pytest.raises(TileAltered, match=r"`tile/entries/001\.p/44` is damaged"):
        verified(log)


def test_a_bundle_with_an_entry_less(log: Context) -> None:
    path = "tile/entries/001.p/44"
    overwrite(log, path, bundle(unbundle(content_of(log, path))[:-1]))
    with pytest.raises(TileAltered, match=r"`tile/entries/001\.p/44` has `43` entries and not 44"):
        verified(log)


ROWS: list[tuple[str, Callable[[Context], None], type[LogBroken], str]] = [
    ("an old entry", altering(7), EntryAltered, "`7` in the database is not"),
    ("a new entry", altering(299), EntryAltered, "`299` in the database is not"),
    (
        "a removed entry",
        sql("DELETE FROM log_entries WHERE number = 7"),
        EntryAltered,
        "`7` is missing",
    ),
    (
        "the end",
        sql("DELETE FROM log_entries WHERE number > 290"),
        LogRolledBack,
        "holds 291 .* 300",
    ),
    (
        "an opening",
        sql("UPDATE log_openings SET document = :other WHERE number = 8", other=b"{}"),
        OpeningAltered,
        "entry `8`",
    ),
    (
        "a salt",
        sql("UPDATE log_openings SET salt = :other WHERE number = 9", other=bytes(32)),
        OpeningAltered,
        "entry `9`",
    ),
]


@pytest.mark.parametrize(("what", "tamper", "named", "message"), ROWS, ids=[r[0] for r in ROWS])
def test_rows_that_were_tampered_with(
    log: Context,
    what: str,
    tamper: Callable[[Context], None],
    named: type[LogBroken],
    message: str,
) -> None:
    del what
    tamper(log)
    with pytest.raises(named, match=message):
        audit(log)
    # what was published is as it was
    verified(log)


@pytest.mark.parametrize("what", ["another's note", "another root", "no note"])
def test_a_history_rewritten_together_with_its_head(log: Context, what: str) -> None:
    with log.store.read() as tx:
        head = tx.log.checkpoint()
    assert head is not None
    before = {name: fetch(log.blobs, name) for name in log.blobs.list("log/")}
    alter_entry(log, 7)
    root = root_in_database(log, SIZE)
    forged = Checkpoint(origin=read(head.note)[0].origin, size=SIZE, root=root)
    note = {
        "another's note": sign(forged, Ed25519PrivateKey.generate()),
        "another root": head.note,
        "no note": "",
    }[what]
    with database(log) as connection:
        values = {"root": root, "note": note}
        connection.execute(text("UPDATE log_checkpoints SET root = :root, note = :note"), values)
    grow(log, 1, cameo="cam_2")
    for _ in range(2):
        with pytest.raises(CheckpointForged, match="head in the database"):
            Sequencer(log).step()
    with pytest.raises(CheckpointForged, match="head in the database"):
        require_sound(log)
    with pytest.raises(CheckpointForged, match="head in the database"):
        proof_of(log, 299)
    # what was published is as it was, to the byte
    assert {name: fetch(log.blobs, name) for name in log.blobs.list("log/")} == before


def test_what_is_in_order(log: Context) -> None:
    erase(log)
    grow(log, 2, cameo="cam_2")
    assert audit(log) == Audited(size=300, waiting=2, opened=2, erased=300)


def erase(context: Context) -> None:
    """As much of an erasure as the log shows: what opens its entries, and the count of that."""
    now = context.clock()
    with context.store.write() as tx:
        tx.erasures.add(
            ErasureRecord(
                id="era_1",
                version=1,
                cameo_id="cam_1",
                owner="user:ann",
                requested_by="user:ann",
                requested_at=now,
                destroyed={"log_openings": tx.log.forget("cam_1")},
            )
        )


@pytest.mark.parametrize("naming", [True, False])
@pytest.mark.parametrize("erased", [True, False])
def test_an_opening_that_nobody_erased(log: Context, *, naming: bool, erased: bool) -> None:
    """With the names of those whom it was about or without them, an erasure beside it or none."""
    number = grow_one(log, cameo="cam_2")
    if erased:
        erase(log)
    audit(log)
    close(log, number, *(("log_openings",) if naming else ("log_openings", "log_subjects")))
    told = f"entry `{number}` is gone" if naming else r"opens \d+ log entries is gone"
    with pytest.raises(OpeningMissing, match=told):
        audit(log)


def test_an_erasure_whose_count_was_raised(log: Context) -> None:
    """What an erasure destroyed is what its certificate says, not what its row does."""
    number = grow_one(log, cameo="cam_2")
    erase(log)
    certify(log, "era_1")
    audit(log)
    close(log, number, "log_openings", "log_subjects")
    sql("UPDATE erasures SET destroyed = '{\"log_openings\": 301}'")(log)
    with pytest.raises(OpeningMissing, match=r"opens 301 .* destroyed only 300"):
        audit(log)
    with database(log) as connection:
        found = connection.execute(text("SELECT certificate FROM erasures")).scalar_one()
        forged = found[:-6] + ("AAAAAA" if found[-6:] != "AAAAAA" else "BBBBBB")
        connection.execute(text("UPDATE erasures SET certificate = :it"), {"it": forged})
    with pytest.raises(OpeningAltered, match="certificate of erasure `era_1`"):
        audit(log)


def certify(context: Context, id: str) -> None:
    """Sign the certificate of an erasure, and log its digest."""
    now = context.clock()
    with context.store.write() as tx:
        done = replace(tx.erasures.get(id), completed_at=now)
        certificate = certificate_of(tx, context, done, [])
        event = {"cameo": done.cameo_id, "erasure": id, "certificate": digest_of(certificate)}
        number = record(tx, Event.CAMEO_ERASED, event, subjects=(done.cameo_id,), now=now)
        tx.erasures.save(replace(done, certificate=certificate, log_number=number))


def grow_one(context: Context, *, cameo: str) -> int:
    with context.store.write() as tx:
        return add(tx, context, cameo)


def close(context: Context, number: int, *tables: str) -> None:
    """Delete what opens an entry."""
    with database(context) as connection:
        for table in tables:
            gone = text(f"DELETE FROM {table} WHERE number = :number")  # noqa: S608 (our own names)
            connection.execute(gone, {"number": number})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signing_keys SET wrapped = CAST(wrapped AS TEXT)",
        "UPDATE signing_keys SET algorithm = CAST(algorithm AS BLOB)",
    ],
)
def test_a_type_that_was_changed_elsewhere(log: Context, statement: str) -> None:
    without_types(log)
    sql(statement)(log)
    with pytest.raises(Tampered, match="a stored SigningKeyRecord"):
        log.keys.audit()


def without_types(context: Context) -> None:
    if not context.settings.resolved_database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL keeps the types of its columns")


AS_TEXT = [
    ("UPDATE log_entries SET entry = replace(entry, 'x', 'y') WHERE number = 7", EntryAltered, 7),
    ("UPDATE log_entries SET entry = CAST(entry AS TEXT) WHERE number = 299", EntryAltered, 299),
    ("UPDATE log_openings SET document = CAST(document AS TEXT)", OpeningAltered, 0),
    ("UPDATE log_openings SET salt = CAST(salt AS TEXT) WHERE number = 8", OpeningAltered, 8),
    ("UPDATE log_openings SET salt = hex(salt) WHERE number = 9", OpeningAltered, 9),
    ("UPDATE log_openings SET subjects = 'x' WHERE number = 10", OpeningAltered, 10),
]


@pytest.mark.parametrize(("statement", "named", "number"), AS_TEXT)
def test_a_row_whose_type_was_changed(
    log: Context, statement: str, named: type[LogBroken], number: int
) -> None:
    without_types(log)
    sql(statement)(log)
    with pytest.raises(named, match=f"log entry `{number}` cannot be read") as refused:
        audit(log)
    assert len(str(refused.value)) < 100  # nothing of a salt is in it


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (AS_TEXT[1][0], "log_entry_altered"),
        ("UPDATE log_entries SET number = 'many' WHERE number = 299", "log_entry_altered"),
        ("UPDATE log_checkpoints SET note = CAST(note AS BLOB)", "log_checkpoint_forged"),
        ("UPDATE log_checkpoints SET root = hex(root)", "log_checkpoint_forged"),
    ],
)
def test_a_changed_type_stops_the_sequencer(log: Context, statement: str, code: str) -> None:
    without_types(log)
    running = publish(log)
    sql(statement)(log)
    for sequencer in (running, Sequencer(log)):
        with pytest.raises(LogBroken) as refused:
            sequencer.step()
        assert refused.value.code == code
    assert readiness(log)["log"] == {"ok": False, "problem": code}


def test_an_erasure_leaves_every_proof(log: Context) -> None:
    with log.store.write() as tx:
        assert tx.log.forget("cam_1") == SIZE
    verified(log)
