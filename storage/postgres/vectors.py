"""Turned face vectors in PostgreSQL, with pgvector (https://github.com/pgvector/pgvector).

    tx.face_vectors.near(model_sha256, turned, at_least=0.95)

The two tables stand beside the schema, not in it: what they hold can be made again from the
templates at any time, and the extension must be there before a column can have its type.

    >>> literal((0.5, -1.0))
    '[0.5,-1]'
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database
from storage.errors import FaceIndexUnavailable, StorageError
from storage.statements import Statements

PREPARATIONS = """
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE IF NOT EXISTS face_vectors_state (
  only_row integer PRIMARY KEY CHECK (only_row = 1),
  key_id text NOT NULL,
  revision bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS face_vectors (
  subject text COLLATE "C" NOT NULL REFERENCES template_keys (cameo_id) ON DELETE CASCADE,
  model_sha256 text COLLATE "C" NOT NULL,
  turned halfvec NOT NULL,
  PRIMARY KEY (model_sha256, subject)
);
CREATE INDEX IF NOT EXISTS ix_face_vectors_subject ON face_vectors (subject)
"""
"""With its data key, a subject's row goes in the same statement."""


def prepare(database: Database) -> None:
    """Create what the index needs, unless it is there.

    Raises `FaceIndexUnavailable` where pgvector cannot be had, and on another database.
    """
    try:
        with database.write_connection() as connection:
            _require_postgres(connection)
            for each in PREPARATIONS.split(";"):
                connection.execute(text(each))
    except SQLAlchemyError as error:
        raise FaceIndexUnavailable(
            "pgvector 0.7 or newer cannot be used: install it on the server, and run `CREATE "
            "EXTENSION vector` in this database as a superuser, or set `CAMEO_FACE_INDEX=memory`"
        ) from error


def _require_postgres(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        raise FaceIndexUnavailable(
            f"`pgvector` needs PostgreSQL, and the database is `{connection.dialect.name}`: set "
            "`CAMEO_FACE_INDEX=memory`"
        )


class SqlFaceVectors:
    """`FaceVectors` in a table of PostgreSQL."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def revision(self, key_id: str) -> int | None:
        """Up to which revision the rows are complete; None for none, or under another key.

        Raises `FaceIndexUnavailable` where `prepare` was never called.
        """
        self._require_table()
        query = text("SELECT revision FROM face_vectors_state WHERE key_id = :key_id")
        found = self._statements.run(query, [{"key_id": key_id}]).scalar()
        return None if found is None else int(found)

    def complete(self, key_id: str, revision: int) -> None:
        """Note that they are complete up to there, under this key."""
        self._statements.run(
            text(
                "INSERT INTO face_vectors_state VALUES (1, :key_id, :revision) "
                "ON CONFLICT (only_row) DO UPDATE SET key_id = :key_id, revision = :revision"
            ),
            [{"key_id": key_id, "revision": revision}],
        )

    def clear(self) -> None:
        """Delete every row, and the note of how far they were complete."""
        self._statements.run(text("DELETE FROM face_vectors"))
        self._statements.run(text("DELETE FROM face_vectors_state"))

    def put(self, subject: str, rows: Sequence[tuple[str, Sequence[float]]]) -> None:
        """Replace the rows of a subject: a model's hash and a turned vector of unit length each."""
        gone = text("DELETE FROM face_vectors WHERE subject = :subject")
        self._statements.run(gone, [{"subject": subject}])
        values = [
            {"subject": subject, "model": model, "turned": literal(vector)}
            for model, vector in rows
        ]
        if values:
            self._statements.run(
                text(
                    "INSERT INTO face_vectors (subject, model_sha256, turned) "
                    "VALUES (:subject, :model, CAST(:turned AS halfvec))"
                ),
                values,
            )

    def near(self, model_sha256: str, vector: Sequence[float], *, at_least: float) -> list[str]:
        """The subjects whose inner product with `vector` is `at_least` or more, in any order.

        Raises `FaceIndexUnavailable` where `prepare` was never called.
        """
        self._require_table()
        # the operator is the negative inner product
        query = text(
            "SELECT subject FROM face_vectors WHERE model_sha256 = :model "
            "AND turned <#> CAST(:probe AS halfvec) <= :at_most"
        )
        values = {"model": model_sha256, "probe": literal(vector), "at_most": -at_least}
        return list(self._statements.run(query, [values]).scalars())

    def _require_table(self) -> None:
        if not self._statements.has_table("face_vectors"):
            raise FaceIndexUnavailable("the face index was never prepared in this database")


def literal(vector: Sequence[float]) -> str:
    """pgvector's text form. Raises `StorageError` for no numbers at all."""
    if not len(vector):
        raise StorageError("a face's vector is empty")
    return "[" + ",".join(f"{component:.7g}" for component in vector) + "]"
