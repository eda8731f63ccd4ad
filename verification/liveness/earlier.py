"""The person of an earlier enrollment: on a renewal, face and voice must be as they were before.

    earlier = Earlier(face=EarlierFace(template=template, model=models.faces, at_most=0.09))
    verify(recording, challenge, models, earlier=earlier)

The new recording is embedded by the model that made the earlier template, which may be of another
pack than the one that verifies: scores of different models never meet. Faces age, and voices have
colds, so that there is a band in which a person decides.

Templates lie much closer together than the single frames for which a pack's threshold stands. On
ORL (370 stills of 19 people, half of them spoiled, ten a template; 380 pairs of one person and
6,840 of two) one person's templates stay within 0.025 with `open`, whose threshold is 0.08, and
0.1 % of two people's within 0.037. At 0.08 almost half of the strangers would pass.

>>> check_as_before("face_as_before", 0.5, bound=0.9, doubt=0.1).code
'face_differs_from_before'
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from verification.faces.contracts import Face, FaceModel, FaceTemplate
from verification.matching import similarity
from verification.report import Check, Outcome
from verification.templates import face_template, facing_stills
from verification.track import Still
from verification.voices.contracts import SAMPLE_RATE, VoiceModel, VoiceTemplate

if TYPE_CHECKING:
    from verification.evidence import EmbeddedStill, Evidence

FACE = "face_as_before"
VOICE = "voice_as_before"
CODES = {
    FACE: ("face_not_compared", "face_unsure", "face_differs_from_before"),
    VOICE: ("voice_not_compared", "voice_unsure", "voice_differs_from_before"),
}
"""Of each check: nothing to compare, a doubt, a difference."""

LEAST_S = 1.0
"""Seconds of speech that can be compared with an earlier voice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierTolerances:
    """`face_share` of the pack's threshold is how far the faces of two templates may be apart.

    From there up to the threshold itself a person decides. `voice_doubt` is a cosine: how far short
    of the pack's threshold, which is for whole strings of digits, a person decides. With `open`
    (0.70), pairs of strings of different recordings, each against a clean one:

    * the same voice below 0.60: FSDD (3 people) 0.1 % of 8,740 pairs, with noise 20 dB below 0.7 %
      of 1,537, 10 dB below 8.7 % of 1,603; LibriSpeech (6 people, one session) 0.2 % of 5,920,
      2.1 % of 1,900 and 11 % of 2,183; between 0.60 and 0.70 4.9 % and 10 % of the clean ones;
    * two voices at 0.70 and above: 3.4 % of 25,066 and 0.45 % of 37,500 pairs; below 0.60, and so
      rejected, 42 % and 91 %.
    """

    face_share: float = 0.45
    voice_doubt: float = 0.10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EarlierFace:
    """A template, the model that made it, and its threshold (cosine distance, at most).

    `model` is None where that is not here any more: then a person has to look.
    """

    template: FaceTemplate
    model: FaceModel | None
    at_most: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EarlierVoice:
    """A template, the model that made it, and its threshold (cosine similarity, at least)."""

    template: VoiceTemplate
    model: VoiceModel | None
    at_least: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Earlier:
    """What is known of the person whose cameo is renewed. Without a voice none is compared."""

    face: EarlierFace
    voice: EarlierVoice | None = None


def judge_face(evidence: "Evidence") -> Check | tuple[Check, ...]:
    """Whether the face is the one of the earlier enrollment; nothing where there was none."""
    if evidence.earlier is None:
        return ()
    earlier = evidence.earlier.face
    found = None if earlier.model is None else face_similarity(evidence, earlier, earlier.model)
    within = evidence.tolerances.earlier.face_share * earlier.at_most
    return check_as_before(FACE, found, bound=1.0 - within, doubt=earlier.at_most - within)


def judge_voice(evidence: "Evidence") -> Check | tuple[Check, ...]:
    """Whether the voice is the one of the earlier enrollment; nothing where there was none."""
    if evidence.earlier is None or evidence.earlier.voice is None:
        return ()
    earlier = evidence.earlier.voice
    found = None if earlier.model is None else voice_similarity(evidence, earlier, earlier.model)
    doubt = evidence.tolerances.earlier.voice_doubt
    return check_as_before(VOICE, found, bound=earlier.at_least, doubt=doubt)


def check_as_before(name: str, found: float | None, *, bound: float, doubt: float) -> Check:
    """A pass, a doubt for a person to decide, or a difference.

    `found` is a cosine, at least `bound` for a pass; less by up to `doubt` is a doubt. So is None,
    where nothing could be compared.
    """
    not_compared, unsure, differs = CODES[name]
    if found is None:
        return Check(name=name, outcome=Outcome.INCONCLUSIVE, code=not_compared)
    outcome, code = Outcome.PASS, None
    # so that what is not a number never passes
    if not found >= bound - doubt:
        outcome, code = Outcome.FAIL, differs
    elif not found >= bound:
        outcome, code = Outcome.INCONCLUSIVE, unsure
    return Check(name=name, outcome=outcome, code=code, score=found, threshold=bound)


def face_similarity(evidence: "Evidence", earlier: EarlierFace, model: FaceModel) -> float | None:
    """The cosine of the template of this recording by that model and the earlier one."""
    stills = facing_stills(evidence)
    if model.sha256 != evidence.models.faces.sha256:
        stills = [one for still in stills if (one := _embedded_anew(still, model)) is not None]
    if not stills:
        return None
    now = face_template(model, stills)
    return similarity(np.array(now.vector), np.array(earlier.template.vector))


def voice_similarity(
    evidence: "Evidence", earlier: EarlierVoice, model: VoiceModel
) -> float | None:
    """The cosine of what was said by that model and the earlier voice; None for too little."""
    speech = evidence.said if evidence.challenge.digits else None
    if speech is None or speech.size < LEAST_S * SAMPLE_RATE:
        return None
    return similarity(model.embed(speech), np.array(earlier.template.vector))


def _embedded_anew(one: "EmbeddedStill", model: FaceModel) -> "EmbeddedStill | None":
    """The still with the face that another model finds in its place."""
    face = _same_face(one.still, model.detect(one.still.image))
    if face is None:
        return None
    still = replace(one.still, face=face)
    return replace(one, still=still, embedding=model.embed(still.image, face))


def _same_face(still: Still, found: list[Face]) -> Face | None:
    """The one of `found` that has the middle of the still's face in it."""
    left, top, right, bottom = still.face.box
    middle = ((left + right) / 2, (top + bottom) / 2)
    for face in found:
        box = face.box
        if box[0] <= middle[0] <= box[2] and box[1] <= middle[1] <= box[3]:
            return face
    return None
