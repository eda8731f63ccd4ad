"""A grant as an ODRL 2.2 agreement: for export, never what is decided by.

Permissions with their constraints and duties, and no prohibition: what a policy does not permit it
does not permit (ODRL Information Model 2.2), and another grant may. What ODRL has no word for
stands under `cameo:`, as a profile. A sublicence names what it rests on and does not inherit from
it: to inherit is to take over every rule of the parent, which its holder may not even read.

document = licence_of(seen, issuer="https://consent.example.com")
"""

from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any

from cameo_service.documents import terms_from
from cameo_service.documents.reading import moment_text
from cameo_service.grants.granted import SeenGrant
from cameo_service.portability.parties import party_id
from cameo_service.portability.profile import PROFILE, definitions
from cameo_service.portability.vocabulary import (
    ODRL_ACTIONS,
    ODRL_DUTIES,
    PREFIXES,
    moment,
    place,
    present,
    purpose_id,
)
from permissions.scope import Scope
from permissions.taxonomy import EVERYTHING
from permissions.terms import Terms
from permissions.vocabulary import Action, AppearanceChange
from storage.records import GrantRecord

_RULE = {"@type": "@id"}
CONTEXT: dict[str, Any] = {
    **PREFIXES,
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "uid": "@id",
    "type": "@type",
    "profile": {"@id": "odrl:profile", **_RULE},
    "permission": {"@id": "odrl:permission", **_RULE},
    "duty": {"@id": "odrl:duty", **_RULE},
    "target": {"@id": "odrl:target", **_RULE},
    "source": {"@id": "odrl:source", **_RULE},
    "assigner": {"@id": "odrl:assigner", **_RULE},
    "assignee": {"@id": "odrl:assignee", **_RULE},
    "action": {"@id": "odrl:action", **_RULE},
    "includedIn": {"@id": "odrl:includedIn", **_RULE},
    "constraint": {"@id": "odrl:constraint", **_RULE},
    "refinement": {"@id": "odrl:refinement", **_RULE},
    "leftOperand": {"@id": "odrl:leftOperand", **_RULE},
    "operator": {"@id": "odrl:operator", **_RULE},
    "rightOperand": {"@id": "odrl:rightOperand"},
    "Action": "odrl:Action",
    "Agreement": "odrl:Agreement",
    "AssetCollection": "odrl:AssetCollection",
    "LeftOperand": "odrl:LeftOperand",
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
    above = {} if record.parent is None else {"dct:requires": {"@id": _uid(record.parent, issuer)}}
    return {
        "@context": CONTEXT,
        "uid": _uid(record.id, issuer),
        "type": "Agreement",
        "profile": PROFILE,
        **above,
        "dct:issued": moment(record.created_at.astimezone(UTC).isoformat()),
        **present({"dct:description": terms.intended_use}),
        "cameo:ended": seen.ended or record.revoked_at is not None,
        "cameo:onRevocation": terms.on_revocation.value,
        "permission": [{**parts, **rule} for rule in _permissions(terms)],
        "@included": definitions(),
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
            **present({"duty": _duties(terms, action)}),
        }
    if terms.sublicence_depth:
        depth = _rule("cameo:sublicenceDepth", "odrl:lteq", terms.sublicence_depth)
        # what a sublicence gives is limited in its own policy, which lies within this one
        yield {"action": "odrl:grantUse", "constraint": [*_window(terms), depth]}


def _limits(terms: Terms) -> list[Rule]:
    return [
        *_window(terms),
        *_scope("odrl:purpose", terms.purposes, _purpose),
        *_scope("odrl:spatial", terms.territories, _place),
        *_scope("cameo:category", terms.categories, str),
        *_scope("cameo:coAppearance", terms.co_appearance, str),
        *_numbers(terms),
    ]


def _window(terms: Terms) -> Iterator[Rule]:
    for operator, at in (("odrl:gteq", terms.not_before), ("odrl:lt", terms.not_after)):
        text = moment_text(at)
        if text is not None:
            yield _rule("odrl:dateTime", operator, moment(text))


def _scope(left: str, scope: Scope, named: Callable[[str], object]) -> Iterator[Rule]:
    """In any of what is included, in none of what is excluded; no constraint for everything.

    A constraint has a right operand (ODRL): what is open to nothing is in none of everything.
    """
    shut = scope.excluded if scope.included else {EVERYTHING}
    if scope.included and EVERYTHING not in scope.included:
        yield _rule(left, "odrl:isAnyOf", [named(code) for code in sorted(scope.included)])
    if shut:
        yield _rule(left, "odrl:isNoneOf", [named(code) for code in sorted(shut)])


def _purpose(code: str) -> Rule:
    return {"@id": purpose_id(code)}


def _place(code: str) -> Rule:
    return {"@id": place(code)}


def _numbers(terms: Terms) -> Iterator[Rule]:
    if terms.count is not None:
        # `odrl:count` counts each action by itself, and a grant all of its uses together
        counted = "odrl:count" if len(terms.actions) == 1 else "cameo:uses"
        yield _rule(counted, "odrl:lteq", terms.count)
    yield _rule("cameo:remixDepth", "odrl:lteq", terms.remix_depth)
    # the extents have an order that only we know: those that are allowed are listed
    allowed = [each for each in AppearanceChange if not each.exceeds(terms.appearance_change)]
    yield _rule("cameo:appearanceChange", "odrl:isAnyOf", [each.value for each in allowed])


def _duties(terms: Terms, action: Action) -> list[Rule]:
    """What is owed for this action: in ODRL, a condition of its permission."""
    duties = [
        {
            "action": ODRL_DUTIES.get(each.kind, f"cameo:{each.kind}"),
            **present({"dct:description": each.text}),
        }
        for each in terms.owed
    ]
    if terms.approval_before_publishing and action is Action.PUBLISH:
        duties.append(
            {"action": "odrl:obtainConsent", "dct:description": "of the owner, to publish"}
        )
    return duties


def _rule(left: str, operator: str, right: object) -> Rule:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}
