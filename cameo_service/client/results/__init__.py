"""What the service answers, read strictly: what does not fit raises, and is never a yes.

Members that this version does not know are passed over, so that the service may grow.

>>> from cameo_service.client.documents import read
>>> read(Reason, {"code": "not_permitted", "step": 6, "message": "not for this use"}).code
'not_permitted'
"""

from cameo_service.client.results.access import (
    AccessRequest,
    Approval,
    Ask,
    AskAnswer,
    AskedRequest,
    LikenessStatus,
    RevokedApproval,
)
from cameo_service.client.results.cameos import Cameo, CameoStatus, Inquiry, PolicyVersion
from cameo_service.client.results.characters import Character, CharacterCard, CharacterVersion
from cameo_service.client.results.decisions import ApprovalNeeded, Decision, Party, Reason
from cameo_service.client.results.deployment import DeploymentRulesVersion, Standing
from cameo_service.client.results.enrollments import (
    Enrollment,
    EnrollmentReport,
    LastError,
    OpenedEnrollment,
    StartedEnrollment,
    Statement,
)
from cameo_service.client.results.erasures import (
    Erasure,
    ErasureNotice,
    PackageHolder,
    RetentionRule,
    RetentionSchedule,
)
from cameo_service.client.results.explanations import (
    ExplainedApproval,
    ExplainedParty,
    ExplainedReason,
    Explanation,
)
from cameo_service.client.results.grants import (
    Grant,
    GrantReference,
    GrantVersion,
    Notice,
    RevokedGrant,
)
from cameo_service.client.results.packages import DisclosedContent, Disclosure, SealedPackage
from cameo_service.client.results.pages import Page, page_of
from cameo_service.client.results.people import Block, Mandate, Person, RelationshipsChanged
from cameo_service.client.results.permits import (
    Introspection,
    IssuedPermit,
    ReleasedPermit,
    introspection_of,
)
from cameo_service.client.results.recognition import (
    Box,
    PrincipalNotice,
    ProtectedFace,
    Recognized,
    Scan,
    ScannedFace,
)
from cameo_service.client.results.uses import HeldUse, OwnedUse, Recall, Use, use_of
from cameo_service.client.results.webhooks import (
    ReplayedDeliveries,
    Webhook,
    WebhookDelivery,
    WebhookWithSecret,
)

__all__ = [
    "AccessRequest",
    "Approval",
    "ApprovalNeeded",
    "Ask",
    "AskAnswer",
    "AskedRequest",
    "Block",
    "Box",
    "Cameo",
    "CameoStatus",
    "Character",
    "CharacterCard",
    "CharacterVersion",
    "Decision",
    "DeploymentRulesVersion",
    "DisclosedContent",
    "Disclosure",
    "Enrollment",
    "EnrollmentReport",
    "Erasure",
    "ErasureNotice",
    "ExplainedApproval",
    "ExplainedParty",
    "ExplainedReason",
    "Explanation",
    "Grant",
    "GrantReference",
    "GrantVersion",
    "HeldUse",
    "Inquiry",
    "Introspection",
    "IssuedPermit",
    "LastError",
    "LikenessStatus",
    "Mandate",
    "Notice",
    "OpenedEnrollment",
    "OwnedUse",
    "PackageHolder",
    "Page",
    "Party",
    "Person",
    "PolicyVersion",
    "PrincipalNotice",
    "ProtectedFace",
    "Reason",
    "Recall",
    "Recognized",
    "RelationshipsChanged",
    "ReleasedPermit",
    "ReplayedDeliveries",
    "RetentionRule",
    "RetentionSchedule",
    "RevokedApproval",
    "RevokedGrant",
    "Scan",
    "ScannedFace",
    "SealedPackage",
    "Standing",
    "StartedEnrollment",
    "Statement",
    "Use",
    "Webhook",
    "WebhookDelivery",
    "WebhookWithSecret",
    "introspection_of",
    "page_of",
    "use_of",
]
