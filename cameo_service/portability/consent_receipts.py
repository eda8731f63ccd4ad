"""A receipt as a consent receipt, ISO/IEC TS 27560:2023 in DPV JSON-LD, profile `dpv-27560`.

What it says is what the signed statement says, which stands in it whole: whoever doubts it
verifies that.

document = consent_receipt(record, settings=context.settings)
"""

from types import MappingProxyType
from typing import Any

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
)
from cameo_service.receipts.statements import stated_in
from cameo_service.settings import Settings
from storage.records import ReceiptRecord

RECEIPT = "https://w3id.org/dpv/schema/dpv-27560#receipt"
_TIMES = MappingProxyType(
    {
        "permitted_at": "cameo:permittedAt",
        "reported_at": "cameo:reportedAt",
        "published_at": "cameo:publishedAt",
    }
)
"""In RDF several values of one property have no order: which time it is is said by the name."""


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
        "cameo:statement": record.statement,
        "cameo:logEntry": record.log_number,
        **present(
            {
                "dpv:hasRecordOfActivity": [
                    {"@id": f"{settings.issuer}/v1/grants/{grant['id']}/record"}
                    for grant in said["grants"]
                ],
                "cameo:assets": [_asset(each) for each in said["assets"]],
                "cameo:obligations": [_obligation(each) for each in said["obligations"]],
            }
        ),
    }


def _process(said: dict[str, Any], settings: Settings) -> dict[str, Any]:
    use, context, times = said["use"], said["context"], said["times"]
    facets = sorted({facet for each in said["likenesses"] for facet in each["facets"]})
    return {
        "@type": "dpv:Process",
        "dct:identifier": use["id"],
        "dpv:hasPurpose": _purposes(context["purpose"]),
        "dpv:hasProcessing": processing(use["action"]),
        "dpv:hasDataController": party(use["holder"], "dpv:LegalEntity", "dpv:DataController"),
        "dpv:hasRecipient": {"@id": party_id(use["requester"])},
        "dpv:hasJurisdiction": jurisdiction(settings),
        **present(
            {
                "dpv:hasPersonalData": [personal_data(facet) for facet in facets],
                "dpv:hasLocation": [{"@id": place(code)} for code in context["territories"] or []],
            }
        ),
        **{name: moment(times[told]) for told, name in _TIMES.items() if times[told] is not None},
    }


def _purposes(declared: str | None) -> list[dict[str, Any]]:
    return [purpose(declared) if declared is not None else {**NOT_STATED}]


def _asset(asset: dict[str, Any]) -> dict[str, Any]:
    return {"cameo:sha256": asset["sha256"], "dct:format": asset["media_type"]}


def _obligation(owed: dict[str, Any]) -> dict[str, Any]:
    return {
        "cameo:kind": owed["kind"],
        **present({"dct:description": owed["text"]}),
        "cameo:statedMet": owed["stated_met"],
    }
