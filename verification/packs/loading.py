"""Turn a pack on disk into models.

    models = load_models(shelf.active_directory())
    faces = models.faces.detect(image)
    same = distance <= models.thresholds.face_match.value

Every file is hashed before any library opens it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from verification.faces.contracts import FaceModel, PassiveModel
from verification.packs.errors import MalformedPack
from verification.packs.integrity import verify_pack
from verification.packs.manifest import FACE_ROLES, Component, Pack, Role, Threshold
from verification.packs.shelf import read_pack
from verification.speech.contracts import DigitScorer, VoiceActivity
from verification.voices.contracts import VoiceModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The numbers that the checks compare with.

    `face_match`: cosine distance, at most; `face_search`: the same, for one among all.
    `voice_match`: cosine similarity, at least; `voice_part`: the same, of parts of one string,
    their mean. `digit_clear`: score of the expected digit less that of the best other one, in
    spreads of the string, from which it is clear. `digit_shortfall`: what the digits of a string
    may lack of that, added up, at most. `speech`: probability, at least. `live` and `attack`:
    probability of a living face, at least; None where the pack has no passive model.
    """

    face_match: Threshold
    face_search: Threshold
    voice_match: Threshold
    voice_part: Threshold
    digit_clear: Threshold
    digit_shortfall: Threshold
    speech: Threshold
    live: Threshold | None = None
    attack: Threshold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Every model of one pack, loaded. Not for several threads at once."""

    pack: str
    faces: FaceModel
    voice: VoiceModel
    digits: DigitScorer
    activity: VoiceActivity
    thresholds: Thresholds
    hashes: Mapping[Role, str]
    """The sha256 of each component that has files, as they were fetched."""
    passive: PassiveModel | None = None


def load_models(directory: Path, *, threads: int = 1) -> Models:
    """Verify the pack in `directory`, then load it.

    Raises `UnknownPack`, `MalformedPack`, a `BrokenFile` naming the file, or `UnreadableModel`.
    """
    pack = read_pack(directory)
    verify_pack(pack, directory)
    parts = pack.components
    passive = parts.get(Role.PASSIVE)
    return Models(
        pack=pack.name,
        faces=_faces(pack, directory, threads),
        voice=_voice(parts[Role.VOICE], directory, threads),
        digits=_digits(parts[Role.DIGITS], directory, threads),
        activity=_activity(parts[Role.VOICE_ACTIVITY], directory, threads),
        thresholds=Thresholds(
            face_match=parts[Role.RECOGNIZER].thresholds["match"],
            face_search=search_threshold(parts[Role.RECOGNIZER]),
            voice_match=parts[Role.VOICE].thresholds["match"],
            voice_part=part_threshold(parts[Role.VOICE]),
            digit_clear=parts[Role.DIGITS].thresholds["clear"],
            digit_shortfall=parts[Role.DIGITS].thresholds["shortfall"],
            speech=parts[Role.VOICE_ACTIVITY].thresholds["speech"],
            live=passive.thresholds["live"] if passive else None,
            attack=passive.thresholds["attack"] if passive else None,
        ),
        hashes={role: part.sha256 for role, part in parts.items() if part.sha256},
        passive=_passive(passive, directory, threads) if passive else None,
    )


SEARCH_SHARE = 0.6
"""Of the distance of `match`: where a pack does not say how near a face must be among all."""


def search_threshold(recognizer: Component) -> Threshold:
    """How near a face must be to be recognized among all: the pack's `search`, or a share.

    With N faces enrolled there are N chances of a false match, so this is stricter than `match`.
    """
    return _given_or_share(recognizer, "search", SEARCH_SHARE)


PART_SHARE = 0.93
"""Of the similarity of `match`: where a pack does not say how alike parts of one string must be."""


def part_threshold(voice: Component) -> Threshold:
    """How alike two parts of one string must sound: the pack's `part`, or a share of `match`.

    `match` is for whole strings, and parts are shorter, so that they are less alike.
    """
    return _given_or_share(voice, "part", PART_SHARE)


def _given_or_share(part: Component, name: str, share: float) -> Threshold:
    given = part.thresholds.get(name)
    if given is not None:
        return given
    match = part.thresholds["match"]
    return Threshold(
        value=match.value * share,
        unit=match.unit,
        calibrated_on=f"not calibrated: {share} of `match`",
    )


def _faces(pack: Pack, directory: Path, threads: int) -> FaceModel:
    recognizer = pack.components[Role.RECOGNIZER]
    weights, sha256 = _file(recognizer, directory)
    family = {part.adapter for role, part in pack.components.items() if role in FACE_ROLES}
    if family == {"insightface"}:
        from verification.faces.insightface_faces import InsightFaces

        return InsightFaces(weights.parent, sha256=sha256, threads=threads)
    if family == {"dlib-hog", "dlib-68", "dlib-resnet"}:
        from verification.faces.dlib_faces import DlibFaces

        landmarks, _ = _file(pack.components[Role.LANDMARKS], directory)
        return DlibFaces(landmarks=landmarks, recognizer=weights, sha256=sha256)
    raise MalformedPack(f"no face model is made of `{', '.join(sorted(family))}`")


def _passive(part: Component, directory: Path, threads: int) -> PassiveModel:
    if part.adapter == "insightface-liveness":
        from verification.faces.insightface_liveness import InsightFaceLiveness

        path, sha256 = _file(part, directory)
        return InsightFaceLiveness(path, sha256=sha256, threads=threads)
    from verification.faces.minifasnet import MiniFasNet

    _require_adapter(part, "minifasnet")
    try:
        networks = {float(name): directory / piece.file.path for name, piece in part.pieces.items()}
    except ValueError as error:
        raise MalformedPack(f"a piece of `passive` is not named by its scale: {error}") from error
    return MiniFasNet(networks, sha256=part.sha256 or "", threads=threads)


def _voice(part: Component, directory: Path, threads: int) -> VoiceModel:
    from verification.voices.ecapa import EcapaVoice
    from verification.voices.ge2e import Ge2eVoice

    _require_adapter(part, "ge2e", "ecapa")
    _, sha256 = _file(part, directory)
    if part.converted is None:
        raise MalformedPack("`voice` was not converted")
    encoder = EcapaVoice if part.adapter == "ecapa" else Ge2eVoice
    return encoder(directory / part.converted.path, sha256=sha256, threads=threads)


def _digits(part: Component, directory: Path, threads: int) -> DigitScorer:
    _require_adapter(part, "pocketsphinx", "speechbrain-commands")
    clear = part.thresholds["clear"].value
    # older packs have it as a log likelihood, by which nobody would ever be understood
    if not 0 < clear < 1:
        raise MalformedPack(f"`digits.clear` is `{clear:g}`, no share of a spread: pull it again")
    if part.adapter == "speechbrain-commands":
        from verification.speech.command_digits import CommandDigits

        path, _ = _file(part, directory)
        return CommandDigits(path, threads=threads)
    from verification.speech.pocketsphinx_digits import PocketSphinxDigits

    return PocketSphinxDigits()


def _activity(part: Component, directory: Path, threads: int) -> VoiceActivity:
    from verification.speech.silero import SileroActivity

    _require_adapter(part, "silero")
    path, _ = _file(part, directory)
    return SileroActivity(path, threads=threads)


def _require_adapter(part: Component, *known: str) -> None:
    if part.adapter not in known:
        raise MalformedPack(f"unknown adapter `{part.adapter}` for `{part.role}`")


def _file(part: Component, directory: Path) -> tuple[Path, str]:
    if part.file is None:
        raise MalformedPack(f"`{part.role}` has no file")
    return directory / part.file.path, part.file.sha256
