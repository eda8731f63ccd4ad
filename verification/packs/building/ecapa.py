"""Build a pack whose voices are SpeechBrain's: another pack with its voice, and maybe its digits.

    build_ecapa(
        shelf, name="ecapa", base="open", given=None, commands=None,
        environment=ExportEnvironment(folder), progress=silent,
    )

The exported models must agree with SpeechBrain's own, from the samples to the output, or no pack
is written.
"""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from verification.packs.adding import require_free
from verification.packs.building.checkpoints import (
    ECAPA,
    ECAPA_SOURCE,
    CommandWeights,
    obtain_ecapa,
)
from verification.packs.building.environment import BuildFailed, ExportEnvironment, Parity
from verification.packs.catalogue import NAMES, recipe
from verification.packs.choice import require_accepted
from verification.packs.documents import to_toml
from verification.packs.integrity import sha256_of, verify_pack
from verification.packs.manifest import FILE_NAME, Component, Pack, PinnedFile, Role, Threshold
from verification.packs.pulling import pull, put_in_place
from verification.packs.shelf import Shelf, write_atomically
from verification.sources.contracts import Progress
from verification.voices.ecapa import DIMENSION

LEAST_COSINE = 0.9999
"""Below this the export is not the model. Measured over five lengths: 1.0000."""
LEAST_AGREEMENT_DB = 0.01
"""Largest difference of a feature. Measured: 0.0004 dB, the rounding of 32-bit floats."""
CHECKPOINT, ENCODER, COMMANDS = "ecapa.ckpt", "ecapa.onnx", "commands.onnx"

MATCH = Threshold(
    value=0.25,
    unit="cosine similarity, at least",
    calibrated_on="the publisher's default, for EER 0.90 % on VoxCeleb1-O; not measured here: "
    "`cameo evaluate voices DIR --calibrate`",
)
"""SpeechBrain, model card of spkrec-ecapa-voxceleb."""

UNMEASURED = "not measured: `cameo evaluate digits DIR` tells what strings they accept"
DIGITS = {
    "clear": Threshold(
        value=0.2,
        unit="score of the expected digit less that of the best other one, in spreads of the "
        "string, from which it is clear",
        calibrated_on=UNMEASURED,
    ),
    "shortfall": Threshold(
        value=2.0,
        unit="what the digits of a string may lack of that, each as a share, added up, at most",
        calibrated_on=UNMEASURED,
    ),
}
"""A guess: clear as with PocketSphinx, and one digit of six may be in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The directory of a new pack, and how its models agree with SpeechBrain's."""

    directory: Path
    parity: dict[str, Parity]


def build_ecapa(
    shelf: Shelf,
    *,
    name: str,
    base: str,
    given: Path | None,
    commands: CommandWeights | None,
    environment: ExportEnvironment,
    progress: Progress,
    pin: PinnedFile = ECAPA,
) -> Built:
    """Put the pack `name` on the shelf: `base` with SpeechBrain's voice and, if given, digits.

    `given` is a directory that has the encoder's checkpoint already; None fetches it. Raises
    `PackExists`, `UnknownPack`, `LicenceNotAccepted` for a base whose licence was not accepted yet,
    `PullFailed` and `BuildFailed`; the shelf is then as it was.
    """
    require_free(name, shelf)
    place = _base_directory(base, shelf, progress)
    staging = shelf.root / ".building" / name
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        obtain_ecapa(given, staging / CHECKPOINT, pin=pin, progress=progress)
        environment.install(progress=progress)
        progress("exporting, and comparing with SpeechBrain", 0, 0)
        parity = environment.export(_job(staging, commands), folder=staging)
        for model, found in parity.items():
            _require_parity(model, found)
        (staging / "job.json").unlink()
        pack = _pack(name, shelf.read(base), staging, parity)
        _bring(shelf.read(base), pack, place, staging)
        with shelf.locked():
            require_free(name, shelf)
            put_in_place(staging, shelf.directory(name))
    except OSError as error:
        raise BuildFailed(f"cannot write the pack `{name}`: {error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Built(directory=shelf.directory(name), parity=parity)


def _base_directory(base: str, shelf: Shelf, progress: Progress) -> Path:
    if base in NAMES and base not in shelf.names():
        require_accepted(recipe(base), accept=False)
        return pull(recipe(base), shelf, progress=progress)
    verify_pack(shelf.read(base), shelf.directory(base))
    return shelf.directory(base)


def _job(staging: Path, commands: CommandWeights | None) -> dict[str, dict[str, str]]:
    job = {
        "ecapa": {
            "embedding_model": str((staging / CHECKPOINT).resolve()),
            "onnx": str((staging / ENCODER).resolve()),
        }
    }
    if commands is not None:
        job["commands"] = {
            "embedding_model": str(commands.encoder.resolve()),
            "classifier": str(commands.classifier.resolve()),
            "labels": str(commands.labels.resolve()),
            "onnx": str((staging / COMMANDS).resolve()),
        }
    return job


def _require_parity(model: str, parity: Parity) -> None:
    """Not a number counts as disagreement."""
    agrees = parity.cosine >= LEAST_COSINE and parity.bands_db <= LEAST_AGREEMENT_DB
    if not agrees:
        raise BuildFailed(
            f"the exported `{model}` is not SpeechBrain's: cosine {parity.cosine:.6f}, features "
            f"{parity.bands_db:.4f} dB apart"
        )


def _pack(name: str, base: Pack, staging: Path, parity: dict[str, Parity]) -> Pack:
    parts = {**base.components, Role.VOICE: _voice(staging, parity["ecapa"])}
    if "commands" in parity:
        parts[Role.DIGITS] = _digits(staging, parity["commands"])
    return replace(
        base,
        name=name,
        title=f"faces of `{base.name}`, SpeechBrain's ECAPA-TDNN voices",
        components=parts,
    )


def _voice(staging: Path, parity: Parity) -> Component:
    return Component(
        role=Role.VOICE,
        adapter="ecapa",
        licence="Apache-2.0",
        commercial=True,
        file=_pinned(staging, CHECKPOINT),
        source=ECAPA_SOURCE,
        convert_to=ENCODER,
        converted=_pinned(staging, ENCODER),
        dimension=DIMENSION,
        note=_proof(parity),
        thresholds={"match": MATCH},
    )


def _digits(staging: Path, parity: Parity) -> Component:
    return Component(
        role=Role.DIGITS,
        adapter="speechbrain-commands",
        licence="Apache-2.0",
        commercial=True,
        file=_pinned(staging, COMMANDS),
        source="built:speechbrain/google_speech_command_xvector",
        note=_proof(parity),
        thresholds=DIGITS,
    )


def _proof(parity: Parity) -> str:
    return (
        f"exported by `cameo models build ecapa`; agrees with SpeechBrain to cosine "
        f"{parity.cosine:.6f} over {parity.lengths} lengths"
    )


def _pinned(staging: Path, path: str) -> PinnedFile:
    file = staging / path
    return PinnedFile(path=path, sha256=sha256_of(file), size=file.stat().st_size)


def _bring(base: Pack, pack: Pack, place: Path, staging: Path) -> None:
    """Complete `staging` with the files that the new pack shares with its base."""
    shared = {file.path for file in base.files} & {file.path for file in pack.files}
    for path in shared:
        (staging / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place / path, staging / path)
    write_atomically(staging / FILE_NAME, to_toml(pack))
    verify_pack(pack, staging)
