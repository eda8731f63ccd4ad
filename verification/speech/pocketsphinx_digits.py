"""Score the ten digits with PocketSphinx's US English model, which its package carries.

    scores = PocketSphinxDigits().scores(windows)      # one row of ten for each window
    margin = scores[0, 7] - np.delete(scores[0], 7).max()

That asks 'how well does each digit explain this sound', and never 'what was said'. The decoder of
the package prunes what it does not prefer and gets used to a channel over minutes; here every
digit is weighed, over cepstra less the mean of all that the person said in this recording.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from verification.speech.alignment import Words
from verification.speech.cepstra import BANDS, Numbers, mel_bands
from verification.speech.contracts import UnusableSound
from verification.speech.sphinx_model import read_model
from verification.voices.contracts import SAMPLE_RATE, Samples

NAME = "pocketsphinx-en-us"
LEAST_SAMPLES = SAMPLE_RATE // 5
LOUDNESS = 0.05
"""Root mean square that the loud part of the sound is brought to."""
NOISE_FLOOR = 3e-4
"""Root mean square of the noise added: digital silence is unlike anything the model heard."""
NARROW_BANDS = 19
"""The mel bands that end below 4 kHz, all that a telephone or a headset may carry."""
WIDE_RISE = 4.0
"""How far the bands above must rise with the speech, in nepers of power, to be worth listening to.
Over strings of six: 1.0 to 3.5 on recordings at 8 kHz, whose noise has more bandwidth than they;
2.9 to 10.5 (median above 5.7) on wide-band ones. Doubt costs little: the narrow models know
wide-band digits nearly as well."""
PRONUNCIATIONS = (
    ("Z IH R OW", "Z IY R OW", "Z IY UW"),
    ("W AH N", "HH W AH N"),
    ("T UW",),
    ("TH R IY", "T R IY"),
    ("F AO R", "F AO"),
    ("F AY V",),
    ("S IH K S", "S IY K S", "S IH K"),
    ("S EH V AH N", "S EH V EH N"),
    ("EY T",),
    ("N AY N",),
)
"""Those of CMUdict, and of people who learned English on top of another language, as far as they
help on recorded strings: `S EH K S`, `T Y UW`, `EH T` and `F OW R` changed nothing, and `Z EY UW`,
`HH EY T` and `S IH S` took other digits for theirs. The last sound of `S IH K` is above 4 kHz,
where a telephone carries nothing."""


class PocketSphinxDigits:
    """A `DigitScorer` over the model's own numbers."""

    def __init__(self) -> None:
        import pocketsphinx

        model = read_model(Path(pocketsphinx.get_model_path("en-us/en-us")))
        self._wide = Words(model, PRONUNCIATIONS)
        self._narrow = Words(model, PRONUNCIATIONS, bands=NARROW_BANDS)

    def scores(self, windows: Sequence[Samples]) -> NDArray[np.float32]:
        """Windows x 10 log likelihoods of the whole window.

        Raises `UnusableSound` for a window below 0.2 s, or a silent one.
        """
        if not windows:
            return np.zeros((0, len(PRONUNCIATIONS)), np.float32)
        heard = [mel_bands(_levelled(samples)) for samples in windows]
        everything = np.concatenate(heard)
        words = self._wide if rise_above(everything) >= WIDE_RISE else self._narrow
        usual = everything.mean(axis=0)
        return np.array([words.scores(bands - usual) for bands in heard], np.float32)


def rise_above(bands: Numbers) -> float:
    """How far the sound above 4 kHz rises from its quiet frames to its loud ones."""
    above = bands[:, NARROW_BANDS:BANDS].mean(axis=1)
    quiet, loud = np.quantile(above, (0.1, 0.97))
    return float(loud - quiet)


def _levelled(samples: Samples) -> Samples:
    """Sound of even loudness on a faint, always equal noise."""
    if samples.ndim != 1 or samples.size < LEAST_SAMPLES:
        raise UnusableSound(f"needs {LEAST_SAMPLES} samples, got `{samples.size}`")
    peak = float(np.abs(samples).max())
    if not math.isfinite(peak) or peak < 1e-4:
        raise UnusableSound("the sound is silent")
    loud = samples[np.abs(samples) > 0.05 * peak]
    gain = LOUDNESS / math.sqrt(float(np.mean(np.square(loud, dtype=np.float64))))
    noise = np.random.default_rng(0).normal(scale=NOISE_FLOOR, size=samples.size)
    return np.asarray(samples * gain + noise, np.float32)
