"""Identity packages as the service hands them out, and the record of them.

>>> DisclosedContent(kind="sample", modality="voice", media_type="audio/wav").digest is None
True
"""

from dataclasses import dataclass

from cameo_service.client.documents import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPackage:
    """A package as it came. `package` is for `verify_package`: nothing in it is checked yet.

    `encrypted_to` is the thumbprint of the key that opens it, None for a package in the clear.
    """

    id: str
    cameo_id: str
    permit_id: str
    facets: tuple[str, ...]
    package: str
    encrypted_to: str | None
    expires_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosedContent:
    """One thing in a package: an `embedding` of a model, or a `sample` of a media type."""

    kind: str
    modality: str
    model: str | None = None
    model_sha256: str | None = None
    digest: str | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One package of a cameo that was handed out. `log_number` is its consent log entry."""

    id: str
    cameo_id: str
    permit_id: str
    holder: str
    requester: str
    facets: tuple[str, ...]
    contents: tuple[DisclosedContent, ...]
    encrypted_to: str | None
    log_number: int
    created_at: Moment
