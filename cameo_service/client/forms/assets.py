"""The files that came of a use.

>>> Asset(sha256="0" * 64, media_type="video/mp4").media_type
'video/mp4'
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file, by its digest: SHA-256 in hex."""

    sha256: str
    media_type: str
