"""Characters.

client.change_character(character.id, replace(character, name="Zed II"))
"""

from dataclasses import dataclass

from cameo_service.client.documents import Moment
from cameo_service.client.forms.characters import CharacterSheet


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterCard:
    """What anybody may know of an active character. Its id is that of its cameo."""

    id: str
    handle: str
    name: str
    description: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterVersion(CharacterSheet):
    """One version of a character. A review is a version too: the one with its date."""

    id: str
    version: int
    handle: str
    decided_at: Moment | None
    note: str | None
    updated_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Character(CharacterVersion):
    """A character as its owner and its reviewers see it. Its policy is that of the cameo `id`.

    `review` is `awaiting`, `approved` or `rejected`; None once the character has ended.
    """

    owner: str
    status: str
    review: str | None
    created_at: Moment
