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

from msgspec import Struct

from permissions.taxonomy import CATEGORIES, is_companion, is_purpose
from permissions.territories import COUNTRIES, is_territory
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
        likenesses = self.likenesses
        if not likenesses:
            return "the request names no likeness"
        if len(likenesses) > 1 and len({each.cameo_id for each in likenesses}) < len(likenesses):
            return "the request names a likeness twice"
        for each in likenesses:
            if not each.facets:
                return "the request names a likeness without a facet"
        return self._unknown_code()

    def _unknown_code(self) -> str | None:
        if self.purpose is not None and not is_purpose(self.purpose):
            return f"`{self.purpose[:80]}` is not a purpose"
        if self.territories is not None and not self.territories:
            return "the request declares an empty set of territories"
        if self.categories and not self.categories <= CATEGORIES.keys():
            return f"`{min(self.categories - CATEGORIES.keys())[:80]}` is not a category"
        if self.territories and not self.territories <= COUNTRIES:
            unknown = [code for code in self.territories if not is_territory(code)]
            if unknown:
                return f"`{min(unknown)[:80]}` is not a territory"
        if self.co_appearing:
            unknown = [code for code in self.co_appearing if not is_companion(code)]
            if unknown:
                return f"`{min(unknown)[:80]}` is not a person, a character or a brand"
        return None


class Question(Struct, frozen=True, kw_only=True, gc=False):
    """What a request asks about one likeness: the part that rules and terms are judged on.

    `beside` are the other likenesses of the request, as codes of co-appearance. `depth` counts the
    remixes between the use that this likeness was put into and the one that is asked for.
    `underlies` is the character that this likeness is part of, and `through` is whose character
    that is.
    """

    request: ConsentRequest
    likeness: Likeness
    now: datetime
    beside: frozenset[str] = frozenset()
    depth: int = 0
    underlies: str | None = None
    through: Principal | None = None

    @property
    def requester(self) -> Principal:
        """Who asks."""
        return self.request.requester
