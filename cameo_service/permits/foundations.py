"""What a yes rests on: as keys, whose end ends it; as a document, for what comes of it; as counts.

keys = rests_on(judged)
"""

from typing import Any

from cameo_service import touched
from cameo_service.consent.decisions import Judged
from cameo_service.documents.obligations import obligations_document
from permissions.authority import is_sovereign
from permissions.decision import PartyOutcome
from permissions.disclosure import requester_view
from permissions.facts import CameoFacts, Facts, GrantFacts
from permissions.involved import find_involved


def rests_on(judged: Judged) -> frozenset[str]:
    """The keys whose end ends a permit on this yes: rather one too many than one too few.

    The cameo and the policy of every party, except where the requester is bound by no policy;
    every grant in the chains and those that ancestors inherit; every approval; the principals of
    it all, and what owners have with requester, grantors and the owners of characters above
    them; the ancestors; the deployment.
    """
    decision, requester = judged.decision, judged.request.requester
    keys = {touched.DEPLOYMENT, touched.principal(requester)}
    keys |= {touched.approval(id) for id in decision.approvals}
    grants = [_grant(judged.facts, reference.id) for reference in decision.grants]
    for party in decision.parties:
        cameo = _cameo(judged.facts, party.cameo_id)
        keys |= {touched.cameo(cameo.id), touched.principal(cameo.owner)}
        if not is_sovereign(requester, cameo):
            keys.add(touched.policy(cameo.id))
        grantors = {grant.grantor for grant in grants if grant.cameo_id == cameo.id}
        others = {requester, *grantors} - {cameo.owner}
        keys |= {touched.between(cameo.owner, other) for other in others}
    for grant in grants:
        keys |= {touched.grant(grant.id), touched.principal(grant.grantor)}
    involved = find_involved(judged.request, judged.facts, judged.now)
    for question in involved.questions:
        if question.through is not None:
            owner = _cameo(judged.facts, question.likeness.cameo_id).owner
            keys.add(touched.between(owner, question.through))
    return frozenset(keys | {touched.use(use.id) for use, _ in involved.ancestors})


def basis_of(judged: Judged) -> dict[str, Any]:
    """What a yes rests on as JSON data, kept with the permit and the use that comes of it.

    `parties` are in the order of the decision: `cameo_id`, `owner`, `reason` (a code of
    `permissions.decision`), `underlies`, `grants`, ids from the requester's own up its chain, and
    the party's own `approvals` and `obligations`. `grants` holds each grant once, with `id`,
    `version`, `cameo_id`, `grantor`, `parent` and `on_revocation`; `approvals` are ids of one-off
    approvals; `obligations` everything that the yes asks for; `shown` the grants that the permit
    names; `inherited` ids of the grants that come from ancestors; `counted` the keys of what is
    used up by one.
    """
    decision = judged.decision
    grants = [_grant(judged.facts, reference.id) for reference in decision.grants]
    return {
        "parties": [_party_document(party, judged.facts) for party in decision.parties],
        "grants": [_grant_document(grant) for grant in grants],
        "approvals": list(decision.approvals),
        "obligations": obligations_document(decision.obligations),
        "shown": [grant.id for grant in requester_view(decision).grants],
        "inherited": sorted({reference.id for reference in decision.inherited}),
        "counted": sorted(counted(judged)),
    }


def counted(judged: Judged) -> frozenset[str]:
    """The keys of what is used up by one: counted grants in the chains, one-off approvals.

    What ancestors were made under was counted when they were made, and so was a draft.
    """
    links = {link.id for party in judged.decision.parties for link in party.grants} - judged.paid
    grants = [_grant(judged.facts, id) for id in links]
    keys = {touched.grant(grant.id) for grant in grants if grant.terms.count is not None}
    return frozenset(keys | {touched.approval(id) for id in judged.decision.approvals})


def _party_document(party: PartyOutcome, facts: Facts) -> dict[str, Any]:
    return {
        "cameo_id": party.cameo_id,
        "owner": _cameo(facts, party.cameo_id).owner,
        "reason": party.reason.code.value,
        "underlies": party.underlies,
        "grants": [link.id for link in party.grants],
        "approvals": list(party.approvals),
        "obligations": obligations_document(party.obligations),
    }


def _grant_document(grant: GrantFacts) -> dict[str, Any]:
    return {
        "id": grant.id,
        "version": grant.version,
        "cameo_id": grant.cameo_id,
        "grantor": grant.grantor,
        "parent": grant.parent,
        "on_revocation": grant.terms.on_revocation.value,
    }


def _grant(facts: Facts, id: str) -> GrantFacts:
    grant = facts.index.find(id)
    if grant is None:
        raise LookupError(f"the decision rests on grant `{id}`, which its facts do not hold")
    return grant


def _cameo(facts: Facts, id: str) -> CameoFacts:
    cameo = facts.cameos.get(id)
    if cameo is None:
        raise LookupError(f"the decision rests on cameo `{id}`, which its facts do not hold")
    return cameo
