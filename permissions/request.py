"""Who asks for what, with which likenesses, in which context.

Context that is None was not declared. That is never the same as nothing: a rule that needs it
denies. The empty set says that there is none.

>>> ConsentRequest(
...     requester=Principal("user:bob"),
...     action=Action.GENERATE,
...     likenesses=(Likeness(cameo_id="cam_1", facets=frozenset({Facet.FACE})),),
... ).action
<Action.GENERATE: 'generate'>
"""

from dataclasses import dataclass
from datetime import datetime

from permissions.taxonomy import is_category, is_companion, is_purpose
from permissions.territories import is_territory
from permissions.vocabulary import Action, AppearanceChange, Facet, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """One cameo in a request, the facets of it that would be used, and how far it is changed."""

    cameo_id: str
    facets: frozenset[Facet]
    appearance_change: AppearanceChange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    """One question: may `requester` do `action` with all of `likenesses`?

    `categories` and `purpose` are codes of `taxonomy`, `territories` of `territories`.
    `co_appearing` is who and what appears besides the likenesses of this request. `remix_of` are
    the ids of the uses that this one is made from. `reference` is what a one-off approval is bound
    to: the hash of the canonical request, or of the draft.
    """

    requester: Principal
    action: Action
    likenesses: tuple[Likeness, ...]
    purpose: str | None = None
    categories: frozenset[str] | None = None
    territories: frozenset[str] | None = None
    co_appearing: frozenset[str] | None = None
    remix_of: tuple[str, ...] = ()
    reference: str | None = None

    def defect(self) -> str | None:
        """Return what makes this request impossible to judge, or None."""
        named = [likeness.cameo_id for likeness in self.likenesses]
        if not named:
            return "the request names no likeness"
        if len(set(named)) != len(named):
            return "the request names a likeness twice"
        if not all(likeness.facets for likeness in self.likenesses):
            return "the request names a likeness without a facet"
        return self._unknown_code()

    def _unknown_code(self) -> str | None:
        if self.purpose is not None and not is_purpose(self.purpose):
            return f"`{self.purpose[:80]}` is not a purpose"
        if self.territories is not None and not self.territories:
            return "the request declares an empty set of territories"
        for code in sorted(self.categories or ()):
            if not is_category(code):
                return f"`{code[:80]}` is not a category"
        for code in sorted(self.territories or ()):
            if not is_territory(code):
                return f"`{code[:80]}` is not a territory"
        for code in sorted(self.co_appearing or ()):
            if not is_companion(code):
                return f"`{code[:80]}` is not a person, a character or a brand"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a request asks about one likeness: the part that rules and terms are judged on.

    `beside` are the other likenesses of the request, as codes of co-appearance. `depth` counts the
    remixes between the use that this likeness was put into and the one that is asked for.
    """

    request: ConsentRequest
    likeness: Likeness
    now: datetime
    beside: frozenset[str] = frozenset()
    depth: int = 0

    @property
    def requester(self) -> Principal:
        """Who asks."""
        return self.request.requester
