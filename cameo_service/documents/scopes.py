"""Scopes as JSON data.

>>> from permissions.scope import ALL
>>> scope_document(ALL)
{'included': ['*'], 'excluded': []}
"""

from cameo_service.documents.reading import Document, Form, read
from permissions.scope import Scope


class ScopeForm(Form, frozen=True):
    """A scope as it is stored."""

    included: frozenset[str]
    excluded: frozenset[str]

    def to_scope(self) -> Scope:
        """As `permissions` decides over it."""
        return Scope(included=self.included, excluded=self.excluded)


def scope_document(scope: Scope) -> Document:
    """The scope as JSON data, in a stable order."""
    return {"included": sorted(scope.included), "excluded": sorted(scope.excluded)}


def scope_from(document: Document) -> Scope:
    """Read what `scope_document` wrote. Raises `DamagedDocument`."""
    return read(document, ScopeForm).to_scope()
