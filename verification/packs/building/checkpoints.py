"""SpeechBrain's checkpoints: what to fetch, with which hash, or which files were given.

>>> ECAPA.path
'embedding_model.ckpt'
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from verification.packs.errors import PullFailed
from verification.packs.integrity import sha256_of
from verification.packs.manifest import PinnedFile
from verification.sources.contracts import Progress, SourceError, parse_source
from verification.sources.fetching import fetch

ECAPA_SOURCE = (
    "hf:speechbrain/spkrec-ecapa-voxceleb@0f99f2d0ebe89ac095bcc5903c4dd8f72b367286"
    "/embedding_model.ckpt"
)
ECAPA = PinnedFile(
    path="embedding_model.ckpt",
    sha256="0575cb64845e6b9a10db9bcb74d5ac32b326b8dc90352671d345e2ee3d0126a2",
    size=83_316_686,
)
"""Published alike by several independent users of the model."""

COMMAND_FILES = ("embedding_model.ckpt", "classifier.ckpt", "label_encoder.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandWeights:
    """The files of `speechbrain/google_speech_command_xvector`, as somebody fetched them.

    No hash of them is published that we could check them against, so they are never fetched here:
    whoever gives them vouches for them, and the pack records their hashes.
    """

    encoder: Path
    classifier: Path
    labels: Path


def command_weights(directory: Path) -> CommandWeights:
    """The three files in `directory`. Raises `PullFailed` naming the one that is missing."""
    paths = [directory / name for name in COMMAND_FILES]
    for path in paths:
        if not path.is_file():
            raise PullFailed(f"no `{path.name}` in `{directory}`")
    return CommandWeights(encoder=paths[0], classifier=paths[1], labels=paths[2])


def obtain_ecapa(
    given: Path | None, into: Path, *, pin: PinnedFile = ECAPA, progress: Progress
) -> None:
    """Write the encoder's checkpoint to `into`: from the directory `given`, else from its hub.

    Raises `PullFailed` for what cannot be had, or is not the file that was pinned.
    """
    try:
        if given is None:
            fetch(
                parse_source(ECAPA_SOURCE),
                sha256=pin.sha256,
                size=pin.size,
                into=into,
                step=pin.path,
                progress=progress,
            )
        else:
            shutil.copyfile(given / pin.path, into)
    except SourceError as error:
        raise PullFailed(
            f"cannot fetch `{pin.path}`: {error}; `--from DIR` takes it from a directory"
        ) from error
    except OSError as error:
        raise PullFailed(f"cannot read `{pin.path}` in `{given}`: {error.strerror}") from error
    if into.stat().st_size != pin.size or sha256_of(into) != pin.sha256:
        into.unlink()
        raise PullFailed(f"`{pin.path}` is not the file that was pinned")
