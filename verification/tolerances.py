"""How far a genuine recording may stray: every bound that belongs to no model, by its check.

Each group stands beside its check, with its units. What belongs to a model (face distance, voice
similarity, digit margins) stands in its pack. A deployment changes them by settings, for instance
`CAMEO_TOLERANCES__TURNS__YAW=0.2`.

    >>> Tolerances().turns.yaw < 0.4
    True
"""

from dataclasses import dataclass, field

from verification.liveness.blink import BlinkTolerances
from verification.liveness.depth import DepthTolerances
from verification.liveness.digits import DigitTolerances
from verification.liveness.earlier import EarlierTolerances
from verification.liveness.integrity import IntegrityTolerances
from verification.liveness.lips import LipTolerances
from verification.liveness.passive import PassiveTolerances
from verification.liveness.person import PersonTolerances
from verification.liveness.presence import PresenceTolerances
from verification.liveness.sound_quality import SoundQualityTolerances
from verification.liveness.speech import SpeechTolerances
from verification.liveness.stillness import StillnessTolerances
from verification.liveness.turns import TurnTolerances
from verification.liveness.voice import VoiceTolerances
from verification.portrait import PortraitTolerances
from verification.quality import QualityTolerances


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """The bounds of every check."""

    presence: PresenceTolerances = field(default_factory=PresenceTolerances)
    person: PersonTolerances = field(default_factory=PersonTolerances)
    quality: QualityTolerances = field(default_factory=QualityTolerances)
    portrait: PortraitTolerances = field(default_factory=PortraitTolerances)
    stillness: StillnessTolerances = field(default_factory=StillnessTolerances)
    integrity: IntegrityTolerances = field(default_factory=IntegrityTolerances)
    turns: TurnTolerances = field(default_factory=TurnTolerances)
    depth: DepthTolerances = field(default_factory=DepthTolerances)
    blink: BlinkTolerances = field(default_factory=BlinkTolerances)
    passive: PassiveTolerances = field(default_factory=PassiveTolerances)
    speech: SpeechTolerances = field(default_factory=SpeechTolerances)
    sound_quality: SoundQualityTolerances = field(default_factory=SoundQualityTolerances)
    digits: DigitTolerances = field(default_factory=DigitTolerances)
    lips: LipTolerances = field(default_factory=LipTolerances)
    voice: VoiceTolerances = field(default_factory=VoiceTolerances)
    earlier: EarlierTolerances = field(default_factory=EarlierTolerances)
