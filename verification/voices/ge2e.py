"""The GE2E speaker encoder (Wan et al., 2018) with the weights that Resemblyzer carries.

Three LSTM layers of 256 over 40 mel bands, a linear layer, ReLU, unit length. The weights come as
a torch checkpoint; `convert` turns it into ONNX once, when the pack is pulled.

    path.write_bytes(convert(checkpoint))
    voice = Ge2eVoice(path, sha256=component.sha256)
    similarity = float(voice.embed(one) @ voice.embed(other))

Silence says nothing about a speaker and blurs the mean over partial utterances: pass speech with
its long pauses cut out.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verification.sessions import open_session
from verification.voices.contracts import SAMPLE_RATE, Embedding, Samples, UnusableVoice
from verification.voices.legacy_torch import RefusedCheckpoint, Tensors, read_tensors
from verification.voices.mel import BANDS, HOP, mel_spectrogram

NAME = "ge2e-resemblyzer"
HIDDEN = 256
DIMENSION = 256
LAYERS = 3
OPSET = 17
IR_VERSION = 8

PARTIAL_FRAMES = 160
"""Frames of a partial utterance: 1.6 s."""
PARTIAL_STEP = 77
"""Frames from one partial utterance to the next: 1.3 of them per second."""
LEAST_COVERAGE = 0.75
"""How much of the last partial utterance must be sound rather than padding."""
LEAST_SAMPLES = SAMPLE_RATE // 2
LOUDNESS_DBFS = -30.0


class Ge2eVoice:
    """A `VoiceModel` over the converted encoder."""

    def __init__(self, path: Path, *, sha256: str, threads: int = 1) -> None:
        self._session = open_session(path, threads=threads)
        self._sha256 = sha256

    @property
    def name(self) -> str:
        """The encoder's name, as it stands in templates."""
        return NAME

    @property
    def sha256(self) -> str:
        """Hash of the checkpoint that the encoder was converted from."""
        return self._sha256

    def embed(self, samples: Samples) -> Embedding:
        """The embedding, 256 numbers of unit length, none negative.

        Raises `UnusableVoice` below 0.5 s of sound or where there is none at all.
        """
        if samples.ndim != 1 or samples.size < LEAST_SAMPLES:
            raise UnusableVoice(f"needs {LEAST_SAMPLES} samples of speech, got `{samples.size}`")
        partials = partial_spectrograms(raise_volume(samples))
        embeddings = self._session.run(None, {"mels": partials})[0]
        mean = np.asarray(embeddings, dtype=np.float32).mean(axis=0)
        length = float(np.linalg.norm(mean))
        if not np.isfinite(length) or length < 1e-6:
            raise UnusableVoice("no voice in the sound")
        return np.asarray(mean / length, dtype=np.float32)


def raise_volume(samples: Samples) -> Samples:
    """`samples` amplified to `LOUDNESS_DBFS`; louder sound is left as it is."""
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    if not np.isfinite(power) or power <= 1e-12:
        raise UnusableVoice("the sound is silent")
    gain = 10 ** ((LOUDNESS_DBFS - 10 * np.log10(power)) / 20)
    return np.asarray(samples * max(1.0, gain), dtype=np.float32)


def partial_spectrograms(samples: Samples) -> NDArray[np.float32]:
    """Partial utterances x `PARTIAL_FRAMES` x `BANDS`, overlapping, the last one zero-padded."""
    frames = -(-(samples.size + 1) // HOP)
    steps = max(1, frames - PARTIAL_FRAMES + PARTIAL_STEP + 1)
    starts = list(range(0, steps, PARTIAL_STEP))
    covered = (samples.size - starts[-1] * HOP) / (PARTIAL_FRAMES * HOP)
    if covered < LEAST_COVERAGE and len(starts) > 1:
        starts.pop()
    short = (starts[-1] + PARTIAL_FRAMES) * HOP - samples.size
    mel = mel_spectrogram(np.pad(samples, (0, max(0, short))))
    return np.stack([mel[start : start + PARTIAL_FRAMES] for start in starts])


def convert(checkpoint: bytes) -> bytes:
    """The encoder as ONNX: `mels` (n x frames x 40) to `embedding` (n x 256, unit length).

    Raises `RefusedCheckpoint` for a file that is not the encoder's. The same checkpoint and
    version of `onnx` give the same bytes.
    """
    import onnx
    from onnx import TensorProto, helper

    tensors = read_tensors(checkpoint, under="model_state")
    _require_shapes(tensors)
    nodes, weights = _graph(tensors)
    shape_in: list[str | int | None] = ["n", "frames", BANDS]
    shape_out: list[str | int | None] = ["n", DIMENSION]
    graph = helper.make_graph(
        nodes,
        NAME,
        [helper.make_tensor_value_info("mels", TensorProto.FLOAT, shape_in)],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, shape_out)],
        weights,
    )
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def _graph(tensors: Tensors) -> tuple[list[Any], list[Any]]:
    from onnx import helper, numpy_helper

    nodes = [helper.make_node("Transpose", ["mels"], ["y0"], perm=[1, 0, 2])]
    weights = [numpy_helper.from_array(np.array([1], dtype=np.int64), "directions")]
    for layer in range(LAYERS):
        for name, value in zip("WRB", _lstm_weights(tensors, layer), strict=True):
            weights.append(numpy_helper.from_array(value, f"{name}{layer}"))
        inputs = [f"y{layer}", f"W{layer}", f"R{layer}", f"B{layer}"]
        outputs = [f"all{layer}", f"last{layer}"]
        nodes += [
            helper.make_node("LSTM", inputs, outputs, hidden_size=HIDDEN),
            helper.make_node("Squeeze", [f"all{layer}", "directions"], [f"y{layer + 1}"]),
        ]
    del nodes[-1]  # only the last state of the last layer counts
    weights += [
        numpy_helper.from_array(np.array([0], dtype=np.int64), "first"),
        numpy_helper.from_array(tensors["linear.weight"], "weight"),
        numpy_helper.from_array(tensors["linear.bias"], "bias"),
    ]
    nodes += [
        helper.make_node("Squeeze", [f"last{LAYERS - 1}", "first"], ["state"]),
        helper.make_node("Gemm", ["state", "weight", "bias"], ["projected"], transB=1),
        helper.make_node("Relu", ["projected"], ["positive"]),
        helper.make_node("LpNormalization", ["positive"], ["embedding"], axis=1, p=2),
    ]
    return nodes, weights


def _lstm_weights(tensors: Tensors, layer: int) -> list[NDArray[np.float32]]:
    """W, R and B of one layer in ONNX's gate order (i, o, f, c); torch's is (i, f, c, o)."""

    def reordered(name: str) -> NDArray[np.float32]:
        i, f, c, o = np.split(tensors[f"lstm.{name}_l{layer}"], 4)
        return np.concatenate([i, o, f, c])

    bias = np.concatenate([reordered("bias_ih"), reordered("bias_hh")])
    return [reordered("weight_ih")[None], reordered("weight_hh")[None], bias[None]]


def _require_shapes(tensors: Tensors) -> None:
    wanted: dict[str, tuple[int, ...]] = {
        "linear.weight": (DIMENSION, HIDDEN),
        "linear.bias": (DIMENSION,),
    }
    for layer in range(LAYERS):
        wanted[f"lstm.weight_ih_l{layer}"] = (4 * HIDDEN, HIDDEN if layer else BANDS)
        wanted[f"lstm.weight_hh_l{layer}"] = (4 * HIDDEN, HIDDEN)
        wanted[f"lstm.bias_ih_l{layer}"] = wanted[f"lstm.bias_hh_l{layer}"] = (4 * HIDDEN,)
    for name, shape in wanted.items():
        if name not in tensors or tensors[name].shape != shape:
            raise RefusedCheckpoint(f"no tensor `{name}` of shape {shape}")
