"""The erasure of somebody who gave thousands of grants: how long every other writer waits for it.

On SQLite and, where its server can be started here, on PostgreSQL. A grant has two live permits,
one, or none, and every tenth a draft, which is called back. What the job does afterwards holds up
nobody, and is not measured.
"""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from bench.stores import opened, postgres
from cameo_service import touched
from cameo_service.context import Context
from cameo_service.documents import policy_document, terms_document
from cameo_service.erasure.beginning import begin
from cameo_service.events import Event, Said, record_all
from permissions.facts import CameoStatus
from permissions.policy import Policy
from permissions.terms import Terms
from permissions.vocabulary import Action, Facet
from storage.contracts import Transaction
from storage.records import (
    CameoRecord,
    GrantRecord,
    PermitRecord,
    PolicyRecord,
    RecallState,
    UseRecord,
    UseState,
)

SIZES = (1_000, 10_000)
OWNER = "user:alice"
HOLDER = "app:bench"
KEY = "ck_bench"
GRANTEES = 997
MOST_PERMITS = 2
DRAFT_OF = 10
AT_ONCE = 1_000
HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)
SIGNED = ".".join(("e" * 120, "c" * 900, "s" * 86))
"""As long as a signed grant is."""


@dataclass(frozen=True)
class Given:
    """A cameo and so many grants on it."""

    cameo: str
    grants: int


def measure(models: Path) -> dict[str, Any]:
    """Seconds, and milliseconds for each live grant, by database and number of grants."""
    del models
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="cameo-bench-") as folder:
        with opened(Path(folder) / "sqlite", None) as context:
            found["sqlite"] = _all(context)
        with postgres() as url:
            if url is not None:
                with opened(Path(folder) / "postgres", url) as context:
                    found["postgresql"] = _all(context)
    return found


def _all(context: Context) -> dict[str, Any]:
    return {str(size): _erased(context, Given(f"cam_{size}", size)) for size in SIZES}


def _erased(context: Context, given: Given) -> dict[str, float]:
    """From the moment at which the writer is free to that at which it is free again."""
    _furnish(context, given)
    started = time.perf_counter()
    with context.store.write() as tx:
        erasure = begin(tx, context, tx.cameos.get(given.cameo), by=OWNER, ended_by=KEY)
    seconds = time.perf_counter() - started
    if erasure.destroyed["grants_ended"] != given.grants:
        raise RuntimeError(f"not every grant ended: {erasure.destroyed}")
    return {"seconds": round(seconds, 3), "ms_per_grant": round(1000 * seconds / given.grants, 4)}


def _furnish(context: Context, given: Given) -> None:
    now = context.clock()
    with context.store.write() as tx:
        tx.cameos.add(_cameo(given.cameo, now=now))
        tx.policies.append(
            PolicyRecord(
                cameo_id=given.cameo,
                version=1,
                document=policy_document(Policy()),
                created_by=OWNER,
                created_at=now,
            )
        )
        indexes = count(tx.permits.next_index())
    for start in range(0, given.grants, AT_ONCE):
        with context.store.write() as tx:
            said: list[Said] = []
            for number in range(start, min(start + AT_ONCE, given.grants)):
                said += _give(tx, given, number, indexes, now=now)
            record_all(tx, said, now=now)


def _give(
    tx: Transaction, given: Given, number: int, indexes: Iterator[int], *, now: datetime
) -> Iterator[Said]:
    grant = _grant(given, number, now=now)
    tx.grants.add(grant)
    subjects = (given.cameo, OWNER, grant.grantee)
    yield Said(event=Event.GRANT_OFFERED, document={"grant": grant.id}, subjects=subjects)
    for _ in range(number % (MOST_PERMITS + 1)):
        permit = _permit(grant, next(indexes), now=now)
        tx.permits.add(permit)
        tx.reservations.reserve(touched.grant(grant.id), permit.id, expires_at=permit.expires_at)
        named = (*subjects, HOLDER)
        yield Said(event=Event.PERMIT_ISSUED, document={"permit": permit.id}, subjects=named)
    if number % DRAFT_OF == 0:
        tx.uses.add(_draft(_permit(grant, -1, now=now), now=now))


def _cameo(id: str, *, now: datetime) -> CameoRecord:
    return CameoRecord(
        id=id,
        version=1,
        kind="person",
        owner=OWNER,
        status=CameoStatus.ACTIVE,
        enrollment_id="enr_bench",
        credential=None,
        credential_expires_at=now + YEAR,
        created_at=now,
        updated_at=now,
        enrolled=("face", "voice"),
    )


def _grant(given: Given, number: int, *, now: datetime) -> GrantRecord:
    terms = Terms(
        actions=frozenset({Action.GENERATE}),
        facets=frozenset({Facet.FACE}),
        count=10,
        not_after=now + YEAR,
    )
    return GrantRecord(
        id=f"gra_{given.cameo}_{number:08}",
        version=1,
        cameo_id=given.cameo,
        grantor=OWNER,
        grantee=f"user:{number % GRANTEES:05}",
        terms=terms_document(terms),
        signed=SIGNED,
        created_by=KEY,
        created_at=now,
    )


def _permit(grant: GrantRecord, index: int, *, now: datetime) -> PermitRecord:
    """A permit as the service stores it, with all that it rests on."""
    likeness = {"cameo_id": grant.cameo_id, "facets": ["face"], "appearance_change": "none"}
    keys = {
        *(touched.DEPLOYMENT, touched.grant(grant.id), touched.key(KEY)),
        *(touched.cameo(grant.cameo_id), touched.policy(grant.cameo_id)),
        *(touched.principal(OWNER), touched.principal(grant.grantee)),
        touched.between(OWNER, grant.grantee),
    }
    return PermitRecord(
        id=f"per_{grant.id}_{index}",
        requester=grant.grantee,
        audience=HOLDER,
        action="generate",
        request={"requester": grant.grantee, "action": "generate", "likenesses": [likeness]},
        request_hash="a" * 43,
        basis=_basis(grant),
        rests_on=tuple(sorted(keys)),
        status_index=index,
        revision=1,
        issued_by=KEY,
        issued_at=now,
        expires_at=now + HOUR,
    )


def _basis(grant: GrantRecord) -> dict[str, Any]:
    party = {"cameo_id": grant.cameo_id, "owner": OWNER, "grants": [grant.id], "approvals": []}
    link = {"id": grant.id, "cameo_id": grant.cameo_id, "parent": None, "version": 1}
    return {
        "parties": [{**party, "reason": "granted", "underlies": None, "obligations": []}],
        "grants": [{**link, "grantor": OWNER, "on_revocation": "recall_drafts"}],
        "approvals": [],
        "obligations": [],
        "shown": [grant.id],
        "inherited": [],
        "counted": [touched.grant(grant.id)],
    }


def _draft(permit: PermitRecord, *, now: datetime) -> UseRecord:
    return UseRecord(
        id=f"use_{permit.id}",
        version=1,
        permit_id=permit.id,
        requester=permit.requester,
        holder=permit.audience,
        action=permit.action,
        state=UseState.DRAFT,
        likenesses=tuple(permit.request["likenesses"]),
        remix_of=(),
        grants=tuple(permit.basis["shown"]),
        basis=permit.basis,
        rests_on=permit.rests_on,
        assets=({"sha256": "0123456789abcdef" * 4, "media_type": "video/mp4"},),
        location=None,
        recall=RecallState.NONE,
        recall_document=None,
        created_at=now,
        updated_at=now,
    )
