"""Pages of a search: where the next one begins is sealed into its token, with what was asked.

The standard wants everything but the token to stay the same from page to page, and an error where
it does not; its own example leaves `limit` out after the first page, so that is no change.

>>> PageIn(limit=5).size
5
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec

from cameo_service.authzen.reading import Form
from cameo_service.authzen.refusals import BadRequest
from cameo_service.authzen.sealing import Ended, NotOurs, Seal

DEFAULT_SIZE = 20
LARGEST_SIZE = 100
LIFETIME = timedelta(hours=1)
_PURPOSE = "page"

Position = list[Any]
"""Where a page begins: the search alone knows what is in it. The first page's is empty."""


class PageIn(Form, frozen=True, kw_only=True):
    """`page` of a search request. An empty token is none: it stands at the end of a search."""

    token: str = ""
    limit: Annotated[int, msgspec.Meta(ge=0)] | msgspec.UnsetType = msgspec.UNSET
    properties: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many results the page may have: what is asked for, up to `LARGEST_SIZE`."""
        return DEFAULT_SIZE if self.limit is msgspec.UNSET else min(self.limit, LARGEST_SIZE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page that is asked for: by whom, of what, how large, and where it begins."""

    owner: str
    digest: str
    size: int
    position: Position


def open_page(
    page: PageIn, question: dict[str, Any], *, seal: Seal, owner: str, now: datetime
) -> Page:
    """The page that is asked for; raise `BadRequest` for a token that does not belong to it."""
    digest = question_digest(question)
    if not page.token:
        return Page(owner=owner, digest=digest, size=page.size, position=[])
    try:
        claims = seal.open(_PURPOSE, page.token, owner=owner, now=now)
    except NotOurs:
        raise BadRequest("page_token_invalid", "`page.token` is not one of this search") from None
    except Ended:
        message = "`page.token` has expired: search from the beginning"
        raise BadRequest("page_token_expired", message) from None
    changed = claims["q"] != digest
    if changed or (page.limit is not msgspec.UNSET and page.size != claims["s"]):
        message = "nothing but `page.token` may change between the pages of a search"
        raise BadRequest("page_changed", message)
    return Page(owner=owner, digest=digest, size=claims["s"], position=claims["p"])


def next_token(page: Page, position: Position | None, *, seal: Seal, now: datetime) -> str:
    """The token of the page that begins at `position`; empty where there is none."""
    if position is None:
        return ""
    claims = {"q": page.digest, "s": page.size, "p": position}
    return seal.close(_PURPOSE, claims, owner=page.owner, ends=now + LIFETIME)


def question_digest(question: dict[str, Any]) -> str:
    """What two requests have in common that differ in the order of their members only."""
    return hashlib.sha256(msgspec.json.encode(question, order="sorted")).hexdigest()
