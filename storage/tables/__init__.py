"""The tables. A row has the fields of its record by the same names; rows never leave `storage`.

>>> sorted(METADATA.tables)[:3]
['access_requests', 'api_keys', 'approvals']
"""

from storage.tables.asking import AccessRequestRow, ApprovalRow, AskedRow, InquiryRow
from storage.tables.callers import ApiKeyRow, IdempotencyRow, IdempotencySubjectRow
from storage.tables.likenesses import (
    CameoRow,
    CharacterRow,
    EnrollmentRow,
    FormerCharacterRow,
    SampleRow,
    TemplateKeyRow,
    TemplateRow,
    UnderlyingRow,
)
from storage.tables.people import BlockRow, MandateRow, PrincipalRow, RelationshipRow
from storage.tables.permits import (
    PermitBasisRow,
    PermitRow,
    ReservationRow,
    UseBasisRow,
    UsedRow,
    UseRow,
)
from storage.tables.recognition import NoticeRow, ProtectedFaceRow, ScanRow
from storage.tables.row import METADATA, Row
from storage.tables.rules import DeploymentRow, FormerGrantRow, GrantRow, PolicyRow
from storage.tables.trust import (
    DisclosureRow,
    ErasureRow,
    ErasureTellingRow,
    LogCheckpointRow,
    LogEntryRow,
    LogOpeningRow,
    LogSubjectRow,
    ReceiptRow,
    SecretRow,
    SigningKeyRow,
)
from storage.tables.webhooks import WebhookDeliveryRow, WebhookLaneRow, WebhookRow
from storage.tables.workings import JobRow, RevisionKeyRow, RevisionRow

__all__ = [
    "METADATA",
    "AccessRequestRow",
    "ApiKeyRow",
    "ApprovalRow",
    "AskedRow",
    "BlockRow",
    "CameoRow",
    "CharacterRow",
    "DeploymentRow",
    "DisclosureRow",
    "EnrollmentRow",
    "ErasureRow",
    "ErasureTellingRow",
    "FormerCharacterRow",
    "FormerGrantRow",
    "GrantRow",
    "IdempotencyRow",
    "IdempotencySubjectRow",
    "InquiryRow",
    "JobRow",
    "LogCheckpointRow",
    "LogEntryRow",
    "LogOpeningRow",
    "LogSubjectRow",
    "MandateRow",
    "NoticeRow",
    "PermitBasisRow",
    "PermitRow",
    "PolicyRow",
    "PrincipalRow",
    "ProtectedFaceRow",
    "ReceiptRow",
    "RelationshipRow",
    "ReservationRow",
    "RevisionKeyRow",
    "RevisionRow",
    "Row",
    "SampleRow",
    "ScanRow",
    "SecretRow",
    "SigningKeyRow",
    "TemplateKeyRow",
    "TemplateRow",
    "UnderlyingRow",
    "UseBasisRow",
    "UseRow",
    "UsedRow",
    "WebhookDeliveryRow",
    "WebhookLaneRow",
    "WebhookRow",
]
