"""Characters, as their owners, their reviewers and everybody else see them.

>>> ReferenceIn(url="https://studio.example/zed").sha256 is None
True
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from cameo_service.characters.registration import Character, CharacterSheet
from cameo_service.routes.schemas.common import Incoming, Outgoing, PrincipalText, ShortText
from cameo_service.routes.schemas.terms import TerritoriesIn
from permissions.characters import UnderlyingRight
from permissions.facts import CameoStatus
from permissions.vocabulary import Facet
from storage.records import CameoRecord, CharacterRecord, Document


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an address that begins with `https://` or `http://`")
    return text


class ReferenceIn(Incoming):
    """A work or a picture that shows who is meant: an address, or the hash of a file."""

    url: Annotated[str, Field(max_length=2_000), AfterValidator(_web_address)] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    media_type: (
        Annotated[str, Field(max_length=100, pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$")] | None
    ) = Field(default=None, description="Of the file that has the hash.", examples=["image/png"])

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.url is None) == (self.sha256 is None):
            raise ValueError("a reference has either a `url` or a `sha256`")
        if (self.sha256 is None) != (self.media_type is None):
            raise ValueError("a `sha256` needs a `media_type`, and only a `sha256` has one")
        return self

    def to_document(self) -> Document:
        """As it is stored."""
        return self.model_dump(exclude_none=True)


class UnderlyingIn(Incoming):
    """Another cameo that these facets of the character are made of: it must say yes too."""

    cameo_id: ShortText
    facets: Annotated[list[Facet], Field(min_length=1)]


class SheetIn(Incoming):
    """What an owner says of a character."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=5_000)] = ""
    references: Annotated[list[ReferenceIn], Field(max_length=50)] = Field(default=[])
    rights_statement: Annotated[str, Field(min_length=1, max_length=10_000)] = Field(
        description="On what the owner's rights rest."
    )
    territories: TerritoriesIn = Field(description="Where the owner holds the rights.")
    underlying: Annotated[list[UnderlyingIn], Field(max_length=32)]

    def to_sheet(self) -> CharacterSheet:
        """As the use cases take it."""
        return CharacterSheet(
            name=self.name,
            description=self.description,
            references=tuple(each.to_document() for each in self.references),
            rights_statement=self.rights_statement,
            territories=self.territories.to_scope(),
            underlying=tuple(
                UnderlyingRight(cameo_id=each.cameo_id, facets=frozenset(each.facets))
                for each in self.underlying
            ),
        )


class CharacterIn(SheetIn):
    """A character to register. Its handle names it for good, and nobody else's ever."""

    owner: PrincipalText = Field(examples=["org:studio"])
    handle: Annotated[str, Field(max_length=100)] = Field(
        description="2 to 63 of `a-z0-9_.-`; capitals and a leading `@` are taken off.",
        examples=["zed"],
    )
    underlying: Annotated[list[UnderlyingIn], Field(max_length=32)] = Field(default=[])


class CharacterChangeIn(SheetIn):
    """The whole next version. A change of anything but the description is reviewed again."""


class CharacterReviewIn(Incoming):
    """A reviewer's word, and what the owner is told with it."""

    decision: Literal["approve", "reject"]
    note: Annotated[str, Field(min_length=1, max_length=2_000)] | None = None
    version: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="The version that was looked at: the word is refused where there is a newer.",
    )


class CharacterCard(Outgoing):
    """What anybody may know of an active character."""

    object: Literal["character_card"] = "character_card"
    id: str
    handle: str
    name: str
    description: str
    status: CameoStatus

    @classmethod
    def of(cls, character: Character) -> Self:
        """The view of `character`."""
        cameo, record = character
        return cls(
            id=record.id,
            handle=record.handle,
            name=record.name,
            description=record.description,
            status=cameo.status,
        )


class CharacterVersionOut(Outgoing):
    """One version of a character. A review is a version too: the one with its date."""

    object: Literal["character_version"] = "character_version"
    id: str
    version: int
    handle: str
    name: str
    description: str
    references: list[dict[str, Any]]
    rights_statement: str
    territories: dict[str, Any]
    underlying: list[dict[str, Any]]
    decided_at: datetime | None = Field(description="When a reviewer decided on this version.")
    note: str | None = Field(description="What the reviewer said.")
    updated_at: datetime

    @staticmethod
    def fields_of(record: CharacterRecord) -> dict[str, Any]:
        """The fields for `record`."""
        return {
            "id": record.id,
            "version": record.version,
            "handle": record.handle,
            "name": record.name,
            "description": record.description,
            "references": list(record.references),
            "rights_statement": record.rights_statement,
            "territories": record.territories,
            "underlying": list(record.underlying),
            "decided_at": record.decided_at,
            "note": record.note,
            "updated_at": record.updated_at,
        }

    @classmethod
    def of(cls, record: CharacterRecord) -> Self:
        """The view of `record`."""
        return cls(**cls.fields_of(record))


class CharacterOut(Outgoing):
    """A character as its owner's platform and its reviewers see it."""

    object: Literal["character"] = "character"
    id: str
    owner: str
    status: CameoStatus
    review: Literal["awaiting", "approved", "rejected"] | None = Field(
        description="Where the current version stands. A rejected one waits for a change."
    )
    version: int
    handle: str
    name: str
    description: str
    references: list[dict[str, Any]]
    rights_statement: str
    territories: dict[str, Any]
    underlying: list[dict[str, Any]]
    decided_at: datetime | None
    note: str | None = Field(description="What the reviewer said.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, character: Character) -> Self:
        """The view of `character`."""
        cameo, record = character
        return cls(
            owner=record.owner,
            status=cameo.status,
            review=_review_of(cameo, record),
            created_at=record.created_at,
            **CharacterVersionOut.fields_of(record),
        )


def _review_of(
    cameo: CameoRecord, record: CharacterRecord
) -> Literal["awaiting", "approved", "rejected"] | None:
    if cameo.status.is_ended:
        return None
    if record.decided_at is None:
        return "awaiting"
    return "rejected" if cameo.status is CameoStatus.PENDING else "approved"


class HeldCameoOut(Outgoing):
    """A cameo, as the deployment sees it when it suspends or reinstates it."""

    object: Literal["cameo_status"] = "cameo_status"
    id: str
    kind: str
    status: CameoStatus
    updated_at: datetime

    @classmethod
    def of(cls, record: CameoRecord) -> Self:
        """The view of `record`."""
        return cls(
            id=record.id, kind=record.kind, status=record.status, updated_at=record.updated_at
        )
