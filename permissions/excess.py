"""In what terms give more than they may: those of a sublicence, or of a representative's grant.

>>> from permissions.vocabulary import Action, Facet
>>> face = Terms(actions=frozenset({Action.TAG}), facets=frozenset({Facet.FACE}))
>>> exceeding(replace(face, count=3), replace(face, sublicence_depth=1, count=2))
('count',)
"""

from dataclasses import replace

from permissions.terms import Terms

MEASURED = (
    "actions",
    "facets",
    "not_before",
    "not_after",
    "purposes",
    "categories",
    "territories",
    "co_appearance",
    "appearance_change",
    "count",
    "remix_depth",
    "sublicence_depth",
    "approval_before_publishing",
    "obligations",
    "on_revocation",
)


def exceeding(terms: Terms, parent: Terms) -> tuple[str, ...]:
    """The aspects in which `terms` give more than `parent` lets them; none where they fit.

    Each aspect is measured on its own, by the one procedure there is.
    """
    if terms.within(parent):
        return ()
    if parent.sublicence_depth == 0:
        return ("sublicence_depth",)
    fitting = replace(parent, sublicence_depth=parent.sublicence_depth - 1)
    return tuple(
        aspect
        for aspect in MEASURED
        if not replace(fitting, **{aspect: getattr(terms, aspect)}).within(parent)
    )
