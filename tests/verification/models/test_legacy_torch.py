"""The restricted checkpoint reader against files that want more than it gives."""

import collections
import io
import pickle
import struct
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from verification.voices import legacy_torch
from verification.voices.legacy_torch import RefusedCheckpoint, read_tensors


class Storage:
    def __init__(self, key: str, values: list[float]) -> None:
        self.key, self.values = key, values


class Tensor:
    """Pickles as torch's tensors do."""

    def __init__(self, storage: Storage, *window: object) -> None:
        self.parts: tuple[Any, ...] = (storage, *window, False, collections.OrderedDict())

    def __reduce__(self) -> tuple[Any, ...]:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.parts


class Writer(pickle.Pickler):
    def persistent_id(self, obj: object) -> tuple[object, ...] | None:
        if isinstance(obj, Storage):
            kind = sys.modules["torch"].FloatStorage
            return ("storage", kind, obj.key, "cpu", len(obj.values), None)
        return None


@pytest.fixture(autouse=True)
def torch_in_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules of torch's names, so that pickle can write what torch writes."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    class FloatStorage: ...

    class HalfStorage: ...

    def _rebuild_tensor_v2(*parts: object) -> None: ...

    for module, item in (
        (torch, FloatStorage),
        (torch, HalfStorage),
        (utils, _rebuild_tensor_v2),
    ):
        item.__module__, item.__qualname__ = module.__name__, item.__name__
        setattr(module, item.__name__, item)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)


def checkpoint(document: object, storages: list[Storage], **changed: object) -> bytes:
    out = io.BytesIO()
    system = {"protocol_version": 1001, "little_endian": changed.get("little_endian", True)}
    for part in (changed.get("magic", legacy_torch.MAGIC), legacy_torch.PROTOCOL, system):
        pickle.dump(part, out, protocol=2)
    Writer(out, protocol=2).dump(document)
    pickle.dump([storage.key for storage in storages], out, protocol=2)
    for storage in storages:
        out.write(struct.pack("<q", changed.get("length", len(storage.values))))
        out.write(np.array(storage.values, dtype="<f4").tobytes())
    return out.getvalue()


SIX = Storage("k", [1, 2, 3, 4, 5, 6])


def test_views_of_one_storage_are_read_with_their_strides() -> None:
    named = {"model": {"a": Tensor(SIX, 0, (2, 3), (3, 1)), "b": Tensor(SIX, 2, (2, 2), (1, 2))}}
    read = read_tensors(checkpoint(named, [SIX]), under="model")
    assert read["a"].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert read["b"].tolist() == [[3, 5], [4, 6]]


class Bomb:
    def __init__(self, action: Callable[..., Any], *arguments: object) -> None:
        self.action, self.arguments = action, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.action, self.arguments


def test_no_code_runs(tmp_path: Path) -> None:
    import os

    spoiled = tmp_path / "spoiled"
    bombs: list[Any] = [
        Bomb(os.mkdir, str(spoiled)),
        Bomb(eval, f"__import__('os').mkdir({str(spoiled)!r})"),
        Bomb(getattr, "a", "upper"),
    ]
    for bomb in bombs:
        with pytest.raises(RefusedCheckpoint, match="asks for"):
            read_tensors(checkpoint({"model": bomb}, []), under="model")
    assert not spoiled.exists()


@pytest.mark.parametrize(
    "tensor",
    [
        Tensor(SIX, 1, (2, 3), (3, 1)),
        Tensor(SIX, 0, (7,), (1,)),
        Tensor(SIX, 0, (2**40, 2**40), (0, 0)),
        Tensor(SIX, -1, (2,), (1,)),
        Tensor(SIX, 0, (2,), (-1,)),
        Tensor(SIX, 0, (2,), (1, 1)),
        Tensor(SIX, 0, (0,), (1,)),
        Tensor(SIX, 0, [2], (1,)),
        Tensor(SIX, 0.5, (2,), (1,)),
        Tensor(SIX, 0, (True,), (1,)),
        Tensor(Storage("elsewhere", [1]), 0, (1,), (1,)),
    ],
)
def test_a_tensor_outside_its_storage_is_refused(tensor: Tensor) -> None:
    with pytest.raises(RefusedCheckpoint):
        read_tensors(checkpoint({"model": {"t": tensor}}, [SIX]), under="model")


def test_headers_that_are_none_are_refused() -> None:
    good: dict[str, object] = {"model": {}}
    for wrong in ({"magic": 7}, {"little_endian": False}):
        with pytest.raises(RefusedCheckpoint):
            read_tensors(checkpoint(good, [], **wrong), under="model")
    for wrong_content in (b"", b"PK\x03\x04", b"\x80\x02."):
        with pytest.raises(RefusedCheckpoint):
            read_tensors(wrong_content, under="model")
    with pytest.raises(RefusedCheckpoint, match="no mapping"):
        read_tensors(checkpoint(good, []), under="other")


@pytest.mark.parametrize("length", [-1, 7, 2**40, 2**62])
def test_a_storage_of_a_false_length_is_refused(length: int) -> None:
    document = {"model": {"t": Tensor(SIX, 0, (2,), (1,))}}
    with pytest.raises(RefusedCheckpoint):
        read_tensors(checkpoint(document, [SIX], length=length), under="model")


def test_every_truncation_is_refused() -> None:
    whole = checkpoint({"model": {"t": Tensor(SIX, 0, (6,), (1,))}}, [SIX])
    assert read_tensors(whole, under="model")["t"].tolist() == [1, 2, 3, 4, 5, 6]
    for end in range(len(whole)):
        with pytest.raises(RefusedCheckpoint):
            read_tensors(whole[:end], under="model")
