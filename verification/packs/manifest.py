"""What `pack.toml` says: the components of a pack, where each came from, and its licence.

    pack = documents.from_toml(path.read_text())
    pack.components[Role.RECOGNIZER].thresholds["match"].value

>>> threshold = Threshold(value=0.68, unit="cosine similarity", calibrated_on="six digits")
>>> component = Component(
...     role=Role.VOICE_ACTIVITY, adapter="silero", licence="MIT", commercial=True,
...     library="silero", thresholds={"speech": threshold})
>>> component.files
()
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

FORMAT = 1
FILE_NAME = "pack.toml"


class Role(StrEnum):
    """What a component is for."""

    DETECTOR = "detector"
    LANDMARKS = "landmarks"
    RECOGNIZER = "recognizer"
    PASSIVE = "passive"
    VOICE = "voice"
    DIGITS = "digits"
    VOICE_ACTIVITY = "voice_activity"


FACE_ROLES = (Role.DETECTOR, Role.LANDMARKS, Role.RECOGNIZER)
"""What finds, describes and recognizes a face: of one family of models, or of none."""
REQUIRED_ROLES = frozenset(Role) - {Role.LANDMARKS, Role.PASSIVE}
REQUIRED_THRESHOLDS = {
    Role.RECOGNIZER: ("match",),
    Role.PASSIVE: ("live", "attack"),
    Role.VOICE: ("match",),
    Role.DIGITS: ("clear", "shortfall"),
    Role.VOICE_ACTIVITY: ("speech",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A number to compare scores with, and the operating point that it was calibrated at.

    `false_match_rate` and `false_non_match_rate` are the shares measured on `calibrated_on`, over
    `impostor_trials` and `genuine_trials`; None where nobody measured them. `calibrated_by` names
    the command that measured it where the pack lies; None for what came with the pack.
    """

    value: float
    unit: str
    calibrated_on: str
    genuine_trials: int | None = None
    impostor_trials: int | None = None
    false_match_rate: float | None = None
    false_non_match_rate: float | None = None
    calibrated_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFile:
    """A file of the pack: its path inside, its hash and its size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One of several files that make a component together, and where it came from."""

    file: PinnedFile
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePin:
    """The hash and the size of an archive that files are taken from."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One model.

    One of three says where it is: `library` names the installed package that carries it; `file`
    and `source` say what to fetch; or `pieces` do so for each of several files, under the names
    that the adapter knows them by. `convert_to` names the file made from `file` once; `converted`
    pins that, in a pack that was pulled. `dimension` is the length of its embeddings.
    """

    role: Role
    adapter: str
    licence: str
    commercial: bool
    library: str | None = None
    file: PinnedFile | None = None
    source: str | None = None
    convert_to: str | None = None
    converted: PinnedFile | None = None
    dimension: int | None = None
    note: str | None = None
    pieces: Mapping[str, Piece] = field(default_factory=lambda: MappingProxyType({}))
    thresholds: Mapping[str, Threshold] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def fetched(self) -> tuple[Piece, ...]:
        """Every file that is to be fetched, with its source."""
        alone = (
            (Piece(file=self.file, source=self.source),)
            if self.file is not None and self.source is not None
            else ()
        )
        return (*alone, *self.pieces.values())

    @property
    def files(self) -> tuple[PinnedFile, ...]:
        """Every file that this component must have in the pack."""
        found = (self.file, *(piece.file for piece in self.pieces.values()), self.converted)
        return tuple(file for file in found if file is not None)

    @property
    def sha256(self) -> str | None:
        """The hash of its weights as they were fetched; None where a library carries them.

        That of several pieces is the hash of the lines `name sha256`, in the order of the names.
        """
        if self.file is not None:
            return self.file.sha256
        if not self.pieces:
            return None
        lines = [f"{name} {piece.file.sha256}\n" for name, piece in sorted(self.pieces.items())]
        return hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A named set of components that work together."""

    name: str
    title: str
    components: Mapping[Role, Component]
    archives: Mapping[str, ArchivePin]

    @property
    def files(self) -> tuple[PinnedFile, ...]:
        """Every file of the pack, each path once."""
        found = {file.path: file for part in self.components.values() for file in part.files}
        return tuple(found.values())

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def commercial(self) -> bool:
        """Whether every component may be used commercially."""
        return all(part.commercial for part in self.components.values())

    @property
    def unconverted(self) -> "Pack":
        """The pack as it is asked for, without what was made of its files where it lies."""
        parts = {role: replace(part, converted=None) for role, part in self.components.items()}
        return replace(self, components=parts)
