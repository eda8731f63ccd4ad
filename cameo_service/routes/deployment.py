"""The deployment's rules and standings over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from cameo_service import deployment
from cameo_service.callers import Caller, Scope
from cameo_service.people import principals
from cameo_service.routes.dependencies import (
    ContextOf,
    PageOf,
    PrincipalPath,
    caller_with,
)
from cameo_service.routes.schemas.common import Page, version_cursor
from cameo_service.routes.schemas.deployment import (
    DeploymentIn,
    DeploymentOut,
    StandingIn,
    StandingOut,
)

router = APIRouter(prefix="/v1", tags=["deployment"])

Reading = Annotated[Caller, Depends(caller_with(Scope.DEPLOYMENT_READ))]
Writing = Annotated[Caller, Depends(caller_with(Scope.DEPLOYMENT_WRITE))]


@router.get("/deployment/rules", operation_id="getDeploymentRules")
def get_rules(context: ContextOf, caller: Reading) -> DeploymentOut:
    """The rules that bind everybody, owners too."""
    del caller
    with context.store.read() as tx:
        return DeploymentOut.of(tx.deployment.current())


@router.put("/deployment/rules", operation_id="setDeploymentRules")
def set_rules(body: DeploymentIn, context: ContextOf, caller: Writing) -> DeploymentOut:
    """Replace the rules. Every live permit ends, since each of them rests on the old ones."""
    rules = body.to_rules()
    with context.store.write() as tx:
        return DeploymentOut.of(deployment.set_rules(tx, context, caller, rules))


@router.get("/deployment/rules/history", operation_id="getDeploymentRulesHistory")
def get_rules_history(context: ContextOf, caller: Reading, query: PageOf) -> Page[DeploymentOut]:
    """The versions of the rules, oldest first."""
    del caller
    after = version_cursor(query.after)
    with context.store.read() as tx:
        versions = tx.deployment.history(limit=query.limit + 1, after=after)
    return Page[DeploymentOut].of(
        versions, query, shown=DeploymentOut.of, cursor=lambda record: str(record.version)
    )


@router.get("/principals/{principal}/standing", operation_id="getStanding")
def get_standing(principal: PrincipalPath, context: ContextOf, caller: Reading) -> StandingOut:
    """What a principal counts as. Of whom nothing was said is active."""
    del caller
    with context.store.read() as tx:
        return StandingOut.of(principals.known(tx, principal, now=context.clock()))


@router.put("/principals/{principal}/standing", operation_id="setStanding")
def set_standing(
    principal: PrincipalPath, body: StandingIn, context: ContextOf, caller: Writing
) -> StandingOut:
    """Suspend a principal, or let it ask again. Permits that rest on it end."""
    with context.store.write() as tx:
        record = deployment.set_standing(
            tx,
            context,
            caller,
            principal=principal,
            standing=body.standing,
            reason=body.reason,
        )
    return StandingOut.of(record)
