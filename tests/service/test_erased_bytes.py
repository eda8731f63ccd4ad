"""After an erasure no byte of the person is left, and no word that was written about them: not in a
file, a bucket, or a table.

Each test first shows that it finds what it looks for: what lies there before the erasure, where it
lies, and whatever is never there in the clear once it is planted there.
"""

import base64
import io
import json
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cameo_service.context import Context
from cameo_service.enrollments.recordings import blob_name
from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.envelope import KEY_BYTES
from storage.records import IdempotencyRecord
from storage.store import migrate
from tests.aws import S3_BUCKET
from tests.service.erasing import DIGITS, enroll, likeness, sequence, work
from tests.service.running import Clock, RunningService, serving
from tests.service.written import write_about
from tests.storage.databases import postgres_database
from verification.report import Verdict, Verification

RECORDING = DIGITS.randbytes(20_000)
Look = Callable[[], Iterator[tuple[str, bytes]]]
"""Everything that is held, place by place."""

Pieces = list[bytes]
"""One of them is enough to find the whole."""

SEALED = """
SELECT ciphertext FROM templates UNION ALL SELECT nonce FROM templates
UNION ALL SELECT ciphertext FROM samples UNION ALL SELECT nonce FROM samples
UNION ALL SELECT wrapped FROM template_keys
"""


def written(vector: tuple[float, ...]) -> dict[str, Pieces]:
    """Ways to write a vector down; four of its numbers are enough to find it."""
    some = [vector[start : start + 4] for start in range(0, len(vector) - 3, 16)]
    return {
        "float64": [struct.pack("<4d", *each) for each in some],
        "float32": [struct.pack("<4f", *each) for each in some],
        "float64, big-endian": [struct.pack(">4d", *each) for each in some],
        "float32, big-endian": [struct.pack(">4f", *each) for each in some],
        "JSON": [json.dumps(each, separators=(",", ":"))[1:-1].encode() for each in some],
        "JSON with spaces": [json.dumps(each)[1:-1].encode() for each in some],
    }


def pieces(content: bytes) -> Pieces:
    """A database may lay something long on several pages, so no piece is long."""
    return [content[start : start + 24] for start in range(0, max(1, len(content) - 23), 480)]


def in_the_clear(judged: Verification, data_key: bytes) -> dict[str, Pieces]:
    """What is never there in the clear."""
    assert judged.face is not None
    assert judged.voice is not None
    found = {"data key": [data_key], "data key, base64": [base64.b64encode(data_key)[:-1]]}
    for name, template in (("face", judged.face), ("voice", judged.voice)):
        found |= {f"{name} as {form}": each for form, each in written(template.vector).items()}
    for number, sample in enumerate(judged.samples):
        found[f"sample {number}"] = pieces(sample.content)
        found[f"sample {number}, base64"] = pieces(base64.b64encode(sample.content))
    return found


def found_in(look: Look, wanted: dict[str, Pieces]) -> dict[str, list[str]]:
    """Where a piece of each lies, by name; those alone that are found."""
    places: dict[str, list[str]] = {}
    for place, content in look():
        for name, each in wanted.items():
            if any(piece in content for piece in each):
                places.setdefault(name, []).append(place)
    return places


def files_under(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()


def objects_in(client: Any) -> Iterator[tuple[str, bytes]]:
    for entry in client.list_object_versions(Bucket=S3_BUCKET).get("Versions", ()):
        content = client.get_object(
            Bucket=S3_BUCKET, Key=entry["Key"], VersionId=entry["VersionId"]
        )
        yield f"bucket/{entry['Key']}", content["Body"].read()


def tables_in(url: str) -> Iterator[tuple[str, bytes]]:
    """Every table, bytes as they are: the binary form of COPY."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        names = connection.execute(
            "SELECT quote_ident(table_name) FROM information_schema.tables "
            "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        ).fetchall()
        assert len(names) > 40
        for (name,) in names:
            with connection.cursor().copy(f"COPY {name} TO STDOUT (FORMAT binary)") as copy:
                yield f"table {name}", b"".join(bytes(each) for each in copy)


def sealed_in(settings: Settings) -> list[bytes]:
    """The sealed templates and samples and the wrapped keys, as they are stored."""
    if settings.database_url is None:
        import sqlite3

        with closing(sqlite3.connect(settings.data_dir / "cameo.sqlite")) as connection:
            return [bytes(row[0]) for row in connection.execute(SEALED)]
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as connection:
        return [bytes(row[0]) for row in connection.execute(SEALED).fetchall()]


def indexed(settings: Settings) -> set[str] | None:
    """Whose vectors an index in the database has, if there is one."""
    if settings.database_url is None or settings.face_index == "memory":
        return None
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as connection:
        return {row[0] for row in connection.execute("SELECT subject FROM face_vectors")}


def data_key_of(context: Context, cameo: str) -> bytes:
    """The data key in the clear: what templates are sealed under, once it is unwrapped."""
    with context.store.read() as tx:
        key: bytes = tx.templates._keys.find(cameo)  # type: ignore[attr-defined]  # no other way out
    assert len(key) == KEY_BYTES
    return key


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    with postgres_database(postgres) as url:
        yield url.replace("postgresql://", "postgresql+psycopg://")


def run(settings: Settings, look: Look) -> None:
    """Enroll two, plant what is never in the clear, look, erase one, look again."""
    clock = Clock()
    migrate(settings.resolved_database_url)
    with ExitStack() as stack:
        context = replace(stack.enter_context(build(settings)), clock=clock)
        service = stack.enter_context(serving(context, clock))
        judged, others = likeness(Verdict.NEEDS_REVIEW), likeness()
        other, _ = enroll(service, "user:zoe", others)
        kept = sealed_in(settings)
        cameo, enrollment = enroll(service, "user:ann", judged)
        _record(context, enrollment)
        context.faces.refresh(context.store)
        assert indexed(settings) in (None, {cameo, other})
        clear = in_the_clear(judged, data_key_of(context, cameo))
        there = set(sealed_in(settings)) - set(kept)
        assert len(there) == 2 * (2 + 3) + 1
        stored = {f"sealed {number}": pieces(each) for number, each in enumerate(there)}
        stored["recording"] = pieces(RECORDING)
        written = write_about(context, cameo, owner="user:ann")
        stored |= {place: [text.encode()] for place, text in written.items()}
        assert set(found_in(look, stored)) == set(stored)
        assert found_in(look, clear) == {}
        with planted(context, clear):
            for name, places in found_in(look, clear).items():
                assert len(places) > 1, name
            assert set(found_in(look, clear)) == set(clear)
        assert found_in(look, clear) == {}
        _erase(service, cameo)
        left = found_in(look, {**clear, **stored})
        assert left == {}
        assert set(sealed_in(settings)) == set(kept)
        assert indexed(settings) in (None, {other})
        with context.store.read() as tx:
            assert len(tx.templates.of_cameo(other)) == 2


def _record(context: Context, enrollment: str) -> None:
    """The recording that waits for a reviewer."""
    with context.store.write() as tx:
        waiting = tx.enrollments.get(enrollment)
        blob = blob_name(waiting, now=context.clock())
        context.blobs.put(blob, io.BytesIO(RECORDING), limit=len(RECORDING))
        tx.enrollments.save(replace(waiting, recording_blob=blob, recording_mime="video/webm"))


@contextmanager
def planted(context: Context, clear: dict[str, Pieces]) -> Iterator[None]:
    """All of it in a file and in a row, for the length of a block."""
    everything = b"|".join(b"".join(each) for each in clear.values())
    context.blobs.put("planted/it", io.BytesIO(everything), limit=len(everything))
    row = IdempotencyRecord(
        caller="ck_1", key="planted", fingerprint="x", created_at=context.clock()
    )
    with context.store.write() as tx:
        tx.idempotency.begin(row)
        tx.idempotency.finish(replace(row, status=200, body=everything))
    yield
    with context.store.write() as tx:
        tx.idempotency.forget("ck_1", "planted")
    context.blobs.delete("planted/it")
    assert context.store.scrub()


def _erase(service: RunningService, cameo: str) -> None:
    with service.client(service.key()) as platform:
        erased = platform.post(f"/v1/cameos/{cameo}/erase").json()
        work(service.context)
        sequence(service.context)
        completed = platform.get(f"/v1/erasures/{erased['id']}").json()
    assert completed["status"] == "completed"
    assert completed["destroyed"]["recordings"] == 1
    counts = {name: completed["destroyed"][name] for name in ("templates", "samples", "data_keys")}
    assert counts == {"templates": 2, "samples": 3, "data_keys": 1}


def test_nothing_is_left_in_the_data_directory(tmp_path: Path) -> None:
    """The database's file, its write-ahead log, blobs, keys."""
    run(Settings(data_dir=tmp_path), lambda: files_under(tmp_path))


def test_nothing_is_left_in_a_bucket(tmp_path: Path, s3: Any) -> None:
    def look() -> Iterator[tuple[str, bytes]]:
        yield from files_under(tmp_path)
        yield from objects_in(s3)

    run(
        Settings(
            data_dir=tmp_path,
            blob_url=f"s3://{S3_BUCKET}",
            s3_endpoint_url=s3.meta.endpoint_url,
        ),
        look,
    )


def test_nothing_is_left_in_a_table_of_postgresql(tmp_path: Path, postgres_url: str) -> None:
    """The server's own files are its own: `docs/erasure.md` says what VACUUM and its log mean."""

    def look() -> Iterator[tuple[str, bytes]]:
        yield from files_under(tmp_path)
        yield from tables_in(postgres_url)

    run(Settings(data_dir=tmp_path, database_url=postgres_url, face_index="pgvector"), look)
