"""The consent log, public: the checkpoint, the tiles, the entry bundles (C2SP tlog-tiles).

app.include_router(router)
"""

from fastapi import APIRouter, Response

from cameo_service.errors import Unknown
from cameo_service.log.published import fetch_checkpoint, fetch_tile
from cameo_service.routes.dependencies import ContextOf
from storage.errors import NotFound
from storage.log.tiles import MalformedTile, tile_at

FOREVER = "public, max-age=31536000, immutable"
router = APIRouter(prefix="/log", tags=["log"])


@router.get("/checkpoint", operation_id="logCheckpoint", response_class=Response)
def show_checkpoint(context: ContextOf) -> Response:
    """The newest tree head, a signed note. Everybody may read the log, without a key."""
    note = fetch_checkpoint(context.blobs)
    if note is None:
        raise Unknown("the log has no checkpoint yet")
    headers = {"Cache-Control": "no-store"}
    return Response(note, media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/tile/{path:path}", operation_id="logTile", response_class=Response)
def show_tile(context: ContextOf, path: str) -> Response:
    """A tile `<level>/<index>` or a bundle `entries/<index>`; `.p/<width>` for a partial one."""
    try:
        data = fetch_tile(context.blobs, tile_at(f"tile/{path}"))
    except (MalformedTile, NotFound):
        raise Unknown(f"there is no tile `{path[:80]}`") from None
    headers = {"Cache-Control": FOREVER}
    return Response(data, media_type="application/octet-stream", headers=headers)
