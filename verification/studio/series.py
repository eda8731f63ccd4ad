"""A series of recordings, genuine and attacking, laid out as `cameo evaluate liveness` reads it.

    series = Series(directory=Path("series"), cast=(), voices=())
    for name in shoot_series(series, planned(...), workers=2):
        ...

What is there already, made in the same way, is left as it is: an interrupted series goes on.
"""

import json
import multiprocessing
import random
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from verification.challenge import to_document
from verification.drawing import make_challenge
from verification.evaluation.recordings import MADE
from verification.studio.actors import Actor
from verification.studio.casting import Part, usual_actor
from verification.studio.recording import record
from verification.studio.shots import EDITED, Shot, sessions
from verification.studio.speakers import SPEAKERS, RecordedVoice, SyntheticVoice, Voice
from verification.studio.take import Take


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Where a series lies, the stills of its people, and folders of recorded digits.

    Without a cast the astronaut plays; without voices the synthetic speakers speak.
    """

    directory: Path
    cast: tuple[Part, ...] = ()
    voices: tuple[Path, ...] = ()

    def take_of(self, shot: Shot) -> Take:
        """How `shot` is to be made."""
        return Take(
            actor=self._actor(shot),
            voice=self._voice(shot),
            size=shot.size,
            fps=shot.fps,
            noise=shot.noise,
            light=shot.light,
            framing=shot.framing,
            room=shot.room,
            delay_ms=shot.delay_ms,
            bits_per_pixel=shot.bits_per_pixel,
            format=shot.format,
            attack=shot.species,
            kept=shot.species in EDITED,
        )

    def _actor(self, shot: Shot) -> Actor:
        return usual_actor() if shot.still is None else self.cast[shot.still].actor()

    def _voice(self, shot: Shot) -> Voice:
        if self.voices:
            return RecordedVoice(directory=self.voices[shot.voice])
        return SyntheticVoice(speaker=list(SPEAKERS)[shot.voice])

    def paths(self, shot: Shot) -> tuple[Path, Path]:
        """The recording and its sidecar."""
        path = self.directory / f"{shot.name}.{shot.format.value}"
        return path, path.with_suffix(".json")


def shoot_series(series: Series, shots: Sequence[Shot], *, workers: int) -> Iterator[str]:
    """Make every recording that is not there yet; yield the name of each when it is."""
    waiting = [shot for shot in shots if not is_made(series, shot)]
    yield from (shot.name for shot in shots if shot not in waiting)
    bundles = sessions(waiting)
    if workers <= 1:
        yield from map(partial(make, series), chain.from_iterable(bundles))
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin) as pool:
        futures = [pool.submit(_make_all, series, bundle) for bundle in bundles]
        try:
            for future in as_completed(futures):
                yield from future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _make_all(series: Series, shots: Sequence[Shot]) -> list[str]:
    return [make(series, shot) for shot in shots]


def _begin() -> None:
    """One core a process, and Ctrl-C is for the one that gives out the work."""
    import cv2

    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def is_made(series: Series, shot: Shot) -> bool:
    """Whether this very shot is there, whole: its sidecar is written last."""
    path, sidecar = series.paths(shot)
    try:
        made = json.loads(sidecar.read_text(encoding="utf-8")).get(MADE)
    except (OSError, ValueError):
        return False
    return path.is_file() and bool(made == json.loads(json.dumps(shot.record())))


def make(series: Series, shot: Shot) -> str:
    """Shoot one recording and write its challenge beside it."""
    path, sidecar = series.paths(shot)
    path.parent.mkdir(parents=True, exist_ok=True)
    challenge = make_challenge(random.Random(shot.seed))
    draft = path.with_name(f".{path.name}.draft")
    record(challenge, draft, take=series.take_of(shot), seed=shot.seed)
    draft.replace(path)
    document = {**to_document(challenge), MADE: shot.record()}
    draft.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    draft.replace(sidecar)
    return shot.name
