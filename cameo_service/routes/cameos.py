"""Cameos and policies over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from cameo_service.callers import Caller, Scope
from cameo_service.cameos import finding, policies, revocation
from cameo_service.errors import Invalid
from cameo_service.grants import granted
from cameo_service.routes.dependencies import ContextOf, PageOf, caller_with
from cameo_service.routes.schemas.cameos import CameoOut, RevokeCameoIn, cameo_out
from cameo_service.routes.schemas.common import Page, PageQuery, PrincipalText, version_cursor
from cameo_service.routes.schemas.grants import GrantOut
from cameo_service.routes.schemas.policies import PolicyIn, PolicyOut
from storage.records import CameoRecord

router = APIRouter(prefix="/v1/cameos", tags=["cameos"])

Reading = Annotated[Caller, Depends(caller_with(Scope.CAMEOS_READ))]
Writing = Annotated[Caller, Depends(caller_with(Scope.CAMEOS_WRITE))]
ReadingGrants = Annotated[Caller, Depends(caller_with(Scope.GRANTS_READ))]


class OwnersQuery(PageQuery):
    """Whose cameos, and which page of them."""

    owner: PrincipalText


@router.get("", operation_id="listCameos")
def list_cameos(
    context: ContextOf, caller: Reading, query: Annotated[OwnersQuery, Query()]
) -> Page[CameoOut]:
    """The cameos of an owner, ended ones too, oldest first."""
    now = context.clock()
    with context.store.read() as tx:
        every = finding.of_owner(tx, caller, query.owner, now=now)
        return Page[CameoOut].of(
            _after(every, query.after)[: query.limit + 1],
            query,
            shown=lambda record: cameo_out(tx, record, tx.policies.current(record.id)),
            cursor=lambda record: record.id,
        )


def _after(records: list[CameoRecord], cursor: str | None) -> list[CameoRecord]:
    """The records behind the one that `cursor` names."""
    if cursor is None:
        return records
    for place, record in enumerate(records, start=1):
        if record.id == cursor:
            return records[place:]
    raise Invalid("cursor_unknown", f"`{cursor}` is not a cursor of this list")


@router.get("/{id}", operation_id="getCameo")
def get_cameo(id: str, context: ContextOf, caller: Reading) -> CameoOut:
    """A cameo and its policy, for the owner's side; with a person, the identity credential."""
    with context.store.read() as tx:
        record = finding.visible(tx, caller, id, now=context.clock())
        return cameo_out(tx, record, tx.policies.current(id))


@router.put("/{id}/policy", operation_id="setPolicy")
def set_policy(id: str, body: PolicyIn, context: ContextOf, caller: Writing) -> PolicyOut:
    """Replace the owner's standing rules. Live permits that rest on the old ones end."""
    with context.store.write() as tx:
        record = policies.set_policy(
            tx,
            context,
            caller,
            cameo_id=id,
            policy=body.to_policy(),
            policies=body.to_policies(),
            acting_as=body.acting_as,
        )
    return PolicyOut.of(record)


@router.get("/{id}/policy/history", operation_id="getPolicyHistory")
def get_policy_history(
    id: str, context: ContextOf, caller: Reading, query: PageOf
) -> Page[PolicyOut]:
    """The versions of the policy, oldest first."""
    now, after = context.clock(), version_cursor(query.after)
    with context.store.read() as tx:
        versions = policies.history(tx, caller, id, now=now, limit=query.limit + 1, after=after)
    return Page[PolicyOut].of(
        versions, query, shown=PolicyOut.of, cursor=lambda record: str(record.version)
    )


@router.get("/{id}/grants", operation_id="listGrants")
def list_grants(
    id: str, context: ContextOf, caller: ReadingGrants, query: PageOf
) -> Page[GrantOut]:
    """The grants on a cameo, sublicences and revoked ones too, for the owner's side."""
    now = context.clock()
    with context.store.read() as tx:
        records = granted.listed(
            tx,
            caller,
            grantee=None,
            cameo_id=id,
            now=now,
            limit=query.limit + 1,
            after=query.after,
        )
        return Page[GrantOut].of(
            records,
            query,
            shown=lambda record: GrantOut.of(granted.seen(tx, caller, record, now=now)),
            cursor=lambda record: record.id,
        )


@router.post("/{id}/revoke", operation_id="revokeCameo")
def revoke_cameo(
    id: str, context: ContextOf, caller: Writing, body: RevokeCameoIn | None = None
) -> CameoOut:
    """End a cameo: its templates are destroyed and nothing rests on it any more."""
    acting_as = body.acting_as if body is not None else None
    record = revocation.revoke_cameo(context, caller, cameo_id=id, acting_as=acting_as)
    with context.store.read() as tx:
        return cameo_out(tx, record, tx.policies.current(id))
