"""What a yes asks in return. A caller who cannot do what an obligation says must take it for a no.

>>> mark = Obligation(kind=ObligationKind.WATERMARK)
>>> gather([(mark,), (mark,)])
(Obligation(kind=<ObligationKind.WATERMARK: 'watermark'>, text=''),)
"""

from dataclasses import dataclass
from enum import StrEnum


class ObligationKind(StrEnum):
    """What is to be done. Stable: callers execute these."""

    WATERMARK = "watermark"
    CREDIT = "credit"
    PROVENANCE_LABEL = "provenance_label"
    PREFERENCE = "preference"  # the owner's wish in words: always wears a hat
    LIMIT = "limit"  # the owner's limit in words: never shown eating
    COMPENSATION = "compensation"  # `text` refers to the agreement on it
    NOTIFY = "notify"
    USE_AS_DESCRIBED = "use_as_described"  # `text` is the description of the intended use


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Obligation:
    """One obligation. `text` is for people, or a reference, as its kind says."""

    kind: ObligationKind
    text: str = ""


def gather(sources: list[tuple[Obligation, ...]]) -> tuple[Obligation, ...]:
    """Return every obligation of the sources, each once, in a stable order."""
    if not any(sources):
        return ()
    return tuple(sorted({obligation for source in sources for obligation in source}))
