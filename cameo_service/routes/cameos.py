"""Cameos and policies over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from cameo_service import cameos, revocation
from cameo_service.callers import Caller, Scope
from cameo_service.errors import Invalid
from cameo_service.routes.dependencies import ContextOf, PageOf, caller_with
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
def get_policy_history(
    id: str, context: ContextOf, caller: Reading, query: PageOf
) -> Page[PolicyOut]:
    """The versions of the policy, oldest first."""
    after = policy_cursor(query.after)
    with context.store.read() as tx:
        cameos.owned(tx, caller, id)
        versions = tx.policies.history(id, limit=query.limit + 1, after=after)
    return Page[PolicyOut].of(
        versions, query, shown=PolicyOut.of, cursor=lambda record: str(record.version)
    )


def policy_cursor(after: str | None) -> int:
    """The version that a cursor names; raise `Invalid` for anything else."""
    if after is None:
        return 0
    if not after.isascii() or not after.isdigit():
        raise Invalid("cursor_unknown", f"`{after}` is not a cursor of this list")
    return int(after)


@router.get("/{id}/grants", operation_id="listGrants")
def list_grants(
    id: str, context: ContextOf, caller: ReadingGrants, query: PageOf
) -> Page[GrantOut]:
    """The grants on a cameo, revoked ones too."""
    with context.store.read() as tx:
        cameos.owned(tx, caller, id)
        records = tx.grants.on_cameo(id, limit=query.limit + 1, after=query.after)
    return Page[GrantOut].of(records, query, shown=GrantOut.of, cursor=lambda record: record.id)


@router.post("/{id}/revoke", operation_id="revokeCameo")
def revoke_cameo(id: str, context: ContextOf, caller: Writing) -> CameoOut:
    """End a cameo: its templates are destroyed and nothing rests on it any more."""
    record, policy = revocation.revoke_cameo(context, caller, cameo_id=id)
    return CameoOut.of(record, policy)
