"""Where facts come from, part by part, and the views over it that a decision reads.

A part is the smallest thing that is loaded, kept and dropped as a whole: one cameo, the grants of
one cameo to one grantee, one standing. `Source.value` gives one; how, is the source's own affair.

>>> class Empty(Source):
...     revision = 7
...     def value(self, key):
...         return {"deployment": DeploymentRules(), "approvals": ()}.get(key[0])
>>> facts = facts_over(Empty(), Principal("user:bob"))
>>> facts.revision, facts.cameos.get("cam_1")
(7, None)
"""

from abc import ABC, abstractmethod
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from permissions.deployment import DeploymentRules
from permissions.facts import ApprovalFacts, CameoFacts, Facts, GrantFacts, UseFacts
from permissions.vocabulary import Principal, Standing
from storage.records import ApiKeyRecord, UseRecord

PartKey = tuple[str, ...]
"""What kind of part, and of what: `("grants", "cam_1", "user:bob")`."""

K = TypeVar("K", bound=str)
V = TypeVar("V")


class Source(ABC):
    """Everything that decisions ask for, as of `revision`, to be decided over at `now`."""

    revision: int
    now: datetime

    def facts(self) -> Facts:
        """Everything but approvals, loaded as a decision asks for it."""
        return Facts(
            revision=self.revision,
            cameos=_Cameos(self),
            grants=_Grants(self),
            mutuals=_Mutuals(self),
            standings=_Standings(self),
            deployment=self.deployment(),
            uses=_Uses(self),
        )

    @abstractmethod
    def value(self, key: PartKey) -> Any:  # noqa: ANN401 (each kind of part has its own type)
        """The part with this key."""

    def cameo(self, id: str) -> CameoFacts | None:
        """The cameo with this id, or None."""
        found: CameoFacts | None = self.value(("cameo", id))
        return found

    def are_mutual(self, owner: Principal, other: Principal) -> bool:
        """Whether the platform says that they are."""
        found: bool = self.value(("mutual", owner, other))
        return found

    def approvals(self, requester: Principal) -> tuple[ApprovalFacts, ...]:
        """The one-off approvals of this requester that may still count."""
        found: tuple[ApprovalFacts, ...] = self.value(("approvals", requester))
        return found

    def use_record(self, id: str) -> UseRecord | None:
        """The use with this id, as it is kept: whose it is, and its assets."""
        found: tuple[UseRecord, UseFacts] | None = self.value(("use", id))
        return None if found is None else found[0]

    def deployment(self) -> DeploymentRules:
        """The deployment's rules."""
        found: DeploymentRules = self.value(("deployment",))
        return found

    def key_record(self, id: str) -> ApiKeyRecord | None:
        """The API key with this id, revoked ones too."""
        found: ApiKeyRecord | None = self.value(("key", id))
        return found


def facts_over(source: Source, requester: Principal) -> Facts:
    """Facts for requests of `requester`, loaded from `source` as a decision asks for them."""
    approvals = source.approvals(requester)
    facts = source.facts()
    return replace(facts, approvals=approvals) if approvals else facts


class _View(Mapping[K, V], Generic[K, V]):
    """A mapping that finds single entries, of one kind of part, and cannot be listed."""

    __slots__ = ("_value",)
    kind: ClassVar[str]

    def __init__(self, source: Source) -> None:
        self._value = source.value

    def __getitem__(self, key: K) -> V:
        found: V | None = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def get(self, key: K, default: Any = None) -> Any:  # noqa: ANN401 (as in `Mapping`)
        """The entry, or `default`."""
        found = self._value((self.kind, key))
        return default if found is None else found

    def __iter__(self) -> Iterator[K]:
        raise TypeError("facts that are loaded on demand cannot be listed")

    def __len__(self) -> int:
        raise TypeError("facts that are loaded on demand cannot be counted")


class _Cameos(_View[str, CameoFacts]):
    __slots__ = ()
    kind = "cameo"


class _Standings(_View[Principal, Standing]):
    __slots__ = ()
    kind = "standing"


class _Uses(_View[str, UseFacts]):
    __slots__ = ()
    kind = "use"

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 (as in `Mapping`)
        """The entry, or `default`."""
        found: tuple[UseRecord, UseFacts] | None = self._value(("use", key))
        return default if found is None else found[1]


class _Mutuals(_View[Principal, Container[Principal]]):
    __slots__ = ("_source",)
    kind = "mutual"

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._source = source

    def get(self, key: Principal, default: Any = None) -> Any:  # noqa: ANN401 (as in `Mapping`)
        """Whoever is mutual with `key`: asked one by one."""
        del default
        return _MutualWith(self._source, key)


class _MutualWith(Container[Principal]):
    __slots__ = ("_owner", "_source")

    def __init__(self, source: Source, owner: Principal) -> None:
        self._source = source
        self._owner = owner

    def __contains__(self, other: object) -> bool:
        return isinstance(other, str) and self._source.are_mutual(self._owner, Principal(other))


class _Grants:
    __slots__ = ("_value",)

    def __init__(self, source: Source) -> None:
        self._value = source.value

    def between(self, cameo_id: str, grantee: Principal) -> Sequence[GrantFacts]:
        found: Sequence[GrantFacts] = self._value(("grants", cameo_id, grantee))
        return found

    def find(self, id: str) -> GrantFacts | None:
        found: GrantFacts | None = self._value(("grant", id))
        return found
