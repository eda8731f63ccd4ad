"""Which models a pack makes templates with.

target_of(shelf.read("open")).of("face")  # the hash of its recognizer
"""

from dataclasses import dataclass
from typing import Any

from cameo_service.enrollments.comparing import ROLES
from storage.records import TemplateRecord
from verification.packs.errors import MalformedPack
from verification.packs.loading import Models
from verification.packs.manifest import Pack

MODALITIES = tuple(ROLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A pack by its name, and the hashes that stand in the templates which it makes."""

    pack: str
    face: str
    voice: str

    def of(self, modality: str) -> str:
        """The hash of the model for a modality."""
        return {"face": self.face, "voice": self.voice}[modality]

    def made(self, template: TemplateRecord) -> bool:
        """Whether a template is of this pack's model."""
        return template.model_sha256 == self.of(template.modality)

    def matches(self, models: Models) -> bool:
        """Whether these are the models that are loaded."""
        return (models.faces.sha256, models.voice.sha256) == (self.face, self.voice)


def target_of(pack: Pack) -> Target:
    """The models of `pack`. Raises `MalformedPack` where one of them is no file."""
    found = {}
    for modality, role in ROLES.items():
        part = pack.components.get(role)
        if part is None or part.file is None:
            raise MalformedPack(f"pack `{pack.name}` has no file for `{role}`")
        found[modality] = part.file.sha256
    return Target(pack=pack.name, face=found["face"], voice=found["voice"])


def target_in(document: dict[str, Any]) -> Target:
    """The target that a job names."""
    named = document["target"]
    return Target(pack=named["pack"], face=named["face"], voice=named["voice"])
