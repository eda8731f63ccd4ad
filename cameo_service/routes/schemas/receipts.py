"""Receipts over HTTP.

>>> OpeningOut(salt="AA==", event="e30=").event
'e30='
"""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from cameo_service.receipts.finding import ProvenReceipt
from cameo_service.routes.schemas.common import Outgoing


class OpeningOut(Outgoing):
    """What opens the entry's commitment, both in base64."""

    salt: str
    event: str


class LogProofOut(Outgoing):
    """What proves that the entry is in the consent log; it verifies without this service."""

    origin: str
    index: int
    entry: str = Field(description="The leaf's data, in base64.")
    inclusion: list[str] = Field(description="Hashes from leaf to root, in base64 (RFC 6962).")
    checkpoint: str = Field(description="The signed note of the tree (C2SP tlog-checkpoint).")


class ReceiptOut(Outgoing):
    """The lasting proof of a use. Keep it whole: it verifies offline."""

    object: Literal["receipt"] = "receipt"
    id: str
    use_id: str
    cameo_id: str | None = Field(
        description="Whose owner it is made out to; null for the holder of the use."
    )
    statement: str = Field(description="What is attested, a JWS.")
    opening: OpeningOut | None = Field(
        description="Null once it was erased: the entry stays, and says nothing of it any more."
    )
    proof: LogProofOut
    created_at: datetime

    @classmethod
    def of(cls, found: ProvenReceipt) -> Self:
        """The view of a receipt."""
        record = found.record
        return cls(
            id=record.id,
            use_id=record.use_id,
            cameo_id=record.cameo_id,
            statement=record.statement,
            opening=None if found.opening is None else OpeningOut(**found.opening),
            proof=LogProofOut(**found.proof),
            created_at=record.created_at,
        )


class ReceiptsOut(Outgoing):
    """Every receipt of a use that is the caller's, the earliest first."""

    object: Literal["receipts"] = "receipts"
    use_id: str
    data: list[ReceiptOut]
