"""How an archive that somebody else made lies in its bytes: as the service writes it, or refused.

Programs that unfold ZIP archives differ in what they take from them: some read the directory at the
end, some the header in front of each file, some names in extra fields. The service writes one thing
in all of these places and nothing else, and what differs is refused.

    with zipfile.ZipFile(stream) as archive:
        require_plain(archive, stream)

Source: PKWARE's APPNOTE.TXT 6.3.10: 4.3.7 (local headers), 4.3.12 (directory), 4.3.14 to 4.3.16
(its end).
"""

import re
import stat
import struct
import zipfile
from typing import IO

from cameo_service.offline.errors import NotProven

MOST_FILES = 1_000_000
LARGEST = 2_000_000_000
"""Bytes that an archive unfolds to at most: twice what a service writes, unless it is set to write
more."""

_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_.~+@-]*[A-Za-z0-9_])?"
_PATH = re.compile(f"{_NAME}(?:/{_NAME})*")
_LOCAL = struct.Struct("<4s5H3L2H")
_LISTED, _LENGTHS_AT = 46, 28
"""Bytes of an entry of the directory before its name, and where in them the lengths of its name,
extra field and comment stand."""
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_IN_EXTRA, _COUNT_IN_EXTRA = 0xFFFFFFFF, 0xFFFF
"""What stands in place of a number that is in the field, or the record, of 64 bits."""
_MOST_IN_32 = (1 << 31) - 1
"""The largest number that the service writes into a field of 32 bits."""


class ArchiveNotProven(NotProven):
    """The archive does not hold. `path` names the file in it that is wrong."""

    def __init__(self, code: str, message: str, *, path: str) -> None:
        super().__init__(code, f"`{path}`: {message}")
        self.path = path


def require_plain(archive: zipfile.ZipFile, stream: IO[bytes], *, largest: int = LARGEST) -> None:
    """Raise `ArchiveNotProven`: `archive_malformed`, unless every reader finds the same files.

    They are regular ones, each listed once under a name that stays below the folder that it is
    unfolded in, and lie one behind the other from the first byte to the directory, which ends the
    archive. What stands in front of each is what the directory says of it. `archive_too_large`,
    where they say that they unfold to more than `largest` bytes together.
    """
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise malformed("archive", f"more than {MOST_FILES} files")
    if sum(entry.file_size for entry in entries) > largest:
        raise ArchiveNotProven(
            "archive_too_large", f"it unfolds to more than {largest} bytes", path="archive"
        )
    _require_names([entry.orig_filename for entry in entries])
    for entry in entries:
        _require_regular(entry)
    _require_end(len(entries), _end_of_directory(archive, stream), archive.start_dir, stream)
    _require_gapless(archive, stream)


def content_at(entry: zipfile.ZipInfo, stream: IO[bytes]) -> int:
    """Where the bytes of the file begin, in an archive that is plain."""
    stream.seek(entry.header_offset)
    *_, name, extra = _LOCAL.unpack(stream.read(_LOCAL.size))
    return int(entry.header_offset + _LOCAL.size + name + extra)


def malformed(path: str, message: str) -> ArchiveNotProven:
    """What to raise where the archive is none that the service writes."""
    return ArchiveNotProven("archive_malformed", message, path=path)


def _require_names(names: list[str]) -> None:
    seen = set[str]()
    for name in names:
        shown = ascii(name[:200])[1:-1]
        if not _PATH.fullmatch(name):
            raise malformed(shown, "not a name that a file of an archive has")
        # where case does not count, one would overwrite the other
        if name.lower() in seen:
            raise malformed(shown, "its name stands twice")
        seen.add(name.lower())


def _require_regular(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or entry.external_attr & stat.FILE_ATTRIBUTE_DIRECTORY:
        raise malformed(entry.filename, "not a regular file")
    packing = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    # any flag at all: encrypted, patched, described behind its bytes, named in UTF-8
    if entry.flag_bits or entry.volume or entry.compress_type not in packing:
        raise malformed(entry.filename, "written in another way than the service writes")
    if entry.compress_type == zipfile.ZIP_STORED and entry.compress_size != entry.file_size:
        raise malformed(entry.filename, "it is stored, and said to have two sizes")
    if entry.extra != _listed_extra(entry):
        raise malformed(entry.filename, "it has an extra field, which may give it another name")


def _listed_extra(entry: zipfile.ZipInfo) -> bytes:
    numbers = []
    if max(entry.file_size, entry.compress_size) > _MOST_IN_32:
        numbers += [entry.file_size, entry.compress_size]
    if entry.header_offset > _MOST_IN_32:
        numbers.append(entry.header_offset)
    return _of_64_bits(*numbers) if numbers else b""


def _of_64_bits(*numbers: int) -> bytes:
    """The one extra field that is needed (4.5.3)."""
    return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def _end_of_directory(archive: zipfile.ZipFile, stream: IO[bytes]) -> int:
    """Where the directory ends: its entries lie one behind the other, with nothing but their names
    and extra fields."""
    at = archive.start_dir
    for entry in archive.infolist():
        stream.seek(at)
        listed = stream.read(_LISTED)[_LENGTHS_AT : _LENGTHS_AT + 6]
        lengths = struct.pack("<3H", len(entry.orig_filename), len(entry.extra), 0)
        if listed != lengths:
            raise malformed(entry.filename, "written in another way than the service writes")
        at += _LISTED + len(entry.orig_filename) + len(entry.extra)
    return at


def _require_end(count: int, end: int, start: int, stream: IO[bytes]) -> None:
    """Behind the directory stands what says where it is, and how many files it lists; no more."""
    size, wide = end - start, b""
    if count > _COUNT_IN_EXTRA or max(start, size) > _MOST_IN_32:
        wide = _END64.pack(b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
        wide += _LOCATOR.pack(b"PK\x06\x07", 0, end, 1)
    counted = min(count, _COUNT_IN_EXTRA)
    expected = wide + _END.pack(
        b"PK\x05\x06", 0, 0, counted, counted, min(size, _IN_EXTRA), min(start, _IN_EXTRA), 0
    )
    stream.seek(end)
    if stream.read(len(expected) + 1) != expected:
        raise malformed("archive", "it does not end as the service ends it, with as many files")


def _require_gapless(archive: zipfile.ZipFile, stream: IO[bytes]) -> None:
    """Nothing lies before, between or behind the files, nor one within another."""
    end = 0
    for entry in sorted(archive.infolist(), key=lambda each: each.header_offset):
        if entry.header_offset != end:
            raise malformed(entry.filename, "it does not lie directly behind the file before it")
        end = _end_of_header(entry, stream) + entry.compress_size
    if end != archive.start_dir:
        raise malformed("archive", "something lies between its files and its directory")


def _end_of_header(entry: zipfile.ZipInfo, stream: IO[bytes]) -> int:
    """Where the header in front of the file ends, which says what the directory says."""
    stream.seek(entry.header_offset)
    header = stream.read(_LOCAL.size)
    if len(header) < _LOCAL.size:
        raise malformed(entry.filename, "it does not lie where the directory says")
    mark, _, flags, method, _, _, crc, packed, size, name, extra = _LOCAL.unpack(header)
    written = stream.read(name + extra)
    expected = (b"PK\x03\x04", entry.flag_bits, entry.compress_type, entry.CRC)
    if (mark, flags, method, crc) != expected or written[:name] != entry.orig_filename.encode():
        raise malformed(entry.filename, "in front of it stands something else than is listed")
    wide = written[name:]
    if wide not in (b"", _of_64_bits(entry.file_size, entry.compress_size)):
        raise malformed(entry.filename, "it has an extra field, which may give it another name")
    # the service does not know the sizes beforehand, and leaves room for 64 bits
    in_extra = bool(wide) and (packed, size) == (_IN_EXTRA, _IN_EXTRA)
    if not in_extra and (packed, size) != (entry.compress_size, entry.file_size):
        raise malformed(entry.filename, "in front of it stand other sizes than are listed")
    return int(entry.header_offset + _LOCAL.size + name + extra)
