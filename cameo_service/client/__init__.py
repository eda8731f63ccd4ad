"""The client SDK: talk to the service, and verify what it signs without it.

It imports nothing of the service and nothing heavy: httpx2, PyJWT and cryptography are all.

    with CameoClient("http://127.0.0.1:8400", key="ck_…") as cameo:
        if cameo.check(request).permitted:
            permit = cameo.issue_permit(request)

`check` never answers yes without the service: whatever goes wrong on the way is raised.

    >>> Likeness(cameo_id="cam_1", facets=("voice", "face")).body()
    {'cameo_id': 'cam_1', 'facets': ['voice', 'face']}
"""

from cameo_service.client.asynchronous import AsyncCameoClient
from cameo_service.client.errors import (
    ClientError,
    ConsentDenied,
    MalformedAnswer,
    ProblemError,
    TokenError,
    Unreachable,
    VerdictOverdue,
)
from cameo_service.client.questions import ConsentRequest, Likeness, Terms
from cameo_service.client.results import (
    Cameo,
    Decision,
    Enrollment,
    Grant,
    GrantReference,
    IssuedPermit,
    OpenedEnrollment,
    Party,
    Policy,
    Reason,
    StartedEnrollment,
)
from cameo_service.client.retries import Retries
from cameo_service.client.synchronous import CameoClient
from cameo_service.client.tokens import (
    IdentityCredential,
    Permit,
    SignedGrant,
    verify_credential,
    verify_grant,
    verify_permit,
)

__all__ = [
    "AsyncCameoClient",
    "Cameo",
    "CameoClient",
    "ClientError",
    "ConsentDenied",
    "ConsentRequest",
    "Decision",
    "Enrollment",
    "Grant",
    "GrantReference",
    "IdentityCredential",
    "IssuedPermit",
    "Likeness",
    "MalformedAnswer",
    "OpenedEnrollment",
    "Party",
    "Permit",
    "Policy",
    "ProblemError",
    "Reason",
    "Retries",
    "SignedGrant",
    "StartedEnrollment",
    "Terms",
    "TokenError",
    "Unreachable",
    "VerdictOverdue",
    "verify_credential",
    "verify_grant",
    "verify_permit",
]
