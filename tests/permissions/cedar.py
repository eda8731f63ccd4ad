"""An independent oracle: worlds compiled to Cedar policies, and judged by Cedar.

It shares no code with `permissions` but the facts it reads: hierarchies are spelled out in
`PARENT`, scopes become plain sets of codes, chains become one long condition, Cedar decides. A
request is permitted when Cedar allows it; it needs approval when Cedar would allow it with every
review waived. Remixes, mandates, approvals and minors are left to the cases and properties.

    answers = judge(facts, requests, cedarpy.is_authorized_batch)
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from permissions.facts import CameoFacts, CameoStatus, Facts, GrantFacts
from permissions.request import ConsentRequest, Likeness
from permissions.rules import Condition, Rule, RuleEffect
from permissions.scope import Scope
from permissions.vocabulary import Action, AppearanceChange, Audience, Principal
from tests.permissions.cedar_words import (
    PARENT,
    Code,
    above,
    below,
    conjunction,
    literal,
    seconds,
    window,
)
from tests.permissions.generated import NOW, PEOPLE

Engine = Callable[[list[dict[str, Any]], str, str], Sequence[Any]]
"""`cedarpy.is_authorized_batch`: requests, policies, entities."""


def judge(facts: Facts, requests: Sequence[ConsentRequest], engine: Engine) -> list[str]:
    """Return `permit`, `needs_approval` or `deny` for each request."""
    policies = "\n".join(_policies(facts))
    asked: list[dict[str, Any]] = []
    owners: list[int] = []
    for number, request in enumerate(requests):
        for waived in (False, True):
            queries = list(_queries(request, facts, waived=waived))
            asked.extend(queries)
            owners.extend([number * 2 + waived] * len(queries))
    refused = set()
    results = engine(asked, policies, json.dumps(_entities()))
    for owner, result in zip(owners, results, strict=True):
        if result.diagnostics.errors:
            raise AssertionError(result.diagnostics.errors)
        if not result.allowed:
            refused.add(owner)
    return [_answer(number, refused) for number in range(len(requests))]


def _answer(number: int, refused: set[int]) -> str:
    if number * 2 not in refused:
        return "permit"
    return "deny" if number * 2 + 1 in refused else "needs_approval"


# -- questions -----------------------------------------------------------------------------------


def _queries(request: ConsentRequest, facts: Facts, *, waived: bool) -> Iterator[dict[str, Any]]:
    """Yield one Cedar request for each likeness, and for each that a character rests on."""
    for likeness in request.likenesses:
        cameo = facts.cameos[likeness.cameo_id]
        others = [each for each in request.likenesses if each is not likeness]
        yield _query(request, likeness, others, waived=waived)
        for right in cameo.character.underlying if cameo.character else ():
            facets = right.facets & likeness.facets
            if facets:
                part = Likeness(
                    cameo_id=right.cameo_id,
                    facets=facets,
                    appearance_change=likeness.appearance_change,
                )
                rest = [each for each in others if each.cameo_id != right.cameo_id]
                yield _query(request, part, rest, waived=waived, through=cameo.owner)


def _query(
    request: ConsentRequest,
    likeness: Likeness,
    others: Sequence[Likeness],
    *,
    waived: bool,
    through: str | None = None,
) -> dict[str, Any]:
    context: dict[str, Any] = {
        "facets": sorted(likeness.facets),
        "beside": [_company(each.cameo_id) for each in others],
        "waived": waived,
        "now": seconds(NOW),
    }
    if request.purpose is not None:
        context["purpose"] = {"__entity": {"type": "Purpose", "id": request.purpose}}
    for aspect in ("categories", "territories", "co_appearing"):
        declared = getattr(request, aspect)
        if declared is not None:
            context[aspect] = sorted(declared)
    if likeness.appearance_change is not None:
        context["change"] = list(AppearanceChange).index(likeness.appearance_change)
    if through is not None:
        context["through"] = {"__entity": {"type": "P", "id": through}}
    return {
        "principal": _principal(request.requester),
        "action": f'Action::"{request.action}"',
        "resource": f'Cameo::"{likeness.cameo_id}"',
        "context": context,
    }


def _company(cameo_id: str) -> Code:
    return f"character.{cameo_id}" if cameo_id == "cam_x" else f"person.{cameo_id}"


def _entities() -> list[dict[str, Any]]:
    return [
        {
            "uid": {"type": "Purpose", "id": code},
            "attrs": {},
            "parents": [] if parent is None else [{"type": "Purpose", "id": parent}],
        }
        for code, parent in PARENT["purpose"].items()
    ]


# -- policies ------------------------------------------------------------------------------------


def _policies(facts: Facts) -> Iterator[str]:
    for principal in facts.standings:
        yield f"forbid(principal == {_principal(principal)}, action, resource);"
    for rule in facts.deployment.rules:
        yield from _restriction(rule, "resource", "true")
    for protected in facts.deployment.protected:
        yield f'forbid(principal, action, resource == Cameo::"{protected}");'
    for cameo in facts.cameos.values():
        yield from _of_cameo(cameo, facts)
    for grant in facts.grants if isinstance(facts.grants, tuple) else ():
        yield from _of_grant(grant, facts)


def _of_cameo(cameo: CameoFacts, facts: Facts) -> Iterator[str]:
    resource = f'resource == Cameo::"{cameo.id}"'
    owner = f"principal == {_principal(cameo.owner)}"
    expires = cameo.credential_expires_at
    unusable = cameo.status is not CameoStatus.ACTIVE or cameo.owner in facts.standings
    if unusable or (expires is not None and expires <= NOW):
        yield f"forbid(principal, action, {resource});"
    for blocked in cameo.policy.blocked:
        yield f"forbid(principal == {_principal(blocked)}, action, {resource});"
    yield f"permit({owner}, action, {resource});"
    rules = cameo.policy.restrictions + (cameo.character.policies if cameo.character else ())
    for rule in rules:
        if isinstance(rule, Rule) and rule.effect is RuleEffect.ALLOW:
            yield f"permit(principal, action, {resource}) when {{ {_surely(rule)} }};"
        else:
            yield from _restriction(rule, resource, f"!({owner})")
    for action in cameo.policy.review:
        head = f'forbid(principal, action == Action::"{action}", {resource})'
        yield f"{head} when {{ !context.waived && !({owner}) }};"
    if cameo.character is not None:
        inside = _within(cameo.character.territories, "territories")
        yield f"forbid(principal, action, {resource}) unless {{ {inside} }};"
    for action, audience in cameo.policy.audience.items():
        yield from _audience(cameo, action, audience, facts)


def _audience(cameo: CameoFacts, action: Action, audience: Audience, facts: Facts) -> Iterator[str]:
    head = f'action == Action::"{action}", resource == Cameo::"{cameo.id}"'
    reached: set[Principal] = set()
    if audience in (Audience.APPROVED, Audience.MUTUALS):
        reached |= cameo.policy.approved
    if audience is Audience.MUTUALS:
        mutuals = facts.mutuals.get(cameo.owner, ())
        reached |= {principal for principal in PEOPLE if principal in mutuals}
    if audience is Audience.EVERYONE:
        yield f"permit(principal, {head});"
    for principal in reached:
        yield f"permit(principal == {_principal(principal)}, {head});"


def _restriction(rule: object, resource: str, unless_owner: str) -> Iterator[str]:
    assert isinstance(rule, Rule)  # the oracle's worlds hold no unreadable rules
    head = f"forbid(principal, action, {resource}) when {{ {unless_owner} && {_in_force(rule)}"
    maybe, surely = _maybe(rule.when), _definitely(rule.when)
    if rule.effect is RuleEffect.DENY:
        yield f"{head} && {maybe} }};"
    else:
        yield f"{head} && {maybe} && !({surely}) }};"
        yield f"{head} && {surely} && !context.waived }};"


def _in_force(rule: Rule) -> str:
    return conjunction([*window(rule.not_before, rule.not_after)])


def _surely(rule: Rule) -> str:
    return f"{_in_force(rule)} && {_definitely(rule.when)}"


def _maybe(condition: Condition) -> str:
    """The condition cannot be ruled out."""
    parts = [*_plain(condition)]
    for aspect, wanted in _kinds(condition):
        touched = below(aspect, wanted) | (above(aspect, wanted) - {"*"})
        declared = f"!(context has {aspect}) || {_any(aspect, touched)}"
        known = f" || {_any('beside', touched)}" if aspect == "co_appearing" else ""
        parts.append(f"({declared}{known})")
    if condition.territories:
        parts.append(f"(!(context has territories) || {_in_places(condition.territories)})")
    if condition.appearance_change_above is not None:
        limit = list(AppearanceChange).index(condition.appearance_change_above)
        parts.append(f"(!(context has change) || context.change > {limit})")
    return conjunction(parts)


def _definitely(condition: Condition) -> str:
    """The condition holds on what was declared."""
    parts = [*_plain(condition)]
    for aspect, wanted in _kinds(condition):
        inside = below(aspect, wanted)
        declared = f"(context has {aspect} && {_any(aspect, inside)})"
        known = f" || {_any('beside', inside)}" if aspect == "co_appearing" else ""
        parts.append(f"({declared}{known})")
    if condition.territories:
        parts.append(f"(context has territories && {_in_places(condition.territories)})")
    if condition.appearance_change_above is not None:
        limit = list(AppearanceChange).index(condition.appearance_change_above)
        parts.append(f"(context has change && context.change > {limit})")
    return conjunction(parts)


def _plain(condition: Condition) -> Iterator[str]:
    if condition.requesters:
        yield f"[{_principals(condition.requesters)}].contains(principal)"
    if condition.except_requesters:
        yield f"!([{_principals(condition.except_requesters)}].contains(principal))"
    if condition.actions:
        yield f"[{_actions(condition.actions)}].contains(action)"
    if condition.facets:
        yield f"context.facets.containsAny({literal(condition.facets)})"


def _kinds(condition: Condition) -> Iterator[tuple[str, frozenset[Code]]]:
    if condition.purposes:
        yield "purpose", condition.purposes
    if condition.categories:
        yield "categories", condition.categories
    if condition.co_appearing:
        yield "co_appearing", condition.co_appearing


def _any(aspect: str, codes: Iterable[Code]) -> str:
    if aspect == "purpose":
        # `==` and not `in`: what lies below was spelled out already
        options = [f'context.purpose == Purpose::"{code}"' for code in sorted(codes)]
        return f"({' || '.join(options)})"
    return f"context.{aspect}.containsAny({literal(codes)})"


def _in_places(wanted: frozenset[Code]) -> str:
    return _any("territories", below("territories", wanted) | above("territories", wanted))


# -- grants --------------------------------------------------------------------------------------


def _of_grant(grant: GrantFacts, facts: Facts) -> Iterator[str]:
    """A chain is one policy: every link's conditions, all of them."""
    chain = _chain(grant, facts)
    if chain is None:
        return
    head = f'permit(principal, action, resource == Cameo::"{grant.cameo_id}")'
    covered = conjunction([_of_terms(link) for link in chain])
    holder = _principal(grant.grantee)
    for who, spare in ((f"principal == {holder}", 0), (f"context.through == {holder}", 1)):
        deep_enough = all(
            link.terms.sublicence_depth >= depth + spare for depth, link in enumerate(chain)
        )
        guard = "context has through && " if spare else ""
        if deep_enough and (not spare or _is_trusted(grant.grantee, grant.cameo_id, facts)):
            yield f"{head} when {{ {guard}{who} && {covered} }};"


def _chain(grant: GrantFacts, facts: Facts) -> list[GrantFacts] | None:
    by_id = {each.id: each for each in facts.grants} if isinstance(facts.grants, tuple) else {}
    cameo = facts.cameos[grant.cameo_id]
    chain = [grant]
    while (parent := chain[-1].parent) is not None:
        above = by_id[parent]
        if above.grantee != chain[-1].grantor or above.cameo_id != grant.cameo_id:
            return None
        chain.append(above)
    trusted = all(_is_trusted(link.grantor, grant.cameo_id, facts) for link in chain)
    return chain if trusted and chain[-1].grantor == cameo.owner else None


def _is_trusted(principal: str, cameo_id: str, facts: Facts) -> bool:
    blocked = facts.cameos[cameo_id].policy.blocked
    return principal not in blocked and principal not in facts.standings


def _of_terms(link: GrantFacts) -> str:
    terms = link.terms
    spent = link.remaining == 0 or (terms.count is not None and link.remaining is None)
    parts = ["false" if link.revoked or spent else "true"]
    parts.append(f"[{_actions(terms.actions)}].contains(action)")
    parts.append(f"{literal(terms.facets)}.containsAll(context.facets)")
    parts.extend(window(terms.not_before, terms.not_after))
    parts.append(_purposes(terms.purposes))
    parts.append(_within(terms.categories, "categories"))
    parts.append(_within(terms.territories, "territories"))
    parts.append(_within(terms.co_appearance, "co_appearing"))
    covered = _covered(terms.co_appearance, "co_appearing")
    parts.append(f"{literal(covered)}.containsAll(context.beside)")
    limit = list(AppearanceChange).index(terms.appearance_change)
    if limit < len(AppearanceChange) - 1:
        parts.append(f"(context has change && context.change <= {limit})")
    if terms.approval_before_publishing:
        parts.append('(action != Action::"publish" || context.waived)')
    return conjunction(parts)


def _purposes(scope: Scope) -> str:
    """Purposes lie in Cedar's own hierarchy: Cedar walks it."""
    if scope.included >= {"*"} and not scope.excluded:
        return "true"
    inside = [f'context.purpose in Purpose::"{code}"' for code in sorted(scope.included)]
    outside = [f'context.purpose in Purpose::"{code}"' for code in sorted(scope.excluded)]
    partly = [
        f'context.purpose == Purpose::"{code}"' for code in sorted(above("purpose", scope.excluded))
    ]
    out = [*outside, *partly]
    refused = f" && !({' || '.join(out)})" if out else ""
    return f"(context has purpose && ({' || '.join(inside) or 'false'}){refused})"


def _within(scope: Scope, aspect: str) -> str:
    if "*" in scope.included and not scope.excluded:
        return "true"
    covered = literal(_covered(scope, aspect))
    return f"(context has {aspect} && {covered}.containsAll(context.{aspect}))"


def _covered(scope: Scope, aspect: str) -> frozenset[Code]:
    """Every code of which the whole lies in the scope, one by one."""
    out = below(aspect, scope.excluded) | above(aspect, scope.excluded)
    return below(aspect, scope.included) - out


def _principal(principal: str) -> str:
    return f'P::"{principal}"'


def _principals(principals: Iterable[str]) -> str:
    return ", ".join(_principal(each) for each in sorted(principals))


def _actions(actions: Iterable[Action]) -> str:
    return ", ".join(f'Action::"{action}"' for action in sorted(actions))
