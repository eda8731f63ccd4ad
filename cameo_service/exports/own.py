"""What the archive has of a person that no list of the API gives: enrollments and biometrics.

for enrollment in enrollments_of(context, "user:ann"):
    enrollment["checks"]
"""

import base64
from collections.abc import Iterator
from typing import Any

from cameo_service.context import Context
from cameo_service.routes.schemas.enrollments import EnrollmentOut
from cameo_service.signing import Signer
from cameo_service.templates import genuine
from storage.contracts import Transaction
from storage.records import EnrollmentRecord, TemplateRecord

AT_ONCE = 100

SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "audio/wav": ".wav"}
"""What samples are kept as. A table of our own: `mimetypes` knows what the machine's files say."""


def enrollments_of(context: Context, principal: str) -> Iterator[dict[str, Any]]:
    """Every enrollment of theirs: the statement they accepted, and how each check came out.

    Without scores and thresholds: they would tell how far an attack was from success, and of the
    person nothing that the outcome does not.
    """
    after = None
    while True:
        with context.store.read() as tx:
            records = tx.enrollments.of(principal, limit=AT_ONCE, after=after)
        for record in records:
            shown = EnrollmentOut.of(record, context).model_dump(mode="json")
            yield {**shown, "checks": _checks(record)}
        if len(records) < AT_ONCE:
            return
        after = records[-1].id


def _checks(record: EnrollmentRecord) -> list[dict[str, Any]]:
    report = record.report or {}
    return [
        {name: check.get(name) for name in ("name", "outcome", "code")}
        for check in report.get("checks", [])
    ]


def disclosures_of(context: Context, cameo_id: str) -> Iterator[dict[str, Any]]:
    """Who was given an identity package of this cameo, and what was in it by name."""
    after = None
    while True:
        with context.store.read() as tx:
            records = tx.disclosures.of_cameo(cameo_id, limit=AT_ONCE, after=after)
        for record in records:
            yield {
                "id": record.id,
                "holder": record.holder,
                "requester": record.requester,
                "facets": list(record.facets),
                "contents": list(record.contents),
                "encrypted": record.encrypted_to is not None,
                "created_at": record.created_at.isoformat(),
            }
        if len(records) < AT_ONCE:
            return
        after = records[-1].id


def templates_of(tx: Transaction, signer: Signer, cameo_id: str) -> list[dict[str, Any]]:
    """The templates in the clear, with the digests that the identity credential names.

    Raises `Tampered` where they are others.
    """
    return [_template(each) for each in genuine.templates_of(tx, signer, cameo_id)]


def _template(template: TemplateRecord) -> dict[str, Any]:
    return {
        "modality": template.modality,
        "model": template.model,
        "model_sha256": template.model_sha256,
        "vector": list(template.vector),
        "salt": base64.b64encode(template.salt).decode(),
        "digest": genuine.template_digest(template),
        "created_at": template.created_at.isoformat(),
    }


def samples_of(tx: Transaction, cameo_id: str) -> Iterator[tuple[str, bytes]]:
    """The stills and the speech that are kept, each as a file."""
    for sample in tx.templates.samples_of(cameo_id):
        suffix = SUFFIXES.get(sample.media_type, ".bin")
        yield f"{sample.modality}-{sample.position}{suffix}", sample.content
