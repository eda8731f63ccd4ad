"""One verification: its time over the recording's, and the memory it takes at its peak.

The verifier runs in a process of its own, as in the worker; the child in which it decodes counts.

$ python -m bench.verification recording.webm challenge.json packs/open
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from verification.challenge import from_document, make_challenge, to_document
from verification.packs.choice import ensure_pack
from verification.packs.loading import load_models
from verification.sources.contracts import silent
from verification.studio.recording import record
from verification.studio.take import Take
from verification.verifier import verify

SEED = 7
SIZE = (1280, 720)
THREADS = 2


def measure(models: Path) -> dict[str, Any]:
    """Verify one genuine 720p recording with the active pack of the data directory `models`."""
    pack = ensure_pack(models, choice=None, accept_non_commercial=False, progress=silent)
    challenge = make_challenge(random.Random(SEED))
    with tempfile.TemporaryDirectory(prefix="cameo-bench-") as folder:
        recording, asked = Path(folder) / "genuine.webm", Path(folder) / "challenge.json"
        asked.write_text(json.dumps(to_document(challenge)))
        record(challenge, recording, take=Take(size=SIZE), seed=SEED)
        ran = subprocess.run(  # noqa: S603 (our own interpreter and module)
            [sys.executable, "-m", "bench.verification", str(recording), str(asked), str(pack)],
            stdout=subprocess.PIPE,
            check=True,
        )
    result: dict[str, Any] = json.loads(ran.stdout)
    length = challenge.duration_ms / 1000
    return {
        "pack": pack.name,
        "recording": {"seconds": length, "width": SIZE[0], "height": SIZE[1]},
        **result,
        "times_recording_first": round(result["first_s"] / length, 2),
        "times_recording": round(result["again_s"] / length, 2),
        "aims": {"times_recording": 1.0, "peak_mb": 1200},
    }


def _verify(recording: Path, asked: Path, pack: Path) -> dict[str, Any]:
    """Load and verify, then verify again as a worker does with its next recording."""
    challenge = from_document(json.loads(asked.read_text()))
    started = time.perf_counter()
    models = load_models(pack, threads=THREADS)
    loaded = time.perf_counter()
    verdict = verify(recording, challenge, models).report.verdict
    first = time.perf_counter()
    verify(recording, challenge, models)
    again = time.perf_counter()
    own, child = (
        resource.getrusage(who).ru_maxrss * 1024 / 1e6
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "verdict": verdict.value,
        "load_s": round(loaded - started, 2),
        "first_s": round(first - loaded, 2),
        "again_s": round(again - first, 2),
        "verifier_peak_mb": round(own, 1),
        "decoder_peak_mb": round(child, 1),
        # An upper bound: the two peaks need not fall together.
        "peak_mb": round(own + child, 1),
    }


if __name__ == "__main__":
    print(json.dumps(_verify(*(Path(argument) for argument in sys.argv[1:4]))))
