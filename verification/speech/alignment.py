"""Align a stretch of sound with every one of a few words at once.

    words = Words(model, (("T UW",), ("EY T", "HH EY T")), least_band=19)
    words.scores(mel_bands(samples) - usual)          # one log likelihood for each word

The best path goes through silence, the word and silence again; either silence may be left out.
"""

import numpy as np
from numpy.typing import NDArray

from verification.speech.cepstra import BANDS, Numbers, cepstra, streams, without_bands
from verification.speech.sphinx_model import SphinxModel, State

NEVER = -1e9
KEPT_VARIANCE = 0.5
"""How much of its variance a cepstrum keeps at least when bands are taken out: some of what the
bands left over say is blurred with them."""


class Words:
    """Hidden Markov models of a vocabulary over the bands below `bands`.

    Taking out the bands of a channel that carries none (a telephone's above 4 kHz) on both sides,
    sound and model, leaves a comparison of like with like.
    """

    def __init__(
        self, model: SphinxModel, vocabulary: tuple[tuple[str, ...], ...], *, bands: int = BANDS
    ) -> None:
        self._size = len(vocabulary)
        self._bands = bands
        silence = model.silence()
        spoken = [(index, word) for index, said in enumerate(vocabulary) for word in said]
        self._words = np.array([index for index, _ in spoken])
        chains = [(*silence, *model.states(word), *silence) for _, word in spoken]
        lengths = np.array([len(chain) for chain in chains])
        self._first = np.cumsum(lengths) - lengths
        self._last = self._first + lengths - 1
        self._chain(tuple(state for chain in chains for state in chain), len(silence))
        self._take_gaussians(model)

    def scores(self, bands: Numbers) -> NDArray[np.float64]:
        """The log likelihood of the best path through each word.

        `bands`: frames x `BANDS` of log power, less their usual mean.
        """
        mean_free = bands * (np.arange(BANDS) < self._bands)
        sounds = self._senones(streams(cepstra(mean_free)))[:, self._senone]
        paths = np.full(sounds.shape[1], NEVER)
        entries = np.concatenate([self._first, self._first + self._silent])
        paths[entries] = sounds[0, entries]
        for sound in sounds[1:]:
            paths = self._step(paths) + sound
        ends = np.maximum(paths[self._last], paths[self._last - self._silent])
        found = np.full(self._size, -np.inf)
        np.maximum.at(found, self._words, ends)
        return found

    def _chain(self, states: tuple[State, ...], silent: int) -> None:
        """Lay all words end to end; nothing leads from one into the next."""
        self._silent = silent
        known = sorted({(state.codebook, state.senone) for state in states})
        place = {key: index for index, key in enumerate(known)}
        self._known = np.array(known)
        self._senone = np.array([place[state.codebook, state.senone] for state in states])
        self._stay = np.array([state.stay for state in states])
        self._go = np.concatenate([[NEVER], [state.go for state in states[:-1]]])
        self._skip = np.concatenate([[NEVER] * 2, [state.skip for state in states[:-2]]])
        self._go[self._first] = NEVER
        self._skip[self._first] = NEVER
        self._skip[self._first + 1] = NEVER

    def _step(self, paths: NDArray[np.float64]) -> NDArray[np.float64]:
        went = np.concatenate([[NEVER], paths[:-1]]) + self._go
        skipped = np.concatenate([[NEVER] * 2, paths[:-2]]) + self._skip
        return np.asarray(np.maximum(paths + self._stay, np.maximum(went, skipped)))

    def _take_gaussians(self, model: SphinxModel) -> None:
        """The Gaussians of the phones in use, in the space of the bands that are left."""
        self._books = np.unique(self._known[:, 0])
        means, variances = model.means[self._books], model.variances[self._books]
        if self._bands < BANDS:
            without = without_bands(self._bands)
            means = means @ without.T
            blurred = variances @ (without**2).T
            variances = KEPT_VARIANCE * variances + (1 - KEPT_VARIANCE) * blurred
        self._precisions = 0.5 / variances
        self._weighed = 2 * self._precisions * means
        constants = -0.5 * np.log(2 * np.pi * variances) - self._precisions * means**2
        self._constants = constants.sum(axis=-1)
        self._mixtures = np.exp(model.log_weights[:, :, self._known[:, 1]])

    def _senones(self, sounds: Numbers) -> NDArray[np.float64]:
        """Frames x senones in use, log likelihoods summed over the streams."""
        found = np.zeros((len(sounds), len(self._known)))
        for book, codebook in enumerate(self._books):
            of_book = np.flatnonzero(self._known[:, 0] == codebook)
            for stream in range(sounds.shape[1]):
                sound = sounds[:, stream]
                gaussians = (
                    self._constants[book, stream]
                    - sound**2 @ self._precisions[book, stream].T
                    + sound @ self._weighed[book, stream].T
                )
                best = gaussians.max(axis=1, keepdims=True)
                mixed = np.exp(gaussians - best) @ self._mixtures[stream][:, of_book]
                found[:, of_book] += np.log(np.maximum(mixed, 1e-30)) + best
        return found
