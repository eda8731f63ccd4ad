"""Records as facts. What cannot be read never reads as permissive: it denies.

>>> UNREADABLE_TERMS.actions, UNREADABLE_CHARACTER.territories.included
(frozenset(), frozenset())
"""

from collections.abc import Iterable

import structlog

from cameo_service.documents import (
    character_policies_from,
    deployment_from,
    policy_from,
    scope_from,
    terms_from,
)
from permissions.characters import CharacterFacts, UnderlyingRight
from permissions.deployment import DeploymentRules
from permissions.facts import (
    ApprovalFacts,
    CameoFacts,
    CameoStatus,
    GrantFacts,
    UseFacts,
)
from permissions.policy import Policy
from permissions.representation import AgeBand, Minor, Representation, RepresentationKind
from permissions.request import Likeness
from permissions.rules import Rule, UnreadableRule
from permissions.terms import Terms
from permissions.vocabulary import Action, AppearanceChange, Facet, Principal
from storage.records import (
    ApprovalRecord,
    CameoRecord,
    CharacterRecord,
    DeploymentRecord,
    Document,
    GrantRecord,
    MandateRecord,
    PolicyRecord,
    PrincipalRecord,
    RecallState,
    UseRecord,
    UseState,
)

UNREADABLE_TERMS = Terms(actions=frozenset(), facets=frozenset())
"""They cover nothing."""

UNREADABLE_CHARACTER = CharacterFacts()
"""Its owner holds rights nowhere."""

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What reading a document of another form raises."""

_log = structlog.get_logger("cameo.facts")


def cameo_facts(
    cameo: CameoRecord,
    *,
    policy: PolicyRecord | None,
    character: CharacterRecord | None,
    owner: PrincipalRecord | None,
    mandates: Iterable[MandateRecord],
    blocked: frozenset[str],
) -> CameoFacts:
    """A cameo with everything that is kept of it and of its owner."""
    rules = _policy_facts(policy, blocked)
    return CameoFacts(
        id=cameo.id,
        owner=Principal(cameo.owner),
        status=CameoStatus(cameo.status),
        credential_expires_at=cameo.credential_expires_at,
        policy=rules,
        character=None if cameo.kind == "person" else _character_facts(character, policy),
        minor=None if owner is None else minor_of(owner),
        deceased=owner is not None and owner.deceased_at is not None,
        representations=_representations(mandates),
        enrolled=_enrolled(cameo),
    )


def _enrolled(cameo: CameoRecord) -> frozenset[Facet]:
    """The facets that were proven; of those that are not known, none."""
    try:
        return frozenset(Facet(facet) for facet in cameo.enrolled)
    except ValueError as error:
        _warn("enrolled facets", cameo.id, error)
        return frozenset()


def _policy_facts(record: PolicyRecord | None, blocked: frozenset[str]) -> Policy:
    """Without a policy, nobody but the owner may do anything."""
    names = frozenset(Principal(name) for name in blocked)
    if record is None:
        return Policy(blocked=names)
    try:
        read = policy_from(record.document)
    except UNREADABLE as error:
        _warn("policy", f"{record.cameo_id} version {record.version}", error)
        return Policy(blocked=names, restrictions=(_unreadable("policy"),))
    return Policy(
        audience=read.audience,
        approved=read.approved,
        blocked=names,
        restrictions=read.restrictions,
        review=read.review,
        obligations=read.obligations,
        remix_depth=read.remix_depth,
        set_by=read.set_by,
    )


def _character_facts(record: CharacterRecord | None, policy: PolicyRecord | None) -> CharacterFacts:
    if record is None:
        return UNREADABLE_CHARACTER
    try:
        return CharacterFacts(
            territories=scope_from(record.territories),
            policies=_character_policies(policy),
            underlying=rights_from(record.underlying),
        )
    except UNREADABLE as error:
        _warn("character", record.id, error)
        return UNREADABLE_CHARACTER


def _character_policies(policy: PolicyRecord | None) -> tuple[Rule | UnreadableRule, ...]:
    if policy is None:
        return ()
    try:
        return character_policies_from(policy.document)
    except UNREADABLE as error:
        _warn("character policies", policy.cameo_id, error)
        return (_unreadable("policies"),)


def rights_from(documents: Iterable[Document]) -> tuple[UnderlyingRight, ...]:
    """What a character rests on. Raises what is in `UNREADABLE`."""
    return tuple(
        UnderlyingRight(
            cameo_id=document["cameo_id"],
            facets=frozenset(Facet(facet) for facet in document["facets"]),
        )
        for document in documents
    )


def minor_of(record: PrincipalRecord) -> Minor | None:
    """The minority that `record` states, or None for whoever is of age.

    An age band that is not known reads as the youngest, without a proof of age.
    """
    if record.age_band is None:
        return None
    try:
        band = AgeBand(record.age_band)
    except ValueError as error:
        _warn("age band", "of a principal", error)
        return Minor(age_band=AgeBand.CHILD)
    return Minor(age_band=band, birth_date=record.birth_date, vouched_until=record.vouched_until)


def _representations(mandates: Iterable[MandateRecord]) -> tuple[Representation, ...]:
    """Those that can be read: a mandate of unknown scope gives nobody a say."""
    read = []
    for mandate in mandates:
        try:
            read.append(
                Representation(
                    kind=RepresentationKind(mandate.kind),
                    representative=Principal(mandate.representative),
                    scope=terms_from(mandate.scope),
                    evidence=mandate.evidence,
                    revoked=mandate.revoked_at is not None,
                )
            )
        except UNREADABLE as error:
            _warn("mandate", mandate.id, error)
    return tuple(read)


def grant_facts(record: GrantRecord, terms: Terms, *, remaining: int | None) -> GrantFacts:
    """A grant, of whose count so much is left."""
    return GrantFacts(
        id=record.id,
        version=record.version,
        cameo_id=record.cameo_id,
        grantor=Principal(record.grantor),
        grantee=Principal(record.grantee),
        terms=terms,
        revoked=record.revoked_at is not None,
        parent=record.parent,
        remaining=remaining,
    )


def grant_terms(record: GrantRecord) -> Terms:
    """The terms of a grant; of those that cannot be read, terms that cover nothing."""
    try:
        return terms_from(record.terms)
    except UNREADABLE as error:
        _warn("grant", record.id, error)
        return UNREADABLE_TERMS


def approval_facts(record: ApprovalRecord, *, spent: bool) -> ApprovalFacts | None:
    """A one-off approval; None where it cannot be read."""
    try:
        return ApprovalFacts(
            id=record.id,
            cameo_id=record.cameo_id,
            approver=Principal(record.approver),
            requester=Principal(record.requester),
            action=Action(record.action),
            facets=frozenset(Facet(facet) for facet in record.facets),
            reference=record.reference,
            not_after=record.not_after,
            revoked=record.revoked_at is not None,
            spent=spent,
        )
    except ValueError as error:
        _warn("approval", record.id, error)
        return None


def use_facts(record: UseRecord) -> UseFacts:
    """A use. One that is called back, or that cannot be read, counts as removed: nothing can be
    made from it.
    """
    removed = record.state is UseState.REMOVED or record.recall is RecallState.OPEN
    try:
        likenesses = tuple(_likeness(document) for document in record.likenesses)
    except UNREADABLE as error:
        _warn("use", record.id, error)
        likenesses, removed = (), True
    return UseFacts(
        id=record.id,
        likenesses=likenesses,
        grants=record.grants,
        remix_of=record.remix_of,
        removed=removed,
    )


def _likeness(document: Document) -> Likeness:
    change = document["appearance_change"]
    return Likeness(
        cameo_id=document["cameo_id"],
        facets=frozenset(Facet(facet) for facet in document["facets"]),
        appearance_change=None if change is None else AppearanceChange(change),
    )


def deployment_facts(record: DeploymentRecord | None) -> DeploymentRules:
    """The deployment's rules; those that cannot be read deny everything."""
    if record is None:
        return DeploymentRules()
    try:
        return deployment_from(record.document)
    except UNREADABLE as error:
        _warn("deployment rules", f"version {record.version}", error)
        return DeploymentRules(rules=(_unreadable("deployment"),))


def _unreadable(id: str) -> UnreadableRule:
    return UnreadableRule(id=id, problem="the stored document cannot be read")


def _warn(what: str, which: str, error: Exception) -> None:
    # what the document says stays out of the log
    _log.error("unreadable document denies", what=what, which=which, error=type(error).__name__)
