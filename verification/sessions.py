"""Open an ONNX model for inference on the CPU.

session = open_session(path, threads=1)
probabilities = session.run(None, {"input": chunk})[0]
"""

import os
from pathlib import Path
from typing import Any

from verification.errors import VerificationError


class UnreadableModel(VerificationError):
    """The file is there, but the inference library cannot load it."""

    code = "model_unreadable"


def quiet_onnxruntime() -> Any:  # noqa: ANN401 (the library has no types)
    """The module `onnxruntime`, imported so that it reports nothing to anybody.

    Its wheels for Linux upload usage events and keep a device id since 1.29, unless this variable
    is set before the import (microsoft/onnxruntime, pull request 27379).
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime


def session_options(threads: int) -> Any:  # noqa: ANN401 (the library has no types)
    """`onnxruntime.SessionOptions` for `threads` threads that do not spin while they wait."""
    options = quiet_onnxruntime().SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # one process serves many short calls: threads that spin between them would burn a core
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def open_session(path: Path, *, threads: int = 1) -> Any:  # noqa: ANN401 (the library has no types)
    """An `onnxruntime.InferenceSession` of `threads` threads. Raises `UnreadableModel`."""
    onnxruntime = quiet_onnxruntime()
    try:
        return onnxruntime.InferenceSession(
            str(path), sess_options=session_options(threads), providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the library raises a dozen types with no common base
        raise UnreadableModel(f"cannot load the model `{path}`: {error}") from error
