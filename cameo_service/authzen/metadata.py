"""The metadata of this policy decision point, plain and signed.

The two drafts that are implemented stand among the capabilities under the URNs that the drafts
request, and in `drafts`, a parameter of ours, as what they are: not final, not registered.

>>> metadata_document("https://pdp.example")["access_evaluation_endpoint"]
'https://pdp.example/access/v1/evaluation'
"""

from datetime import datetime
from typing import Any

from cameo_service.authzen.obligations import SUPPORTED
from cameo_service.signing import Signer, epoch
from storage.keys import Purpose

EVALUATION = "/access/v1/evaluation"
EVALUATIONS = "/access/v1/evaluations"
SEARCH_SUBJECT = "/access/v1/search/subject"
SEARCH_RESOURCE = "/access/v1/search/resource"
SEARCH_ACTION = "/access/v1/search/action"
REQUESTS = "/access/v1/requests"
CONFIGURATION = "/.well-known/authzen-configuration"

ACCESS_REQUEST = "urn:openid:authzen:capability:access-request"
OBLIGATIONS = "urn:openid:authzen:capability:obligations"
DRAFTS = {
    ACCESS_REQUEST: "AuthZEN Access Request and Approval Profile, draft 1",
    OBLIGATIONS: "AuthZEN Profile for Obligations, draft 1 (3 July 2026)",
}


def metadata_document(base: str) -> dict[str, Any]:
    """The parameters of the decision point whose identifier is `base`, a URL without a slash."""
    return {
        "policy_decision_point": base,
        "access_evaluation_endpoint": base + EVALUATION,
        "access_evaluations_endpoint": base + EVALUATIONS,
        "search_subject_endpoint": base + SEARCH_SUBJECT,
        "search_resource_endpoint": base + SEARCH_RESOURCE,
        "search_action_endpoint": base + SEARCH_ACTION,
        "access_request_endpoint": base + REQUESTS,
        "jwks_uri": f"{base}/.well-known/jwks.json",
        "capabilities": [ACCESS_REQUEST, OBLIGATIONS],
        "supported_obligations": list(SUPPORTED),
        "drafts": DRAFTS,
    }


def signed_document(base: str, signer: Signer, *, now: datetime) -> dict[str, Any]:
    """The document with `signed_metadata`: the same parameters as claims, signed by `iss`."""
    document = metadata_document(base)
    claims = {**document, "iss": base, "iat": epoch(now)}
    return {**document, "signed_metadata": signer.sign(Purpose.METADATA, claims)}
