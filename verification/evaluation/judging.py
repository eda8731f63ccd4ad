"""The whole verifier on many recordings, in several processes, resumably.

    judge = Judge(pack=pack_dir, threads=1)
    for result in judged_by(judge, recordings, workers=2):
        results.append(result)

Each process loads the models once. A process that dies or an exception of the verifier itself is
an error of the run, never a verdict.
"""

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verification.evaluation.attacks import Judged
from verification.evaluation.recordings import Recording
from verification.report import Outcome, Report, report_document
from verification.tolerances import Tolerances

if TYPE_CHECKING:
    from verification.packs.loading import Models

Result = dict[str, Any]
"""One line of the results: the recording, its digest, the report, and the seconds it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What a process needs to judge a recording; small, so that it can be sent there.

    With `stop_early` checks that take longer are not made on what failed already: see `verify`.
    """

    pack: Path
    threads: int = 1
    tolerances: Tolerances = field(default_factory=Tolerances)
    stop_early: bool = False

    def __call__(self, recording: Recording) -> Result:
        """The result on one recording."""
        from verification.verifier import verify

        models = _models(self.pack, self.threads)
        challenge = recording.challenge
        started = time.perf_counter()
        with recording.path.open("rb") as file:
            done = verify(
                file,
                challenge,
                models,
                tolerances=self.tolerances,
                stop_early=self.stop_early,
            )
        seconds = time.perf_counter() - started
        return result_of(recording, done.report, seconds=seconds)


@lru_cache(maxsize=1)
def _models(pack: Path, threads: int) -> "Models":
    from verification.packs.loading import load_models

    return load_models(pack, threads=threads)


def result_of(recording: Recording, report: Report, *, seconds: float) -> Result:
    """The report on a recording as one line of the results."""
    return {
        "name": recording.name,
        "species": recording.species,
        "sha256": recording.digest,
        "seconds": round(seconds, 3),
        **report_document(report),
    }


def judged_of(result: Result) -> Judged:
    """What the rates are counted from: failed checks, and doubtful ones where none failed."""
    by_outcome = {
        outcome: tuple(
            f"{check['name']}:{check['code']}"
            for check in result["checks"]
            if check["outcome"] == outcome.value
        )
        for outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE)
    }
    return Judged(
        name=result["name"],
        species=result["species"],
        verdict=result["verdict"],
        stopped_by=by_outcome[Outcome.FAIL] or by_outcome[Outcome.INCONCLUSIVE],
        seconds=result["seconds"],
    )


def judged_by(
    judge: Callable[[Recording], Result], recordings: Sequence[Recording], *, workers: int
) -> Iterator[Result]:
    """Results as they are ready. With one worker all is done in this process."""
    if workers <= 1:
        yield from map(judge, recordings)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_leave_ctrl_c) as pool:
        waiting: list[Future[Result]] = [pool.submit(judge, one) for one in recordings]
        try:
            for future in as_completed(waiting):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _leave_ctrl_c() -> None:
    """Ctrl-C is for the process that writes the results; this one ends when that is done."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
