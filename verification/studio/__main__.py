"""Make a recording and its challenge on the command line.

python -m verification.studio out.webm --challenge challenge.json --seed 7
python -m verification.studio out.webm --challenge challenge.json --attack wrong_digits
python -m verification.studio series DIR --genuine 100 --attacks 50
"""

import json
import random
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from verification.challenge import Challenge, from_document, to_document
from verification.drawing import make_challenge
from verification.errors import VerificationError
from verification.faces.contracts import Image
from verification.studio.actors import (
    Actor,
    NoFaceInStill,
    actor_found_by,
    actor_from,
    astronaut,
)
from verification.studio.attacks import ATTACKS
from verification.studio.recording import record
from verification.studio.speakers import SPEAKERS, RecordedVoice, SyntheticVoice, Voice
from verification.studio.take import Format, Take

app = typer.Typer(add_completion=False)


@app.command(help="Make a recording, with picture and sound, that answers a challenge.")
def main(  # noqa: PLR0917 (the command line names them)
    recording: Annotated[Path, typer.Argument(help="the file to write")],
    challenge: Annotated[
        Path, typer.Option(help="the challenge as JSON: read if it exists, else drawn and written")
    ],
    seed: Annotated[int, typer.Option(min=0, help="the same seed gives the same recording")] = 0,
    attack: Annotated[
        str | None, typer.Option(help="one of: " + ", ".join(sorted(ATTACKS)))
    ] = None,
    still: Annotated[Path | None, typer.Option(help="a photograph instead of `astronaut`")] = None,
    landmarks: Annotated[
        Path | None, typer.Option(help="its 68 landmarks: JSON, [[x, y], …] in pixels")
    ] = None,
    pack: Annotated[
        Path | None, typer.Option(help="else a pack's directory, whose models find them")
    ] = None,
    speaker: Annotated[str, typer.Option(help="one of: " + ", ".join(SPEAKERS))] = "low",
    digits: Annotated[
        Path | None, typer.Option(help="a directory with recorded digits, `0_*.wav` to `9_*.wav`")
    ] = None,
    format: Annotated[Format | None, typer.Option(help="else what the file's name says")] = None,
    size: Annotated[str, typer.Option(help="width x height")] = "1280x720",
    fps: Annotated[int, typer.Option(min=1, max=60, help="frames per second")] = 25,
) -> None:
    """Write `recording`, and `challenge` where it does not exist yet."""
    try:
        take = Take(
            actor=astronaut() if still is None else _actor(still, landmarks, pack),
            voice=_voice(speaker, digits),
            size=_size(size),
            fps=fps,
            format=format or Format(recording.suffix.lstrip(".").lower()),
            attack=attack,
        )
        record(_challenge(challenge, seed), recording, take=take, seed=seed)
    except (VerificationError, ValueError, OSError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error


def _challenge(path: Path, seed: int) -> Challenge:
    if path.exists():
        return from_document(json.loads(path.read_text()))
    drawn = make_challenge(random.Random(seed))
    path.write_text(json.dumps(to_document(drawn), indent=2) + "\n")
    return drawn


def _voice(speaker: str, digits: Path | None) -> Voice:
    return SyntheticVoice(speaker=speaker) if digits is None else RecordedVoice(directory=digits)


def _actor(still: Path, landmarks: Path | None, pack: Path | None) -> Actor:
    if landmarks is not None:
        points = np.array(json.loads(landmarks.read_text()), np.float32)
        return actor_from(_picture(still), points)
    if pack is None:
        raise NoFaceInStill(f"`{still.name}` needs `--landmarks`, or `--pack` to find them")
    from verification.packs.loading import load_models

    return actor_found_by(load_models(pack).faces, _picture(still))


def _picture(path: Path) -> Image:
    import cv2

    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise NoFaceInStill(f"`{path.name}` is not a picture")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def _size(text: str) -> tuple[int, int]:
    """Width and height, both even, as video has it."""
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise ValueError(f"not a size like 1280x720: `{text}`")
    size = int(width), int(height)
    if min(size) < 96 or max(size) > 4096 or size[0] % 2 or size[1] % 2:
        raise ValueError(f"width and height must be even and 96 to 4096: `{text}`")
    return size


if __name__ == "__main__":
    if sys.argv[1:2] == ["series"]:
        from verification.studio.series_command import series_app

        series_app(sys.argv[2:], prog_name="python -m verification.studio series")
    app()
