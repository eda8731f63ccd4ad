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

from collections.abc import Mapping
from dataclasses import dataclass, field
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


REQUIRED_ROLES = frozenset(Role) - {Role.LANDMARKS, Role.PASSIVE}
REQUIRED_THRESHOLDS = {
    Role.RECOGNIZER: ("match",),
    Role.VOICE: ("match",),
    Role.DIGITS: ("clear", "shortfall"),
    Role.VOICE_ACTIVITY: ("speech",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A number to compare scores with, and the operating point that it was calibrated at.

    `false_match_rate` and `false_non_match_rate` are the shares measured on `calibrated_on`, over
    `impostor_trials` and `genuine_trials`; None where nobody measured them.
    """

    value: float
    unit: str
    calibrated_on: str
    genuine_trials: int | None = None
    impostor_trials: int | None = None
    false_match_rate: float | None = None
    false_non_match_rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFile:
    """A file of the pack: its path inside, its hash and its size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePin:
    """The hash and the size of an archive that files are taken from."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One model.

    Either `library` names the installed package that carries it, or `file` and `source` say what
    to fetch. `convert_to` names the file made from it once; `converted` pins that, in a pack that
    was pulled. `dimension` is the length of its embeddings.
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
    thresholds: Mapping[str, Threshold] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def files(self) -> tuple[PinnedFile, ...]:
        """Every file that this component must have in the pack."""
        return tuple(file for file in (self.file, self.converted) if file is not None)


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
