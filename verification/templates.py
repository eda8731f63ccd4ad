"""Build the templates of a verified person: from all that is good, bound to the model.

face = face_template(models.faces, embeddings)
voice = voice_template(models.voice, speech)
"""

from collections.abc import Sequence

from verification.faces.contracts import Embedding, FaceModel, FaceTemplate
from verification.matching import mean_direction
from verification.voices.contracts import Samples, VoiceModel, VoiceTemplate


def face_template(faces: FaceModel, embeddings: Sequence[Embedding]) -> FaceTemplate:
    """The mean direction of embeddings of one face that looks straight ahead."""
    vector = mean_direction(embeddings)
    return FaceTemplate(model=faces.name, model_sha256=faces.sha256, vector=_numbers(vector))


def voice_template(voice: VoiceModel, speech: Samples) -> VoiceTemplate:
    """The embedding of everything that one person said, silence cut out."""
    vector = mean_direction([voice.embed(speech)])
    return VoiceTemplate(model=voice.name, model_sha256=voice.sha256, vector=_numbers(vector))


def _numbers(vector: Embedding) -> tuple[float, ...]:
    return tuple(float(component) for component in vector)
