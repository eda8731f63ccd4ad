"""1:N search: one suite for the index in memory, on both databases, and for that in PostgreSQL."""

import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress

import numpy as np
import pytest
from sqlalchemy import text

from storage.collections.revisions import SqlRevisions
from storage.contracts import FaceIndex, Store, Transaction
from storage.database import Database
from storage.errors import FaceIndexUnavailable, StorageError, StoreUnavailable
from storage.faces.blocks import ROWS, CodedRows
from storage.faces.scanned import ScannedFaces
from storage.faces.turned import TurnedFaces
from storage.faces.turning import Turn
from storage.local.key_encryption import LocalKeyEncryption
from storage.postgres.vectors import prepare
from storage.records import ProtectedState, TemplateRecord
from storage.store import open_store
from tests.storage import samples
from tests.storage.conftest import OpenStore
from tests.storage.samples import NOW

MODEL, OTHER = "a" * 64, "b" * 64
SECRET = bytes(range(32))
rng = np.random.default_rng(7)


class Unsigned:
    """Takes every face for genuine: whose are, `tests/service/test_genuine` says."""

    def require(
        self, tx: Transaction, subjects: Sequence[str], faces: Sequence[TemplateRecord]
    ) -> None:
        assert tx.revisions.current() >= 0
        assert {face.cameo_id for face in faces} <= set(subjects)

    def require_everybody(self, tx: Transaction) -> None:
        assert tx.revisions.current() >= 0


UNSIGNED = Unsigned()


def unit(size: int = 128) -> np.ndarray:
    vector = rng.standard_normal(size)
    return np.asarray(vector / np.linalg.norm(vector))


def near_to(vector: np.ndarray, similarity: float) -> np.ndarray:
    """A vector at exactly this similarity."""
    across = unit(vector.size)
    across -= (across @ vector) * vector
    across /= np.linalg.norm(across)
    return np.asarray(similarity * vector + np.sqrt(1 - similarity**2) * across)


def enroll(store: Store, id: str, vector: np.ndarray, *, model: str = MODEL) -> None:
    with store.write() as tx:
        tx.templates.put(
            [
                samples.template(
                    cameo_id=id, modality="face", model_sha256=model, vector=tuple(vector.tolist())
                ),
                samples.template(cameo_id=id, modality="voice", vector=(1.0, 0.0)),
            ]
        )
        tx.revisions.touch(f"cameo:{id}", now=NOW)


def erase(store: Store, id: str) -> None:
    with store.write() as tx:
        tx.templates.destroy(id)
        tx.revisions.touch(f"cameo:{id}", now=NOW)


def found(
    index: FaceIndex, store: Store, vector: np.ndarray, at_least: float = 0.9, model: str = MODEL
) -> list[str]:
    with store.read() as tx:
        answer = index.search(tx, model, vector.tolist(), at_least=at_least, limit=10)
    assert [one.similarity for one in answer] == sorted(
        (one.similarity for one in answer), reverse=True
    )
    return [one.subject for one in answer]


@pytest.fixture(params=["memory-sqlite", "memory-postgres", "pgvector-postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest) -> str:
    chosen: str = request.getfixturevalue(f"{kind.split('-')[1]}_url")
    if kind.startswith("pgvector"):
        with closing(Database(chosen)) as database:
            prepare(database)
    return chosen


@pytest.fixture
def make_index(kind: str) -> Callable[[], FaceIndex]:
    if kind.startswith("pgvector"):
        return lambda: TurnedFaces(lambda: Turn(SECRET), genuine=UNSIGNED)
    return lambda: ScannedFaces(genuine=UNSIGNED)


@pytest.fixture
def index(make_index: Callable[[], FaceIndex], store: Store) -> FaceIndex:
    made = make_index()
    made.refresh(store)
    return made


def test_who_is_alike_enough_is_found_the_most_alike_first(index: FaceIndex, store: Store) -> None:
    ann = unit()
    for id, similarity in (("cam_1", 0.93), ("cam_2", 0.99), ("cam_3", 0.901), ("cam_4", 0.899)):
        enroll(store, id, near_to(ann, similarity))
    for refreshed in (False, True):
        if refreshed:
            index.refresh(store)
        assert found(index, store, ann) == ["cam_2", "cam_1", "cam_3"]
        assert found(index, store, ann, at_least=0.95) == ["cam_2"]
        assert found(index, store, unit()) == []


def test_it_is_exact_at_the_threshold(index: FaceIndex, store: Store) -> None:
    """Neither rounding to a byte nor to half precision may lose or add anybody."""
    ann = unit()
    for number in range(40):
        step = (number - 20) * 2e-5
        enroll(store, f"cam_{number:02}", near_to(ann, 0.9 + step))
    index.refresh(store)
    expected = {f"cam_{number:02}" for number in range(40) if number > 20}
    with store.read() as tx:
        answer = index.search(tx, MODEL, ann.tolist(), at_least=0.9 + 1e-5, limit=100)
    assert {one.subject for one in answer} == expected


def test_only_so_many_are_named(index: FaceIndex, store: Store) -> None:
    ann = unit()
    for number in range(12):
        enroll(store, f"cam_{number:02}", near_to(ann, 0.95 + number / 1000))
    index.refresh(store)
    assert found(index, store, ann) == [f"cam_{number:02}" for number in range(11, 1, -1)]


def test_models_never_meet(index: FaceIndex, store: Store) -> None:
    ann = unit()
    enroll(store, "cam_1", ann, model=MODEL)
    enroll(store, "cam_2", ann, model=OTHER)
    for _ in range(2):
        assert found(index, store, ann, model=MODEL) == ["cam_1"]
        assert found(index, store, ann, model=OTHER) == ["cam_2"]
        assert found(index, store, ann, model="c" * 64) == []
        index.refresh(store)


def test_what_another_process_writes_is_seen_by_the_next_search(
    index: FaceIndex, store: Store, opened: OpenStore
) -> None:
    other = opened()
    ann = unit()
    enroll(other, "cam_1", ann)
    assert found(index, store, ann) == ["cam_1"]
    index.refresh(store)
    assert found(index, store, ann) == ["cam_1"]
    erase(other, "cam_1")
    assert found(index, store, ann) == []
    index.refresh(store)
    assert found(index, store, ann) == []
    enroll(other, "cam_1", unit())
    assert found(index, store, ann) == []
    enroll(other, "cam_1", ann)
    index.refresh(store)
    assert found(index, store, ann) == ["cam_1"]


def test_a_transaction_finds_what_it_wrote_itself_and_nobody_else_does(
    index: FaceIndex, store: Store
) -> None:
    class Undone(Exception):
        pass

    ann = unit()
    with suppress(Undone), store.write() as tx:
        vector = tuple(ann.tolist())
        tx.templates.put([samples.template(cameo_id="cam_1", model_sha256=MODEL, vector=vector)])
        tx.revisions.touch("cameo:cam_1", now=NOW)
        (mine,) = index.search(tx, MODEL, vector, at_least=0.9, limit=10)
        assert mine.subject == "cam_1"
        raise Undone
    index.refresh(store)
    assert found(index, store, ann) == []
    # the revision that was rolled back is given again, to something else
    enroll(store, "cam_2", ann)
    assert found(index, store, ann) == ["cam_2"]


def test_a_protected_face_is_found_like_a_cameo(index: FaceIndex, store: Store) -> None:
    ann = unit()
    with store.write() as tx:
        tx.protected_faces.add(samples.protected_face(id="pro_1", state=ProtectedState.ACTIVE))
        vector = tuple(ann.tolist())
        tx.templates.put([samples.template(cameo_id="pro_1", model_sha256=MODEL, vector=vector)])
        tx.revisions.touch("protected:pro_1", now=NOW)
    assert found(index, store, ann) == ["pro_1"]
    index.refresh(store)
    assert found(index, store, ann) == ["pro_1"]


def test_an_index_that_was_never_filled_says_so(
    make_index: Callable[[], FaceIndex], store: Store
) -> None:
    with store.read() as tx, pytest.raises(FaceIndexUnavailable, match="refresh"):
        make_index().search(tx, MODEL, unit().tolist(), at_least=0.9, limit=1)


def test_an_index_left_far_behind_says_so_and_fills_itself_anew(
    index: FaceIndex, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = unit()
    enroll(store, "cam_1", ann)
    monkeypatch.setitem(SqlRevisions.__init__.__kwdefaults__ or {}, "kept", 2)
    for number in range(5):
        enroll(store, f"cam_{number + 2}", unit())
    with pytest.raises(FaceIndexUnavailable, match="refresh"):
        found(index, store, ann)
    index.refresh(store)
    assert found(index, store, ann) == ["cam_1"]


def test_a_direction_is_needed(index: FaceIndex, store: Store) -> None:
    for bad in ([0.0] * 128, [float("nan")] * 128, []):
        with store.read() as tx, pytest.raises(StorageError, match="direction"):
            index.search(tx, MODEL, bad, at_least=0.9, limit=1)


def test_a_store_that_is_away_is_an_error(index: FaceIndex, store: Store, url: str) -> None:
    enroll(store, "cam_1", unit())
    database = Database(url)
    with database.write_connection() as connection:
        connection.execute(text("ALTER TABLE templates RENAME TO gone"))
    database.close()
    with store.read() as tx, pytest.raises(StoreUnavailable):
        index.search(tx, MODEL, unit().tolist(), at_least=0.9, limit=1)


def test_erasing_while_searching_finds_before_and_never_after(
    index: FaceIndex, store: Store, opened: OpenStore
) -> None:
    faces = {f"cam_{number:02}": unit() for number in range(20)}
    for id, vector in faces.items():
        enroll(store, id, vector)
    index.refresh(store)
    gone: set[str] = set()
    other = opened()

    def work() -> None:
        for id in faces:
            erase(other, id)
            gone.add(id)

    eraser = threading.Thread(target=work)
    eraser.start()
    while eraser.is_alive():
        for id, vector in faces.items():
            erased = id in gone
            answer = found(index, store, vector)
            assert answer == ([] if erased else answer)
            assert answer in ([], [id])
        index.refresh(store)
    eraser.join()
    assert all(found(index, store, vector) == [] for vector in faces.values())


def test_rows_in_postgres_are_turned_and_go_with_the_data_key(postgres_url: str) -> None:
    database = Database(postgres_url)
    prepare(database)
    prepare(database)
    store = open_store(postgres_url, key_encryption=LocalKeyEncryption(SECRET))
    index = TurnedFaces(lambda: Turn(SECRET), genuine=UNSIGNED)
    ann = unit()
    enroll(store, "cam_1", ann)
    index.refresh(store)

    def kept() -> list[np.ndarray]:
        with database.read() as statements:
            rows = statements.run(text("SELECT CAST(turned AS text) FROM face_vectors")).scalars()
            return [np.array(row.strip("[]").split(","), np.float64) for row in rows]

    (row,) = kept()
    assert abs(float(row @ ann)) < 0.5
    assert np.linalg.norm(row) == pytest.approx(1.0, abs=0.01)
    erase(store, "cam_1")
    assert kept() == []
    enroll(store, "cam_1", ann)
    index.refresh(store)
    # under another secret nothing that stands there is believed
    other = TurnedFaces(lambda: Turn(bytes(32)), genuine=UNSIGNED)
    with pytest.raises(FaceIndexUnavailable):
        found(other, store, ann)
    other.refresh(store)
    assert found(other, store, ann) == ["cam_1"]
    with pytest.raises(FaceIndexUnavailable):
        found(index, store, ann)
    store.close()
    database.close()


def test_pgvector_is_refused_where_it_cannot_be(sqlite_url: str, postgres_url: str) -> None:
    with (
        closing(Database(sqlite_url)) as database,
        pytest.raises(FaceIndexUnavailable, match="CAMEO_FACE_INDEX=memory"),
    ):
        prepare(database)
    for url in (sqlite_url, postgres_url):
        store = open_store(url, key_encryption=LocalKeyEncryption(SECRET))
        with pytest.raises(FaceIndexUnavailable, match="never prepared"):
            TurnedFaces(lambda: Turn(SECRET), genuine=UNSIGNED).refresh(store)
        store.close()


def test_turns_keep_inner_products_and_nothing_else() -> None:
    turn = Turn(SECRET)
    for size in (128, 512):
        one, other = unit(size).astype(np.float32), unit(size).astype(np.float32)
        turned, also = turn.of(MODEL, one), turn.of(MODEL, other)
        assert float(turned @ also) == pytest.approx(float(one @ other), abs=1e-5)
        assert np.array_equal(turned, Turn(SECRET).of(MODEL, one))
        assert abs(float(turned @ turn.of(OTHER, one))) < 0.5
        assert abs(float(turned @ Turn(bytes(32)).of(MODEL, one))) < 0.5
    assert turn.key_id != Turn(bytes(32)).key_id


def test_coded_rows_lose_nobody() -> None:
    rows = CodedRows(64)
    vectors = {f"cam_{number}": unit(64).astype(np.float32) for number in range(300)}
    for id, vector in vectors.items():
        rows.put(id, vector)
    for id in list(vectors)[::3]:
        rows.remove(id)
        del vectors[id]
    assert len(rows) == len(vectors)
    for at_least in (0.1, 0.3, 0.5):
        probe = unit(64).astype(np.float32)
        near = set(rows.near(probe, at_least=at_least))
        exact = {id for id, vector in vectors.items() if float(vector @ probe) >= at_least}
        assert exact <= near
        assert len(near) <= len(exact) + 60
    assert ROWS > 300
