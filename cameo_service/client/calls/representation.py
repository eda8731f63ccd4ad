"""Who speaks for whom: guardians, estates, agents.

>>> get_representation("man_1").path
'/v1/representations/man_1'
"""

from cameo_service.client.calls.call import Call, Listing, creation, get, post, reads, said
from cameo_service.client.forms.terms import Terms
from cameo_service.client.results.people import Mandate

PATH = "/v1/representations"


def appoint_representative(
    kind: str,
    *,
    represented: str,
    representative: str,
    scope: Terms,
    evidence: str,
    idempotency_key: str | None = None,
) -> Call[Mandate]:
    """Appoint an `agent` in the owner's name, or attest a `guardian` or an `estate`.

    `scope` is what the representative may use and license, `evidence` a reference to the document
    that proves the mandate, never the document.
    """
    body = {
        "kind": kind,
        "represented": represented,
        "representative": representative,
        "scope": scope.body(),
        "evidence": evidence,
    }
    return creation(PATH, body=body, read=reads(Mandate), idempotency_key=idempotency_key)


def list_representations(
    *, represented: str | None = None, representative: str | None = None
) -> Listing[Mandate]:
    """The mandates over somebody, or those that somebody has: one of them, or both."""
    query = said(represented=represented, representative=representative)
    return Listing(path=PATH, kind=Mandate, query=query)


def get_representation(id: str) -> Call[Mandate]:
    """A mandate, for either side and for attesters."""
    return get(PATH, id, read=reads(Mandate))


def revoke_representation(id: str, *, reason: str | None = None) -> Call[Mandate]:
    """End a mandate, for either side or an attester. Nothing rests on it any more."""
    body = said(reason=reason)
    return post(PATH, id, "revoke", body=body, read=reads(Mandate), repeatable=True)
