"""People: their age and life, whom they block, who is mutual with them.

>>> block_principal("user:ann", "user:eve").path
'/v1/principals/user%3Aann/blocks/user%3Aeve'
"""

from collections.abc import Iterable
from datetime import datetime

from cameo_service.client.calls.call import Call, Listing, get, joined, post, put, reads
from cameo_service.client.documents import Document
from cameo_service.client.forms.people import Minor
from cameo_service.client.forms.sending import sent
from cameo_service.client.results.people import Block, Person, RelationshipsChanged

PEOPLE, PRINCIPALS = "/v1/people", "/v1/principals"


def get_person(principal: str) -> Call[Person]:
    """What is known of a person's age and life, for those who act for them."""
    return get(PEOPLE, principal, read=reads(Person))


def report_person(
    principal: str, *, minor: Minor | None, deceased_at: datetime | None
) -> Call[Person]:
    """Report that a person is a minor or of age (None), alive (None) or dead. It holds at once."""
    body = {"minor": sent(minor), "deceased_at": sent(deceased_at)}
    return put(PEOPLE, principal, body=body, read=reads(Person))


def list_blocks(owner: str) -> Listing[Block]:
    """Whom an owner blocks, on all of their cameos."""
    return Listing(path=joined(PRINCIPALS, owner, "blocks"), kind=Block)


def block_principal(owner: str, principal: str) -> Call[None]:
    """Block somebody in an owner's name. They cannot tell it from an owner who said no."""
    return Call(
        method="PUT",
        path=joined(PRINCIPALS, owner, "blocks", principal),
        read=_nothing,
        statuses=(204,),
        repeatable=True,
    )


def unblock_principal(owner: str, principal: str) -> Call[None]:
    """Lift a block. What the owner permits then holds for them again."""
    return Call(
        method="DELETE",
        path=joined(PRINCIPALS, owner, "blocks", principal),
        read=_nothing,
        statuses=(204,),
        # Sent again after a while, it could lift a block that was set in between.
        repeatable=False,
    )


def change_relationships(
    *, add: Iterable[tuple[str, str]] = (), remove: Iterable[tuple[str, str]] = ()
) -> Call[RelationshipsChanged]:
    """Say who is mutual with whom, of principals that the caller acts for. All or nothing."""
    body = {"add": sent(add), "remove": sent(remove)}
    return post("/v1/relationships", body=body, read=reads(RelationshipsChanged), repeatable=False)


def list_mutuals(principal: str) -> Listing[str]:
    """Who is mutual with a principal, in order."""
    return Listing(path=joined(PRINCIPALS, principal, "mutuals"), kind=str)


def _nothing(document: Document) -> None:
    """There is nothing to read in `document`."""
    del document
