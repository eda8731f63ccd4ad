"""Random worlds of facts, kept in a store as records, and questions about them.

world = KeptWorld.make(Random(7))
world.keep(store)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from cameo_service import touched
from cameo_service.consent.canonical import Asked, request_document, request_hash
from cameo_service.documents import (
    deployment_document,
    policy_document,
    scope_document,
    terms_document,
)
from permissions.characters import CharacterFacts
from permissions.facts import ApprovalFacts, CameoFacts, Facts, GrantFacts, UseFacts
from permissions.representation import Representation
from permissions.request import ConsentRequest
from permissions.vocabulary import Principal, Standing
from storage.contracts import Store, Transaction
from storage.records import (
    ApprovalRecord,
    BlockRecord,
    CameoRecord,
    CharacterRecord,
    DeploymentRecord,
    GrantRecord,
    MandateRecord,
    PolicyRecord,
    PrincipalRecord,
    RecallState,
    UseRecord,
    UseState,
)
from tests.permissions.generated import NOW, Maker, Mix

QUESTIONS = 8
FOREVER = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class KeptWorld:
    """Facts that the store can hold, and the questions that are asked about them."""

    facts: Facts
    requests: tuple[ConsentRequest, ...]

    @classmethod
    def make(cls, random: Random) -> "KeptWorld":
        make = Maker(random, Mix(unreadable=False))
        requests = tuple(replace(make.request(), reference=None) for _ in range(QUESTIONS))
        return cls(_storable(make.facts(), requests, random), requests)

    def keep(self, store: Store) -> None:
        with store.write() as tx:
            for record in self.facts.cameos.values():
                _keep_cameo(tx, record)
            for pair in _pairs(self.facts):
                tx.relationships.add([pair], now=NOW)
            for name, standing in self.facts.standings.items():
                tx.principals.add(_principal(name, standing))
            assert isinstance(self.facts.grants, tuple)
            for grant in self.facts.grants:
                _keep_grant(tx, grant)
            for approval in self.facts.approvals:
                tx.approvals.add(_approval(approval))
            for use in self.facts.uses.values():
                tx.uses.add(_use(use))
            document = deployment_document(self.facts.deployment)
            tx.deployment.append(
                DeploymentRecord(version=1, document=document, created_by="ck", created_at=NOW)
            )
            tx.revisions.touch("world", now=NOW)

    def asked(self) -> list[Asked]:
        return [Asked(request, None) for request in self.requests]


def body_of(request: ConsentRequest) -> dict[str, Any]:
    """The question as a caller sends it."""
    document = request_document(request)
    return {name: document[name] for name in document if name not in ("version", "draft")}


def _storable(facts: Facts, requests: tuple[ConsentRequest, ...], random: Random) -> Facts:
    """What has no form as records is brought into one: half a relationship, half a count."""
    assert isinstance(facts.grants, tuple)
    pairs = list(_pairs(facts))
    mutuals: dict[Principal, frozenset[Principal]] = {}
    for one, other in pairs:
        mutuals[one] = mutuals.get(one, frozenset()) | {other}
        mutuals[other] = mutuals.get(other, frozenset()) | {one}
    return replace(
        facts,
        grants=tuple(_counted(grant) for grant in facts.grants),
        mutuals=mutuals,
        approvals=tuple(
            replace(approval, reference=request_hash(random.choice(requests)))
            for approval in facts.approvals
        ),
    )


def _pairs(facts: Facts) -> Iterator[tuple[Principal, Principal]]:
    for owner, others in facts.mutuals.items():
        assert isinstance(others, frozenset)
        yield from ((owner, other) for other in sorted(others) if other != owner)


def _counted(grant: GrantFacts) -> GrantFacts:
    if grant.terms.count is None:
        return replace(grant, remaining=None)
    return replace(grant, remaining=grant.remaining or 0)


def _keep_cameo(tx: Transaction, cameo: CameoFacts) -> None:
    character = cameo.character
    tx.cameos.add(
        CameoRecord(
            id=cameo.id,
            version=1,
            kind="person" if character is None else "character",
            owner=cameo.owner,
            status=cameo.status,
            enrollment_id=None,
            credential=None,
            credential_expires_at=cameo.credential_expires_at,
            created_at=NOW,
            updated_at=NOW,
            enrolled=("face", "voice"),
        )
    )
    policies = () if character is None else character.policies
    document = policy_document(replace(cameo.policy, blocked=frozenset()), policies)
    tx.policies.append(
        PolicyRecord(
            cameo_id=cameo.id, version=1, document=document, created_by="ck", created_at=NOW
        )
    )
    for blocked in cameo.policy.blocked:
        tx.blocks.add(
            BlockRecord(owner=cameo.owner, blocked=blocked, created_by="ck", created_at=NOW)
        )
    for number, mandate in enumerate(cameo.representations):
        tx.mandates.add(_mandate(f"man_{cameo.id}_{number}", cameo.owner, mandate))
    if character is not None:
        tx.characters.add(_character(cameo.id, cameo.owner, character))


def _mandate(id: str, owner: str, mandate: Representation) -> MandateRecord:
    return MandateRecord(
        id=id,
        version=1,
        kind=mandate.kind.value,
        represented=owner,
        representative=mandate.representative,
        scope=terms_document(mandate.scope),
        evidence=mandate.evidence,
        created_by="ck",
        created_at=NOW,
        revoked_at=NOW if mandate.revoked else None,
    )


def _character(id: str, owner: str, character: CharacterFacts) -> CharacterRecord:
    return CharacterRecord(
        id=id,
        version=1,
        owner=owner,
        handle=id,
        name="",
        description="",
        references=(),
        rights_statement="",
        territories=scope_document(character.territories),
        underlying=tuple(
            {"cameo_id": right.cameo_id, "facets": sorted(right.facets)}
            for right in character.underlying
        ),
        created_by="ck",
        created_at=NOW,
        updated_at=NOW,
    )


def _principal(name: Principal, standing: Standing) -> PrincipalRecord:
    return PrincipalRecord(
        id=name,
        version=1,
        standing=standing,
        standing_reason=None,
        age_band=None,
        birth_date=None,
        vouched_until=None,
        deceased_at=None,
        updated_by="ck",
        updated_at=NOW,
    )


def _keep_grant(tx: Transaction, grant: GrantFacts) -> None:
    tx.grants.add(
        GrantRecord(
            id=grant.id,
            version=grant.version,
            cameo_id=grant.cameo_id,
            grantor=grant.grantor,
            grantee=grant.grantee,
            terms=terms_document(grant.terms),
            signed="",
            created_by="ck",
            created_at=NOW,
            parent=grant.parent,
            revoked_at=NOW if grant.revoked else None,
        )
    )
    used = (grant.terms.count or 0) - (grant.remaining or 0)
    for number in range(used):
        key = touched.grant(grant.id)
        tx.reservations.reserve(
            key,
            f"per_{grant.id}_{number}",
            expires_at=FOREVER,
        )


def _approval(approval: ApprovalFacts) -> ApprovalRecord:
    return ApprovalRecord(
        id=approval.id,
        version=1,
        cameo_id=approval.cameo_id,
        approver=approval.approver,
        requester=approval.requester,
        action=approval.action.value,
        facets=tuple(sorted(approval.facets)),
        reference=approval.reference,
        not_after=approval.not_after,
        created_by="ck",
        created_at=NOW,
        revoked_at=NOW if approval.revoked else None,
    )


def _use(use: UseFacts) -> UseRecord:
    return UseRecord(
        id=use.id,
        version=1,
        permit_id=f"per_{use.id}",
        requester="user:bob",
        holder="org:host",
        action="generate",
        state=UseState.REMOVED if use.removed else UseState.PUBLISHED,
        likenesses=tuple(
            {
                "cameo_id": each.cameo_id,
                "facets": sorted(each.facets),
                "appearance_change": each.appearance_change,
            }
            for each in use.likenesses
        ),
        remix_of=use.remix_of,
        grants=use.grants,
        basis={},
        rests_on=tuple(touched.cameo(each.cameo_id) for each in use.likenesses),
        assets=(),
        location=None,
        recall=RecallState.NONE,
        recall_document=None,
        created_at=NOW,
        updated_at=NOW,
        published_at=NOW,
    )
