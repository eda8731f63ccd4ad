"""Verify what the service signed, offline: the published keys are all it takes.

Numbered like procedures, since the order matters: nothing is read from a token before its
signature stands (RFC 8725).

>>> verify_grant("not a token", {"keys": []}, issuer="https://cameo.example")
Traceback (most recent call last):
    ...
cameo_service.client.errors.TokenError: token_malformed: not a compact JWS
"""

from cameo_service.client.tokens.credentials import (
    IdentityCredential,
    SignedGrant,
    verify_credential,
    verify_grant,
)
from cameo_service.client.tokens.packages import (
    Embedding,
    IdentityPackage,
    ReferenceSample,
    verify_package,
)
from cameo_service.client.tokens.permits import Permit, StatusPlace, verify_permit
from cameo_service.client.tokens.statuses import Status, StatusList, verify_status_list

__all__ = [
    "Embedding",
    "IdentityCredential",
    "IdentityPackage",
    "Permit",
    "ReferenceSample",
    "SignedGrant",
    "Status",
    "StatusList",
    "StatusPlace",
    "verify_credential",
    "verify_grant",
    "verify_package",
    "verify_permit",
    "verify_status_list",
]
