"""Protected faces over HTTP.

app.include_router(router)
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool

from cameo_service.callers import Caller, Scope
from cameo_service.errors import Invalid
from cameo_service.protection import registry
from cameo_service.routes.dependencies import ContextOf, caller_with
from cameo_service.routes.forms import files_in, form_of, text_in
from cameo_service.routes.scans import FILES
from cameo_service.routes.schemas.common import Page
from cameo_service.routes.schemas.recognition import ProtectedFaceOut, ProtectedFacesQuery
from cameo_service.uploads import MOST_FILES
from permissions.vocabulary import MalformedPrincipal

router = APIRouter(prefix="/v1/protected-faces", tags=["protected faces"])

Writing = Annotated[Caller, Depends(caller_with(Scope.PROTECTED_WRITE))]
Reading = Annotated[Caller, Depends(caller_with(Scope.PROTECTED_READ))]
LONGEST_LABEL, LONGEST_REASON, LONGEST_PRINCIPAL = 200, 2_000, 300
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files", "label", "reason"],
                    "properties": {
                        "files": {**FILES, "description": "1 to 8 stills of one person."},
                        "label": {"type": "string", "maxLength": LONGEST_LABEL},
                        "reason": {"type": "string", "maxLength": LONGEST_REASON},
                        "principal": {"type": "string"},
                        "acting_as": {"type": "string"},
                    },
                }
            }
        },
    }
}


@router.post(
    "",
    status_code=202,
    response_model=ProtectedFaceOut,
    operation_id="protectFace",
    openapi_extra=BODY,
)
async def protect_face(request: Request, context: ContextOf, caller: Writing) -> ProtectedFaceOut:
    """Protect the face in these stills, enrolled or not. They are deleted once it is known.

    In the name of `principal` it takes them, or who represents them (`acting_as`); for nobody in
    particular, an operator with `deployment:write`.
    """
    async with form_of(request, most_files=MOST_FILES, most_fields=4) as form:
        fields = {
            "label": text_in(form, "label", most=LONGEST_LABEL, required=True) or "",
            "reason": text_in(form, "reason", most=LONGEST_REASON, required=True) or "",
            "principal": text_in(form, "principal", most=LONGEST_PRINCIPAL),
            "acting_as": text_in(form, "acting_as", most=LONGEST_PRINCIPAL),
        }
        async with request.app.state.uploads:
            try:
                record = await run_in_threadpool(
                    registry.add,
                    context,
                    caller,
                    files_in(form),
                    **fields,  # type: ignore[arg-type]  # two of them are texts for certain
                )
            except MalformedPrincipal as error:
                raise Invalid("principal_malformed", str(error)) from error
    return ProtectedFaceOut.of(record)


@router.get("", operation_id="listProtectedFaces")
def list_protected_faces(
    context: ContextOf, caller: Reading, query: Annotated[ProtectedFacesQuery, Query()]
) -> Page[ProtectedFaceOut]:
    """The protected faces of a principal; without one, those of nobody in particular."""
    with context.store.read() as tx:
        records = registry.listed(
            tx,
            context,
            caller,
            principal=query.principal,
            limit=query.limit + 1,
            after=query.after,
        )
    return Page[ProtectedFaceOut].of(
        records, query, shown=ProtectedFaceOut.of, cursor=lambda record: record.id
    )


@router.get("/{id}", operation_id="getProtectedFace")
def get_protected_face(id: str, context: ContextOf, caller: Reading) -> ProtectedFaceOut:
    """Where the protection of a face stands."""
    with context.store.read() as tx:
        return ProtectedFaceOut.of(registry.found(tx, context, caller, id))


@router.post("/{id}/remove", operation_id="removeProtectedFace")
def remove_protected_face(id: str, context: ContextOf, caller: Writing) -> ProtectedFaceOut:
    """End the protection; what is known of the face is destroyed."""
    return ProtectedFaceOut.of(registry.remove(context, caller, id=id))
