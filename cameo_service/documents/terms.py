"""Terms as JSON data: of a grant, of a mandate, of a ceiling.

Terms of the first release knew actions, facets and a window, and no other limit. They have no
`version`, and are read as `Terms.without_limits`.

>>> terms_from(
...     {"actions": ["tag"], "facets": ["face"], "not_before": None, "not_after": None}
... ).purposes.is_everything
True
"""

from typing import Literal

from cameo_service.documents.obligations import (
    ObligationForm,
    obligations_document,
    obligations_of,
)
from cameo_service.documents.reading import (
    Document,
    Form,
    Moment,
    Natural,
    is_first,
    moment_text,
    read,
)
from cameo_service.documents.scopes import ScopeForm, scope_document
from permissions.terms import Terms
from permissions.vocabulary import Action, AppearanceChange, Facet, OnRevocation

VERSION: Literal[1] = 1


class TermsForm(Form, frozen=True):
    """Terms as they are stored."""

    version: Literal[1]
    actions: frozenset[Action]
    facets: frozenset[Facet]
    not_before: Moment | None
    not_after: Moment | None
    purposes: ScopeForm
    categories: ScopeForm
    territories: ScopeForm
    co_appearance: ScopeForm
    appearance_change: AppearanceChange
    count: Natural | None
    remix_depth: Natural
    sublicence_depth: Natural
    approval_before_publishing: bool
    obligations: list[ObligationForm]
    intended_use: str
    on_revocation: OnRevocation
    compensation: str


class FirstTermsForm(Form, frozen=True):
    """Terms as the first release stored them."""

    actions: frozenset[Action]
    facets: frozenset[Facet]
    not_before: Moment | None
    not_after: Moment | None


def terms_document(terms: Terms) -> Document:
    """The terms as JSON data, in a stable order."""
    return {
        "version": VERSION,
        "actions": sorted(str(action) for action in terms.actions),
        "facets": sorted(str(facet) for facet in terms.facets),
        "not_before": moment_text(terms.not_before),
        "not_after": moment_text(terms.not_after),
        "purposes": scope_document(terms.purposes),
        "categories": scope_document(terms.categories),
        "territories": scope_document(terms.territories),
        "co_appearance": scope_document(terms.co_appearance),
        "appearance_change": str(terms.appearance_change),
        "count": terms.count,
        "remix_depth": terms.remix_depth,
        "sublicence_depth": terms.sublicence_depth,
        "approval_before_publishing": terms.approval_before_publishing,
        "obligations": obligations_document(terms.obligations),
        "intended_use": terms.intended_use,
        "on_revocation": str(terms.on_revocation),
        "compensation": terms.compensation,
    }


def terms_from(document: Document) -> Terms:
    """Read what `terms_document` wrote, in any release. Raises `DamagedDocument`."""
    if is_first(document):
        return _first_terms(read(document, FirstTermsForm))
    form = read(document, TermsForm)
    return Terms(
        actions=form.actions,
        facets=form.facets,
        not_before=form.not_before,
        not_after=form.not_after,
        purposes=form.purposes.to_scope(),
        categories=form.categories.to_scope(),
        territories=form.territories.to_scope(),
        co_appearance=form.co_appearance.to_scope(),
        appearance_change=form.appearance_change,
        count=form.count,
        remix_depth=form.remix_depth,
        sublicence_depth=form.sublicence_depth,
        approval_before_publishing=form.approval_before_publishing,
        obligations=obligations_of(form.obligations),
        intended_use=form.intended_use,
        on_revocation=form.on_revocation,
        compensation=form.compensation,
    )


def _first_terms(form: FirstTermsForm) -> Terms:
    return Terms.without_limits(
        actions=form.actions,
        facets=form.facets,
        not_before=form.not_before,
        not_after=form.not_after,
    )
