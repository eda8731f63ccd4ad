"""A grant as a consent record, ISO/IEC TS 27560:2023 in DPV JSON-LD, profile `dpv-27560`.

Header, processing, parties and events, each field where the W3C group's guide puts it
(https://w3id.org/dpv/guides/consent-27560). A character is no data subject: its licence has no
consent record, and is exported as ODRL.

document = consent_record(tx, seen, settings=context.settings, now=now)
"""

from datetime import datetime
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
    processing,
    purpose,
)
from cameo_service.settings import Settings
from permissions.scope import Scope
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
        "dct:hasVersion": str(record.version),
        "dct:created": moment(_text(record.created_at)),
        "dpv:hasDataSubject": party(cameo.owner if names_subject else cameo.id, "dpv:DataSubject"),
        **_sublicence(record, settings),
        "dpv:hasProcess": _process(tx, record, terms, cameo, settings=settings),
        "dpv:hasDataController": [
            operator(settings),
            party(record.grantee, "dpv:LegalEntity", "dpv:DataController"),
        ],
        "dpv:hasConsentStatus": _events(seen, terms, now=now),
    }


def _sublicence(record: GrantRecord, settings: Settings) -> dict[str, Any]:
    """A sublicence rests on the consent that its parent records."""
    if record.parent is None:
        return {}
    return {"dct:isPartOf": {"@id": f"{settings.issuer}/v1/grants/{record.parent}/record"}}


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
        "dpv:hasPurpose": [purpose(code) for code in sorted(terms.purposes.included)],
        **_except("cameo:exceptPurpose", terms.purposes),
        "dct:description": terms.intended_use or "no intended use is described",
        "dpv:hasPersonalData": [personal_data(facet) for facet in sorted(terms.facets)],
        "dpv:hasProcessing": [processing(action) for action in sorted(terms.actions)],
        "dpv:hasRecipient": {"@id": party_id(record.grantee)},
        "dpv:hasStorageCondition": _storage(terms, jurisdiction(settings)),
        "dpv:hasLocation": [{"@id": place(code)} for code in sorted(terms.territories.included)],
        **_except("cameo:exceptTerritory", terms.territories),
        "dpv:hasJurisdiction": jurisdiction(settings),
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dct:description": "revoke the grant: nothing new is permitted from then on",
            "rdfs:seeAlso": {"@id": f"{settings.issuer}/v1/grants/{record.id}/revoke"},
        },
    }


def notice(tx: Transaction, cameo: CameoRecord) -> dict[str, Any]:
    """The statement that the person accepted before they were recorded."""
    if cameo.enrollment_id is None:
        return {"@type": "dpv:ConsentNotice", "dct:identifier": NOT_STATED}
    statement = tx.enrollments.get(cameo.enrollment_id).statement
    return {
        "@type": "dpv:ConsentNotice",
        "dct:identifier": statement["version"],
        "dct:language": statement["locale"],
        "cameo:sha256": statement["sha256"],
    }


def _except(name: str, scope: Scope) -> dict[str, Any]:
    return {name: sorted(scope.excluded)} if scope.excluded else {}


def _storage(terms: Terms, location: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"@type": "dpv:StorageLocation", "dpv:hasLocation": location},
        {
            "@type": "dpv:StorageDuration",
            "dct:valid": _end(terms),
            "dct:description": "what is held for this grant is of no use once it has ended",
        },
        {
            "@type": "dpv:StorageDeletion",
            "dct:identifier": terms.on_revocation.value,
            "dct:description": "what the end of the grant asks of what was already made",
        },
    ]


def _end(terms: Terms) -> dict[str, str]:
    until = moment_text(terms.not_after)
    return moment(until) if until is not None else {"@id": "cameo:until-revoked"}


def _events(seen: SeenGrant, terms: Terms, *, now: datetime) -> list[dict[str, Any]]:
    """Given, and how it ended if it did: the last one is the status now."""
    record = seen.record
    given = {
        "@type": "dpv:ConsentGiven",
        "dct:date": moment(_text(record.created_at)),
        "dct:valid": _end(terms),
        "dpv:isImplementedByEntity": {"@id": party_id(record.grantor)},
        "dpv:hasLegalBasis": {"@id": "dpv:ExplicitlyExpressedConsent"},
    }
    if record.revoked_at is not None:
        return [
            given,
            {"@type": _revoked(record), "dct:date": moment(_text(record.revoked_at))},
        ]
    if terms.not_after is not None and terms.not_after <= now:
        return [given, {"@type": "dpv:ConsentExpired", "dct:date": _end(terms)}]
    if seen.ended:
        return [given, {"@type": "dpv:ConsentRevoked"}]
    return [given]


def _revoked(record: GrantRecord) -> str:
    """DPV tells withdrawal by the data subject from revocation by somebody else. A sublicence may
    be ended by either, and the record does not say by whom: then the term is the one above both.
    """
    if record.parent is None:
        return "dpv:ConsentWithdrawn"
    return "dpv:ConsentStatusInvalidForProcessing"


def _text(at: datetime) -> str:
    return at.isoformat()
