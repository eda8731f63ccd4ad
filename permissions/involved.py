"""Which likenesses a request touches: those it names, those in its ancestors, those beneath them.

involved = find_involved(request, facts, now)
for question in involved.questions:
    ...  # every one must get a yes
"""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from permissions.decision import Reason, ReasonCode
from permissions.facts import CameoFacts, Facts, UseFacts
from permissions.request import ConsentRequest, Likeness, Question
from permissions.vocabulary import AppearanceChange

MOST_LIKENESSES = 64
MOST_ANCESTORS = 64
DEEPEST_ANCESTRY = 32
DEEPEST_UNDERLYING = 8


class Involved(Struct, frozen=True, kw_only=True, gc=False):
    """What is asked about each likeness that a request touches, or what kept it unknown.

    `ancestors` are the earlier uses, each with the number of remixes that lie between.
    """

    questions: tuple[Question, ...] = ()
    ancestors: tuple[tuple[UseFacts, int], ...] = ()
    problem: Reason | None = None


def find_involved(request: ConsentRequest, facts: Facts, now: datetime) -> Involved:
    """Return every likeness and every ancestor that must agree to `request`."""
    asked = [Question(request=request, likeness=each, now=now) for each in request.likenesses]
    ancestors: tuple[tuple[UseFacts, int], ...] = ()
    if request.remix_of:
        found = _ancestors(request, facts)
        if isinstance(found, Reason):
            return Involved(problem=found)
        ancestors = found
        asked = _merged(asked, ancestors, request, now)
    for question in asked:
        if _is_character(question, facts):
            beneath = _beneath(asked, facts)
            if isinstance(beneath, Reason):
                return Involved(problem=beneath)
            asked += beneath
            break
    if len(asked) > 1:
        asked = _in_company(asked, facts)
    return Involved(questions=tuple(asked), ancestors=ancestors)


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
    asked: list[Question],
    ancestors: tuple[tuple[UseFacts, int], ...],
    request: ConsentRequest,
    now: datetime,
) -> list[Question]:
    """Join what the request names with what its ancestors hold: one question for each cameo."""
    merged = {question.likeness.cameo_id: question for question in asked}
    for use, depth in ancestors:
        for each in use.likenesses:
            known = merged.get(each.cameo_id)
            likeness = each if known is None else _joined(known.likeness, each)
            deepest = depth if known is None else max(depth, known.depth)
            merged[each.cameo_id] = Question(
                request=request, likeness=likeness, now=now, depth=deepest
            )
    return list(merged.values())


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


def _beneath(asked: list[Question], facts: Facts) -> list[Question] | Reason:
    """Return what is asked about the likenesses beneath characters, level by level, each once."""
    found: list[Question] = []
    level = asked
    for _ in range(DEEPEST_UNDERLYING):
        level = list(
            dict.fromkeys(below for each in level for below in _directly_beneath(each, facts))
        )
        if not level:
            return found
        found += level
        if len(asked) + len(found) > MOST_LIKENESSES:
            break
    message = "the rights beneath a character cannot be resolved"
    return Reason(code=ReasonCode.UNDERLYING_UNRESOLVED, step=7, message=message)


def _is_character(question: Question, facts: Facts) -> bool:
    cameo = facts.cameos.get(question.likeness.cameo_id)
    return cameo is not None and cameo.character is not None


def _directly_beneath(question: Question, facts: Facts) -> list[Question]:
    asked = question.likeness
    cameo: CameoFacts | None = facts.cameos.get(asked.cameo_id)
    if cameo is None or cameo.character is None:
        return []
    return [
        replace(
            question,
            likeness=Likeness(
                cameo_id=right.cameo_id,
                facets=right.facets & asked.facets,
                appearance_change=asked.appearance_change,
            ),
            underlies=question.underlies or cameo.id,
            through=cameo.owner,
        )
        for right in cameo.character.underlying
        if not right.facets.isdisjoint(asked.facets)
    ]


def _in_company(asked: list[Question], facts: Facts) -> list[Question]:
    """Say to each question who appears beside: all who appear as themselves."""
    codes = {
        question.likeness.cameo_id: _code(question, facts)
        for question in asked
        if question.underlies is None
    }
    return [replace(question, beside=_company(question, codes)) for question in asked]


def _code(question: Question, facts: Facts) -> str:
    kind = "character" if _is_character(question, facts) else "person"
    return f"{kind}.{question.likeness.cameo_id}"


def _company(question: Question, codes: dict[str, str]) -> frozenset[str]:
    """A character is no company for what it is made of."""
    own = {codes.get(question.likeness.cameo_id), codes.get(question.underlies or "")}
    return frozenset(codes.values()) - own
