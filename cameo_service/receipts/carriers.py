"""Pictures without the C2PA manifest that was written into them: the bytes from before.

JPEG carries it in APP11 segments (ISO/IEC 19566-5), PNG in chunks `caBX` (C2PA 2.x, A.3.2).

    >>> without_manifest(b"%PDF-1.7") is None
    True
"""

LARGEST_CARRIER = 256 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_APP11, _SCAN = 0xEB, 0xDA


def without_manifest(content: bytes) -> bytes | None:
    """The file without its manifest; None for another format, or one that breaks off."""
    if content.startswith(_PNG):
        return _png(content)
    if content.startswith(_JPEG):
        return _jpeg(content)
    return None


def _png(content: bytes) -> bytes | None:
    kept, at = [content[: len(_PNG)]], len(_PNG)
    while at < len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4])
        if end > len(content):
            return None
        if content[at + 4 : at + 8] != b"caBX":
            kept.append(content[at:end])
        at = end
    return b"".join(kept)


def _jpeg(content: bytes) -> bytes | None:
    kept, at = [content[:2]], 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, end = content[at + 1], at + 2 + int.from_bytes(content[at + 2 : at + 4])
        if marker == _SCAN:
            return b"".join([*kept, content[at:]])
        if end > len(content):
            return None
        if not (marker == _APP11 and content[at + 4 : at + 6] == b"JP"):
            kept.append(content[at:end])
        at = end
    return None
