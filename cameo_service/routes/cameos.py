"""Cameos and policies over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from cameo_service import cameos
from cameo_service.callers import Caller, Scope
from cameo_service.routes.dependencies import ContextOf, caller_with
from cameo_service.routes.schemas.cameos import CameoOut, PolicyIn, PolicyOut
from cameo_service.routes.schemas.common import Page
from cameo_service.routes.schemas.grants import GrantOut

router = APIRouter(prefix="/v1/cameos", tags=["cameos"])

Reading = Annotated[Caller, Depends(caller_with(Scope.CAMEOS_READ))]
Writing = Annotated[Caller, Depends(caller_with(Scope.CAMEOS_WRITE))]
ReadingGrants = Annotated[Caller, Depends(caller_with(Scope.GRANTS_READ))]


@router.get("/{id}", operation_id="getCameo")
def get_cameo(id: str, context: ContextOf, caller: Reading) -> CameoOut:
    """A cameo, its identity credential and its policy."""
    with context.store.read() as tx:
        return CameoOut.of(cameos.owned(tx, caller, id), tx.policies.current(id))


@router.put("/{id}/policy", operation_id="setPolicy")
def set_policy(id: str, body: PolicyIn, context: ContextOf, caller: Writing) -> PolicyOut:
    """Replace the owner's standing rules. Live permits that rest on the old ones end."""
    with context.store.write() as tx:
        record = cameos.set_policy(tx, context, caller, cameo_id=id, policy=body.to_policy())
    return PolicyOut.of(record)


@router.get("/{id}/policy/history", operation_id="getPolicyHistory")
def get_policy_history(id: str, context: ContextOf, caller: Reading) -> Page[PolicyOut]:
    """Every version of the policy, oldest first."""
    with context.store.read() as tx:
        cameos.owned(tx, caller, id)
        versions = tx.policies.history(id)
    shown = [PolicyOut.of(version) for version in versions]
    return Page(data=shown, has_more=False, next_cursor=None)


@router.get("/{id}/grants", operation_id="listGrants")
def list_grants(
    id: str, context: ContextOf, caller: ReadingGrants, limit: int = 20, after: str | None = None
) -> Page[GrantOut]:
    """The grants on a cameo, revoked ones too."""
    bounded = min(max(limit, 1), 100)
    with context.store.read() as tx:
        cameos.owned(tx, caller, id)
        records = tx.grants.on_cameo(id, limit=bounded + 1, after=after)
    shown, more = records[:bounded], len(records) > bounded
    return Page(
        data=[GrantOut.of(record) for record in shown],
        has_more=more,
        next_cursor=shown[-1].id if more else None,
    )


@router.post("/{id}/revoke", operation_id="revokeCameo")
def revoke_cameo(id: str, context: ContextOf, caller: Writing) -> CameoOut:
    """End a cameo: its templates are destroyed and nothing rests on it any more."""
    with context.store.write() as tx:
        record = cameos.revoke(tx, context, caller, cameo_id=id)
        return CameoOut.of(record, tx.policies.current(id))
