"""Who asks for what, with which likenesses.

>>> ConsentRequest(
...     requester=Principal("user:bob"),
...     action=Action.GENERATE,
...     likenesses=(Likeness(cameo_id="cam_1", facets=frozenset({Facet.FACE})),),
... ).action
<Action.GENERATE: 'generate'>
"""

from dataclasses import dataclass

from permissions.vocabulary import Action, Facet, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """One cameo in a request, and the facets of it that would be used."""

    cameo_id: str
    facets: frozenset[Facet]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    """One question: may `requester` do `action` with all of `likenesses`?"""

    requester: Principal
    action: Action
    likenesses: tuple[Likeness, ...]
