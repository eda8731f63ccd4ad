"""How a source is written, and what fetching one may raise.

>>> source = parse_source("pypi:silero_vad==6.2.3!silero_vad/data/silero_vad.onnx")
>>> source.origin, source.member
('pypi:silero_vad==6.2.3', 'silero_vad/data/silero_vad.onnx')
>>> parse_source("hf:owner/model@main/weights.onnx").kind
<Kind.HF: 'hf'>
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from verification.errors import VerificationError

PYPI = re.compile(r"pypi:(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9.!+_-]+)")
HF = re.compile(r"hf:(?P<repo>[\w.-]+/[\w.-]+)@(?P<revision>[\w.-]+)/(?P<path>[\w./-]+)")


class SourceError(VerificationError):
    """A source could not be read, or gave something else than was pinned."""

    code = "source_failed"


class MalformedSource(SourceError):
    """The text is not a source."""

    code = "source_malformed"


class Progress(Protocol):
    """Hears how far a step has come. `done` and `total` are bytes; `total` is 0 when unknown."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Take note."""


def silent(step: str, done: int, total: int) -> None:
    """Ignore progress."""


class Kind(StrEnum):
    """The kinds of source. What is `built` was made here and can be fetched from nowhere."""

    PYPI = "pypi"
    HTTPS = "https"
    HF = "hf"
    FILE = "file"
    BUILT = "built"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`origin` is what is fetched; `member` the path inside it where it is an archive."""

    kind: Kind
    origin: str
    member: str | None


def parse_source(text: str) -> Source:
    """Read `ORIGIN` or `ORIGIN!MEMBER`. Raises `MalformedSource`."""
    origin, bang, member = text.partition("!")
    kind = _kind(origin)
    if (bang and not member) or (kind is Kind.PYPI and not member):
        raise MalformedSource(f"no path inside the archive: `{text}`")
    return Source(kind=kind, origin=origin, member=member or None)


def _kind(origin: str) -> Kind:
    if PYPI.fullmatch(origin):
        return Kind.PYPI
    if HF.fullmatch(origin) and ".." not in origin:
        return Kind.HF
    if origin.startswith("https://") and len(origin) > len("https://"):
        return Kind.HTTPS
    for kind in (Kind.FILE, Kind.BUILT):
        if origin.startswith(f"{kind}:") and len(origin) > len(f"{kind}:"):
            return kind
    raise MalformedSource(f"not a `pypi:`, `https:`, `hf:`, `file:` or `built:` source: `{origin}`")
