"""Run inside the export environment: SpeechBrain's checkpoints to ONNX, and the proof of parity.

    python -m verification.packs.building.exporting JOB.json

The job says which models, from which checkpoints, and where the results go; the last line of the
output is JSON with what was measured. Nothing of this file is imported by the service: it alone
knows torch and SpeechBrain, and of ours it uses only the features, which need numpy.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from verification.speech.contracts import DIGIT_WORDS
from verification.voices.contracts import SAMPLE_RATE, Samples
from verification.voices.filterbanks import normalized_bands

OPSET = 17
LENGTHS_S = (0.5, 1.0, 2.35, 4.0, 9.0)
"""Lengths that parity is proved at: shorter than a word, a string of digits, and longer."""
LABEL = re.compile(r"'(?P<word>\w+)'\s*=>\s*(?P<index>\d+)")
COMMANDS = 35

Module = Any
"""What torch calls a module; neither torch nor SpeechBrain is installed where types are checked."""
Tensor = Any


def main() -> None:
    """Export every model of the job, and print the parity of each as one JSON line."""
    parser = argparse.ArgumentParser(description="export SpeechBrain's models to ONNX")
    parser.add_argument("job", type=Path)
    job = json.loads(parser.parse_args().job.read_text(encoding="utf-8"))
    exports = {"ecapa": export_ecapa, "commands": export_commands}
    found = {name: exports[name](asked) for name, asked in job.items()}
    sys.stdout.write(json.dumps(found) + "\n")


def export_ecapa(asked: dict[str, str]) -> dict[str, float]:
    """The speaker encoder: `bands` (n x frames x 80) to `embedding` (n x 192, unit length)."""
    import torch
    from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN

    encoder = ECAPA_TDNN(
        input_size=80,
        channels=[1024, 1024, 1024, 1024, 3072],
        kernel_sizes=[5, 3, 3, 3, 1],
        dilations=[1, 2, 3, 4, 1],
        attention_channels=128,
        lin_neurons=192,
    )
    _load(encoder, asked["embedding_model"])

    class Exported(torch.nn.Module):  # type: ignore[misc]  # torch is not installed here
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, bands: Tensor) -> Tensor:
            return torch.nn.functional.normalize(self.encoder(bands).squeeze(1), dim=-1)

    _export(Exported().eval(), Path(asked["onnx"]), bands=80, output="embedding")
    return _parity(Path(asked["onnx"]), 80, lambda features: encoder(features).squeeze(1))


def export_commands(asked: dict[str, str]) -> dict[str, float]:
    """The command classifier: `bands` (n x frames x 24) to `digits` (n x 10 log probabilities).

    The digits' probabilities are among all 35 commands: a window with another word has none.
    """
    import torch
    from speechbrain.lobes.models.Xvector import Classifier, Xvector
    from speechbrain.nnet.pooling import StatisticsPooling

    encoder = Xvector(
        in_channels=24,
        activation=torch.nn.LeakyReLU,
        tdnn_blocks=5,
        tdnn_channels=[512, 512, 512, 512, 1500],
        tdnn_kernel_sizes=[5, 3, 3, 1, 1],
        tdnn_dilations=[1, 2, 3, 1, 1],
        lin_neurons=512,
    )
    classifier = Classifier(
        input_shape=[None, None, 512],
        activation=torch.nn.LeakyReLU,
        lin_blocks=1,
        lin_neurons=512,
        out_neurons=COMMANDS,
    )
    _load(encoder, asked["embedding_model"])
    _load(classifier, asked["classifier"])
    order = torch.tensor(_digit_labels(asked["labels"]))

    class Exported(torch.nn.Module):  # type: ignore[misc]  # torch is not installed here
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.classifier = encoder, classifier

        def forward(self, bands: Tensor) -> Tensor:
            return self.classifier(self.encoder(bands))[:, 0, order]

    exported = Exported().eval()
    random_noise = StatisticsPooling._get_gauss_noise  # noqa: SLF001 (what must not be exported)
    # the pooling adds noise of 1e-5 to 9e-5 also when it only infers: its middle instead
    StatisticsPooling._get_gauss_noise = (  # noqa: SLF001
        lambda self, shape, device="cpu": torch.full(shape, 5 * self.eps, device=device)
    )
    try:
        _export(exported, Path(asked["onnx"]), bands=24, output="digits")
    finally:
        StatisticsPooling._get_gauss_noise = random_noise  # noqa: SLF001
    return _parity(Path(asked["onnx"]), 24, exported)


def _load(module: Module, checkpoint: str) -> None:
    """Strictly the tensors of a checkpoint, and no code of it."""
    import torch

    module.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
    module.eval()


def _digit_labels(path: str) -> list[int]:
    """Where zero to nine stand among the commands."""
    text = Path(path).read_text(encoding="utf-8")
    found = {match["word"]: int(match["index"]) for match in LABEL.finditer(text)}
    if len(found) != COMMANDS or not set(DIGIT_WORDS) <= set(found):
        raise SystemExit(f"`{Path(path).name}` does not name {COMMANDS} commands with the digits")
    return [found[word] for word in DIGIT_WORDS]


def _export(module: Module, path: Path, *, bands: int, output: str) -> None:
    import torch

    with torch.no_grad():
        torch.onnx.export(
            module,
            (torch.randn(1, 200, bands),),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=["bands"],
            output_names=[output],
            dynamic_axes={"bands": {0: "n", 1: "frames"}, output: {0: "n"}},
        )


def _parity(path: Path, bands: int, reference: Callable[[Tensor], Tensor]) -> dict[str, float]:
    """How SpeechBrain from samples and ours from samples agree, the worst over the lengths.

    `cosine` compares the outputs' directions, `bands_db` is the largest difference of a feature.
    """
    import onnxruntime
    import torch
    from speechbrain.lobes.features import Fbank
    from speechbrain.processing.features import InputNormalization

    features_of, normalize = (
        Fbank(n_mels=bands),
        InputNormalization(norm_type="sentence", std_norm=False),
    )
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    cosine, farthest = 1.0, 0.0
    for index, seconds in enumerate(LENGTHS_S):
        samples = _speechlike(seconds, seed=index)
        with torch.no_grad():
            wave = torch.from_numpy(samples)[None]
            theirs = normalize(features_of(wave), torch.ones(1))
            expected = reference(theirs)[0].numpy()
        ours = normalized_bands(samples, bands=bands)
        got = session.run(None, {"bands": ours[None]})[0][0]
        farthest = max(farthest, float(np.abs(theirs[0].numpy() - ours).max()))
        lengths = float(np.linalg.norm(expected) * np.linalg.norm(got))
        cosine = min(cosine, float(expected @ got) / lengths)
    return {"cosine": cosine, "bands_db": farthest, "lengths": float(len(LENGTHS_S))}


def _speechlike(seconds: float, *, seed: int) -> Samples:
    """Noise under a slow envelope with a few harmonics: loud and soft parts, as speech has."""
    rng = np.random.default_rng(seed)
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tones = sum(np.sin(2 * np.pi * 140 * k * at + rng.random() * 6) / k for k in range(1, 12))
    envelope = np.clip(np.sin(2 * np.pi * 2.5 * at + rng.random() * 6), 0, 1) ** 2
    sound = 0.1 * envelope * tones + 0.002 * rng.standard_normal(at.size)
    return sound.astype(np.float32)


if __name__ == "__main__":
    main()
