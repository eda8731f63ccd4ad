"""Read and write `pack.toml`.

    pack = from_toml(path.read_text())
    path.write_text(to_toml(pack))

Reading is strict: an unknown key, a path that leaves the pack or a hash that is none is an error,
never something to skip.
"""

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import PurePosixPath
from typing import Any

from verification.packs.errors import MalformedPack
from verification.packs.manifest import (
    FORMAT,
    REQUIRED_ROLES,
    REQUIRED_THRESHOLDS,
    ArchivePin,
    Component,
    Pack,
    Piece,
    PinnedFile,
    Role,
    Threshold,
)

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
NAME_OF_PIECE = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
SHA256 = re.compile(r"[0-9a-f]{64}")
_PLAIN = {
    "adapter",
    "licence",
    "commercial",
    "library",
    "source",
    "convert_to",
    "dimension",
    "note",
}


def from_toml(text: str) -> Pack:
    """Read a pack. Raises `MalformedPack`, saying what is wrong and where."""
    try:
        document = tomllib.loads(text)
        return _pack(document)
    except MalformedPack:
        raise
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedPack(f"malformed pack: {error}") from error


def _pack(document: dict[str, Any]) -> Pack:
    _require_keys(document, {"format", "name", "title", "archives", "components"}, where="pack")
    if document.get("format") != FORMAT:
        raise MalformedPack(f"unknown pack format `{document.get('format')}`")
    name = document["name"]
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise MalformedPack(f"not a pack name: `{name}`")
    parts = [_component(Role(role), entry) for role, entry in document["components"].items()]
    pins = {key: ArchivePin(**_pin(entry)) for key, entry in document.get("archives", {}).items()}
    pack = Pack(
        name=name,
        title=str(document["title"]),
        components={part.role: part for part in parts},
        archives=pins,
    )
    _require_whole(pack)
    return pack


def _component(role: Role, entry: dict[str, Any]) -> Component:
    known = _PLAIN | {"file", "sha256", "size", "converted", "pieces", "thresholds"}
    _require_keys(entry, known, where=role)
    plain = {key: value for key, value in entry.items() if key in _PLAIN}
    if not isinstance(entry["commercial"], bool):
        raise MalformedPack(f"`{role}` does not say whether it is commercial")
    made = entry.get("converted")
    return Component(
        role=role,
        **plain,
        file=PinnedFile(path=_path(entry["file"]), **_pin(entry)) if "file" in entry else None,
        converted=PinnedFile(path=_path(made["file"]), **_pin(made)) if made else None,
        pieces={key: _piece(role, key, value) for key, value in entry.get("pieces", {}).items()},
        thresholds={
            key: _threshold(role, key, value) for key, value in entry.get("thresholds", {}).items()
        },
    )


def _piece(role: Role, name: str, entry: dict[str, Any]) -> Piece:
    _require_keys(entry, {"file", "source", "sha256", "size"}, where=f"{role}.pieces.{name}")
    source = entry["source"]
    if not isinstance(source, str) or not NAME_OF_PIECE.fullmatch(name):
        raise MalformedPack(f"not a piece of `{role}`: `{name}`")
    return Piece(file=PinnedFile(path=_path(entry["file"]), **_pin(entry)), source=source)


def _threshold(role: Role, name: str, entry: dict[str, Any]) -> Threshold:
    """A threshold whose value is a number. TOML has `nan`, which nothing is below."""
    value = entry["value"]
    if type(value) not in (int, float) or not math.isfinite(value):
        raise MalformedPack(f"`{role}` has no number as threshold `{name}`: `{value}`")
    return Threshold(**entry)


def _pin(entry: dict[str, Any]) -> dict[str, Any]:
    sha256, size = entry["sha256"], entry["size"]
    if not SHA256.fullmatch(sha256):
        raise MalformedPack(f"not a sha256: `{sha256}`")
    if type(size) is not int or size <= 0:
        raise MalformedPack(f"not a size in bytes: `{size}`")
    return {"sha256": sha256, "size": size}


def _path(text: str) -> str:
    """A relative path that stays inside the pack."""
    path = PurePosixPath(text)
    if not path.parts or path.is_absolute() or ".." in path.parts or "\\" in text:
        raise MalformedPack(f"not a path inside the pack: `{text}`")
    return str(path)


def _require_keys(entry: dict[str, Any], known: set[str], *, where: str) -> None:
    if unknown := sorted(set(entry) - known):
        raise MalformedPack(f"unknown key `{unknown[0]}` in `{where}`")


def _require_whole(pack: Pack) -> None:
    if missing := sorted(REQUIRED_ROLES - set(pack.components)):
        raise MalformedPack(f"pack `{pack.name}` has no `{missing[0]}`")
    for part in pack.components.values():
        if [part.library is None, part.file is None, not part.pieces].count(False) != 1:
            raise MalformedPack(f"`{part.role}` needs a library, a file or pieces, and one of them")
        if (part.source is None) != (part.file is None):
            raise MalformedPack(f"`{part.role}` needs a source for its file")
        if part.convert_to is not None and part.file is None:
            raise MalformedPack(f"`{part.role}` has no file to convert")
        for threshold in REQUIRED_THRESHOLDS.get(part.role, ()):
            if threshold not in part.thresholds:
                raise MalformedPack(f"`{part.role}` has no threshold `{threshold}`")
    _require_paths_once(pack)


def _require_paths_once(pack: Pack) -> None:
    """One path holds one content; components may share a file, with the same pin."""
    pins: dict[str, PinnedFile] = {}
    for file in (file for part in pack.components.values() for file in part.files):
        if pins.setdefault(file.path, file) != file:
            raise MalformedPack(f"`{file.path}` is pinned twice, and differently")


def to_toml(pack: Pack) -> str:
    """The text of `pack.toml`, which `from_toml` reads back."""
    return "\n".join(_lines(pack)) + "\n"


def _lines(pack: Pack) -> Iterator[str]:
    yield f"format = {FORMAT}"
    yield from _pairs({"name": pack.name, "title": pack.title})
    for key, pin in pack.archives.items():
        yield from ("", f"[archives.{_text(key)}]")
        yield from _pairs(_values(pin))
    for part in pack.components.values():
        yield from ("", f"[components.{part.role}]")
        yield from _pairs({key: getattr(part, key) for key in sorted(_PLAIN)})
        yield from _pinned(part.file)
        if part.converted:
            yield from ("", f"[components.{part.role}.converted]")
            yield from _pinned(part.converted)
        for name, piece in part.pieces.items():
            yield from ("", f"[components.{part.role}.pieces.{_text(name)}]")
            yield from _pinned(piece.file)
            yield from _pairs({"source": piece.source})
        for name, threshold in part.thresholds.items():
            yield from ("", f"[components.{part.role}.thresholds.{_text(name)}]")
            yield from _pairs(_values(threshold))


def _pinned(file: PinnedFile | None) -> Iterator[str]:
    if file:
        yield from _pairs({"file": file.path, "sha256": file.sha256, "size": file.size})


def _values(record: ArchivePin | Threshold) -> dict[str, object]:
    return {item.name: getattr(record, item.name) for item in fields(record)}


def _pairs(values: Mapping[str, object]) -> Iterator[str]:
    for key, value in values.items():
        if value is not None:
            yield f"{key} = {_text(value)}"


def _text(value: object) -> str:
    """JSON's strings, numbers and booleans are TOML's too, but for DEL, which no value has."""
    return json.dumps(value, ensure_ascii=False)
