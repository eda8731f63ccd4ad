"""How long one 1:N search takes among many enrolled faces, and how much memory they take.

    python -m bench.search [--faces 1000000] [--dimension 512]

The index of one process is filled with random directions, and every query is one that is enrolled,
disturbed; all of it on one thread, in a process of its own. Beside it the plain way: the product of
a matrix of 32-bit floats with the query, and a sort of all of it. The database's part, the exact
comparison of the few that remain, is measured on a small SQLite file.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

FACES, DIMENSION, QUERIES = 1_000_000, 512, 50
ENROLLED = 2_000
KILOBYTE = 1024
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
AT_LEAST = 0.6


def main() -> None:
    """Measure one part and print."""
    parser = argparse.ArgumentParser(description="measure 1:N search")
    parser.add_argument("--faces", type=int, default=FACES)
    parser.add_argument("--dimension", type=int, default=DIMENSION)
    parser.add_argument("--part", choices=list(PARTS))
    given = parser.parse_args()
    if given.part is None:
        print(json.dumps(measure(faces=given.faces, dimension=given.dimension)))
    else:
        print(json.dumps(PARTS[given.part](given.faces, given.dimension)))


def measure(
    _models: Path | None = None, *, faces: int = FACES, dimension: int = DIMENSION
) -> dict[str, object]:
    """Every part, each in a fresh process with one thread."""
    results: dict[str, object] = {"faces": faces, "dimension": dimension}
    for part in PARTS:
        command = [sys.executable, "-m", "bench.search", "--part", part]
        command += ["--faces", str(faces), "--dimension", str(dimension)]
        done = subprocess.run(  # noqa: S603 (our own interpreter and module)
            command, check=True, capture_output=True, text=True, env={**os.environ, **ONE_THREAD}
        )
        results[part] = json.loads(done.stdout)
    aims = {"p50_ms": 60, "peak_bytes": 3_000_000_000}
    return {**results, "aims": aims}


def scan(faces: int, dimension: int) -> dict[str, object]:
    """The rows of the index in memory."""
    from storage.faces.blocks import CodedRows

    rng, rows = np.random.default_rng(1), CodedRows(dimension)
    probes = []
    started = time.perf_counter()
    for number in range(faces):
        vector = rng.standard_normal(dimension, dtype=np.float32)
        vector /= np.linalg.norm(vector)
        rows.put(f"cam_{number}", vector)
        if number % (faces // QUERIES) == 0:
            probes.append(_disturbed(vector, rng))
    filled_s = time.perf_counter() - started
    took = []
    for probe in probes:
        began = time.perf_counter()
        found = rows.near(probe, at_least=AT_LEAST)
        took.append(time.perf_counter() - began)
        if not found:
            raise SystemExit("an enrolled face was not found")
    return {**_milliseconds(took), "filled_s": round(filled_s, 1), "peak_bytes": _peak()}


def plain(faces: int, dimension: int) -> dict[str, object]:
    """A product with a matrix of floats, and a sort."""
    rng = np.random.default_rng(1)
    matrix = np.empty((faces, dimension), np.float32)
    for at in range(0, faces, 10_000):
        block = rng.standard_normal((min(10_000, faces - at), dimension), dtype=np.float32)
        matrix[at : at + 10_000] = block / np.linalg.norm(block, axis=1, keepdims=True)
    took = []
    for number in range(10):
        began = time.perf_counter()
        order = np.argsort(-(matrix @ matrix[number]))
        took.append(time.perf_counter() - began)
        if order[0] != number:
            raise SystemExit("the face that was asked for is not the first")
    return {**_milliseconds(took), "peak_bytes": _peak()}


def store(_faces: int, dimension: int) -> dict[str, object]:
    """Filling from sealed templates, all of them verified, and whole searches, on SQLite."""
    from bench.templates import MODEL, enrolled

    vectors, took = np.random.default_rng(1).standard_normal((ENROLLED, dimension)), []
    with enrolled(vectors) as context:
        began = time.perf_counter()
        context.faces.refresh(context.store)
        filled_s = time.perf_counter() - began
        for vector in vectors[:QUERIES]:
            began = time.perf_counter()
            with context.store.read() as tx:
                context.faces.search(tx, MODEL, vector.tolist(), at_least=AT_LEAST, limit=10)
            took.append(time.perf_counter() - began)
    return {
        "faces": ENROLLED,
        **_milliseconds(took),
        "filled_us_a_face": round(1e6 * filled_s / ENROLLED),
    }


PARTS = {"scan": scan, "plain": plain, "store": store}


def _disturbed(vector: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    noise = rng.standard_normal(vector.size, dtype=np.float32) * 0.5 / np.sqrt(vector.size)
    found = vector + noise
    return np.asarray(found / np.linalg.norm(found), np.float32)


def _milliseconds(took: list[float]) -> dict[str, float]:
    return {
        "p50_ms": round(1000 * float(np.percentile(took, 50)), 1),
        "p99_ms": round(1000 * float(np.percentile(took, 99)), 1),
    }


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTE


if __name__ == "__main__":
    main()
