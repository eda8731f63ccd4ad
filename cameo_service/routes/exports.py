"""Everything about one person over HTTP, in one archive.

app.include_router(router)
"""

from collections.abc import Iterator
from typing import IO, Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from cameo_service.callers import Caller, Scope
from cameo_service.exports.making import Wanted, make
from cameo_service.routes.dependencies import ContextOf, caller_with
from cameo_service.routes.schemas.common import PrincipalText

router = APIRouter(prefix="/v1", tags=["receipts"])

Exporting = Annotated[Caller, Depends(caller_with(Scope.EXPORTS_READ))]
MEDIA_TYPE = "application/zip"
PIECE = 1 << 16


class ExportQuery(BaseModel):
    """Whose archive, and what of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    principal: PrincipalText
    include_biometrics: bool = Field(
        default=False,
        description="Also the person's templates, stills and speech, in the clear; needs the scope "
        "`exports:biometrics` besides.",
    )


@router.get(
    "/me/export",
    operation_id="exportPerson",
    response_class=StreamingResponse,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}},
)
def export_person(
    context: ContextOf, caller: Exporting, query: Annotated[ExportQuery, Query()]
) -> StreamingResponse:
    """Everything about one principal that the caller acts for, in a ZIP that verifies offline."""
    wanted = Wanted(principal=query.principal, include_biometrics=query.include_biometrics)
    archive = make(context, caller, wanted)
    size = archive.seek(0, 2)
    archive.seek(0)
    headers = {
        "Content-Disposition": 'attachment; filename="cameo-export.zip"',
        "Content-Length": str(size),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_pieces(archive), media_type=MEDIA_TYPE, headers=headers)


def _pieces(archive: IO[bytes]) -> Iterator[bytes]:
    with archive:
        while piece := archive.read(PIECE):
            yield piece
