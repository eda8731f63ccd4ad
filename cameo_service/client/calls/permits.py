"""Permits, and the lists that say which of them were revoked.

>>> get_status_list("https://cameo.example/v1/status-lists/3").path
'/v1/status-lists/3'
"""

import re

from cameo_service.client.calls.call import Call, creation, joined, post, reads
from cameo_service.client.forms.questions import ConsentRequest
from cameo_service.client.results.permits import (
    Introspection,
    IssuedPermit,
    ReleasedPermit,
    introspection_of,
)

PATH = "/v1/permits"
STATUS_LIST = "application/statuslist+jwt"
_URI = re.compile(r"https?://[^?#]*/v1/status-lists/([0-9]{1,12})")


def issue_permit(
    request: ConsentRequest, *, idempotency_key: str | None = None
) -> Call[IssuedPermit]:
    """The same question; a yes comes signed, for this caller alone. A no is `ConsentDenied`.

    A permit is for one use, and reserves what it rests on until it is used, released or over.
    """
    return creation(
        PATH, body=request.body(), read=reads(IssuedPermit), idempotency_key=idempotency_key
    )


def introspect_permit(permit: str) -> Call[Introspection]:
    """Whether a permit (the JWS) is good now, for whom it was issued to."""
    body = {"permit": permit}
    return post(PATH, "introspect", body=body, read=introspection_of, repeatable=True)


def release_permit(id: str) -> Call[ReleasedPermit]:
    """Give a permit back unused. What it reserved is free at once."""
    return post(PATH, id, "release", read=reads(ReleasedPermit), repeatable=True)


def get_status_list(uri: str) -> Call[str]:
    """The signed status list that a permit names: for `verify_status_list`.

    It is asked of this client's service, whatever host the `uri` names: the signed list says
    itself which one it is. Raises `ValueError` for a `uri` that no permit of a service has.
    """
    named = _URI.fullmatch(uri)
    if named is None:
        raise ValueError(f"`{uri}` is not the address of a status list")
    return Call(
        method="GET",
        path=joined("/v1/status-lists", named[1]),
        read=lambda document: str(document["text"]),
        repeatable=True,
        accept=STATUS_LIST,
        authenticated=False,
    )
