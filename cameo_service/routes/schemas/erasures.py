"""Erasures, as the owner's side and the holders of identity packages see them.

>>> EraseCameoIn().acting_as is None
True
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from cameo_service.erasure.telling import Told
from cameo_service.routes.schemas.common import Incoming, Outgoing, PageQuery, PrincipalText
from storage.records import Document, ErasureRecord, ErasureTellingRecord


class EraseCameoIn(Incoming):
    """Who erases a cameo for its owner."""

    acting_as: PrincipalText | None = Field(
        default=None, description="A guardian or an estate. Left out: the owner."
    )


class ConfirmErasureIn(Incoming):
    """Which holder confirms."""

    holder: PrincipalText | None = Field(
        default=None, description="Who held packages. Left out: the caller itself."
    )


class HoldersQuery(PageQuery):
    """Which holder is told, and whether only what it did not confirm."""

    holder: Annotated[PrincipalText, Field()]
    unconfirmed: bool = False


class PackageHolderOut(Outgoing):
    """Somebody who was handed identity packages of the cameo, and whether they erased them."""

    holder: str
    disclosures: list[str] = Field(description="The ids of the packages that they were handed.")
    told_at: datetime
    confirmed_at: datetime | None

    @classmethod
    def of(cls, record: ErasureTellingRecord) -> Self:
        """The view of `record`."""
        return cls(
            holder=record.holder,
            disclosures=list(record.disclosures),
            told_at=record.told_at,
            confirmed_at=record.confirmed_at,
        )


class ProofOut(Outgoing):
    """An entry of the consent log with its proof, and what opens its commitment."""

    origin: str
    index: int
    entry: str = Field(description="The entry's bytes, in base64.")
    inclusion: list[str] = Field(description="Hashes in base64, from the leaf to the root.")
    checkpoint: str = Field(description="A signed note (C2SP).")
    salt: str | None = Field(default=None, description="In base64.")
    event: str | None = Field(
        default=None,
        description="The event's canonical JSON in base64. It has the certificate's SHA-256.",
    )


class ErasureOut(Outgoing):
    """The erasure of a cameo, for its owner's side."""

    object: Literal["erasure"] = "erasure"
    id: str
    cameo_id: str
    owner: str
    status: Literal["processing", "completed"] = Field(
        description="`processing` until the files are deleted too; nothing rests on the cameo, and "
        "nothing of the person can be read from the database, from the first answer on."
    )
    requested_by: str
    requested_at: datetime
    completed_at: datetime | None
    destroyed: dict[str, int] = Field(description="How much was destroyed, or ended, by kind.")
    certificate: str | None = Field(description="The signed certificate, a JWS, once completed.")
    holders: list[PackageHolderOut]
    proof: ProofOut | None = Field(
        description="What proves offline that the log has the certificate; null until "
        "a checkpoint covers its entry, a second after completion at most."
    )

    @classmethod
    def of(
        cls,
        record: ErasureRecord,
        tellings: list[ErasureTellingRecord],
        proof: Document | None = None,
    ) -> Self:
        """The view of `record`."""
        return cls(
            id=record.id,
            cameo_id=record.cameo_id,
            owner=record.owner,
            status="processing" if record.completed_at is None else "completed",
            requested_by=record.requested_by,
            requested_at=record.requested_at,
            completed_at=record.completed_at,
            destroyed=record.destroyed,
            certificate=record.certificate,
            holders=[PackageHolderOut.of(each) for each in tellings],
            proof=None if proof is None else ProofOut.model_validate(proof),
        )


class ErasureNoticeOut(Outgoing):
    """An erasure that a holder of identity packages is told of: delete them, and confirm it."""

    object: Literal["erasure_notice"] = "erasure_notice"
    erasure_id: str
    cameo_id: str
    holder: str
    disclosures: list[str] = Field(description="The ids of the packages to delete.")
    told_at: datetime
    confirmed_at: datetime | None

    @classmethod
    def of(cls, told: Told) -> Self:
        """The view of what a holder is told."""
        return cls(
            erasure_id=told.telling.erasure_id,
            cameo_id=told.cameo_id,
            holder=told.telling.holder,
            disclosures=list(told.telling.disclosures),
            told_at=told.telling.told_at,
            confirmed_at=told.telling.confirmed_at,
        )
