"""The identity credential: what the service signs about an enrolled person.

signed = issue(tx, context, record, cameo, expires_at=expires_at)
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cameo_service.context import Context
from cameo_service.enrollments.assurance import level_of
from cameo_service.errors import WrongState
from cameo_service.events import Event
from cameo_service.events import record as log
from cameo_service.identifiers import new_id
from cameo_service.signing import epoch
from cameo_service.templates import genuine
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
    return context.signer.sign_in(tx, Purpose.IDENTITY, claims)


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
        "templates": genuine.named(templates),
    }


def reissue(
    tx: Transaction,
    context: Context,
    cameo: CameoRecord,
    templates: list[TemplateRecord],
    *,
    now: datetime,
) -> str:
    """The credential of `cameo`, signed anew over these templates.

    What was proven, and until when it holds, stays as it was: only the templates are others. They
    are given, and not read from the store: what somebody put there is never signed. Raises
    `WrongState` where there is no credential to go by, and `Tampered` for a forged one.
    """
    if cameo.credential is None:
        raise WrongState(f"cameo `{cameo.id}` has no credential")
    claims = genuine.claims_of(cameo, context.signer)
    return signed_anew(tx, context, {**claims, "templates": genuine.named(templates)}, now=now)


def signed_anew(
    tx: Transaction, context: Context, claims: Mapping[str, Any], *, now: datetime
) -> str:
    """A credential that says the same under another id, as of now."""
    changed = {"jti": new_id("cred"), "iat": epoch(now), "nbf": epoch(now)}
    return context.signer.sign_in(tx, Purpose.IDENTITY, {**claims, **changed})


def digest_of(credential: str) -> str:
    """SHA-256 in hex of a credential's characters, which the log commits to."""
    return hashlib.sha256(credential.encode()).hexdigest()


def log_signed(tx: Transaction, cameo: CameoRecord, credential: str, *, now: datetime) -> None:
    """Commit to a credential that is signed without an enrollment."""
    document = {
        "cameo": cameo.id,
        "owner": cameo.owner,
        "credential_sha256": digest_of(credential),
    }
    log(tx, Event.CREDENTIAL_SIGNED, document, subjects=(cameo.id, cameo.owner), now=now)


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
