"""What a remix inherits: the terms under which each of its ancestors was made hold for it too.

licences = inherit(involved, facts)
if isinstance(licences, Reason):
    ...  # an ancestor is gone, or its terms do not reach this far
"""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from permissions.decision import Reason, ReasonCode
from permissions.facts import Facts, UseFacts
from permissions.involved import Involved
from permissions.licences import Licence, inherited_licence
from permissions.request import Question


def inherit(involved: Involved, facts: Facts) -> tuple[Licence, ...] | Reason:
    """Return the licences that the ancestors rest on, or why the remix cannot be made from them."""
    # Where a cameo is asked about twice, what the request and its ancestors name comes first.
    questions = {each.likeness.cameo_id: each for each in reversed(involved.questions)}
    licences: list[Licence] = []
    for use, depth in involved.ancestors:
        if use.removed:
            message = "the request is made from a use that was removed"
            return Reason(code=ReasonCode.ANCESTOR_REMOVED, step=8, message=message)
        for grant_id in sorted(use.grants):
            licence = _reaching(grant_id, use, depth, questions, facts)
            if licence is None:
                message = "the terms of an earlier use do not reach this far"
                return Reason(
                    code=ReasonCode.ANCESTOR_TERMS, step=8, message=message, grants=(grant_id,)
                )
            licences.append(licence)
    return tuple(licences)


def _reaching(
    grant_id: str, use: UseFacts, depth: int, questions: Mapping[str, Question], facts: Facts
) -> Licence | None:
    grant = facts.index.find(grant_id)
    question = questions.get(grant.cameo_id) if grant is not None else None
    if question is None:
        return None
    made_of = {likeness.cameo_id: likeness.facets for likeness in use.likenesses}
    facets = made_of.get(question.likeness.cameo_id, question.likeness.facets)
    likeness = replace(question.likeness, facets=facets)
    return inherited_licence(
        grant_id, msgspec.structs.replace(question, likeness=likeness, depth=depth), facts
    )
