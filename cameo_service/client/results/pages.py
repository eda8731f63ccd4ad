"""One page of a list.

>>> from cameo_service.client.results.grants import GrantReference
>>> document = {"data": [{"id": "gra_1", "version": 1}], "has_more": False, "next_cursor": None}
>>> page_of(GrantReference, document).items
(GrantReference(id='gra_1', version=1),)
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cameo_service.client.documents import Document, MalformedDocument, read

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """Some items, and the cursor after which the next ones come: None at the end."""

    items: tuple[Item, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    data: tuple[Any, ...]
    has_more: bool
    next_cursor: str | None


def page_of(kind: type[Item], document: Document) -> Page[Item]:
    """The page in `document`. One that promises more and has no cursor is malformed."""
    page = read(_Sent, document)
    if page.has_more is (page.next_cursor is None):
        raise MalformedDocument("`has_more` and `next_cursor` contradict each other")
    return Page(items=tuple(read(kind, item) for item in page.data), next_cursor=page.next_cursor)
