"""Recordings of a directory, bona fide and attacks, each with its challenge.

DIR/bonafide/NAME.webm          and NAME.json, the challenge that it answers
DIR/attacks/SPECIES/NAME.webm   and NAME.json

for recording in recordings_in(Path("series")):
    recording.species, recording.challenge.duration_ms
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from verification.challenge import Challenge, MalformedChallenge, from_document
from verification.evaluation.errors import NothingToEvaluate

VIDEOS = (".webm", ".mp4")
MADE = "studio"
"""Key of a sidecar that says how the studio made a recording; no part of the challenge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One file and its sidecar. `species` is None for a bona fide one."""

    name: str
    path: Path
    sidecar: Path
    species: str | None

    @property
    def challenge(self) -> Challenge:
        """What it answers. Raises `MalformedChallenge`, naming the file."""
        try:
            document = json.loads(self.sidecar.read_text(encoding="utf-8"))
            document.pop(MADE, None)
            return from_document(document)
        except (ValueError, AttributeError, MalformedChallenge) as error:
            raise MalformedChallenge(f"`{self.sidecar}`: {error}") from error

    @property
    def is_made(self) -> bool:
        """Whether the studio made it. Ask for its `challenge` first: it says what is malformed."""
        return MADE in json.loads(self.sidecar.read_text(encoding="utf-8"))

    @property
    def digest(self) -> str:
        """The sha256 of the recording and its sidecar: another content is another recording."""
        found = hashlib.sha256(self.path.read_bytes())
        found.update(hashlib.sha256(self.sidecar.read_bytes()).digest())
        return found.hexdigest()


def recordings_in(directory: Path, *, limit: int | None = None) -> list[Recording]:
    """Every recording, bona fide first, then the species by name; `limit` of each.

    Raises `NothingToEvaluate` where there is none, or one lacks its challenge.
    """
    found = list(_in_folder(directory, directory / "bonafide", None, limit))
    attacks = directory / "attacks"
    species = sorted(path for path in attacks.iterdir() if path.is_dir()) if _is(attacks) else []
    for folder in species:
        found += _in_folder(directory, folder, folder.name, limit)
    if not found:
        raise NothingToEvaluate(
            f"no recording in `{directory}`: DIR/bonafide/*.webm and DIR/attacks/SPECIES/*.webm, "
            "each with its challenge in a *.json of the same name"
        )
    return found


def _in_folder(
    root: Path, folder: Path, species: str | None, limit: int | None
) -> Iterator[Recording]:
    paths = sorted(folder.iterdir()) if _is(folder) else []
    videos = [path for path in paths if path.suffix.lower() in VIDEOS and path.name[0] != "."]
    for path in videos[:limit]:
        sidecar = path.with_suffix(".json")
        if not sidecar.is_file():
            raise NothingToEvaluate(f"`{path}` has no challenge `{sidecar.name}` beside it")
        name = path.relative_to(root).as_posix()
        yield Recording(name=name, path=path, sidecar=sidecar, species=species)


def _is(path: Path) -> bool:
    return path.is_dir()
