"""Read the acoustic model that PocketSphinx's package carries, as arrays.

    model = read_model(Path(pocketsphinx.get_model_path("en-us/en-us")))
    states = model.states("S IH K S")

The decoder itself only says which words it prefers, and prunes the others. To weigh all ten digits
against each other, in a channel that the model was not trained on, the numbers are needed. Formats:
`s3` for means, variances and transitions, `BMDF` for the phones, a senone dump for the weights.
"""

import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from verification.sessions import UnreadableModel

END_OF_HEADER = b"endhdr\n"
LOG_STEP = 1024 * math.log(1.0001)
"""Weights are stored as negative logarithms in steps of this."""
LEAST_VARIANCE = 1e-4
STATES = 3
SILENCE = "SIL"
INTERNAL, BEGIN, END, SINGLE = range(4)
"""Where in its word a phone stands."""

_TREE = np.dtype([("context", "<i2"), ("below", "<i2"), ("down", "<i4")])
_PHONE = np.dtype([("sequence", "<i4"), ("transitions", "<i4"), ("attributes", "u1", 4)])


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One state of a phone: its codebook, its senone, and log probabilities to stay, go, skip."""

    codebook: int
    senone: int
    stay: float
    go: float
    skip: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SphinxModel:
    """Phonetically tied mixtures.

    `means`, `variances`: codebook x stream x Gaussian x cepstrum. `log_weights`: stream x
    Gaussian x senone. `transitions`: phone x state x next state.
    """

    means: NDArray[np.float32]
    variances: NDArray[np.float32]
    log_weights: NDArray[np.float32]
    transitions: NDArray[np.float32]
    names: tuple[str, ...]
    tree: np.ndarray
    phones: np.ndarray
    sequences: NDArray[np.uint16]

    def states(self, pronunciation: str) -> tuple[State, ...]:
        """The states of a word between silences, from its phones in ARPAbet."""
        word = pronunciation.split()
        around = [SILENCE, *word, SILENCE]
        found: list[State] = []
        for index, name in enumerate(word):
            place = _place(index, len(word))
            found += self._phone(name, around[index], around[index + 2], place)
        return tuple(found)

    def silence(self) -> tuple[State, ...]:
        """The states of silence."""
        return tuple(self._states_of(self.names.index(SILENCE), self.names.index(SILENCE)))

    def _phone(self, name: str, left: str, right: str, place: int) -> list[State]:
        base, before, after = (self.names.index(one) for one in (name, left, right))
        for where in (place, INTERNAL, BEGIN, END, SINGLE):
            number = self._triphone((where, base, before, after))
            if number is not None:
                return self._states_of(base, number)
        return self._states_of(base, base)

    def _triphone(self, context: tuple[int, ...]) -> int | None:
        """Walk down the tree of contexts; None where the model has no such phone."""
        start, count = 0, STATES + 1
        for wanted in context:
            level = self.tree[start : start + count]
            found = np.flatnonzero(level["context"] == wanted)
            if not found.size:
                return None
            start, count = int(level["down"][found[0]]), int(level["below"][found[0]])
            if count == 0:
                return start if start >= 0 else None
        return None

    def _states_of(self, codebook: int, phone: int) -> list[State]:
        entry = self.phones[phone]
        log = np.log(np.maximum(self.transitions[entry["transitions"]], 1e-30))
        return [
            State(
                codebook=codebook,
                senone=int(self.sequences[entry["sequence"], state]),
                stay=float(log[state, state]),
                go=float(log[state, state + 1]),
                skip=float(log[state, state + 2]) if state + 2 <= STATES else -math.inf,
            )
            for state in range(STATES)
        ]


def read_model(directory: Path) -> SphinxModel:
    """Read the files of a model; raise `UnreadableModel` where they are not of this kind."""
    try:
        means = _gaussians(directory / "means")
        variances = np.maximum(_gaussians(directory / "variances"), LEAST_VARIANCE)
        counts = _numbers(directory / "transition_matrices", header=4)
        transitions = counts.reshape(-1, STATES, STATES + 1)
        names, tree, phones, sequences = _definition((directory / "mdef").read_bytes())
        weights = _weights((directory / "sendump").read_bytes(), means.shape[1])
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise UnreadableModel("pocketsphinx's own model cannot be read") from error
    return SphinxModel(
        means=means,
        variances=variances,
        log_weights=weights,
        transitions=transitions / transitions.sum(axis=2, keepdims=True),
        names=names,
        tree=tree,
        phones=phones,
        sequences=sequences,
    )


def _place(index: int, length: int) -> int:
    if length == 1:
        return SINGLE
    if index == 0:
        return BEGIN
    return END if index == length - 1 else INTERNAL


def _numbers(path: Path, *, header: int) -> NDArray[np.float32]:
    """The floats of an `s3` file, after a byte-order mark and `header` whole numbers."""
    content = path.read_bytes()
    start = content.index(END_OF_HEADER) + len(END_OF_HEADER) + 4
    (count,) = struct.unpack_from("<i", content, start + 4 * (header - 1))
    return np.frombuffer(content, "<f4", count, start + 4 * header)


def _gaussians(path: Path) -> NDArray[np.float32]:
    """Codebook x stream x Gaussian x cepstrum, for three streams of equal length."""
    content = path.read_bytes()
    start = content.index(END_OF_HEADER) + len(END_OF_HEADER) + 4
    books, feeds, densities, length = struct.unpack_from("<4i", content, start)
    return _numbers(path, header=4 + feeds).reshape(books, feeds, densities, length)


def _definition(
    content: bytes,
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, NDArray[np.uint16]]:
    """Names of the phones, the tree of contexts, the triphones, and their senones."""
    magic, _, skipped = struct.unpack_from("<4s2i", content)
    if magic != b"BMDF":
        raise ValueError("not a binary model definition")
    start = 12 + skipped
    fields = struct.unpack_from("<10i", content, start)
    plain, phones_, states, sequences_, nodes = (fields[k] for k in (0, 1, 2, 6, 8))
    start += 40
    names = content[start : start + 16 * plain].split(b"\0")[:plain]
    start += (sum(len(name) + 1 for name in names) + 3) & ~3
    tree = np.frombuffer(content, _TREE, nodes, start)
    start += tree.nbytes
    phones = np.frombuffer(content, _PHONE, phones_, start)
    start += phones.nbytes + 4
    sequences = np.frombuffer(content, "<u2", sequences_ * states, start).reshape(-1, states)
    return tuple(name.decode("ascii") for name in names), tree, phones, sequences


def _weights(content: bytes, feeds: int) -> NDArray[np.float32]:
    """Stream x Gaussian x senone, after header strings each with its length before it."""
    start = 0
    while (length := struct.unpack_from("<i", content, start)[0]) > 0:
        start += 4 + length
    densities, senones = struct.unpack_from("<2i", content, start + 4)
    steps = np.frombuffer(content, np.uint8, feeds * densities * senones, start + 12)
    return (steps.astype(np.float32) * -LOG_STEP).reshape(feeds, densities, senones)
