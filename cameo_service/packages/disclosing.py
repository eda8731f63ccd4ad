"""Hand a generator the identity package of a person: recorded in the transaction that makes it.

    with context.store.write() as tx:
        disclosed = disclose(
            tx, context, caller, cameo_id="cam_1", permit="per_1", holder_key=None
        )
    disclosed.package  # leaves only after the commit

A write, since the record must stand before anything leaves, and since a writer sees every
revocation that was acknowledged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from cameo_service import callers
from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.errors import Invalid, Unauthenticated, Unknown, WrongState
from cameo_service.events import Event, record
from cameo_service.identifiers import new_id
from cameo_service.packages.contents import Contents, gather
from cameo_service.packages.covering import covered_facets, held_by
from cameo_service.packages.sealing import Sealed, require_holder_key, seal
from cameo_service.permits.issuing import require_live
from cameo_service.signing import epoch
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.keys import Purpose
from storage.records import CameoRecord, DisclosureRecord, PermitRecord

_log = structlog.get_logger("cameo.packages")


class CameoNotUsable(WrongState):
    """The cameo is not active, or its credential has expired."""

    code = "cameo_not_usable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """The record, and the package: a JWS, or a JWE where it is encrypted."""

    record: DisclosureRecord
    package: str
    expires_at: datetime


def disclose(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    cameo_id: str,
    permit: str,
    holder_key: Mapping[str, Any] | None,
) -> Disclosed:
    """The package of a cameo for the holder of `permit`, and its record.

    Raises `Unknown` for anybody else's permit and a cameo it does not name, `PermitSpent` or
    `PermitEnded`, `NotCovered`, `CameoNotUsable`, `Invalid` for a character or an unfit key, and
    `Tampered`.
    """
    now = context.clock()
    # 1. The key is still good, and what it is to be encrypted to can be encrypted to.
    _require_standing(tx, caller)
    if holder_key is not None:
        require_holder_key(holder_key)
    # 2. The permit is the caller's own, and lives in this very transaction.
    held = held_by(tx, context, caller, permit)
    require_live(held, now=now)
    # 3. It covers this cameo, to make something with it.
    facets = covered_facets(held, cameo_id)
    # 4. The cameo is a person's, in use and proven.
    cameo = _usable(tx, cameo_id, now=now)
    # 5. Only what is covered, and only what is genuine.
    contents = gather(tx, context, cameo, facets)
    # 6. Recorded, in the log and for the owner, before anything leaves.
    id = new_id("dis")
    claims = package_claims(
        held, cameo, facets, contents, id=id, issuer=context.settings.issuer, now=now
    )
    signed = context.signer.sign(Purpose.PACKAGE, claims)
    sealed = seal(signed, holder_key) if holder_key is not None else None
    kept = _recorded(tx, held, cameo, facets, contents, id=id, sealed=sealed, now=now)
    _log.info("identity package disclosed", disclosure=id, cameo=cameo.id, permit=held.id)
    package = signed if sealed is None else sealed.token
    return Disclosed(record=kept, package=package, expires_at=held.expires_at)


def package_claims(
    held: PermitRecord,
    cameo: CameoRecord,
    facets: tuple[str, ...],
    contents: Contents,
    *,
    id: str,
    issuer: str,
    now: datetime,
) -> dict[str, Any]:
    """What a package says. It is good for as long as the permit is."""
    return {
        "iss": issuer,
        "aud": held.audience,
        "sub": cameo.owner,
        "jti": id,
        "iat": epoch(now),
        "nbf": epoch(now),
        "exp": epoch(held.expires_at),
        "cameo": cameo.id,
        "permit": held.id,
        "requester": held.requester,
        "facets": list(facets),
        "embeddings": list(contents.embeddings),
        "samples": list(contents.samples),
        "withheld": list(contents.withheld),
        "credential": cameo.credential,
    }


def _require_standing(tx: Transaction, caller: Caller) -> None:
    key = tx.keys.find(caller.key_id)
    if key is None:
        raise Unauthenticated("the API key is unknown")
    callers.of_key(key)


def _usable(tx: Transaction, cameo_id: str, *, now: datetime) -> CameoRecord:
    cameo = tx.cameos.find(cameo_id)
    if cameo is None:
        raise Unknown(f"there is no cameo `{cameo_id}`")
    if cameo.kind != "person":
        raise Invalid(
            "package_not_of_person",
            f"cameo `{cameo_id}` is a character: a package is of a person whom the permit names",
        )
    expires_at = cameo.credential_expires_at
    if cameo.status is not CameoStatus.ACTIVE or expires_at is None or now >= expires_at:
        raise CameoNotUsable(f"cameo `{cameo_id}` is not in use, or its credential has expired")
    return cameo


def _recorded(
    tx: Transaction,
    held: PermitRecord,
    cameo: CameoRecord,
    facets: tuple[str, ...],
    contents: Contents,
    *,
    id: str,
    sealed: Sealed | None,
    now: datetime,
) -> DisclosureRecord:
    event = {
        "disclosure": id,
        "cameo": cameo.id,
        "permit": held.id,
        "holder": held.audience,
        "requester": held.requester,
        "facets": list(facets),
        "encrypted": sealed is not None,
    }
    subjects = (cameo.id, cameo.owner, held.audience)
    number = record(tx, Event.PACKAGE_DISCLOSED, event, subjects=subjects, now=now)
    kept = DisclosureRecord(
        id=id,
        cameo_id=cameo.id,
        permit_id=held.id,
        holder=held.audience,
        requester=held.requester,
        facets=facets,
        contents=contents.listing,
        encrypted_to=sealed.thumbprint if sealed is not None else None,
        log_number=number,
        created_at=now,
    )
    tx.disclosures.add(kept)
    return kept
