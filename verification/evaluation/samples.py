"""Samples in a directory for each subject: `DIR/SUBJECT/anything.png`.

for sample in samples_in(Path("faces"), STILLS, limit=None):
    sample.subject, sample.path
"""

from dataclasses import dataclass
from pathlib import Path

from verification.evaluation.errors import NothingToEvaluate

STILLS = (".jpg", ".jpeg", ".png", ".pgm", ".ppm", ".bmp", ".webp", ".tif", ".tiff")
SOUNDS = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One file of one subject."""

    subject: str
    path: Path


def samples_in(directory: Path, suffixes: tuple[str, ...], *, limit: int | None) -> list[Sample]:
    """Every file with one of `suffixes`, in the order of their names; `limit` of each subject.

    Hidden files and deeper directories are no samples. Raises `NothingToEvaluate` unless there
    are two subjects at least.
    """
    found: list[Sample] = []
    subjects = [path for path in _listed(directory) if path.is_dir()]
    for subject in subjects:
        files = [path for path in _listed(subject) if path.suffix.lower() in suffixes]
        found += [Sample(subject=subject.name, path=path) for path in files[:limit]]
    people = {sample.subject for sample in found}
    if len(people) < 2:
        raise NothingToEvaluate(
            f"`{directory}` holds samples of {len(people)} subject(s), two at least are needed: "
            f"DIR/SUBJECT/* with one of {' '.join(suffixes)}"
        )
    return found


def _listed(directory: Path) -> list[Path]:
    try:
        return sorted(path for path in directory.iterdir() if not path.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        raise NothingToEvaluate(f"no directory `{directory}`") from None
