"""Tiny ONNX models with the tensors of the real ones: what they compute is known exactly.

They stand in for weights that may not be carried here, so that the adapters' own code runs: the
library routes, aligns, crops and transforms back just as with the real ones.
"""

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SIDE = 384
"""The detector's constant answer fits pictures that are square and reach it at this size."""
BOX = (100.0, 80.0, 260.0, 300.0)
FIVE = np.array([(145, 165), (215, 165), (180, 210), (152, 250), (208, 250)], np.float32)
STRIDES = (8, 16, 32)


def write(
    path: Path,
    nodes: list[onnx.NodeProto],
    *,
    taken: list[onnx.ValueInfoProto],
    given: list[onnx.ValueInfoProto],
    **constants: NDArray[np.float32] | NDArray[np.int64],
) -> Path:
    """A model of `nodes` with the inputs `taken`, the outputs `given`, and constants by name."""
    named = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, path.stem, taken, given, named)
    opset = helper.make_opsetid("", 13)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), str(path))
    return path


def tensor(name: str, shape: list[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def detector(path: Path) -> Path:
    """An SCRFD that finds the one face `BOX` with `FIVE` in any square picture."""
    constants: dict[str, NDArray[np.float32]] = {}
    for stride in STRIDES:
        anchors = (SIDE // stride) ** 2 * 2
        constants[f"s{stride}"] = np.zeros((anchors, 1), np.float32)
        constants[f"b{stride}"] = np.zeros((anchors, 4), np.float32)
        constants[f"k{stride}"] = np.zeros((anchors, 10), np.float32)
    column, row = 11, 12
    anchor = (row * (SIDE // 16) + column) * 2
    centre = np.array([column, row], np.float32) * 16
    constants["s16"][anchor] = 0.9
    left, top, right, bottom = BOX
    away = (centre[0] - left, centre[1] - top, right - centre[0], bottom - centre[1])
    constants["b16"][anchor] = np.array(away, np.float32) / 16
    constants["k16"][anchor] = (FIVE - centre).ravel() / 16
    names = [f"{kind}{stride}" for kind in "sbk" for stride in STRIDES]
    nodes = [helper.make_node("ReduceMean", ["input"], ["mean"], keepdims=0)]
    nodes += [helper.make_node("Mul", ["mean", "zero"], ["nothing"])]
    nodes += [helper.make_node("Add", [name, "nothing"], [f"{name}_out"]) for name in names]
    return write(
        path,
        nodes,
        taken=[tensor("input", [1, 3, "?", "?"])],
        given=[tensor(f"{name}_out", list(constants[name].shape)) for name in names],
        zero=np.zeros((), np.float32),
        **constants,
    )


def landmarks(path: Path, points: NDArray[np.float32]) -> Path:
    """A `landmark_3d_68` whose last 68 of 1,103 points are `points`, in -1 to 1 of its crop."""
    every = np.zeros((1_103, 3), np.float32)
    every[-68:] = points
    return constant(path, 192, every.reshape(1, -1))


def sparse_landmarks(path: Path) -> Path:
    """A `landmark_2d_106`, which nothing here uses."""
    return constant(path, 192, np.zeros((1, 212), np.float32))


def recognizer(path: Path, dimension: int = 16) -> Path:
    """A recognizer whose embedding is always the same."""
    return constant(path, 112, np.arange(1, dimension + 1, dtype=np.float32)[None])


def constant(path: Path, side: int, answer: NDArray[np.float32]) -> Path:
    """A model of square pictures of `side` that always answers `answer`."""
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["answer", "nothing"], ["output"]),
    ]
    return write(
        path,
        nodes,
        taken=[tensor("input", [1, 3, side, side])],
        given=[tensor("output", list(answer.shape))],
        answer=answer,
        zero=np.zeros((), np.float32),
    )


def minifasnet(path: Path, *, channel: int = 0) -> Path:
    """A MiniFASNet that takes a face for living where `channel` of its input is bright."""
    weights = np.zeros((3, 3), np.float32)
    weights[channel, 1] = 8 / 255
    nodes = [
        helper.make_node("GlobalAveragePool", ["input"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["weighed"]),
        helper.make_node("Add", ["weighed", "bias"], ["output"]),
    ]
    return write(
        path,
        nodes,
        taken=[tensor("input", ["batch", 3, 80, 80])],
        given=[tensor("output", ["batch", 3])],
        weights=weights,
        bias=np.array([0, -4, -20], np.float32),
    )


def liveness(path: Path) -> Path:
    """InsightFace's add-on: the live score is the mean of the red channel, 0 to 1."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["input"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("MatMul", ["flat", "red"], ["weighed"]),
        helper.make_node("Reshape", ["weighed", "line"], ["output"]),
    ]
    return write(
        path,
        nodes,
        taken=[tensor("input", ["batch", 3, 80, 80])],
        given=[tensor("output", ["batch"])],
        red=np.array([[1], [0], [0]], np.float32),
        line=np.array([-1], np.int64),
    )
