"""A part of a hierarchy: what is included, less what is excluded. The empty scope covers nothing.

>>> worldwide_except_france = Scope(included=frozenset({"*"}), excluded=frozenset({"FR"}))
>>> worldwide_except_france.covers("DE"), worldwide_except_france.covers("FR")
(True, False)
"""

from dataclasses import dataclass, field

from permissions.taxonomy import EVERYTHING, lineage


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Codes that are in with all below them, and codes that are out with all below them.

    A code of which only a part is excluded is not covered: a licence for the world except `US-CA`
    does not cover the United States.
    """

    included: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    _above_excluded: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_above_excluded", above(self.excluded))

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return EVERYTHING in self.included and not self.excluded

    def covers(self, code: str) -> bool:
        """Whether the whole of `code` lies in this scope."""
        line = lineage(code)
        return (
            not self.included.isdisjoint(line)
            and self.excluded.isdisjoint(line)
            and code not in self._above_excluded
        )

    def covers_each(self, codes: frozenset[str]) -> bool:
        """Whether every one of `codes` lies in this scope; no codes at all do."""
        return all(self.covers(code) for code in codes)

    def is_within(self, other: "Scope") -> bool:
        """Whether `other` covers everything that this scope covers."""
        return all(self._is_part_within(part, other) for part in self.included)

    def _is_part_within(self, part: str, other: "Scope") -> bool:
        line = lineage(part)
        if other.included.isdisjoint(line):
            return False
        for gap in other.excluded:
            overlap = _narrower(part, gap)
            if overlap is not None and self.excluded.isdisjoint(lineage(overlap)):
                return False
        return True


def above(codes: frozenset[str]) -> frozenset[str]:
    """Return everything that strictly contains one of `codes`."""
    return frozenset(parent for code in codes for parent in lineage(code)[1:])


def _narrower(one: str, other: str) -> str | None:
    """Return what both codes have in common: the narrower one, or None where they lie apart."""
    if other in lineage(one):
        return one
    return other if one in lineage(other) else None


NOTHING = Scope()
ALL = Scope(included=frozenset({EVERYTHING}))
