"""Which container a file is, told from its bytes alone: never from its name or a claim.

FFmpeg is told the one format to read and never probes: a playlist, a session description or a
`concat` script is then no recording at all, whatever it says about itself.

    >>> import io
    >>> sniff(io.BytesIO(b"ffconcat version 1.0")) is None
    True
    >>> sniff(io.BytesIO(bytes.fromhex("1a45dfa3") + bytes(20)))
    <Container.MATROSKA: 'matroska'>
"""

import os
import struct
from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO

EBML = bytes.fromhex("1a45dfa3")
MOST_BOXES = 100_000
DATA_REFERENCE = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref")


class Container(StrEnum):
    """An allowed container; the value is FFmpeg's name for its demuxer."""

    MATROSKA = "matroska"
    MP4 = "mp4"


def sniff(file: BinaryIO) -> Container | None:
    """The container of `file` by its first bytes, or None for anything that is not allowed."""
    file.seek(0)
    head = file.read(12)
    if head.startswith(EBML):
        return Container.MATROSKA
    if len(head) == 12 and head[4:8] == b"ftyp":
        return Container.MP4
    return None


def mp4_is_whole(file: BinaryIO) -> bool:
    """Whether every top-level box ends within the file and one of them is the index, `moov`.

    ISO/IEC 14496-12, 4.2: size and type, 32 bits each; size 1 is followed by a 64-bit size, and
    size 0 reaches to the end of the file.
    """
    end = file.seek(0, os.SEEK_END)
    at, indexed = 0, False
    for _ in range(MOST_BOXES):
        if at == end:
            return indexed
        size, kind, header = _box_at(file, at, end)
        if size < header or at + size > end:
            return False
        indexed = indexed or kind == b"moov"
        at += size
    return False


def mp4_points_elsewhere(file: BinaryIO) -> bool:
    """Whether a track's media lie in another file or at an address.

    A data reference (ISO/IEC 14496-12, 8.7.2) is self-contained only with the lowest flag set.
    """
    end = file.seek(0, os.SEEK_END)
    return any(
        not flags & 1
        for inside in _boxes_under(file, (0, end), DATA_REFERENCE)
        for flags in _reference_flags(file, inside)
    )


def _boxes_under(
    file: BinaryIO, span: tuple[int, int], path: tuple[bytes, ...]
) -> Iterator[tuple[int, int]]:
    """Where the contents of every box begin and end that `path` of types leads to."""
    at, end = span
    for _ in range(MOST_BOXES):
        size, kind, header = _box_at(file, at, end)
        if size < header or at + size > end:
            return
        inside = (at + header, at + size)
        if kind == path[0] and len(path) == 1:
            yield inside
        elif kind == path[0]:
            yield from _boxes_under(file, inside, path[1:])
        at += size


def _reference_flags(file: BinaryIO, span: tuple[int, int]) -> Iterator[int]:
    """The flags of each entry of a `dref` box, whose contents start with version and count."""
    entry, end = span[0] + 8, span[1]
    while entry + 12 <= end:
        length, _, header = _box_at(file, entry, end)
        file.seek(entry + header)
        flags = file.read(4)
        # an entry that ends before its flags points nowhere we know
        yield struct.unpack(">I", flags)[0] & 0xFFFFFF if len(flags) == 4 else 0
        if length < header + 4:
            return
        entry += length


def _box_at(file: BinaryIO, at: int, end: int) -> tuple[int, bytes, int]:
    """Size, type and header's size of the box at `at`; a size of 0 without a whole header."""
    file.seek(at)
    head = file.read(16)
    if len(head) < 8:
        return 0, b"", 8
    size, kind = struct.unpack(">I4s", head[:8])
    if size == 1:
        return (struct.unpack(">Q", head[8:16])[0] if len(head) == 16 else 0), kind, 16
    return (end - at if size == 0 else size), kind, 8
