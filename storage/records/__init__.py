"""What is kept, as frozen records. Tables are an implementation's own business.

All times are aware datetimes in UTC. `document` fields hold JSON data.

    >>> EnrollmentState("expired") is EnrollmentState.EXPIRED
    True
"""

from storage.records.asking import AccessRequestRecord, AccessState, ApprovalRecord, InquiryRecord
from storage.records.callers import ApiKeyRecord, IdempotencyRecord
from storage.records.document import Document
from storage.records.likenesses import (
    EMPTIED,
    CameoRecord,
    CharacterRecord,
    Destroyed,
    EnrollmentRecord,
    EnrollmentState,
    EnrollmentTrace,
    ModelCount,
    SampleRecord,
    TemplateRecord,
)
from storage.records.people import BlockRecord, MandateRecord, PrincipalRecord
from storage.records.permits import (
    CarriedPermit,
    PermitRecord,
    RecallState,
    Taken,
    UseRecord,
    UseState,
)
from storage.records.readable import Readable
from storage.records.recognition import (
    NoticeRecord,
    ProtectedFaceRecord,
    ProtectedState,
    ScanRecord,
    ScanState,
)
from storage.records.rules import DeploymentRecord, EndedGrant, GrantRecord, PolicyRecord
from storage.records.trust import (
    DisclosureRecord,
    ErasureRecord,
    ErasureTellingRecord,
    LogCheckpointRecord,
    LogEntryRecord,
    LogEvent,
    LogOpeningRecord,
    ReceiptRecord,
    SigningKeyRecord,
    WrappedKind,
    WrappedRecord,
)
from storage.records.webhooks import (
    DeliveryState,
    LeasedDeliveries,
    WebhookDeliveryRecord,
    WebhookRecord,
    WebhookState,
)
from storage.records.workings import JobRecord, JobState

__all__ = [
    "EMPTIED",
    "AccessRequestRecord",
    "AccessState",
    "ApiKeyRecord",
    "ApprovalRecord",
    "BlockRecord",
    "CameoRecord",
    "CarriedPermit",
    "CharacterRecord",
    "DeliveryState",
    "DeploymentRecord",
    "Destroyed",
    "DisclosureRecord",
    "Document",
    "EndedGrant",
    "EnrollmentRecord",
    "EnrollmentState",
    "EnrollmentTrace",
    "ErasureRecord",
    "ErasureTellingRecord",
    "GrantRecord",
    "IdempotencyRecord",
    "InquiryRecord",
    "JobRecord",
    "JobState",
    "LeasedDeliveries",
    "LogCheckpointRecord",
    "LogEntryRecord",
    "LogEvent",
    "LogOpeningRecord",
    "MandateRecord",
    "ModelCount",
    "NoticeRecord",
    "PermitRecord",
    "PolicyRecord",
    "PrincipalRecord",
    "ProtectedFaceRecord",
    "ProtectedState",
    "Readable",
    "RecallState",
    "ReceiptRecord",
    "SampleRecord",
    "ScanRecord",
    "ScanState",
    "SigningKeyRecord",
    "Taken",
    "TemplateRecord",
    "UseRecord",
    "UseState",
    "WebhookDeliveryRecord",
    "WebhookRecord",
    "WebhookState",
    "WrappedKind",
    "WrappedRecord",
]
