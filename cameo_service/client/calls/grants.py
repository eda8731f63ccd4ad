"""Grants and sublicences.

>>> list_grants(grantee="user:bob").page().path
'/v1/grants'
"""

from cameo_service.client.calls.call import Call, Listing, creation, get, joined, post, reads, said
from cameo_service.client.forms.terms import Terms
from cameo_service.client.results.grants import Grant, GrantVersion, RevokedGrant

PATH = "/v1/grants"


def make_grant(
    cameo_id: str,
    grantee: str,
    terms: Terms,
    *,
    parent: str | None = None,
    acting_as: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Grant]:
    """License a cameo to `grantee`, in its owner's name.

    With `parent` it is a sublicence: the grantee of that grant gives it, and its terms lie within.
    `acting_as` is who gives it for the owner, under a mandate.
    """
    body = {
        "cameo_id": cameo_id,
        "grantee": grantee,
        "terms": terms.body(),
        **said(parent=parent, acting_as=acting_as),
    }
    return creation(PATH, body=body, read=reads(Grant), idempotency_key=idempotency_key)


def list_grants(*, grantee: str | None = None, cameo_id: str | None = None) -> Listing[Grant]:
    """The grants to a grantee, or those on a cameo: one of them. Revoked ones too."""
    return Listing(path=PATH, kind=Grant, query=said(grantee=grantee, cameo_id=cameo_id))


def get_grant(id: str) -> Call[Grant]:
    """A grant, for either side, who holds a link above it, and the owner's side."""
    return get(PATH, id, read=reads(Grant))


def list_sublicences(id: str) -> Listing[Grant]:
    """The sublicences directly below a grant, revoked ones too."""
    return Listing(path=joined(PATH, id, "sublicences"), kind=Grant)


def list_grant_versions(id: str) -> Listing[GrantVersion]:
    """The versions of a grant, oldest first."""
    return Listing(path=joined(PATH, id, "history"), kind=GrantVersion)


def revoke_grant(
    id: str, *, reason: str | None = None, acting_as: str | None = None
) -> Call[RevokedGrant]:
    """End a grant and all below it. When this returns, no decision says yes on its strength.

    The reason is kept with it and not shown to the grantee.
    """
    body = said(reason=reason, acting_as=acting_as)
    return post(PATH, id, "revoke", body=body, read=reads(RevokedGrant), repeatable=True)
