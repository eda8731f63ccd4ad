"""Compiled facts in memory, true at one revision.

    held.now = now
    decision = decide(request, facts_over(held, request.requester), now=now)  # or `Missing`

**What holds.** Every part in `parts` is true at `revision`: it was loaded at a revision not above
it, and no write since has touched one of its keys. All changes are made on the event loop, without
an `await` in between: to whoever decides on the loop, parts and revision are those of one moment.

**Who reads from elsewhere.** A worker thread that loads what is missing asks `Basis.known` for
parts of the same dictionary, while the loop may be changing it. Single look-ups in a dictionary
are atomic and parts are immutable, so it finds a whole part or none. It may find one of another
revision than its own transaction's, R; it takes it only if it was loaded at R or before, and if
nothing that was touched between the revision `begun` at which the thread was sent and R is among
its keys. That suffices: at the moment of the look-up the part was true at the loop's revision,
which is not below `begun`, and was loaded at R or before. If the loop's revision is R or more, the
part was true all the way to it, and so at R. If it is less than R, it was true at `begun` or later,
and nothing that was touched from there to R concerns it.

**What comes back.** What the thread loaded at R is kept only if `revision` is R when it comes back,
or can be brought to R. Meanwhile newer facts may have come: then its answer stands, since it began
after its caller's confirmation, and its parts are dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cameo_service.facts.reading import Part
from cameo_service.facts.source import PartKey, Source
from permissions.facts import Facts

NOTHING = -1
"""The revision of an empty memory."""

MOST_PARTS = 50_000
"""A part takes one or two kilobytes."""


class Missing(LookupError):
    """A part is not held: it must be loaded."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What was held at the revision `begun`, when a thread was sent to load more."""

    begun: int
    parts: Mapping[PartKey, Part]

    def known(
        self, key: PartKey, *, revision: int, touched: frozenset[str] | None, now: datetime
    ) -> Part | None:
        """The part with this key if it is surely true at `revision` and `now`, else None.

        `touched` is what was touched between `begun` and `revision`; None is too long ago to tell.
        """
        part = self.parts.get(key)
        if part is None or touched is None or part.since > revision:
            return None
        if part.ends is not None and part.ends <= now:
            return None
        return part if touched.isdisjoint(part.keys) else None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a transaction saw at `revision`: what was touched since `basis`, and new parts.

    `touched` is None where it is too long ago to tell.
    """

    basis: Basis
    revision: int
    touched: frozenset[str] | None
    parts: Mapping[PartKey, Part]


class HeldFacts(Source):
    """Parts in memory, the oldest of which make room for new ones."""

    def __init__(self, *, most: int = MOST_PARTS) -> None:
        self.revision = NOTHING
        self.now = datetime.min.replace(tzinfo=UTC)
        self._most = most
        self._parts: dict[PartKey, Part] = {}
        self._resting_on: dict[str, set[PartKey]] = {}
        self._facts: Facts | None = None

    def __len__(self) -> int:
        return len(self._parts)

    def value(self, key: PartKey) -> Any:  # noqa: ANN401 (as in the base)
        """The part with this key. Raises `Missing` where it is not held, or over by `now`."""
        part = self._parts.get(key)
        if part is None or (part.ends is not None and part.ends <= self.now):
            raise Missing
        return part.value

    def facts(self) -> Facts:
        """As in the base; made once for each revision."""
        facts = self._facts
        if facts is None or facts.deployment is not self.deployment():
            facts = self._facts = super().facts()
        return facts

    def basis(self) -> Basis:
        """What a thread may be sent with."""
        return Basis(self.revision, self._parts)

    def forget(self) -> None:
        """Drop everything. What threads are out with is worth nothing any more."""
        self.revision = NOTHING
        self._parts = {}
        self._resting_on = {}
        self._facts = None

    def take(self, loaded: Loaded) -> None:
        """Come to the revision of what was loaded, and keep its parts, unless others came first."""
        if loaded.basis.parts is not self._parts:
            return
        if loaded.revision > self.revision:
            self._bring_to(loaded.revision, loaded.touched)
        if loaded.revision == self.revision:
            for key, part in loaded.parts.items():
                # anybody may send any number of keys that do not exist
                nobody = key[0] == "key" and part.value is None
                if part.since == loaded.revision and not nobody:
                    self._keep(key, part)

    def _bring_to(self, revision: int, touched: frozenset[str] | None) -> None:
        if touched is None:
            self.forget()
        else:
            self._facts = None
            for key in touched:
                for resting in self._resting_on.get(key, set()).copy():
                    self._drop(resting)
        self.revision = revision

    def _keep(self, key: PartKey, part: Part) -> None:
        self._drop(key)
        while len(self._parts) >= self._most:
            self._drop(next(iter(self._parts)))
        self._parts[key] = part
        for touch_key in part.keys:
            self._resting_on.setdefault(touch_key, set()).add(key)

    def _drop(self, key: PartKey) -> None:
        part = self._parts.pop(key, None)
        if part is None:
            return
        for touch_key in part.keys:
            resting = self._resting_on[touch_key]
            resting.discard(key)
            if not resting:
                del self._resting_on[touch_key]
