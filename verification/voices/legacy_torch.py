"""Read the tensors of a legacy (pre-zip) torch checkpoint without torch and without trusting it.

Such a file is four pickles (magic, protocol, system, objects), the list of storage keys as a
fifth, and the storages as raw little-endian bytes. A general unpickler would run whatever the
file asks for; this one knows the three names that a checkpoint of float tensors needs, gives
them inert meanings, and refuses everything else.

    tensors = read_tensors(path.read_bytes(), under="model_state")

>>> read_tensors(b"not a checkpoint", under="model_state")
Traceback (most recent call last):
    ...
verification.voices.legacy_torch.RefusedCheckpoint: not a legacy torch checkpoint: no magic number
"""

import io
import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verification.errors import VerificationError

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
LARGEST_BYTES = 256 * 1024 * 1024
FLOAT_BYTES = 4

Tensors = dict[str, NDArray[np.float32]]

_BROKEN = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    MemoryError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)


class RefusedCheckpoint(VerificationError):
    """The file is not a checkpoint of plain float tensors, or asks for more than that."""

    code = "checkpoint_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Storage:
    """A named run of floats, whose bytes follow the pickles."""

    key: str
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """A tensor as the file describes it: a strided window on a storage. Counts are in floats."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


_FLOAT_STORAGE = object()  # stands for the type; calling it fails, which is the point


def _view(storage: object, offset: object, shape: object, stride: object, *_: object) -> _View:
    counts = (offset, *_tuple(shape), *_tuple(stride))
    if not isinstance(storage, _Storage) or not all(type(n) is int and n >= 0 for n in counts):
        raise RefusedCheckpoint("a tensor is described by something other than counts")
    return _View(storage=storage, offset=counts[0], shape=_tuple(shape), stride=_tuple(stride))


def _tuple(value: object) -> tuple[Any, ...]:
    if not isinstance(value, tuple):
        raise RefusedCheckpoint("a tensor's shape is not a tuple")
    return value


_KNOWN: dict[tuple[str, str], object] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _view,
    ("torch", "FloatStorage"): _FLOAT_STORAGE,
}


class _Objects(pickle.Unpickler):
    """The pickle machine with three names and no others."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:  # noqa: ANN401 (its type)
        try:
            return _KNOWN[module_name, global_name]
        except KeyError:
            raise RefusedCheckpoint(f"asks for `{module_name}.{global_name}`") from None

    def persistent_load(self, pid: Any, /) -> _Storage:  # noqa: ANN401 (whatever the file says)
        match pid:
            case ("storage", kind, str(key), str(), int(length), None) if kind is _FLOAT_STORAGE:
                return _Storage(key=key, length=length)
        raise RefusedCheckpoint("a storage is not one of plain floats")


class _Plain(pickle.Unpickler):
    """The pickle machine with no names at all."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:  # noqa: ANN401 (its type)
        raise RefusedCheckpoint(f"asks for `{module_name}.{global_name}`")


def read_tensors(content: bytes, *, under: str) -> Tensors:
    """The float tensors named in the mapping `under` of a legacy checkpoint.

    Raises `RefusedCheckpoint` for anything malformed, truncated, larger than `LARGEST_BYTES`, or
    that names anything but float tensors.
    """
    if len(content) > LARGEST_BYTES:
        raise RefusedCheckpoint(f"larger than {LARGEST_BYTES} bytes")
    stream = io.BytesIO(content)
    _require_header(stream)
    document = _load(_Objects, stream)
    keys = _load(_Plain, stream)
    views = document.get(under) if isinstance(document, dict) else None
    if not isinstance(views, dict) or not isinstance(keys, list):
        raise RefusedCheckpoint(f"holds no mapping `{under}`")
    storages = _read_storages(stream, keys)
    return {str(name): _tensor(view, storages) for name, view in views.items()}


def _load(machine: Callable[[io.BytesIO], pickle.Unpickler], stream: io.BytesIO) -> Any:  # noqa: ANN401
    try:
        return machine(stream).load()
    except RefusedCheckpoint:
        raise
    except _BROKEN as error:
        raise RefusedCheckpoint(f"malformed pickle: {type(error).__name__}") from error


def _require_header(stream: io.BytesIO) -> None:
    try:
        magic = _load(_Plain, stream)
    except RefusedCheckpoint as error:
        raise RefusedCheckpoint("not a legacy torch checkpoint: no magic number") from error
    if magic != MAGIC or _load(_Plain, stream) != PROTOCOL:
        raise RefusedCheckpoint("not a legacy torch checkpoint: wrong magic number or protocol")
    system = _load(_Plain, stream)
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise RefusedCheckpoint("not written by a little-endian machine")


def _read_storages(stream: io.BytesIO, keys: list[object]) -> dict[str, NDArray[np.float32]]:
    storages: dict[str, NDArray[np.float32]] = {}
    for key in keys:
        head = stream.read(8)
        length = struct.unpack("<q", head)[0] if len(head) == 8 else -1
        if not isinstance(key, str) or not 0 <= length * FLOAT_BYTES <= LARGEST_BYTES:
            raise RefusedCheckpoint("truncated between storages")
        body = stream.read(length * FLOAT_BYTES)
        if len(body) != length * FLOAT_BYTES:
            raise RefusedCheckpoint(f"storage `{key}` is truncated")
        storages[key] = np.frombuffer(body, dtype="<f4").astype(np.float32, copy=False)
    return storages


def _tensor(view: object, storages: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    if not isinstance(view, _View) or view.storage.key not in storages:
        raise RefusedCheckpoint("a tensor rests on a storage that is not there")
    floats = storages[view.storage.key]
    if len(view.shape) != len(view.stride) or 0 in view.shape:
        raise RefusedCheckpoint("a tensor's shape and stride do not agree")
    last = view.offset + sum((n - 1) * s for n, s in zip(view.shape, view.stride, strict=True))
    if last >= floats.size or int(np.prod(view.shape, dtype=object)) > floats.size:
        raise RefusedCheckpoint("a tensor reaches beyond its storage")
    strides = tuple(step * FLOAT_BYTES for step in view.stride)
    window = np.lib.stride_tricks.as_strided(floats[view.offset :], view.shape, strides)
    return np.array(window, dtype=np.float32)
