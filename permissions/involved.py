"""Which likenesses a request touches: those it names, those in its ancestors, those beneath them.

involved = find_involved(request, facts)
for each in involved.likenesses:
    ...  # every one must say yes
"""

from datetime import datetime
from typing import NamedTuple

from permissions.decision import Reason, ReasonCode
from permissions.facts import CameoFacts, Facts, UseFacts
from permissions.request import ConsentRequest, Likeness, Question
from permissions.vocabulary import AppearanceChange, Principal

MOST_LIKENESSES = 64
MOST_ANCESTORS = 64
DEEPEST_ANCESTRY = 32
DEEPEST_UNDERLYING = 8


class Involvement(NamedTuple):
    """One likeness that must say yes. `through` is the owner of the character it underlies."""

    likeness: Likeness
    depth: int = 0
    underlies: str | None = None
    through: Principal | None = None


class Involved(NamedTuple):
    """Everything that a request touches, and what kept it from being found out in full.

    `ancestors` are the earlier uses, each with the number of remixes that lie between.
    """

    likenesses: tuple[Involvement, ...] = ()
    ancestors: tuple[tuple[UseFacts, int], ...] = ()
    problem: Reason | None = None


def find_involved(request: ConsentRequest, facts: Facts) -> Involved:
    """Return every likeness and every ancestor that must agree to `request`."""
    ancestors = _ancestors(request, facts) if request.remix_of else ()
    if isinstance(ancestors, Reason):
        return Involved(problem=ancestors)
    if ancestors:
        direct = _merged(request, ancestors)
    else:
        direct = tuple([Involvement(likeness) for likeness in request.likenesses])
    for each in direct:
        if _is_character(each, facts):
            likenesses = _with_underlying(direct, facts)
            if isinstance(likenesses, Reason):
                return Involved(problem=likenesses)
            return Involved(likenesses, ancestors)
    return Involved(direct, ancestors)


def _ancestors(request: ConsentRequest, facts: Facts) -> tuple[tuple[UseFacts, int], ...] | Reason:
    """Walk up level by level: a use that is reached on several ways counts with its longest."""
    uses: dict[str, UseFacts] = {}
    depths: dict[str, int] = {}
    level = set(request.remix_of)
    for depth in range(1, DEEPEST_ANCESTRY + 1):
        depths |= dict.fromkeys(level, depth)
        if len(depths) > MOST_ANCESTORS:
            break
        for id in sorted(level - uses.keys()):
            use = facts.uses.get(id)
            if use is None:
                message = "the request is made from a use that is not known here"
                return Reason(code=ReasonCode.ANCESTOR_UNKNOWN, step=8, message=message)
            uses[id] = use
        level = {parent for id in level for parent in uses[id].remix_of}
        if not level:
            return tuple((uses[id], depths[id]) for id in sorted(depths))
    message = "the request is made from too many earlier uses, or they go round in a ring"
    return Reason(code=ReasonCode.ANCESTRY_UNRESOLVED, step=8, message=message)


def _merged(
    request: ConsentRequest, ancestors: tuple[tuple[UseFacts, int], ...]
) -> tuple[Involvement, ...]:
    """Join what the request names with what its ancestors hold: one entry for each cameo."""
    merged = {each.cameo_id: Involvement(likeness=each) for each in request.likenesses}
    for use, depth in ancestors:
        for likeness in use.likenesses:
            known = merged.get(likeness.cameo_id)
            merged[likeness.cameo_id] = (
                Involvement(likeness=likeness, depth=depth)
                if known is None
                else Involvement(
                    likeness=_joined(known.likeness, likeness), depth=max(depth, known.depth)
                )
            )
    return tuple(merged.values())


def _joined(one: Likeness, other: Likeness) -> Likeness:
    changes = (one.appearance_change, other.appearance_change)
    change: AppearanceChange | None = changes[0]
    if None in changes:
        change = None
    elif changes[0] is not None and changes[1] is not None and changes[1].exceeds(changes[0]):
        change = changes[1]
    return Likeness(
        cameo_id=one.cameo_id, facets=one.facets | other.facets, appearance_change=change
    )


def _with_underlying(
    direct: tuple[Involvement, ...], facts: Facts
) -> tuple[Involvement, ...] | Reason:
    """Add the likenesses that characters rest on, level by level, each way once."""
    found = list(direct)
    level = direct
    for _ in range(DEEPEST_UNDERLYING):
        level = tuple(
            dict.fromkeys(below for each in level for below in _directly_beneath(each, facts))
        )
        if not level:
            return tuple(found)
        found.extend(level)
        if len(found) > MOST_LIKENESSES:
            break
    message = "the rights beneath a character cannot be resolved"
    return Reason(code=ReasonCode.UNDERLYING_UNRESOLVED, step=7, message=message)


def _is_character(each: Involvement, facts: Facts) -> bool:
    cameo = facts.cameos.get(each.likeness.cameo_id)
    return cameo is not None and cameo.character is not None


def _directly_beneath(each: Involvement, facts: Facts) -> list[Involvement]:
    cameo: CameoFacts | None = facts.cameos.get(each.likeness.cameo_id)
    if cameo is None or cameo.character is None:
        return []
    return [
        Involvement(
            likeness=Likeness(
                cameo_id=right.cameo_id,
                facets=right.facets & each.likeness.facets,
                appearance_change=each.likeness.appearance_change,
            ),
            depth=each.depth,
            underlies=each.underlies or cameo.id,
            through=cameo.owner,
        )
        for right in cameo.character.underlying
        if not right.facets.isdisjoint(each.likeness.facets)
    ]


def questions(
    request: ConsentRequest, involved: Involved, facts: Facts, now: datetime
) -> list[tuple[Involvement, Question]]:
    """Return what is asked about each likeness."""
    likenesses = involved.likenesses
    codes = _codes(involved, facts) if len(likenesses) > 1 else {}
    return [
        (
            each,
            Question(
                request=request,
                likeness=each.likeness,
                now=now,
                beside=_company(each, codes) if codes else _ALONE,
                depth=each.depth,
            ),
        )
        for each in likenesses
    ]


def _company(each: Involvement, codes: dict[str, str]) -> frozenset[str]:
    """A character is no company for what it is made of."""
    own = {codes.get(each.likeness.cameo_id), codes.get(each.underlies or "")}
    return frozenset(codes.values()) - own


_ALONE: frozenset[str] = frozenset()


def _codes(involved: Involved, facts: Facts) -> dict[str, str]:
    """Return the likenesses that appear as themselves, as codes of co-appearance."""
    codes = {}
    for each in involved.likenesses:
        if each.underlies is None:
            cameo_id = each.likeness.cameo_id
            kind = "character" if _is_character(each, facts) else "person"
            codes[cameo_id] = f"{kind}.{cameo_id}"
    return codes
