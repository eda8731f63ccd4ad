"""The consent question as callers send it: to checks, for permits, in access requests.

Context that is left out, or null, was not declared. That is never the same as an empty list, which
says that there is none.

>>> question = read_json(
...     ConsentIn,
...     b'{"requester": "user:bob", "action": "tag",'
...     b' "likenesses": [{"cameo_id": "cam_1", "facets": ["face"]}], "categories": []}',
... )
>>> request = question.to_request()
>>> request.categories, request.territories
(frozenset(), None)
"""

from typing import Annotated

from msgspec import Meta

from cameo_service.errors import InvalidRequest
from cameo_service.wire import Id, Wire, read_data, read_json
from permissions.request import ConsentRequest, Likeness
from permissions.vocabulary import (
    Action,
    AppearanceChange,
    Facet,
    MalformedPrincipal,
    Principal,
    parse_principal,
)

__all__ = ["CheckIn", "ConsentIn", "LikenessIn", "read_data", "read_json"]

MOST_LIKENESSES = 32
MOST_CODES = 64
MOST_ANCESTORS = 32
LONGEST_CODE = 200

Code = Annotated[str, Meta(min_length=1, max_length=LONGEST_CODE)]
Codes = Annotated[tuple[Code, ...], Meta(max_length=MOST_CODES)]


class LikenessIn(Wire, frozen=True, kw_only=True):
    """One cameo, the facets of it that would be used, and how far it would be changed."""

    cameo_id: Id
    facets: Annotated[tuple[Facet, ...], Meta(min_length=1, max_length=len(Facet))]
    appearance_change: AppearanceChange | None = None


class ConsentIn(Wire, frozen=True, kw_only=True):
    """May `requester` do `action` with all of `likenesses`, in this context?

    `draft` is the use whose publication is asked for: its likenesses and `remix_of` must be those
    of the question.
    """

    requester: Annotated[
        str, Meta(description="`user:…`, `org:…` or `app:…`", examples=["user:bob"])
    ]
    action: Action
    likenesses: Annotated[tuple[LikenessIn, ...], Meta(min_length=1, max_length=MOST_LIKENESSES)]
    purpose: Code | None = None
    categories: Codes | None = None
    territories: Codes | None = None
    co_appearing: Codes | None = None
    remix_of: Annotated[tuple[Id, ...], Meta(max_length=MOST_ANCESTORS)] = ()
    draft: Id | None = None

    def to_request(self) -> ConsentRequest:
        """As `permissions` decides over it, without a reference.

        Raises `InvalidRequest` for a requester that is no principal.
        """
        return ConsentRequest(
            requester=self._requester(),
            action=self.action,
            likenesses=tuple(
                [
                    Likeness(
                        cameo_id=each.cameo_id,
                        facets=frozenset(each.facets),
                        appearance_change=each.appearance_change,
                    )
                    for each in self.likenesses
                ]
            ),
            purpose=self.purpose,
            categories=_declared(self.categories),
            territories=_declared(self.territories),
            co_appearing=_declared(self.co_appearing),
            remix_of=self.remix_of,
        )

    def _requester(self) -> Principal:
        try:
            return parse_principal(self.requester)
        except MalformedPrincipal as error:
            raise InvalidRequest(("body.requester", str(error))) from None


class CheckIn(ConsentIn, frozen=True, kw_only=True):
    """A question without effect. `explain` asks for the whole answer, as far as it is the
    caller's to see: of the cameos whose owners it acts for; with `consent:explain`, of all."""

    explain: bool = False


def _declared(codes: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if codes is None else frozenset(codes)
