"""Hand a generator the identity package of a person: recorded before it can leave.

    disclosed = disclose(context, caller, Wanted(cameo_id="cam_1", permit=token))
    disclosed.package

The transaction is begun and committed in here, so there is no package without its record, and
whoever is killed in between has handed out nothing. It is a write also since a writer sees every
revocation that was acknowledged, and each one waits for it or it for the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.events import Event, record
from cameo_service.identifiers import new_id
from cameo_service.packages.admitting import require_admitted, require_standing, usable
from cameo_service.packages.contents import Contents, gather
from cameo_service.packages.covering import covered_facets, held_by
from cameo_service.packages.sealing import Sealed, require_holder_key, seal
from cameo_service.permits.issuing import require_live
from cameo_service.signing import epoch
from storage.contracts import Transaction
from storage.keys import Purpose
from storage.records import CameoRecord, DisclosureRecord, PermitRecord

_log = structlog.get_logger("cameo.packages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The cameo, the token of the permit, and the public JWK to encrypt to, if any."""

    cameo_id: str
    permit: str = field(repr=False)
    holder_key: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """The record, and the package: a JWS, or a JWE where it is encrypted."""

    record: DisclosureRecord
    package: str
    expires_at: datetime


def disclose(context: Context, caller: Caller, wanted: Wanted) -> Disclosed:
    """The package for the holder of the permit, and its record: committed.

    Raises `Unknown` for anybody else's permit and a cameo it does not name, `PermitSpent` or
    `PermitEnded`, `NotCovered`, `CameoNotUsable`, `PackageNotPermitted`, `Invalid` for a permit's
    id, a character or an unfit key, and `Tampered`.
    """
    if wanted.holder_key is not None:
        require_holder_key(wanted.holder_key)
    with context.store.write() as tx:
        disclosed = _disclosed(tx, context, caller, wanted)
    kept = disclosed.record
    _log.info(
        "identity package disclosed", disclosure=kept.id, cameo=kept.cameo_id, permit=kept.permit_id
    )
    return disclosed


def _disclosed(tx: Transaction, context: Context, caller: Caller, wanted: Wanted) -> Disclosed:
    now = context.clock()
    # 1. The key is still good.
    require_standing(tx, caller)
    # 2. The permit is the caller's own, and lives in this very transaction.
    held = held_by(tx, context, caller, wanted.permit)
    require_live(held, now=now)
    # 3. It covers this cameo, to make something with it.
    facets = covered_facets(held, wanted.cameo_id)
    # 4. The cameo is a person's, in use and proven.
    cameo = usable(tx, wanted.cameo_id, now=now)
    # 5. It may go to this very holder, who need not be whom the decision was about.
    require_admitted(tx, cameo, held.audience, now=now)
    # 6. Only what is covered, and only what is genuine.
    contents = gather(tx, context, cameo, facets)
    # 7. Recorded, in the log and for the owner, in the transaction that all of this was seen in.
    id = new_id("dis")
    claims = package_claims(
        held, cameo, facets, contents, id=id, issuer=context.settings.issuer, now=now
    )
    signed = context.signer.sign(Purpose.PACKAGE, claims)
    sealed = None if wanted.holder_key is None else seal(signed, wanted.holder_key)
    kept = _recorded(tx, held, cameo, facets, contents, id=id, sealed=sealed, now=now)
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
