"""Identity packages, and for owners the list of who was handed one.

>>> identity_package("cam_1", "eyJhbGciOi…").path
'/v1/cameos/cam_1/identity-package'
"""

from collections.abc import Mapping

from cameo_service.client.calls.call import Call, Listing, joined, post, reads, said
from cameo_service.client.results.packages import Disclosure, SealedPackage

PATH = "/v1/cameos"
PUBLIC = frozenset({"kty", "crv", "x", "y", "kid", "use", "alg"})


def identity_package(
    cameo_id: str, permit: str, *, encrypt_to: Mapping[str, str] | None = None
) -> Call[SealedPackage]:
    """The signed likeness of a person, on a live permit (the JWS) of this very caller.

    `encrypt_to` is a public JWK, P-256 or X25519; one with a private part raises `ValueError` and
    is not sent. Every answer is recorded and shown to the owner. Verify it with `verify_package`.
    """
    if encrypt_to is not None and not PUBLIC.issuperset(encrypt_to):
        raise ValueError("`encrypt_to` is not a public key alone")
    key = dict(encrypt_to) if encrypt_to is not None else None
    return post(
        PATH,
        cameo_id,
        "identity-package",
        body=said(permit=permit, encrypt_to=key),
        read=reads(SealedPackage),
        repeatable=True,
    )


def list_disclosures(cameo_id: str) -> Listing[Disclosure]:
    """Which generators were handed an identity package, for the owner's side, oldest first."""
    return Listing(path=joined(PATH, cameo_id, "disclosures"), kind=Disclosure)
