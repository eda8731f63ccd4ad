"""ZIP archives written field by field, so that any of them can be another than it should be."""

import io
import struct
import zlib
from dataclasses import dataclass, field

STORED, DEFLATED = 0, 8


def deflated(content: bytes) -> bytes:
    """A deflate stream without anything around it."""
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packing.compress(content) + packing.flush()


@dataclass(kw_only=True)
class RawFile:
    """One file; `local` changes fields of its header, `listed` of its entry of the directory."""

    name: str
    content: bytes
    method: int = DEFLATED
    behind: bytes = b""
    """Stands behind the packed bytes, and is counted with them."""
    extra: bytes = b""
    """Stands in its header."""
    local: dict[str, int] = field(default_factory=dict)
    listed: dict[str, int] = field(default_factory=dict)

    @property
    def packed(self) -> bytes:
        """What lies between this header and the next."""
        bare = deflated(self.content) if self.method == DEFLATED else self.content
        return bare + self.behind

    def _fields(self, changed: dict[str, int]) -> tuple[int, ...]:
        fields = {
            "flags": 0,
            "method": self.method,
            "time": 0,
            "date": 33,
            "crc": zlib.crc32(self.content),
            "packed": len(self.packed),
            "size": len(self.content),
        }
        return tuple((fields | changed).values())

    def header(self) -> bytes:
        """What stands in front of it, up to its bytes."""
        numbers = struct.pack("<4H3L", *self._fields(self.local))
        lengths = struct.pack("<2H", len(self.name), len(self.extra))
        version = struct.pack("<H", 20)
        return b"PK\x03\x04" + version + numbers + lengths + self.name.encode() + self.extra

    def entry(self, offset: int) -> bytes:
        """Its entry of the directory."""
        listed = dict(self.listed)
        comment = listed.pop("comment", 0)
        numbers = struct.pack("<4H3L", *self._fields(listed))
        rest = struct.pack("<5H2L", len(self.name), 0, comment, 0, 0, 0o600 << 16, offset)
        return b"PK\x01\x02" + struct.pack("<2H", 20, 20) + numbers + rest + self.name.encode()


def raw(given: list[RawFile], /, **end: int) -> io.BytesIO:
    """The archive; `end` changes fields of what ends it, `shift` moves all offsets."""
    shift = end.pop("shift", 0)
    whole, directory = b"", b""
    for file in given:
        directory += file.entry(len(whole) + shift)
        whole += file.header() + file.packed
    fields = {
        "disk": 0,
        "disk_of_directory": 0,
        "files_here": len(given),
        "files": len(given),
        "size": len(directory),
        "start": len(whole) + shift,
        "comment": 0,
    }
    return io.BytesIO(
        whole + directory + b"PK\x05\x06" + struct.pack("<4H2LH", *(fields | end).values())
    )
