"""Cameos as their owner's side sees them: persons and characters.

>>> RevokeCameoIn().acting_as is None
True
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from cameo_service.enrollments.assurance import Assurance
from cameo_service.routes.schemas.common import Incoming, Outgoing, PrincipalText
from cameo_service.routes.schemas.policies import PolicyOut
from permissions.facts import CameoStatus
from permissions.vocabulary import Facet
from storage.contracts import Transaction
from storage.records import CameoRecord, PolicyRecord


class RevokeCameoIn(Incoming):
    """Who ends a cameo for its owner."""

    acting_as: PrincipalText | None = Field(
        default=None, description="A guardian or an estate. Left out: the owner."
    )


class PersonCameoOut(Outgoing):
    """The cameo of a person."""

    object: Literal["cameo"] = "cameo"
    id: str
    kind: Literal["person"]
    owner: str
    status: CameoStatus
    enrollment_id: str | None
    credential: str | None = Field(description="The identity credential, a JWS.")
    credential_expires_at: datetime | None
    enrolled: list[Facet] = Field(description="The facets that were proven: no other can be used.")
    assurance: Assurance | None = Field(
        description="How well they were proven; none where the credential is older than the levels."
    )
    policy: PolicyOut
    created_at: datetime


class CharacterCameoOut(Outgoing):
    """The cameo of a character. What else is known of it stands under `/v1/characters`."""

    object: Literal["cameo"] = "cameo"
    id: str
    kind: Literal["character"]
    owner: str
    status: CameoStatus
    handle: str
    name: str
    policy: PolicyOut
    created_at: datetime


CameoOut = Annotated[PersonCameoOut | CharacterCameoOut, Field(discriminator="kind")]


def cameo_out(tx: Transaction, cameo: CameoRecord, policy: PolicyRecord) -> CameoOut:
    """The view of `cameo`, as its kind is."""
    if cameo.kind == "character":
        character = tx.characters.get(cameo.id)
        return CharacterCameoOut(
            id=cameo.id,
            kind="character",
            owner=cameo.owner,
            status=cameo.status,
            handle=character.handle,
            name=character.name,
            policy=PolicyOut.of(policy),
            created_at=cameo.created_at,
        )
    return PersonCameoOut(
        id=cameo.id,
        kind="person",
        owner=cameo.owner,
        status=cameo.status,
        enrollment_id=cameo.enrollment_id,
        credential=cameo.credential,
        credential_expires_at=cameo.credential_expires_at,
        enrolled=[Facet(facet) for facet in cameo.enrolled],
        assurance=None if cameo.assurance is None else Assurance(cameo.assurance),
        policy=PolicyOut.of(policy),
        created_at=cameo.created_at,
    )
