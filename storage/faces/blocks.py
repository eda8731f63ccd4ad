"""Many vectors of one model in one byte a component, scanned for what may be alike enough.

A row is kept as `scale * (code - 128)`. What rounding took is known, so whatever could reach the
wanted similarity is among those that `near` names: exact comparison of these few does the rest.

    >>> rows = CodedRows(2)
    >>> rows.put("cam_1", np.array([1.0, 0.0], np.float32))
    >>> rows.near(np.array([1.0, 0.0], np.float32), at_least=0.9)
    ['cam_1']

A million rows of 512 take 520 MB and are read once a query. The product of bytes is onnxruntime's
`MatMulInteger`, on one thread: no other library that is installed multiplies bytes.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.faces.exact import Vector

ROWS = 16_384
"""Rows of a block: with 512 components 8 MB, allocated at once."""
ZERO = 128
"""The code of a component that is 0."""
STEPS = 127
"""The largest code on either side of it."""
ALL = np.arange(ROWS)


class _Block:
    """Up to `ROWS` rows, n x d. `slack` bounds what rounding took of any of them, as a length."""

    def __init__(self, dimension: int) -> None:
        self.codes: NDArray[np.uint8] = np.full((ROWS, dimension), ZERO, np.uint8)
        self.scales: Vector = np.zeros(ROWS, np.float32)
        self.slack = 0.0


class CodedRows:
    """Rows by subject, each subject once. Vectors are of unit length."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._blocks: list[_Block] = []
        self._subjects: list[str | None] = []
        self._place: dict[str, int] = {}
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._place)

    def put(self, subject: str, vector: Vector) -> None:
        """Add or replace the row of `subject`."""
        self.remove(subject)
        at = self._free.pop() if self._free else self._new_place()
        block, row = self._blocks[at // ROWS], at % ROWS
        codes, scale = coded(vector)
        block.codes[row] = codes.astype(np.int16) + ZERO
        block.scales[row] = scale
        lost = float(np.linalg.norm(vector - codes.astype(np.float32) * scale))
        block.slack = max(block.slack, lost)
        self._subjects[at], self._place[subject] = subject, at

    def remove(self, subject: str) -> None:
        """Overwrite the row of `subject`, if there is one."""
        at = self._place.pop(subject, None)
        if at is None:
            return
        block, row = self._blocks[at // ROWS], at % ROWS
        block.codes[row], block.scales[row] = ZERO, 0.0
        self._subjects[at] = None
        self._free.append(at)

    def near(self, probe: Vector, *, at_least: float) -> list[str]:
        """The subjects that may have a similarity of `at_least`: none that has is left out."""
        codes, scale = coded(probe)
        rounded = codes.astype(np.float32) * scale
        # |x.q - x'.q'| <= |x - x'| |q| + |x'| |q - q'|, and |x'| <= 1 + |x - x'|
        lost = float(np.linalg.norm(probe - rounded))
        found = []
        for number, block in enumerate(self._blocks):
            products = _product(block.codes, codes[:, None])[:, 0]
            bound = at_least - (block.slack + (1.0 + block.slack) * lost) - 1e-5
            # whole numbers first: no row of the block has a greater scale
            most = float(block.scales.max()) * float(scale)
            hits = np.flatnonzero(products >= np.floor(bound / most)) if bound > 0 < most else ALL
            hits = hits[products[hits] * (block.scales[hits].astype(np.float64) * scale) >= bound]
            found += [self._subjects[number * ROWS + int(row)] for row in hits]
        return [subject for subject in found if subject is not None]

    def _new_place(self) -> int:
        at = len(self._subjects)
        if at == len(self._blocks) * ROWS:
            self._blocks.append(_Block(self._dimension))
        self._subjects.append(None)
        return at


def coded(vector: Vector) -> tuple[NDArray[np.int8], np.float32]:
    """Whole numbers from -127 to 127, one a component, and what 1 stands for."""
    scale = np.float32(max(float(np.abs(vector).max()), 1e-12) / STEPS)
    return np.rint(vector / scale).astype(np.int8), scale


def _product(codes: NDArray[np.uint8], probe: NDArray[np.int8]) -> NDArray[np.int32]:
    """(codes - 128) @ probe, exact in 32 bits: n x d by d x 1 to n x 1."""
    given = {"rows": codes, "probe": np.ascontiguousarray(probe)}
    return np.asarray(_session().run(None, given)[0], np.int32)


@cache
def _session() -> Any:  # noqa: ANN401 (untyped library)
    import onnxruntime
    from onnx import TensorProto, helper

    inputs = [
        helper.make_tensor_value_info("rows", TensorProto.UINT8, ["n", "d"]),
        helper.make_tensor_value_info("probe", TensorProto.INT8, ["d", 1]),
    ]
    output = helper.make_tensor_value_info("product", TensorProto.INT32, ["n", 1])
    zero = helper.make_tensor("zero", TensorProto.UINT8, [], [ZERO])
    node = helper.make_node("MatMulInteger", ["rows", "probe", "zero"], ["product"])
    graph = helper.make_graph([node], "scan", inputs, [output], [zero])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
