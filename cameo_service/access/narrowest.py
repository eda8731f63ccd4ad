"""The narrowest grant that answers a request: what was asked for, once, for a while; pure.

What the request left undeclared it asks for without limit, and so the terms cover it: who approves
is shown these terms before.

terms = narrowest_terms(question, intended_use=record.message, not_after=ends)
"""

from collections.abc import Collection
from datetime import datetime

from permissions.request import Question
from permissions.scope import ALL, Scope
from permissions.terms import Terms
from permissions.vocabulary import Action, AppearanceChange


def narrowest_terms(question: Question, *, intended_use: str, not_after: datetime) -> Terms:
    """Terms that cover `question` and, beside what lies within it, nothing.

    One use, no sublicence. The use that was asked to be published is not to be approved again.
    """
    request = question.request
    change = question.likeness.appearance_change
    return Terms(
        actions=frozenset({request.action}),
        facets=question.likeness.facets,
        not_after=not_after,
        purposes=_only(None if request.purpose is None else (request.purpose,)),
        categories=_only(request.categories),
        territories=_only(request.territories),
        co_appearance=_only(_company(question)),
        appearance_change=AppearanceChange.COMPLETE if change is None else change,
        count=1,
        remix_depth=question.depth,
        approval_before_publishing=request.action is not Action.PUBLISH,
        intended_use=intended_use,
    )


def _only(declared: Collection[str] | None) -> Scope:
    return ALL if declared is None else Scope(included=frozenset(declared))


def _company(question: Question) -> frozenset[str] | None:
    declared = question.request.co_appearing
    return None if declared is None else declared | question.beside
