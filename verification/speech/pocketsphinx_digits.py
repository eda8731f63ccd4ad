"""Score the ten digits with PocketSphinx's US English model, which its package carries.

    scores = PocketSphinxDigits().scores(samples)
    margin = scores[7] - np.delete(scores, 7).max()

A search over a grammar of ten words, with beams wider than usual; the best path through each word
that survived is then read from the lattice. That asks 'how well does each digit explain
this sound', and never 'what was said'.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verification.sessions import UnreadableModel
from verification.speech.contracts import DIGIT_WORDS, UnusableSound
from verification.voices.contracts import SAMPLE_RATE, Samples

NAME = "pocketsphinx-en-us"
LEAST_SAMPLES = SAMPLE_RATE // 5
FRAME_SAMPLES = 160
LOUDNESS = 0.05
"""Root mean square that the loud part of the sound is brought to."""
NOISE_FLOOR = 5e-4
"""Root mean square of the noise added: digital silence is unlike anything the model heard."""
BEAM = 1e-48
SCORE_SHIFT = 1024
"""The decoder reports path scores divided by 2^10, as a power of e."""
MOST_PATHS = 400
CEPSTRAL_MEAN = "41.00,-5.29,-0.12,5.09,2.48,-4.07,-1.37,-1.78,-5.08,-2.05,-6.45,-1.42,1.17"
"""The model's usual mean. A second is too short to estimate one well, but the usual one may not fit
the microphone: each window is searched with both, and the scores' mean ranks better than either."""
LOST = 1.5
"""How far below the worst surviving digit one is taken to be that only one search lost."""
PRONUNCIATIONS = (
    ("Z IH R OW", "Z IY R OW"),
    ("W AH N", "HH W AH N"),
    ("T UW",),
    ("TH R IY",),
    ("F AO R",),
    ("F AY V",),
    ("S IH K S",),
    ("S EH V AH N",),
    ("EY T",),
    ("N AY N",),
)


class PocketSphinxDigits:
    """A `DigitScorer` over PocketSphinx."""

    def __init__(self) -> None:
        self._decoder = _open_decoder()

    def scores(self, samples: Samples) -> NDArray[np.float32]:
        """Ten log likelihoods per frame of 10 ms, `-inf` for a digit that no path goes through.

        Raises `UnusableSound` below 0.2 s, or for silence.
        """
        if samples.ndim != 1 or samples.size < LEAST_SAMPLES:
            raise UnusableSound(f"needs {LEAST_SAMPLES} samples, got `{samples.size}`")
        pcm = _as_pcm(samples)
        frames = samples.size / FRAME_SAMPLES
        usual = self._searched(pcm, frames, own_mean=False)
        own = self._searched(pcm, frames, own_mean=True)
        found = (_floored(usual) + _floored(own)) / 2
        return np.where(np.isfinite(usual) | np.isfinite(own), found, -np.inf).astype(np.float32)

    def _searched(self, pcm: bytes, frames: float, *, own_mean: bool) -> NDArray[np.float32]:
        """One search, over cepstra less the window's own mean or less the model's usual one."""
        self._decoder.reinit_feat()
        if not own_mean:
            self._decoder.set_cmn(CEPSTRAL_MEAN)
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, no_search=False, full_utt=own_mean)
        self._decoder.end_utt()
        return _best_paths(self._decoder.nbest() or (), frames)


def _open_decoder() -> Any:  # noqa: ANN401 (the library has no types)
    import pocketsphinx

    try:
        decoder = pocketsphinx.Decoder(
            hmm=pocketsphinx.get_model_path("en-us/en-us"),
            dict=None,
            lm=None,
            samprate=float(SAMPLE_RATE),
            beam=BEAM,
            pbeam=BEAM,
            wbeam=BEAM,
            loglevel="FATAL",
        )
    except RuntimeError as error:
        raise UnreadableModel("pocketsphinx's own model cannot be loaded") from error
    for word, pronunciations in zip(DIGIT_WORDS, PRONUNCIATIONS, strict=True):
        for number, phones in enumerate(pronunciations, start=1):
            decoder.add_word(word if number == 1 else f"{word}({number})", phones, update=False)
    grammar = f"#JSGF V1.0;\ngrammar digits;\npublic <digit> = {' | '.join(DIGIT_WORDS)};\n"
    decoder.add_jsgf_string("digits", grammar)
    decoder.activate_search("digits")
    return decoder


def _floored(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """`scores` with a number for the digits that this search lost."""
    alive = scores[np.isfinite(scores)]
    floor = float(alive.min()) - LOST if alive.size else 0.0
    return np.where(np.isfinite(scores), scores, floor).astype(np.float32)


def _best_paths(paths: Any, frames: float) -> NDArray[np.float32]:  # noqa: ANN401 (untyped)
    found = np.full(len(DIGIT_WORDS), -np.inf, dtype=np.float32)
    for _, path in zip(range(MOST_PATHS), paths, strict=False):
        words = path.hypstr.split() if path is not None and path.hypstr else []
        if len(words) != 1 or path.score <= 0:
            continue
        digit = DIGIT_WORDS.index(words[0].partition("(")[0])
        score = SCORE_SHIFT * math.log(path.score) / frames
        found[digit] = max(found[digit], score)
    return found


def _as_pcm(samples: Samples) -> bytes:
    """16-bit sound of even loudness on a faint, always equal noise."""
    peak = float(np.abs(samples).max())
    if not math.isfinite(peak) or peak < 1e-4:
        raise UnusableSound("the sound is silent")
    loud = samples[np.abs(samples) > 0.05 * peak]
    gain = LOUDNESS / math.sqrt(float(np.mean(np.square(loud, dtype=np.float64))))
    noise = np.random.default_rng(0).normal(scale=NOISE_FLOOR, size=samples.size)
    return np.asarray(np.clip(samples * gain + noise, -1, 1) * 32767).astype("<i2").tobytes()
