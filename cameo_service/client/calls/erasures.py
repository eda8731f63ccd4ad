"""Erasures, and what holders of identity packages are told of them.

>>> list_erasure_notices("app:studio").page().query["unconfirmed"]
'true'
"""

from cameo_service.client.calls.call import Call, Listing, get, post, reads, said
from cameo_service.client.results.erasures import Erasure, ErasureNotice, RetentionSchedule

PATH = "/v1/erasures"


def erase_cameo(id: str, *, acting_as: str | None = None) -> Call[Erasure]:
    """End a cameo, if it has not ended, and destroy everything that is held of it.

    `acting_as` is a guardian or an estate; else the owner. Erasing again changes nothing.
    """
    body = said(acting_as=acting_as)
    return post("/v1/cameos", id, "erase", body=body, read=reads(Erasure), repeatable=True)


def get_erasure(id: str) -> Call[Erasure]:
    """An erasure, its certificate and who confirmed it, for the owner's side."""
    return get(PATH, id, read=reads(Erasure))


def list_erasure_notices(holder: str, *, unconfirmed: bool = True) -> Listing[ErasureNotice]:
    """The erasures that a holder of identity packages is told of, in order of id."""
    query = {"holder": holder, "unconfirmed": "true" if unconfirmed else "false"}
    return Listing(path=PATH, kind=ErasureNotice, query=query)


def confirm_erasure(id: str, *, holder: str | None = None) -> Call[ErasureNotice]:
    """Confirm that a holder, by default the caller, deleted its packages of the cameo."""
    body = said(holder=holder)
    return post(PATH, id, "confirm", body=body, read=reads(ErasureNotice), repeatable=True)


def get_retention_schedule() -> Call[RetentionSchedule]:
    """How long what is kept. Needs no key."""
    return Call(
        method="GET",
        path="/v1/retention",
        read=reads(RetentionSchedule),
        repeatable=True,
        authenticated=False,
    )
