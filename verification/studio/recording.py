"""Make a recording for a challenge.

record(draw_challenge(random.Random(1)), Path("genuine.webm"), take=Take(), seed=1)
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from verification.challenge import Challenge
from verification.faces.contracts import Image
from verification.studio.attacks import attack_named
from verification.studio.conditions import lit
from verification.studio.encoding import encode
from verification.studio.footage import Footage
from verification.studio.staging import genuine
from verification.studio.take import Take


def shoot(challenge: Challenge, *, take: Take, seed: int) -> Footage:
    """The frames and the sound of `take`, the same ones for the same seed.

    Raises `UnknownAttack`, and `VoiceUnavailable` when a digit cannot be said.
    """
    if take.attack is None:
        footage = genuine(challenge, take, seed=seed)
    else:
        footage = attack_named(take.attack).perform(challenge, take, seed)

    def exposed() -> Iterator[Image]:
        return lit(footage.shoot(), take.light)

    return footage if take.light.is_plain else replace(footage, shoot=exposed)


def record(challenge: Challenge, path: Path, *, take: Take, seed: int) -> Footage:
    """Write the recording to `path` and return the footage it was made from."""
    footage = shoot(challenge, take=take, seed=seed)
    encode(footage, path, take.format, bits_per_pixel=take.bits_per_pixel)
    return footage
