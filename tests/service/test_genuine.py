"""A template is used only where its cameo's signed credential names it: each way to tamper with the
database is detected, named and refused by everybody who reads templates for use. On both databases.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, text

from cameo_service import touched
from cameo_service.context import Context
from cameo_service.enrollments.verdicts import conclude
from cameo_service.packages.contents import gather
from cameo_service.settings import Settings
from cameo_service.templates import genuine
from cameo_service.templates.retirement import retire
from cameo_service.templates.targets import Target
from cameo_service.wiring import build
from cameo_service.worker import Worker
from storage.database import Database
from storage.errors import StorageError, Tampered
from storage.records import (
    EnrollmentRecord,
    EnrollmentState,
    TemplateRecord,
)
from storage.store import migrate
from tests.service.running import Clock, verification
from tests.storage.databases import postgres_database, postgres_server
from tests.storage.samples import enrollment
from verification.report import Verdict

ROOT = Path(__file__).parents[2]
FACE, VOICE = "a" * 64, "b" * 64
KEPT = ("template_keys", "templates")
"""With its data key, in the order in which rows can be put back."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server() as url, postgres_database(url) as migrated:
        migrate(migrated)
        yield f"{url} test_{migrated.rpartition('/test_')[2].partition('?')[0]}"


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    with ExitStack() as opened:
        url = None
        if request.param == "postgres":
            server, template = request.getfixturevalue("postgres").split()
            url = opened.enter_context(postgres_database(server, template=template))
            url = url.replace("postgresql://", "postgresql+psycopg://", 1)
        chosen = Settings(data_dir=tmp_path / "data", database_url=url)
        if url is None:
            migrate(chosen.resolved_database_url)
        yield chosen


@dataclass(frozen=True)
class World:
    """Ann and Eve, enrolled; and the database without the store's care."""

    context: Context
    database: Database
    ann: str
    eve: str

    def run(self, statement: str, **values: Any) -> None:
        with self.database.write() as running:
            assert running.run(text(statement), [values] if values else None).rowcount >= 1

    def rows(self, table: str, cameo: str) -> list[dict[str, Any]]:
        with self.database.read() as running:
            query = text(f"SELECT * FROM {table} WHERE cameo_id = :id")  # noqa: S608 (our own names)
            return [dict(row) for row in running.run(query, [{"id": cameo}]).mappings()]

    def put_back(self, kept: dict[str, list[dict[str, Any]]], cameo: str) -> None:
        """What the tables hold of this cameo, replaced by what they once held."""
        with self.database.write() as running:
            for table in reversed(KEPT):
                gone = text(f"DELETE FROM {table} WHERE cameo_id = :id")  # noqa: S608 (our own names)
                running.run(gone, [{"id": cameo}])
            for table in KEPT:
                for row in kept[table]:
                    names = ", ".join(row)
                    places = ", ".join(f":{name}" for name in row)
                    put = text(f"INSERT INTO {table} ({names}) VALUES ({places})")  # noqa: S608 (our own names)
                    running.run(put.bindparams(*(bindparam(name) for name in row)), [row])

    def sealed_anew(self, cameo: str, **changes: Any) -> None:
        """What somebody does who has the key-encryption key and no signing key."""
        with self.context.store.write() as tx:
            face = next(each for each in tx.templates.of_cameo(cameo) if each.modality == "face")
            tx.templates.put([replace(face, **changes)])

    def touch(self, cameo: str) -> None:
        with self.context.store.write() as tx:
            tx.revisions.touch(touched.cameo(cameo), now=self.context.clock())


@pytest.fixture
def world(settings: Settings, clock: Clock) -> Iterator[World]:
    with build(settings) as built:
        context = replace(built, clock=clock)
        database = Database(settings.resolved_database_url)
        ann = enroll(context, "user:ann", (0.6, 0.8))
        eve = enroll(context, "user:eve", (1.0, 0.0))
        yield World(context, database, ann, eve)
        database.close()


def enroll(
    context: Context, owner: str, vector: tuple[float, ...], renews: str | None = None
) -> str:
    """A cameo by a verified enrollment, or one renewed by it."""
    record = processing(context, f"enr_{owner[5:]}_{renews}", owner, renews)
    found = verification(Verdict.VERIFIED)
    assert found.face is not None
    found = replace(found, face=replace(found.face, vector=vector))
    with context.store.write() as tx:
        tx.enrollments.add(record)
        done = conclude(tx, context, record, found, alike=())
    return str(done.cameo_id)


def processing(context: Context, id: str, owner: str, renews: str | None) -> EnrollmentRecord:
    accepted = {
        "version": "2027-01",
        "locale": "en",
        "text": "",
        "sha256": "0" * 64,
        "accepted_at": "2026-11-22T12:00:00Z",
    }
    return enrollment(
        id=id,
        principal=owner,
        state=EnrollmentState.PROCESSING,
        statement=accepted,
        challenge={},
        renews=renews,
        cameo_id=None,
        report=None,
        expires_at=context.clock(),
    )


def flip_a_bit(world: World) -> None:
    row = next(each for each in world.rows("templates", world.ann) if each["modality"] == "face")
    altered = bytes(row["ciphertext"])
    altered = altered[:9] + bytes([altered[9] ^ 1]) + altered[10:]
    world.run(
        "UPDATE templates SET ciphertext = :altered WHERE cameo_id = :id AND modality = 'face'",
        altered=altered,
        id=world.ann,
    )


def put_anothers_row(world: World) -> None:
    row = next(each for each in world.rows("templates", world.eve) if each["modality"] == "face")
    world.run(
        "UPDATE templates SET nonce = :nonce, ciphertext = :ciphertext, created_at = :created_at "
        "WHERE cameo_id = :id AND modality = 'face'",
        nonce=row["nonce"],
        ciphertext=row["ciphertext"],
        created_at=row["created_at"],
        id=world.ann,
    )


def seal_anothers_face(world: World) -> None:
    world.sealed_anew(world.ann, vector=(1.0, 0.0))


def put_an_older_row_back(world: World) -> None:
    kept = {table: world.rows(table, world.ann) for table in KEPT}
    enroll(world.context, "user:ann", (0.8, 0.6), renews=world.ann)
    world.put_back(kept, world.ann)
    with world.context.store.read() as tx:
        opened = tx.templates.of_cameo(world.ann)
    assert opened[0].vector == (0.6, 0.8), "the seal alone does not tell"


def take_the_face_away(world: World) -> None:
    world.run("DELETE FROM templates WHERE cameo_id = :id AND modality = 'face'", id=world.ann)


def add_another_model(world: World) -> None:
    world.sealed_anew(world.ann, model="other", model_sha256="f" * 64)


def take_the_credential_away(world: World) -> None:
    world.run("UPDATE cameos SET credential = NULL WHERE id = :id", id=world.ann)


def flip_the_credential(world: World) -> None:
    with world.context.store.read() as tx:
        token = tx.cameos.get(world.ann).credential or ""
    at = token.index(".") + 40
    altered = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
    world.run(
        "UPDATE cameos SET credential = :altered WHERE id = :id", altered=altered, id=world.ann
    )


def put_anothers_credential(world: World) -> None:
    with world.context.store.read() as tx:
        token = tx.cameos.get(world.eve).credential
    world.run("UPDATE cameos SET credential = :token WHERE id = :id", token=token, id=world.ann)


def change_the_owner(world: World) -> None:
    world.run("UPDATE cameos SET owner = 'user:eve' WHERE id = :id", id=world.ann)


TAMPERINGS = (
    flip_a_bit,
    put_anothers_row,
    seal_anothers_face,
    put_an_older_row_back,
    take_the_face_away,
    add_another_model,
    take_the_credential_away,
    flip_the_credential,
    put_anothers_credential,
    change_the_owner,
)
Tamper = Callable[[World], None]


@pytest.mark.parametrize("tamper", TAMPERINGS)
def test_what_was_tampered_with_is_named_and_refused(world: World, tamper: Tamper) -> None:
    context = world.context
    context.faces.refresh(context.store)
    tamper(world)
    world.touch(world.ann)
    for use in (read, refresh, search, hand_out, renew):
        with pytest.raises(Tampered, match=f"`{world.ann}`"):
            use(world)
    with context.store.read() as tx:
        assert genuine.templates_of(tx, context.signer, world.eve)


def read(world: World) -> None:
    with world.context.store.read() as tx:
        genuine.templates_of(tx, world.context.signer, world.ann)


def refresh(world: World) -> None:
    world.context.faces.refresh(world.context.store)


def search(world: World) -> None:
    """A search looks itself at whatever was touched since the last refresh."""
    with world.context.store.read() as tx:
        world.context.faces.search(tx, FACE, (0.6, 0.8), at_least=0.9, limit=5)


def hand_out(world: World) -> None:
    with world.context.store.read() as tx:
        gather(tx, world.context, tx.cameos.get(world.ann), ("face", "voice"))


def renew(world: World) -> None:
    """The worker, before it compares a recording with who is to be renewed."""
    worker = Worker(world.context, load=lambda: pytest.fail("no model is needed for this"))
    worker._earlier(processing(world.context, "enr_next", "user:ann", world.ann))


@pytest.mark.parametrize("tamper", [seal_anothers_face, put_an_older_row_back, add_another_model])
def test_a_tampered_template_is_never_signed_anew(world: World, tamper: Tamper) -> None:
    """Or a migration to another pack would make it genuine."""
    tamper(world)
    before = credential(world)
    old = Target(pack="old", face=FACE, voice="c" * 64)
    kept = Target(pack="kept", face="f" * 64, voice=VOICE)
    world.sealed_anew(world.eve, model="other", model_sha256="f" * 64)
    if tamper is not add_another_model:
        world.sealed_anew(world.ann, model="other", model_sha256="f" * 64)
    with pytest.raises(Tampered):
        retire(world.context, old, kept=kept)
    assert credential(world) == before


def credential(world: World) -> str | None:
    with world.context.store.read() as tx:
        return tx.cameos.get(world.ann).credential


@pytest.mark.parametrize("tamper", [seal_anothers_face, take_the_face_away])
def test_a_first_fill_checks_everybody(world: World, tamper: Tamper) -> None:
    world.context.faces.refresh(world.context.store)
    tamper(world)
    with build(world.context.settings) as another, pytest.raises(Tampered, match=f"`{world.ann}`"):
        another.faces.refresh(another.store)


def test_what_nobody_tampered_with_is_used(world: World) -> None:
    context = world.context
    context.faces.refresh(context.store)
    with context.store.read() as tx:
        for cameo, vector in ((world.ann, (0.6, 0.8)), (world.eve, (1.0, 0.0))):
            face, voice = genuine.templates_of(tx, context.signer, cameo)
            assert (face.vector, voice.vector) == (vector, (1.0, 0.0))
            (found,) = context.faces.search(tx, FACE, vector, at_least=0.99, limit=5)
            assert found.subject == cameo
    enroll(context, "user:ann", (0.8, 0.6), renews=world.ann)
    read(world)
    refresh(world)
    with context.store.write() as tx:
        tx.templates.destroy(world.ann)
        ended = tx.cameos.get(world.ann)
        tx.cameos.save(replace(ended, status=ended.status.REVOKED))
        assert genuine.templates_of(tx, context.signer, world.ann) == []


def test_what_has_no_credential_is_bound_by_its_seal(world: World) -> None:
    """A protected face, and a renewal that waits for its review."""
    context = world.context
    with context.store.write() as tx:
        (face, _) = tx.templates.of_cameo(world.ann)
        for holder in ("pro_1", "enr_9"):
            tx.templates.put([replace(face, cameo_id=holder)])
            tx.revisions.touch(f"protected:{holder}", now=context.clock())
    context.faces.refresh(context.store)
    with context.store.read() as tx:
        found = context.faces.search(tx, FACE, (0.6, 0.8), at_least=0.99, limit=5)
        assert {each.subject for each in found} == {"pro_1", "enr_9", world.ann}
    world.run("UPDATE templates SET cameo_id = 'enr_9', model = 'x' WHERE cameo_id = 'enr_9'")
    with context.store.read() as tx, pytest.raises(Tampered, match="`enr_9`"):
        genuine.templates_of(tx, context.signer, "enr_9")


READERS = {
    "cameo_service/templates/genuine.py": "the one way",
    "storage/faces/exact.py": "has every page checked by `Genuine` before it goes on",
    "cameo_service/enrollments/credentials.py": "signs what an enrollment has just left",
    "cameo_service/enrollments/likenesses.py": "the same: hands over and signs",
    "cameo_service/cli/demo/backstage.py": "takes ids from it",
    "cameo_service/templates/retirement.py": "takes ids from it, and signs what is genuine",
}


def test_templates_are_read_for_use_in_one_way() -> None:
    """Who reads them otherwise must stand here, with a reason why nothing is used unchecked."""
    found = {
        str(path.relative_to(ROOT))
        for house in ("cameo_service", "storage/faces")
        for path in (ROOT / house).rglob("*.py")
        if reads_templates(ast.parse(path.read_text()))
    }
    assert found == set(READERS)


def reads_templates(module: ast.AST) -> bool:
    """Whether there is a `….templates.of_cameo`, `of_modality` or `of_model` in it."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"of_cameo", "of_modality", "of_model"}
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "templates"
        for node in ast.walk(module)
    )


def kinds(templates: Sequence[TemplateRecord]) -> list[str]:
    return [each.modality for each in templates]


def test_a_digest_that_is_another_models_is_another_template(world: World) -> None:
    """The same vector and salt under another model's name: no credential names that."""
    context = world.context
    with context.store.read() as tx:
        templates = genuine.templates_of(tx, context.signer, world.ann)
        cameo = tx.cameos.get(world.ann)
    assert kinds(templates) == ["face", "voice"]
    renamed = [replace(templates[0], model="another"), templates[1]]
    with pytest.raises(StorageError) as caught:
        genuine.require_genuine(cameo, renamed, context.signer)
    assert caught.value.code == "tampered"
