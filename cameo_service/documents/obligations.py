"""Obligations as JSON data.

>>> obligations_document((Obligation(kind=ObligationKind.CREDIT, text="Ann"),))
[{'kind': 'credit', 'text': 'Ann'}]
"""

from collections.abc import Iterable

from cameo_service.documents.reading import Document, Form, read
from permissions.obligations import Obligation, ObligationKind


class ObligationForm(Form, frozen=True):
    """An obligation as it is stored."""

    kind: ObligationKind
    text: str

    def to_obligation(self) -> Obligation:
        """As `permissions` decides over it."""
        return Obligation(kind=self.kind, text=self.text)


class _Obligations(Form, frozen=True):
    obligations: list[ObligationForm]


def obligations_document(obligations: Iterable[Obligation]) -> list[Document]:
    """The obligations as JSON data, in their order."""
    return [{"kind": str(each.kind), "text": each.text} for each in obligations]


def obligations_from(documents: list[Document]) -> tuple[Obligation, ...]:
    """Read what `obligations_document` wrote. Raises `DamagedDocument`."""
    return obligations_of(read({"obligations": documents}, _Obligations).obligations)


def obligations_of(forms: Iterable[ObligationForm]) -> tuple[Obligation, ...]:
    """The obligations that these forms hold."""
    return tuple([form.to_obligation() for form in forms])
