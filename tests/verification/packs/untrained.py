"""Run in the export environment: SpeechBrain's real architecture with random weights.

    python untrained.py DIR

Writes the files that the trained models have, so that the whole path can be walked where the hub
is out of reach. What they embed means nothing; that it is the same in ONNX does.
"""

import sys
from pathlib import Path
from typing import Any

Module = Any
"""What torch calls a module; it is not installed where types are checked."""

WORDS = (
    *("right", "eight", "cat", "tree", "bed", "happy", "go", "dog", "no", "wow", "nine", "left"),
    *("stop", "three", "sheila", "one", "bird", "zero", "seven", "up", "visual", "marvin", "two"),
    *("house", "down", "six", "yes", "on", "five", "forward", "off", "four", "learn", "backward"),
    "follow",
)


def main() -> None:
    """Write the checkpoints of both models, the same ones for the same versions."""
    import torch
    from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN
    from speechbrain.lobes.models.Xvector import Classifier, Xvector

    torch.manual_seed(7)
    folder = Path(sys.argv[1])
    (folder / "commands").mkdir(parents=True)
    encoder = ECAPA_TDNN(80, channels=[1024, 1024, 1024, 1024, 3072], lin_neurons=192)
    torch.save(_lively(encoder).state_dict(), folder / "embedding_model.ckpt")
    words = Xvector(in_channels=24, activation=torch.nn.LeakyReLU)
    torch.save(_lively(words).state_dict(), folder / "commands" / "embedding_model.ckpt")
    classifier = Classifier(
        [None, None, 512],
        activation=torch.nn.LeakyReLU,
        lin_blocks=1,
        lin_neurons=512,
        out_neurons=len(WORDS),
    )
    torch.save(_lively(classifier).state_dict(), folder / "commands" / "classifier.ckpt")
    labels = "\n".join(f"'{word}' => {index}" for index, word in enumerate(WORDS))
    (folder / "commands" / "label_encoder.txt").write_text(labels)


def _lively(module: Module) -> Module:
    """With running means and variances as if it had been trained: zero and one hide mistakes."""
    for name, buffer in module.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0.0, 0.5)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 2.0)
    return module


if __name__ == "__main__":
    main()
