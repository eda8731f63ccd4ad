"""A grant as a consent record, ISO/IEC TS 27560:2023 in DPV JSON-LD, profile `dpv-27560`.

Header, processing, parties and events, each field where the W3C group's guide puts it
(https://w3id.org/dpv/guides/consent-27560). A character is no data subject: its licence has no
consent record, and is exported as ODRL.

document = consent_record(tx, seen, settings=context.settings, now=now)
"""

from datetime import UTC, datetime
from typing import Any

from cameo_service.documents import terms_from
from cameo_service.documents.reading import moment_text
from cameo_service.errors import Invalid
from cameo_service.grants.granted import SeenGrant
from cameo_service.portability.parties import (
    NOT_STATED,
    jurisdiction,
    operator,
    party,
    party_id,
)
from cameo_service.portability.vocabulary import (
    PREFIXES,
    moment,
    personal_data,
    place,
    present,
    processing,
    purpose,
    until,
)
from cameo_service.settings import Settings
from permissions.terms import Terms
from storage.contracts import Transaction
from storage.records import CameoRecord, GrantRecord

RECORD = "https://w3id.org/dpv/schema/dpv-27560#record"
MEDIA_TYPE = "application/ld+json"


def consent_record(
    tx: Transaction, seen: SeenGrant, *, names_subject: bool, settings: Settings, now: datetime
) -> dict[str, Any]:
    """The record of a grant that the caller may see. Raises `Invalid` for a character's.

    Who is not on the owner's side reads the cameo's id for the data subject: of a sublicence they
    need not know the owner.
    """
    record = seen.record
    cameo = tx.cameos.get(record.cameo_id)
    if cameo.kind != "person":
        raise Invalid(
            "no_data_subject", f"cameo `{cameo.id}` is a character: its licence is no consent"
        )
    terms = terms_from(record.terms)
    return {
        "@context": dict(PREFIXES),
        "@id": f"{settings.issuer}/v1/grants/{record.id}/record",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": {"@id": RECORD},
        "dct:identifier": record.id,
        "cameo:version": record.version,
        "dct:created": moment(_text(record.created_at)),
        "dpv:hasDataSubject": party(cameo.owner if names_subject else cameo.id, "dpv:DataSubject"),
        **_sublicence(record, settings),
        "dpv:hasProcess": _process(tx, record, terms, cameo, settings=settings),
        "dpv:hasConsentStatus": _events(seen, terms, now=now),
    }


def _sublicence(record: GrantRecord, settings: Settings) -> dict[str, Any]:
    """A sublicence rests on the consent that its parent records."""
    if record.parent is None:
        return {}
    return {"dct:requires": {"@id": f"{settings.issuer}/v1/grants/{record.parent}/record"}}


def _process(
    tx: Transaction,
    record: GrantRecord,
    terms: Terms,
    cameo: CameoRecord,
    *,
    settings: Settings,
) -> dict[str, Any]:
    return {
        "@type": "dpv:Process",
        "dpv:hasNotice": notice(tx, cameo),
        **_covered(terms),
        "dct:description": terms.intended_use or "no intended use is described",
        "dpv:hasDataController": [
            operator(settings),
            party(record.grantee, "dpv:LegalEntity", "dpv:DataController"),
        ],
        "dpv:hasRecipient": {"@id": party_id(record.grantee)},
        "dpv:hasStorageCondition": _storage(terms, jurisdiction(settings)),
        "dpv:hasJurisdiction": jurisdiction(settings),
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dct:description": "revoke the grant: nothing new is permitted from then on",
            "dpv:isExercisedAt": {"@id": f"{settings.issuer}/v1/grants/{record.id}/revoke"},
        },
        "dpv:hasRight": _rights(cameo, settings),
    }


def _covered(terms: Terms) -> dict[str, Any]:
    return present(
        {
            "dpv:hasPurpose": [purpose(code) for code in sorted(terms.purposes.included)],
            "cameo:exceptPurpose": sorted(terms.purposes.excluded),
            "dpv:hasPersonalData": [personal_data(facet) for facet in sorted(terms.facets)],
            "dpv:hasProcessing": [processing(action) for action in sorted(terms.actions)],
            "dpv:hasLocation": [
                {"@id": place(code)} for code in sorted(terms.territories.included)
            ],
            "cameo:exceptTerritory": sorted(terms.territories.excluded),
        }
    )


def notice(tx: Transaction, cameo: CameoRecord) -> dict[str, Any]:
    """The statement that the person accepted before they were recorded."""
    if cameo.enrollment_id is None:
        return {**NOT_STATED}
    statement = tx.enrollments.get(cameo.enrollment_id).statement
    return {
        "@type": "dpv:ConsentNotice",
        "dct:identifier": statement["version"],
        "dct:language": statement["locale"],
        "cameo:sha256": statement["sha256"],
    }


def _storage(terms: Terms, location: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"@type": "dpv:StorageLocation", "dpv:hasLocation": location},
        {
            "@type": "dpv:StorageDuration",
            "dpv:hasDuration": until(moment_text(terms.not_after)),
            "dct:description": "what is held for this grant is of no use once it has ended",
        },
        {
            "@type": "dpv:StorageDeletion",
            "dct:identifier": terms.on_revocation.value,
            "dct:description": "what the end of the grant asks of what was already made",
        },
    ]


def _rights(cameo: CameoRecord, settings: Settings) -> list[dict[str, Any]]:
    """What the person may ask of this service, and where."""
    offered = {
        "a copy of everything that is held about the person": "me/export",
        "the erasure of the cameo": f"cameos/{cameo.id}/erase",
    }
    return [
        {
            "@type": "dpv:DataSubjectRight",
            "dct:description": right,
            "dpv:isExercisedAt": {"@id": f"{settings.issuer}/v1/{path}"},
        }
        for right, path in offered.items()
    ]


def _events(seen: SeenGrant, terms: Terms, *, now: datetime) -> list[dict[str, Any]]:
    """Given, and how it ended if it did: the last one in time is the status now."""
    record = seen.record
    given = {
        "@type": "dpv:ConsentGiven",
        "dpv:isIndicatedAtTime": moment(_text(record.created_at)),
        "dpv:hasDuration": until(moment_text(terms.not_after)),
        "dpv:isIndicatedBy": {"@id": party_id(record.grantor)},
        "dpv:hasLegalBasis": {"@id": "dpv:ExplicitlyExpressedConsent"},
    }
    ended = _ended(seen, terms, now=now)
    return [given] if ended is None else [given, ended]


def _ended(seen: SeenGrant, terms: Terms, *, now: datetime) -> dict[str, Any] | None:
    record = seen.record
    if record.revoked_at is not None:
        return {
            "@type": _revoked(record),
            "dpv:isIndicatedAtTime": moment(_text(record.revoked_at)),
        }
    if terms.not_after is not None and terms.not_after <= now:
        return {
            "@type": "dpv:ConsentExpired",
            "dpv:isIndicatedAtTime": moment(_text(terms.not_after)),
        }
    return {"@type": "dpv:ConsentRevoked"} if seen.ended else None


def _revoked(record: GrantRecord) -> str:
    """DPV tells withdrawal by the data subject from revocation by somebody else. A sublicence may
    be ended by either, and the record does not say by whom: then the term is the one above both.
    """
    if record.parent is None:
        return "dpv:ConsentWithdrawn"
    return "dpv:ConsentStatusInvalidForProcessing"


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
