"""What an owner says of a character.

>>> CharacterSheet(name="Zed", rights_statement="Created in 2019.").body()["territories"]
{'included': ['*'], 'excluded': []}
"""

from dataclasses import dataclass, field
from typing import Any

from cameo_service.client.forms.sending import sent
from cameo_service.client.forms.terms import Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What shows who is meant: an address, or the hash and the media type of a file."""

    url: str | None = None
    sha256: str | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Underlying:
    """Another cameo that these facets of a character are made of: it must say yes too."""

    cameo_id: str
    facets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterSheet:
    """A character: who is meant, on what the owner's rights rest, and where they are held."""

    name: str
    rights_statement: str
    description: str = ""
    references: tuple[Reference, ...] = ()
    territories: Codes = field(default_factory=Codes)
    underlying: tuple[Underlying, ...] = ()

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        body: dict[str, Any] = sent(self, CharacterSheet)
        return body
