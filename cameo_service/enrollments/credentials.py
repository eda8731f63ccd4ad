"""The identity credential: what the service signs about an enrolled person.

signed = issue(tx, context, record, cameo, expires_at=expires_at)
"""

import hashlib
import struct
from datetime import datetime
from typing import Any

from cameo_service.context import Context
from cameo_service.errors import WrongState
from cameo_service.identifiers import new_id
from cameo_service.signing import epoch
from storage.contracts import Transaction
from storage.keys import Purpose
from storage.records import (
    CameoRecord,
    EnrollmentRecord,
    EnrollmentState,
    TemplateRecord,
)


def issue(
    tx: Transaction,
    context: Context,
    record: EnrollmentRecord,
    cameo: CameoRecord,
    *,
    now: datetime,
    expires_at: datetime,
) -> str:
    """The signed credential of `cameo`, over the templates that are stored for it.

    Raises `WrongState` unless these are a face and a voice.
    """
    templates = tx.templates.of_cameo(cameo.id)
    if {template.modality for template in templates} != {"face", "voice"}:
        raise WrongState(f"cameo `{cameo.id}` has not both templates")
    claims = credential_claims(
        record,
        cameo,
        templates,
        issuer=context.settings.issuer,
        id=new_id("cred"),
        now=now,
        expires_at=expires_at,
    )
    return context.signer.sign(Purpose.IDENTITY, claims)


def credential_claims(
    record: EnrollmentRecord,
    cameo: CameoRecord,
    templates: list[TemplateRecord],
    *,
    issuer: str,
    id: str,
    now: datetime,
    expires_at: datetime,
) -> dict[str, Any]:
    """What a credential says: who agreed to what, what was checked, and which templates hold."""
    statement = {
        key: record.statement[key] for key in ("version", "locale", "sha256", "accepted_at")
    }
    return {
        "iss": issuer,
        "sub": cameo.owner,
        "jti": id,
        "iat": epoch(now),
        "nbf": epoch(now),
        "exp": epoch(expires_at),
        "cameo": cameo.id,
        "enrollment": record.id,
        "statement": statement,
        "assurance": _assurance(record),
        "templates": [
            {
                "modality": template.modality,
                "model": template.model,
                "model_sha256": template.model_sha256,
                "digest": template_digest(template),
            }
            for template in templates
        ],
    }


def _assurance(record: EnrollmentRecord) -> dict[str, Any]:
    """Names and outcomes of the checks; never a score."""
    report = record.report or {}
    checks = [
        {"name": check["name"], "outcome": check["outcome"]} for check in report.get("checks", [])
    ]
    return {
        "pack": report.get("pack"),
        "checks": checks,
        "reviewed_by_person": record.state is EnrollmentState.NEEDS_REVIEW,
    }


def template_digest(template: TemplateRecord) -> str:
    """SHA-256 in hex of the salt and the vector as little-endian 32-bit floats."""
    vector = struct.pack(f"<{len(template.vector)}f", *template.vector)
    return hashlib.sha256(template.salt + vector).hexdigest()
