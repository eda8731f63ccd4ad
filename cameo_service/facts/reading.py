"""Facts as one transaction sees them, each part loaded once, when it is first asked for.

source = TransactionSource(tx, now)
decision = decide(request, facts_over(source, request.requester), now=source.now)
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cameo_service import touched
from cameo_service.facts.records import (
    approval_facts,
    cameo_facts,
    deployment_facts,
    grant_facts,
    grant_terms,
    use_facts,
)
from cameo_service.facts.source import PartKey, Source
from permissions.facts import GrantFacts
from permissions.moments import earliest
from permissions.vocabulary import Standing
from storage.contracts import Transaction
from storage.errors import NotFound
from storage.records import CameoRecord, GrantRecord, PolicyRecord


@dataclass(frozen=True, slots=True)
class Part:
    """Something that was loaded, the touch keys that it depends on, and until when it is true.

    `since` is the revision at which it was loaded. `ends` is the first moment at which it changes
    without a write: a reservation that runs out.
    """

    value: Any
    keys: tuple[str, ...]
    since: int
    ends: datetime | None = None


Known = Callable[[PartKey], Part | None]
"""Finds a part that is surely true at the transaction's revision, without loading it."""


class TransactionSource(Source):
    """What `tx` sees at `now`. `parts` is everything that was asked for."""

    def __init__(self, tx: Transaction, now: datetime, *, known: Known | None = None) -> None:
        self._tx = tx
        self.now = now
        self._known = known
        self.revision = tx.revisions.current()
        self.parts: dict[PartKey, Part] = {}

    def value(self, key: PartKey) -> Any:  # noqa: ANN401 (as in the base)
        """The part with this key."""
        part = self.parts.get(key)
        if part is None:
            part = None if self._known is None else self._known(key)
            if part is None:
                part = _LOADERS[key[0]](self, *key[1:])
            self.parts[key] = part
        return part.value

    def _part(self, value: object, *keys: str, ends: datetime | None = None) -> Part:
        return Part(value, keys, self.revision, ends)

    def _load_cameo(self, id: str) -> Part:
        keys = (touched.cameo(id), touched.policy(id))
        record = self._tx.cameos.find(id)
        if record is None:
            return self._part(None, *keys)
        value = cameo_facts(
            record,
            policy=self._policy_of(record),
            character=None if record.kind == "person" else self._tx.characters.find(id),
            owner=self._tx.principals.find(record.owner),
            mandates=self._tx.mandates.of(record.owner),
            blocked=self._tx.blocks.all_of(record.owner),
        )
        return self._part(value, *keys, touched.principal(record.owner))

    def _policy_of(self, record: CameoRecord) -> PolicyRecord | None:
        try:
            return self._tx.policies.current(record.id)
        except NotFound:
            return None

    def _load_grants(self, cameo_id: str, grantee: str) -> Part:
        found = [self._grant(record) for record in self._tx.grants.between(cameo_id, grantee)]
        return self._part(
            tuple(grant for grant, _ in found),
            touched.cameo(cameo_id),
            touched.principal(grantee),
            *(touched.grant(grant.id) for grant, _ in found),
            ends=earliest(ends for _, ends in found),
        )

    def _load_grant(self, id: str) -> Part:
        try:
            record = self._tx.grants.get(id)
        except NotFound:
            return self._part(None, touched.grant(id))
        grant, ends = self._grant(record)
        return self._part(grant, touched.grant(id), touched.cameo(record.cameo_id), ends=ends)

    def _grant(self, record: GrantRecord) -> tuple[GrantFacts, datetime | None]:
        """A grant, and when more of its count is left than now."""
        terms = grant_terms(record)
        if terms.count is None:
            return grant_facts(record, terms, remaining=None), None
        taken = self._tx.reservations.taken(touched.grant(record.id), now=self.now)
        remaining = terms.count - taken.count
        return grant_facts(record, terms, remaining=remaining), taken.next_release

    def _load_standing(self, principal: str) -> Part:
        record = self._tx.principals.find(principal)
        standing = Standing.ACTIVE if record is None else record.standing
        return self._part(standing, touched.principal(principal))

    def _load_mutual(self, owner: str, other: str) -> Part:
        are_mutual = self._tx.relationships.are_mutual(owner, other)
        return self._part(are_mutual, touched.principal(owner), touched.principal(other))

    def _load_approvals(self, requester: str) -> Part:
        approvals, keys = [], [touched.principal(requester)]
        releases: list[datetime | None] = []
        for record in self._tx.approvals.standing(requester, now=self.now):
            key = touched.approval(record.id)
            keys.append(key)
            taken = self._tx.reservations.taken(key, now=self.now)
            releases.append(taken.next_release)
            approval = approval_facts(record, spent=taken.count > 0)
            if approval is not None:
                approvals.append(approval)
        return self._part(tuple(approvals), *keys, ends=earliest(releases))

    def _load_use(self, id: str) -> Part:
        record = self._tx.uses.find(id)
        value = None if record is None else (record, use_facts(record))
        return self._part(value, touched.use(id))

    def _load_deployment(self) -> Part:
        return self._part(deployment_facts(self._tx.deployment.current()), touched.DEPLOYMENT)

    def _load_key(self, id: str) -> Part:
        return self._part(self._tx.keys.find(id), touched.key(id))


_LOADERS: dict[str, Callable[..., Part]] = {
    "cameo": TransactionSource._load_cameo,  # noqa: SLF001 (its own methods, by kind of part)
    "grants": TransactionSource._load_grants,  # noqa: SLF001
    "grant": TransactionSource._load_grant,  # noqa: SLF001
    "standing": TransactionSource._load_standing,  # noqa: SLF001
    "mutual": TransactionSource._load_mutual,  # noqa: SLF001
    "approvals": TransactionSource._load_approvals,  # noqa: SLF001
    "use": TransactionSource._load_use,  # noqa: SLF001
    "deployment": TransactionSource._load_deployment,  # noqa: SLF001
    "key": TransactionSource._load_key,  # noqa: SLF001
}
