"""How long one verification takes against the length of its recording, and how much memory.

    python -m bench.verification PACK_DIRECTORY [--recording FILE --challenge FILE]

Prints one JSON object. Without a recording, the studio makes one of 720p. The verification runs
in a process of its own, so that its peak memory is its own; models are loaded before the clock
starts, and their loading is reported apart.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from verification.challenge import from_document, to_document
from verification.drawing import ChallengePlan, make_challenge

KILOBYTE = 1024
PLAN = ChallengePlan(turns=2, digits=4)
"""About 12 s, which is what the aim is stated for; the default plan takes 17."""


def main() -> None:
    """Measure once and print."""
    parser = argparse.ArgumentParser(description="measure one verification")
    parser.add_argument("pack", type=Path)
    parser.add_argument("--recording", type=Path)
    parser.add_argument("--challenge", type=Path)
    parser.add_argument("--judge", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.judge:
        print(json.dumps(judge(arguments.pack, arguments.recording, arguments.challenge)))
    elif arguments.recording and arguments.challenge:
        print(json.dumps(measure(arguments.pack, arguments.recording, arguments.challenge)))
    else:
        with tempfile.TemporaryDirectory() as folder:
            recording, challenge = shoot(Path(folder))
            print(json.dumps(measure(arguments.pack, recording, challenge)))


def shoot(folder: Path) -> tuple[Path, Path]:
    """A genuine 720p recording for a fixed challenge, and the challenge as a file."""
    from verification.studio.recording import record
    from verification.studio.take import Take

    challenge = make_challenge(random.Random(1), PLAN)
    recording, document = folder / "genuine.webm", folder / "challenge.json"
    record(challenge, recording, take=Take(size=(1280, 720)), seed=1)
    document.write_text(json.dumps(to_document(challenge)))
    return recording, document


def measure(pack: Path, recording: Path, challenge: Path) -> dict[str, object]:
    """What `judge` measures, in a fresh process."""
    files = ["--recording", str(recording), "--challenge", str(challenge)]
    command = [sys.executable, "-m", "bench.verification", str(pack), *files, "--judge"]
    done = subprocess.run(  # noqa: S603 (our own interpreter and module)
        command, check=True, capture_output=True, text=True
    )
    result: dict[str, object] = json.loads(done.stdout)
    return result


def judge(pack: Path, recording: Path, challenge_file: Path) -> dict[str, object]:
    """Load, verify, and count seconds and bytes, the decoding child's with them."""
    from verification.packs.loading import load_models
    from verification.verifier import verify

    challenge = from_document(json.loads(challenge_file.read_text()))
    started = time.perf_counter()
    models = load_models(pack)
    loaded, used = time.perf_counter(), cpu_seconds()
    with recording.open("rb") as file:
        report = verify(file, challenge, models).report
    took_s = time.perf_counter() - loaded
    own, child = (
        resource.getrusage(who).ru_maxrss * KILOBYTE
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "verdict": report.verdict.value,
        "recording_s": challenge.duration_ms / 1000,
        "verification_s": round(took_s, 2),
        "verification_over_recording": round(took_s * 1000 / challenge.duration_ms, 3),
        "cpu_s": round(cpu_seconds() - used, 2),
        "load_models_s": round(loaded - started, 2),
        "peak_bytes": own + child,
        "peak_bytes_own": own,
        "peak_bytes_decoder": child,
    }


def cpu_seconds() -> float:
    """Processor time of this process and of its ended children: what a busy machine cannot hide."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


if __name__ == "__main__":
    main()
