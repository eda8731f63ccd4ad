"""Identity packages over HTTP, and the record of them.

>>> PackageIn(permit="eyJhbGciOi…").encrypt_to is None
True
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from cameo_service.packages.disclosing import Disclosed
from cameo_service.routes.schemas.common import Incoming, Outgoing
from storage.records import DisclosureRecord

Coordinate = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]


class HolderKeyIn(Incoming):
    """A public key as a JWK (RFC 7517): `EC` on `P-256`, or `OKP` on `X25519`. No private part."""

    kty: Literal["EC", "OKP"]
    crv: Literal["P-256", "X25519"]
    x: Coordinate
    y: Coordinate | None = None
    kid: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    use: Literal["enc"] | None = None
    alg: Literal["ECDH-ES+A256KW"] | None = None


class PackageIn(Incoming):
    """On which permit, and to which key of the holder it is to be encrypted."""

    permit: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100_000,
            description="The permit's token: the signed `permit` that was issued, not its id.",
        ),
    ]
    encrypt_to: HolderKeyIn | None = None

    def holder_key(self) -> dict[str, Any] | None:
        """The members of the key that were sent."""
        return None if self.encrypt_to is None else self.encrypt_to.model_dump(exclude_none=True)


class PackageOut(Outgoing):
    """An identity package, and the id of its disclosure."""

    object: Literal["identity_package"] = "identity_package"
    id: str
    cameo_id: str
    permit_id: str
    facets: list[str]
    package: str = Field(
        description="A JWS of type `cameo-identity-package+jwt`, or a JWE that holds one."
    )
    encrypted_to: str | None = Field(description="Thumbprint (RFC 7638) of the key that opens it.")
    expires_at: datetime

    @classmethod
    def of(cls, disclosed: Disclosed) -> Self:
        """The view of what was disclosed."""
        record = disclosed.record
        return cls(
            id=record.id,
            cameo_id=record.cameo_id,
            permit_id=record.permit_id,
            facets=list(record.facets),
            package=disclosed.package,
            encrypted_to=record.encrypted_to,
            expires_at=disclosed.expires_at,
        )


class DisclosedContentOut(Outgoing):
    """One thing that was in a package: an embedding by its digest in the credential, or a file."""

    kind: Literal["embedding", "sample"]
    modality: Literal["face", "voice"]
    model: str | None = None
    model_sha256: str | None = None
    digest: str | None = None
    media_type: str | None = None


class DisclosureOut(Outgoing):
    """One package that was handed out: to whom, on what, and what was in it."""

    object: Literal["disclosure"] = "disclosure"
    id: str
    cameo_id: str
    permit_id: str
    holder: str
    requester: str
    facets: list[str]
    contents: list[DisclosedContentOut]
    encrypted_to: str | None
    log_number: int = Field(description="Its entry in the consent log.")
    created_at: datetime

    @classmethod
    def of(cls, record: DisclosureRecord) -> Self:
        """The view of `record`."""
        return cls(
            id=record.id,
            cameo_id=record.cameo_id,
            permit_id=record.permit_id,
            holder=record.holder,
            requester=record.requester,
            facets=list(record.facets),
            contents=[DisclosedContentOut(**each) for each in record.contents],
            encrypted_to=record.encrypted_to,
            log_number=record.log_number,
            created_at=record.created_at,
        )
