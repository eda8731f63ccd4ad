"""One voice says all the digits.

Single digits are too short to know a speaker by. So what was said before a moment is compared with
what was said after it, at every moment that leaves two digits on either side, and a mean of these
similarities is judged: a change near the middle pulls all of them down, one nearer to an end some.
The middle weighs more, because the shorter side, which has the least to know a voice by, is longer
there. `VoiceTolerances` says how well that works.

>>> check_one_voice({2: 0.7, 3: 0.8, 4: 0.7}, least=0.65, doubtful_share=0.9).score
0.75
>>> check_one_voice({}, least=0.65, doubtful_share=0.9).outcome
<Outcome.INCONCLUSIVE: 'inconclusive'>
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verification.liveness.digits import window_of
from verification.matching import similarity
from verification.report import Check, Outcome
from verification.speech.segments import Spans, speech_of
from verification.voices.contracts import SAMPLE_RATE, Samples, VoiceModel

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "one_voice"
LEAST_S = 0.5
"""Seconds of speech that either side must hold to be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceTolerances:
    """`least_digits` stand on either side of a moment at which the voice might change.

    From `doubtful_share` of the pack's threshold `part` up to it, a person has to decide.

    Measured with `open` (`part` 0.65), six digits a string, the outcomes pass / review / rejected:

    * one voice: 94.2 / 5.1 / 0.7 % of 275 strings (FSDD, 3 people), 96.7 / 2.7 / 0.7 % of 300
      (pieces of LibriSpeech, 6), 97 / 3 / 0 % of 98 (4 synthetic voices), 45 of 45 (GRID, 1);
      altogether 689, 25 and 4 of 718;
    * another voice from some digit on, all of these: after one digit 76 / 18 / 6 % of 164, after
      two 27 / 27 / 45 % of 161, after three 15 / 13 / 72 % of 162, after four 31 / 29 / 40 % of
      161, after five 72 / 18 / 10 % of 158;
    * one voice over noise (FSDD and LibriSpeech), 20 dB below it 89 / 8 / 3 % of 72, 10 dB below
      71 / 16 / 13 % of 79, 5 dB below 65 / 22 / 13 % of 71.

    The similarities of one voice have standard deviations of 0.09 after two and four digits and of
    0.07 after three: the middle weighs as much as inverse variances would have it. The plain mean
    (from 0.64) passed 95.4 % of one voice and 24, 17 and 29 % of the changes after two, three and
    four digits; the middle alone 97.2 %, and 49, 19 and 53 %. The least of the similarities, pairs
    of digits against the rest, and a discriminant of all of them do no better.
    """

    least_digits: int = 2
    doubtful_share: float = 0.92


def judge(evidence: "Evidence") -> Check:
    """Whether one voice says all the digits."""
    tolerances = evidence.tolerances
    windows = [
        window_of(evidence.speech, step, tolerances.digits) for step in evidence.challenge.digits
    ]
    found = compare_parts(
        evidence.sound.samples,
        windows,
        evidence.models.voice,
        least_digits=tolerances.voice.least_digits,
    )
    return check_one_voice(
        found,
        least=evidence.models.thresholds.voice_part.value,
        doubtful_share=tolerances.voice.doubtful_share,
    )


def compare_parts(
    samples: Samples, windows: Sequence[Spans], voice: VoiceModel, *, least_digits: int
) -> dict[int, float]:
    """The similarity of what was said before and after, by how many digits came before.

    `windows` holds the speech of each digit, in order. Where either side has too little speech,
    nothing is compared.
    """
    found = {}
    for before in range(least_digits, len(windows) - least_digits + 1):
        parts = [_joined(samples, windows[:before]), _joined(samples, windows[before:])]
        if min(part.size for part in parts) >= LEAST_S * SAMPLE_RATE:
            found[before] = similarity(voice.embed(parts[0]), voice.embed(parts[1]))
    return found


def check_one_voice(found: Mapping[int, float], *, least: float, doubtful_share: float) -> Check:
    """A pass, `voice_uncertain` for a person to decide, or `voice_changed`.

    It is uncertain where the weighed mean of the similarities falls short of `least` and not of
    `doubtful_share` of it, or where there was too little speech to compare. The evidence has every
    moment's.
    """
    if not found:
        return Check(name=NAME, outcome=Outcome.INCONCLUSIVE, code="voice_uncertain")
    score = float(np.average(list(found.values()), weights=_weights(found)))
    outcome, code = Outcome.PASS, None
    # so that what is not a number never passes
    if not score >= least * doubtful_share:
        outcome, code = Outcome.FAIL, "voice_changed"
    elif not score >= least:
        outcome, code = Outcome.INCONCLUSIVE, "voice_uncertain"
    evidence = {f"after_{before}_digits": one for before, one in found.items()}
    return Check(
        name=NAME, outcome=outcome, code=code, score=score, threshold=least, evidence=evidence
    )


def _weights(found: Mapping[int, float]) -> list[int]:
    """1 for the first and the last moment, one more for each step towards the middle."""
    first, last = min(found), max(found)
    return [1 + min(before - first, last - before) for before in found]


def _joined(samples: Samples, windows: Sequence[Spans]) -> Samples:
    nothing = np.zeros(0, np.float32)
    return np.concatenate([nothing, *(speech_of(samples, spans) for spans in windows)])
