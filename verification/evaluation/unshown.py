"""What the figures of each kind of evaluation do not show, whatever they are.

>>> len(UNSHOWN["faces"])
3
"""

from collections.abc import Mapping
from types import MappingProxyType

_FACES = """
People other than these: rates differ between ages, skin tones and sexes, and only data of the \
people that you serve shows how.
Search among many: with N people enrolled a search makes N comparisons, and its false matches grow \
with N.
Attacks: a rate here says nothing about who shows a photo or a mask.
"""

_VOICES = """
Voices other than these, other languages, colds, telephones, and years in between.
Cloned voices: an imitation made by software is no random impostor.
Other sessions: recordings of one sitting are more alike than those of two, so few flatter.
"""

_DIGITS = """
Digits said one after another to a camera: here each was recorded alone, and put in its window.
Accents and languages that are not in the data.
Many people: strings of few recordings repeat one another, and the true intervals are wider.
"""

_LIVENESS = """
Attacks that are not listed. Software alone cannot stop a live puppet injected below the camera.
Real people and real attackers, where the recordings were made by the studio: these show that the \
checks work as written.
A rate of zero: with no error in n recordings, about 3/n is what is shown.
"""

UNSHOWN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        kind: tuple(text.strip().splitlines())
        for kind, text in (
            ("faces", _FACES),
            ("voices", _VOICES),
            ("digits", _DIGITS),
            ("liveness", _LIVENESS),
        )
    }
)
