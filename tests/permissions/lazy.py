"""Facts that are loaded on demand, as a service has them: whoever lists them has failed.

lazy, loaded = lazily(facts)
decide(request, lazy, now=NOW)
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Never, TypeVar

from permissions.facts import Facts, GrantFacts
from permissions.vocabulary import Principal

K = TypeVar("K")
V = TypeVar("V")

Loaded = set[tuple[str, object]]


class Listed(AssertionError):
    """Somebody wanted to see everything that a view could load."""


class OnDemand(Mapping[K, V], Generic[K, V]):
    """A mapping that knows what it was asked for, and nothing else."""

    def __init__(self, name: str, held: Mapping[K, V], loaded: Loaded) -> None:
        self._name, self._held, self._loaded = name, held, loaded

    def __getitem__(self, key: K) -> V:
        self._loaded.add((self._name, key))
        return self._held[key]

    def __iter__(self) -> Iterator[K]:
        raise Listed

    def __len__(self) -> int:
        raise Listed

    def keys(self) -> Never:
        raise Listed

    def values(self) -> Never:
        raise Listed

    def items(self) -> Never:
        raise Listed


@dataclass(frozen=True)
class Members:
    """Who is mutual with an owner, asked one by one."""

    owner: Principal
    held: Container[Principal]
    loaded: Loaded

    def __contains__(self, other: object) -> bool:
        self.loaded.add(("mutual", (self.owner, other)))
        return other in self.held


@dataclass(frozen=True)
class Grants:
    """Grants by id and by who may rely on them."""

    held: tuple[GrantFacts, ...]
    loaded: Loaded

    def between(self, cameo_id: str, grantee: Principal) -> Sequence[GrantFacts]:
        self.loaded.add(("between", (cameo_id, grantee)))
        return [g for g in self.held if (g.cameo_id, g.grantee) == (cameo_id, grantee)]

    def find(self, id: str) -> GrantFacts | None:
        self.loaded.add(("grant", id))
        return next((grant for grant in self.held if grant.id == id), None)


def lazily(facts: Facts) -> tuple[Facts, Loaded]:
    """Return the same facts as views, and the set of what is loaded through them."""
    assert isinstance(facts.grants, tuple)
    loaded: Loaded = set()
    members = {owner: Members(owner, held, loaded) for owner, held in facts.mutuals.items()}
    lazy = Facts(
        revision=facts.revision,
        cameos=OnDemand("cameo", facts.cameos, loaded),
        grants=Grants(facts.grants, loaded),
        mutuals=OnDemand("mutuals", members, loaded),
        standings=OnDemand("standing", facts.standings, loaded),
        deployment=facts.deployment,
        approvals=facts.approvals,
        uses=OnDemand("use", facts.uses, loaded),
    )
    return lazy, loaded
