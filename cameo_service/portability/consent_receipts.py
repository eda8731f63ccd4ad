"""A receipt as a consent receipt, ISO/IEC TS 27560:2023 in DPV JSON-LD, profile `dpv-27560`.

What it says is what the signed statement says, which stands in it whole: whoever doubts it
verifies that.

document = consent_receipt(record, settings=context.settings)
"""

from typing import Any

from cameo_service.portability.parties import jurisdiction, operator, party, party_id
from cameo_service.portability.vocabulary import (
    PREFIXES,
    moment,
    personal_data,
    place,
    processing,
    purpose,
)
from cameo_service.receipts.statements import stated_in
from cameo_service.settings import Settings
from storage.records import ReceiptRecord

RECEIPT = "https://w3id.org/dpv/schema/dpv-27560#receipt"


def consent_receipt(record: ReceiptRecord, *, settings: Settings) -> dict[str, Any]:
    """The consent receipt of a use, for whom `record` is made out to."""
    said = stated_in(record.statement)
    return {
        "@context": dict(PREFIXES),
        "@id": f"{settings.issuer}/v1/receipts/{record.id}/record",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": {"@id": RECEIPT},
        "dct:identifier": record.id,
        "dct:created": moment(record.created_at.isoformat()),
        "dct:publisher": operator(settings),
        "dct:audience": {"@id": party_id(said["aud"])},
        "dpv:hasProcess": _process(said, settings),
        "dpv:hasRecordOfActivity": [
            {"@id": f"{settings.issuer}/v1/grants/{grant['id']}/record"} for grant in said["grants"]
        ],
        "cameo:statement": record.statement,
        "cameo:logEntry": record.log_number,
        "cameo:assets": [
            {"cameo:sha256": each["sha256"], "dct:format": each["media_type"]}
            for each in said["assets"]
        ],
        "cameo:obligations": said["obligations"],
    }


def _process(said: dict[str, Any], settings: Settings) -> dict[str, Any]:
    use, context = said["use"], said["context"]
    declared = context["purpose"]
    facets = sorted({facet for each in said["likenesses"] for facet in each["facets"]})
    return {
        "@type": "dpv:Process",
        "dct:identifier": use["id"],
        "dct:date": [moment(each) for each in said["times"].values() if each is not None],
        "dpv:hasPurpose": [purpose(declared)] if declared is not None else [],
        "dpv:hasProcessing": processing(use["action"]),
        "dpv:hasPersonalData": [personal_data(facet) for facet in facets],
        "dpv:hasDataController": party(use["holder"], "dpv:LegalEntity", "dpv:DataController"),
        "dpv:hasRecipient": {"@id": party_id(use["requester"])},
        "dpv:hasLocation": [{"@id": place(code)} for code in context["territories"] or []],
        "dpv:hasJurisdiction": jurisdiction(settings),
    }
