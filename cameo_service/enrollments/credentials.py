"""The identity credential: what the service signs about an enrolled person.

signed = issue(tx, context, record, cameo, expires_at=expires_at)
"""

import hashlib
import struct
from datetime import datetime
from typing import Any

import jwt

from cameo_service.context import Context
from cameo_service.enrollments.assurance import level_of
from cameo_service.errors import WrongState
from cameo_service.identifiers import new_id
from cameo_service.signing import epoch
from storage.contracts import Transaction
from storage.keys import Purpose
from storage.records import CameoRecord, EnrollmentRecord, EnrollmentState, TemplateRecord


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

    It covers the voice where there is one. Raises `WrongState` without a face.
    """
    templates = tx.templates.of_cameo(cameo.id)
    if not any(template.modality == "face" for template in templates):
        raise WrongState(f"cameo `{cameo.id}` has no face template")
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
        "assurance": assurance_of(record),
        "templates": _named(templates),
    }


def reissue(tx: Transaction, context: Context, cameo: CameoRecord, *, now: datetime) -> str:
    """The credential of `cameo`, signed anew over the templates that are stored for it now.

    What was proven, and until when it holds, stays as it was: only the templates are others.
    Raises `WrongState` where there is no credential to go by.
    """
    if cameo.credential is None:
        raise WrongState(f"cameo `{cameo.id}` has no credential")
    claims = claims_of(cameo.credential)
    claims |= {
        "jti": new_id("cred"),
        "iat": epoch(now),
        "nbf": epoch(now),
        "templates": _named(tx.templates.of_cameo(cameo.id)),
    }
    return context.signer.sign(Purpose.IDENTITY, claims)


def claims_of(credential: str) -> dict[str, Any]:
    """What a credential of our own says. It comes from the store, and is not verified again."""
    claims: dict[str, Any] = jwt.decode(credential, options={"verify_signature": False})
    return claims


def assurance_of(record: EnrollmentRecord) -> dict[str, Any]:
    """The level, and on what it rests: names and outcomes of the checks; never a score.

    `record` is still in the state in which it is being decided.
    """
    report = record.report or {}
    checks = [
        {"name": check["name"], "outcome": check["outcome"]} for check in report.get("checks", [])
    ]
    reviewed = record.state is EnrollmentState.NEEDS_REVIEW
    accommodations = sorted(record.challenge.get("accommodations", []))
    level = level_of(report, accommodations=accommodations, reviewed=reviewed)
    return {
        "level": level.value,
        "pack": report.get("pack"),
        "checks": checks,
        "accommodations": accommodations,
        "reviewed_by_person": reviewed,
    }


def _named(templates: list[TemplateRecord]) -> list[dict[str, str]]:
    return [
        {
            "modality": template.modality,
            "model": template.model,
            "model_sha256": template.model_sha256,
            "digest": template_digest(template),
        }
        for template in templates
    ]


def template_digest(template: TemplateRecord) -> str:
    """SHA-256 in hex of the salt and the vector as little-endian 32-bit floats."""
    vector = struct.pack(f"<{len(template.vector)}f", *template.vector)
    return hashlib.sha256(template.salt + vector).hexdigest()
