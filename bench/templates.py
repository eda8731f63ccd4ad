"""How many templates are decrypted and verified in a second, and what verifying costs.

    python -m bench.templates [--people 2000] [--dimension 512]

People are enrolled on SQLite, each with a face, a voice and a signed credential that names both.
Then every face is read in the ways there are: as an index is filled, page by page, with every
template's digest compared with the signed credential; the same without that, which is the
alternative; and one person after another, as a renewal or a package reads them.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from cameo_service.context import Context
from cameo_service.settings import Settings
from cameo_service.templates.genuine import GenuineFaces, named, templates_of
from cameo_service.wiring import build
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.faces.exact import all_faces
from storage.keys import Purpose
from storage.records import CameoRecord, TemplateRecord
from storage.store import migrate

PEOPLE, DIMENSION, VOICE = 2_000, 512, 192
MODEL = "0" * 64
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MILLION = 1_000_000
CHECKS = [{"name": f"check_{number}", "outcome": "pass"} for number in range(18)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="measure reading templates")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--dimension", type=int, default=DIMENSION)
    given = parser.parse_args()
    print(json.dumps(measure(people=given.people, dimension=given.dimension)))


class Unchecked:
    """Lets every face pass: the alternative that is measured."""

    def require(
        self, tx: Transaction, subjects: Sequence[str], faces: Sequence[TemplateRecord]
    ) -> None:
        """Do nothing."""

    def require_everybody(self, tx: Transaction) -> None:
        """Do nothing."""


def measure(
    _models: Path | None = None, *, people: int = PEOPLE, dimension: int = DIMENSION
) -> dict[str, object]:
    """Every way of reading, the best of three rounds each."""
    vectors = np.random.default_rng(1).standard_normal((people, dimension))
    with enrolled(vectors) as context:
        genuine = GenuineFaces(signer=context.signer)

        def fill(tx: Transaction) -> int:
            return sum(1 for _ in all_faces(tx, genuine))

        def decrypt(tx: Transaction) -> int:
            return sum(1 for _ in all_faces(tx, Unchecked()))

        def one_by_one(tx: Transaction) -> int:
            return sum(
                len(templates_of(tx, context.signer, f"cam_{number:07}")) // 2
                for number in range(people)
            )

        ways = {"verified": fill, "decrypted_only": decrypt, "one_by_one": one_by_one}
        return {
            "people": people,
            "dimension": dimension,
            **{name: _rate(context, way, people) for name, way in ways.items()},
        }


def _rate(context: Context, way: Callable[[Transaction], int], people: int) -> dict[str, float]:
    best = busy = float("inf")
    for _ in range(3):
        with context.store.read() as tx:
            began, spent = time.perf_counter(), time.process_time()
            if way(tx) != people:
                raise SystemExit("not every face was read")
            best = min(best, time.perf_counter() - began)
            busy = min(busy, time.process_time() - spent)
    return {
        "faces_per_s": round(people / best),
        "us_a_face": round(1e6 * best / people, 1),
        "processor_us_a_face": round(1e6 * busy / people, 1),
        "a_million_s": round(best / people * MILLION),
    }


@contextmanager
def enrolled(vectors: np.ndarray) -> Iterator[Context]:
    """A service on SQLite in which each of these faces is a person's with a signed credential."""
    with tempfile.TemporaryDirectory(prefix="cameo-bench-") as folder:
        settings = Settings(data_dir=Path(folder))
        migrate(settings.resolved_database_url)
        with build(settings) as context:
            with context.store.write() as tx:
                for number, vector in enumerate(vectors):
                    _enroll(tx, context, f"cam_{number:07}", vector)
            yield context


def _enroll(tx: Transaction, context: Context, id: str, vector: np.ndarray) -> None:
    owner = f"user:{id}"
    templates = [
        _template(id, "face", vector.tolist()),
        _template(id, "voice", np.linspace(-1, 1, VOICE).tolist()),
    ]
    tx.templates.put(templates)
    claims = {
        "iss": context.settings.issuer,
        "sub": owner,
        "jti": f"cred_{id}",
        "iat": 1,
        "nbf": 1,
        "exp": 2,
        "cameo": id,
        "enrollment": f"enr_{id}",
        "statement": {"version": "2027-01", "locale": "en", "sha256": MODEL, "accepted_at": "1"},
        "assurance": {"level": "high", "pack": "open", "checks": CHECKS, "accommodations": []},
        "templates": named(templates),
    }
    tx.cameos.add(
        CameoRecord(
            id=id,
            version=1,
            kind="person",
            owner=owner,
            status=CameoStatus.ACTIVE,
            enrollment_id=f"enr_{id}",
            credential=context.signer.sign(Purpose.IDENTITY, claims),
            credential_expires_at=NOW,
            created_at=NOW,
            updated_at=NOW,
            enrolled=("face", "voice"),
        )
    )


def _template(cameo_id: str, modality: str, vector: Sequence[float]) -> TemplateRecord:
    return TemplateRecord(
        cameo_id=cameo_id,
        modality=modality,
        model="bench",
        model_sha256=MODEL,
        vector=tuple(vector),
        salt=bytes(16),
        created_at=NOW,
    )


if __name__ == "__main__":
    main()
