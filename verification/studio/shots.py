"""Which recordings a series holds: each varied in everything that differs between sessions.

Everything about a shot is drawn from the series' seed, its species and its number alone: more
shots, or fewer species, change none of the others. `EDITED` species share their sessions.

>>> shots = planned(seed=1, genuine=2, attacks={"replay": 1}, stills=(), voices=())
>>> [shot.name for shot in shots]
['bonafide/001', 'bonafide/002', 'attacks/replay/001']
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from verification.studio.conditions import Framing, Light
from verification.studio.speakers import SPEAKERS
from verification.studio.take import Format

SIZES = ((480, 270), (480, 270), (360, 480))
"""What is filmed: sideways and upright, small, since both shooting and judging take time by the
pixel."""

EDITED = frozenset(
    {
        *("dubbed_shift", "early_sound", "resampled_sound", "no_sound", "no_audio_track"),
        *("dropped_frames", "held_frames", "frozen_frame", "looped_clip", "noisy_loop"),
    }
)
"""Species that lay other sound, or the same frames otherwise, under a session. The shots of one
number are edits of one session, which is filmed once."""

FPS = (15, 15, 15, 20)
"""Frames per second; the verifier looks at ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One recording to be made. `still` and `voice` are numbers in the lists that are given."""

    name: str
    seed: int
    species: str | None
    still: int | None
    voice: int
    light: Light
    framing: Framing
    noise: float
    room: float
    size: tuple[int, int]
    fps: int
    format: Format
    bits_per_pixel: float
    delay_ms: int

    def record(self) -> dict[str, Any]:
        """How it was made, as JSON data."""
        return {**asdict(self), "size": list(self.size), "format": self.format.value}


def planned(
    *,
    seed: int,
    genuine: int,
    attacks: Mapping[str, int],
    stills: Sequence[object],
    voices: Sequence[object],
) -> list[Shot]:
    """Every shot: `genuine` ones, then so many of each species, in the order of `attacks`.

    Stills and voices take turns, so that each is used as often as another. Without `voices` there
    are the synthetic speakers.
    """
    kinds: list[tuple[str | None, int]] = [(None, genuine), *attacks.items()]
    return [
        _shot(seed, species, number, stills=len(stills), voices=len(voices) or len(SPEAKERS))
        for species, count in kinds
        for number in range(1, count + 1)
    ]


def sessions(shots: Sequence[Shot]) -> list[tuple[Shot, ...]]:
    """The shots in bundles of one session each, in the order of the first of each."""
    bundles: dict[int, list[Shot]] = {}
    for shot in shots:
        bundles.setdefault(shot.seed, []).append(shot)
    return [tuple(bundle) for bundle in bundles.values()]


def _shot(seed: int, species: str | None, number: int, *, stills: int, voices: int) -> Shot:
    rng = random.Random(f"{seed} {'edited' if species in EDITED else species} {number}")
    turn = number - 1
    return Shot(
        name=f"attacks/{species}/{number:03}" if species else f"bonafide/{number:03}",
        seed=rng.randrange(2**31),
        species=species,
        still=turn % stills if stills else None,
        voice=turn % voices,
        light=_light(rng),
        framing=Framing(
            face=rng.uniform(0.30, 0.40),
            across=rng.uniform(0.44, 0.56),
            down=rng.uniform(0.4, 0.46),
        ),
        noise=rng.uniform(0.5, 4.0),
        room=10 ** rng.uniform(-0.5, 0.6),
        size=rng.choice(SIZES),
        fps=rng.choice(FPS),
        format=rng.choice(list(Format)),
        bits_per_pixel=rng.uniform(0.08, 0.2),
        delay_ms=rng.randint(-80, 150),
    )


def _light(rng: random.Random) -> Light:
    """From a lamp in the evening to a window; three in ten come from one side."""
    side = rng.choice((-1, 1)) * rng.uniform(0.15, 0.45) if rng.random() < 0.3 else 0.0
    return Light(gain=rng.uniform(0.7, 1.15), gamma=rng.uniform(0.8, 1.3), side=side)
