"""What the API's own routes tell a person, page by page: the archive shows what they show.

No other view is made for the archive, so it cannot show more than the routes do to a caller that
acts for nobody but this person.

for grant in every(lambda query: cameos.list_grants("cam_1", context, caller, query)):
    ...
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel

from cameo_service.callers import Caller
from cameo_service.routes.schemas.common import Page, PageQuery

AT_ONCE = 100
Item = TypeVar("Item")
Query = TypeVar("Query", bound=PageQuery)


def as_person(caller: Caller, principal: str) -> Caller:
    """The caller, acting for nobody but `principal` and with no say in the deployment."""
    return Caller(key_id=caller.key_id, principal=principal, scopes=frozenset(), acts_for=())


def every(
    page_of: Callable[[Query], Page[Item]], kind: type[Query], **fields: str | bool
) -> Iterator[Any]:
    """Every item of a list, as JSON data."""
    after: str | None = None
    while True:
        page = page_of(kind.model_validate({"limit": AT_ONCE, "after": after, **fields}))
        for item in page.data:
            yield shown(item)
        if not page.has_more:
            return
        after = page.next_cursor


def shown(item: object) -> Any:  # noqa: ANN401 (JSON data)
    """A view as JSON data."""
    return item.model_dump(mode="json") if isinstance(item, BaseModel) else item
