"""Who must be seen in a renewal: the templates of before, each with the model that made it.

    earlier = earlier_of(templates_of(tx, signer, "cam_1"), models, others)
    verify(recording, challenge, models, earlier=earlier)

A template of the models at hand is taken where there is one; else one whose pack is still here.
"""

from collections.abc import Callable, Sequence

from storage.records import TemplateRecord
from verification.faces.contracts import FaceTemplate
from verification.liveness.earlier import Earlier, EarlierFace, EarlierVoice
from verification.packs.loading import Models
from verification.packs.manifest import Role
from verification.voices.contracts import VoiceTemplate

Others = Callable[[Role, str], Models | None]
"""The models of another pack whose component of this role has this hash, or None without one."""

ROLES = {"face": Role.RECOGNIZER, "voice": Role.VOICE}
"""Which component of a pack makes the templates of a modality."""


def no_others(role: Role, sha256: str) -> Models | None:
    """No pack but the active one."""
    del role, sha256
    return None


def earlier_of(
    templates: Sequence[TemplateRecord], models: Models, others: Others
) -> Earlier | None:
    """What a renewal is compared with; None without a face, which no cameo of a person lacks."""
    face = _chosen(templates, "face", models.faces.sha256, models, others)
    if face is None:
        return None
    voice = _chosen(templates, "voice", models.voice.sha256, models, others)
    template, made_by = face
    return Earlier(
        face=EarlierFace(
            template=FaceTemplate(
                model=template.model, model_sha256=template.model_sha256, vector=template.vector
            ),
            model=None if made_by is None else made_by.faces,
            at_most=(made_by or models).thresholds.face_match.value,
        ),
        voice=None if voice is None else _voice(*voice, models),
    )


def _voice(template: TemplateRecord, made_by: Models | None, models: Models) -> EarlierVoice:
    return EarlierVoice(
        template=VoiceTemplate(
            model=template.model, model_sha256=template.model_sha256, vector=template.vector
        ),
        model=None if made_by is None else made_by.voice,
        at_least=(made_by or models).thresholds.voice_match.value,
    )


def _chosen(
    templates: Sequence[TemplateRecord],
    modality: str,
    at_hand: str,
    models: Models,
    others: Others,
) -> tuple[TemplateRecord, Models | None] | None:
    """A template of this modality, and the models of its pack where they are here."""
    known = {each.model_sha256: each for each in templates if each.modality == modality}
    if at_hand in known:
        return known[at_hand], models
    for sha256, template in known.items():
        made_by = others(ROLES[modality], sha256)
        if made_by is not None:
            return template, made_by
    return next(((template, None) for template in known.values()), None)
