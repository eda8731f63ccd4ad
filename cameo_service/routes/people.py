"""People over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from cameo_service.callers import Caller, Scope
from cameo_service.people import persons
from cameo_service.routes.dependencies import ContextOf, PrincipalPath, caller_with
from cameo_service.routes.schemas.people import PersonIn, PersonOut

router = APIRouter(prefix="/v1/people", tags=["people"])

Reading = Annotated[Caller, Depends(caller_with(Scope.PEOPLE_READ))]
Writing = Annotated[Caller, Depends(caller_with(Scope.PEOPLE_WRITE))]


@router.get("/{principal}", operation_id="getPerson")
def get_person(principal: PrincipalPath, context: ContextOf, caller: Reading) -> PersonOut:
    """What is known of a person's age and life, for those who act for them."""
    with context.store.read() as tx:
        return PersonOut.of(persons.about(tx, context, caller, principal))


@router.put("/{principal}", operation_id="reportPerson")
def report_person(
    principal: PrincipalPath, body: PersonIn, context: ContextOf, caller: Writing
) -> PersonOut:
    """Report that a person is a minor or of age, alive or dead. It holds at once.

    Minority cannot be taken back while the person has a cameo, and a death only by a key with the
    scope `deployment:write`. Live permits with the person end.
    """
    with context.store.write() as tx:
        record = persons.report(
            tx,
            context,
            caller,
            principal=principal,
            minor=body.minor.to_minor() if body.minor is not None else None,
            deceased_at=body.deceased_at,
        )
    return PersonOut.of(record)
