"""Characters of rights holders. A character's policy is that of the cameo with its id.

>>> find_character("zed").query
{'handle': 'zed'}
"""

from cameo_service.client.calls.call import (
    Call,
    Listing,
    creation,
    get,
    joined,
    post,
    put,
    reads,
    said,
)
from cameo_service.client.forms.characters import CharacterSheet
from cameo_service.client.results.cameos import CameoStatus
from cameo_service.client.results.characters import Character, CharacterCard, CharacterVersion

PATH = "/v1/characters"


def register_character(
    owner: str, handle: str, sheet: CharacterSheet, *, idempotency_key: str | None = None
) -> Call[Character]:
    """Register a character in its owner's name. It waits for a review before it can be used."""
    body = {"owner": owner, "handle": handle, **sheet.body()}
    return creation(PATH, body=body, read=reads(Character), idempotency_key=idempotency_key)


def find_character(handle: str) -> Call[CharacterCard]:
    """The active character with this handle, as anybody may know it."""
    return Call(
        method="GET",
        path=PATH,
        query={"handle": handle},
        read=reads(CharacterCard),
        repeatable=True,
    )


def list_characters_awaiting_review() -> Listing[Character]:
    """Characters whose current version waits for a reviewer."""
    return Listing(path=joined(PATH, "awaiting-review"), kind=Character)


def get_character(id: str) -> Call[Character]:
    """A character, for those who act for its owner."""
    return get(PATH, id, read=reads(Character))


def change_character(id: str, sheet: CharacterSheet) -> Call[Character]:
    """Store the next version. What was approved and changes is reviewed again before any use."""
    return put(PATH, id, body=sheet.body(), read=reads(Character))


def list_character_versions(id: str) -> Listing[CharacterVersion]:
    """The versions of a character, oldest first."""
    return Listing(path=joined(PATH, id, "history"), kind=CharacterVersion)


def review_character(
    id: str, *, approve: bool, note: str | None = None, version: int | None = None
) -> Call[Character]:
    """Approve or reject the current version; `version` is the one that was looked at."""
    decision = "approve" if approve else "reject"
    body = {"decision": decision, **said(note=note, version=version)}
    return post(PATH, id, "review", body=body, read=reads(Character), repeatable=False)


def suspend_character(id: str) -> Call[CameoStatus]:
    """Keep a character from being used until it is reinstated. Its live permits end."""
    return post(PATH, id, "suspend", read=reads(CameoStatus), repeatable=True)


def reinstate_character(id: str) -> Call[CameoStatus]:
    """Let a suspended character be used again; one that was changed goes to its review."""
    return post(PATH, id, "reinstate", read=reads(CameoStatus), repeatable=False)
