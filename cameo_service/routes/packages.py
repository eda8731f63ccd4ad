"""Identity packages for generators, and for owners the list of them, over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from cameo_service.callers import Caller, Scope
from cameo_service.packages.disclosing import Wanted, disclose
from cameo_service.packages.disclosures import listed
from cameo_service.routes.dependencies import ContextOf, PageOf, caller_with
from cameo_service.routes.schemas.common import Page
from cameo_service.routes.schemas.packages import DisclosureOut, PackageIn, PackageOut

router = APIRouter(prefix="/v1/cameos", tags=["cameos"])

Fetching = Annotated[Caller, Depends(caller_with(Scope.PACKAGES_FETCH))]
Reading = Annotated[Caller, Depends(caller_with(Scope.CAMEOS_READ))]


@router.post(
    "/{id}/identity-package", response_model=PackageOut, operation_id="fetchIdentityPackage"
)
def fetch_identity_package(
    id: str, body: PackageIn, context: ContextOf, caller: Fetching
) -> Response:
    """The signed likeness of a person, for the generator that holds a live permit for it.

    The permit is sent as it was issued: the signed token, and not its id. Only the facets that it
    covers are in the package. Every answer is a disclosure of its own, which stands in the consent
    log and is shown to the owner; nothing of it is kept to be repeated.
    """
    wanted = Wanted(cameo_id=id, permit=body.permit, holder_key=body.holder_key())
    disclosed = disclose(context, caller, wanted)
    answer = PackageOut.of(disclosed).model_dump_json()
    return Response(answer, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.get("/{id}/disclosures", operation_id="listDisclosures")
def list_disclosures(
    id: str, context: ContextOf, caller: Reading, query: PageOf
) -> Page[DisclosureOut]:
    """Which generators were handed an identity package, for the owner's side, oldest first."""
    with context.store.read() as tx:
        records = listed(tx, context, caller, cameo_id=id, limit=query.limit + 1, after=query.after)
    return Page[DisclosureOut].of(
        records, query, shown=DisclosureOut.of, cursor=lambda record: record.id
    )
