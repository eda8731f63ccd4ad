"""A grant as an ODRL 2.2 agreement: for export, never what is decided by.

Permissions with their constraints and duties, and no prohibition: what a policy does not permit it
does not permit (ODRL Information Model 2.2), and another grant may. What ODRL has no word for
stands under `cameo:`, as a profile (section 4 there).

document = licence_of(seen, issuer="https://consent.example.com")
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cameo_service.documents import terms_from
from cameo_service.documents.reading import moment_text
from cameo_service.grants.granted import SeenGrant
from cameo_service.portability.parties import party_id
from cameo_service.portability.vocabulary import (
    CAMEO,
    ODRL_ACTIONS,
    ODRL_DUTIES,
    PREFIXES,
    moment,
    place,
)
from permissions.scope import Scope
from permissions.terms import Terms
from permissions.vocabulary import Action
from storage.records import GrantRecord

PROFILE = f"{CAMEO}odrl-profile-1"
_RULE = {"@type": "@id"}
CONTEXT: dict[str, Any] = {
    **PREFIXES,
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "uid": "@id",
    "type": "@type",
    "profile": {"@id": "odrl:profile", **_RULE},
    "inheritFrom": {"@id": "odrl:inheritFrom", **_RULE},
    "permission": {"@id": "odrl:permission", **_RULE},
    "duty": {"@id": "odrl:duty", **_RULE},
    "target": {"@id": "odrl:target", **_RULE},
    "source": {"@id": "odrl:source", **_RULE},
    "assigner": {"@id": "odrl:assigner", **_RULE},
    "assignee": {"@id": "odrl:assignee", **_RULE},
    "action": {"@id": "odrl:action", **_RULE},
    "constraint": {"@id": "odrl:constraint", **_RULE},
    "refinement": {"@id": "odrl:refinement", **_RULE},
    "leftOperand": {"@id": "odrl:leftOperand", **_RULE},
    "operator": {"@id": "odrl:operator", **_RULE},
    "rightOperand": {"@id": "odrl:rightOperand"},
    "Agreement": "odrl:Agreement",
    "AssetCollection": "odrl:AssetCollection",
}
Rule = dict[str, Any]


def licence_of(seen: SeenGrant, *, issuer: str) -> dict[str, Any]:
    """The agreement that a grant is, as the caller may see it."""
    record = seen.record
    terms = terms_from(record.terms)
    parts = {
        "target": _target(record, terms, issuer=issuer),
        "assigner": party_id(record.grantor),
        "assignee": party_id(record.grantee),
    }
    above = {} if record.parent is None else {"inheritFrom": _uid(record.parent, issuer)}
    return {
        "@context": CONTEXT,
        "uid": _uid(record.id, issuer),
        "type": "Agreement",
        "profile": PROFILE,
        **above,
        "dct:issued": moment(record.created_at.isoformat()),
        "dct:description": terms.intended_use,
        "cameo:ended": seen.ended or record.revoked_at is not None,
        "cameo:onRevocation": terms.on_revocation.value,
        "permission": [{**parts, **rule} for rule in _permissions(terms)],
    }


def _uid(grant_id: str, issuer: str) -> str:
    return f"{issuer}/v1/grants/{grant_id}/odrl"


def _target(record: GrantRecord, terms: Terms, *, issuer: str) -> Rule:
    """The likeness, of which the terms cover some facets."""
    facets = sorted(facet.value for facet in terms.facets)
    return {
        "type": "AssetCollection",
        "source": f"{issuer}/v1/cameos/{record.cameo_id}",
        "refinement": [_rule("cameo:facet", "odrl:isAnyOf", facets)],
    }


def _permissions(terms: Terms) -> Iterator[Rule]:
    limits = _limits(terms)
    for action in sorted(terms.actions):
        yield {
            "action": ODRL_ACTIONS[action],
            "constraint": limits,
            "duty": _duties(terms, action),
        }
    if terms.sublicence_depth:
        depth = _rule("cameo:sublicenceDepth", "odrl:lteq", terms.sublicence_depth)
        # what a sublicence gives is limited in its own policy, which inherits from this one
        yield {"action": "odrl:grantUse", "constraint": [*_window(terms), depth]}


def _limits(terms: Terms) -> list[Rule]:
    return [
        *_window(terms),
        *_scope("odrl:purpose", terms.purposes, _purposes),
        *_scope("odrl:spatial", terms.territories, _places),
        *_scope("cameo:category", terms.categories, sorted),
        *_scope("cameo:coAppearance", terms.co_appearance, sorted),
        *_numbers(terms),
    ]


def _window(terms: Terms) -> Iterator[Rule]:
    for operator, at in (("odrl:gteq", terms.not_before), ("odrl:lt", terms.not_after)):
        text = moment_text(at)
        if text is not None:
            yield _rule("odrl:dateTime", operator, moment(text))


def _scope(left: str, scope: Scope, named: Any) -> Iterator[Rule]:  # noqa: ANN401 (codes to values)
    """In any of what is included, in none of what is excluded; no constraint for everything."""
    if "*" not in scope.included:
        yield _rule(left, "odrl:isAnyOf", named(scope.included))
    if scope.excluded:
        yield _rule(left, "odrl:isNoneOf", named(scope.excluded))


def _purposes(codes: Iterable[str]) -> list[Rule]:
    return [{"@id": f"cameo:purpose-{code}"} for code in sorted(codes)]


def _places(codes: Iterable[str]) -> list[Rule]:
    return [{"@id": place(code)} for code in sorted(codes)]


def _numbers(terms: Terms) -> Iterator[Rule]:
    if terms.count is not None:
        # `odrl:count` counts each action by itself, and a grant all of its uses together
        counted = "odrl:count" if len(terms.actions) == 1 else "cameo:uses"
        yield _rule(counted, "odrl:lteq", terms.count)
    yield _rule("cameo:remixDepth", "odrl:lteq", terms.remix_depth)
    yield _rule("cameo:appearanceChange", "odrl:lteq", terms.appearance_change.value)


def _duties(terms: Terms, action: Action) -> list[Rule]:
    """What is owed for this action: in ODRL, a condition of its permission."""
    duties = [
        {"action": ODRL_DUTIES.get(each.kind, f"cameo:{each.kind}"), **_worded(each.text)}
        for each in terms.owed
    ]
    if terms.approval_before_publishing and action is Action.PUBLISH:
        duties.append({"action": "odrl:obtainConsent", **_worded("of the owner, to publish")})
    return duties


def _worded(text: str) -> Rule:
    return {"dct:description": text} if text else {}


def _rule(left: str, operator: str, right: object) -> Rule:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}
