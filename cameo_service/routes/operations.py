"""For operators and verifiers: health, readiness, metrics, public keys.

app.include_router(router)
"""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from cameo_service import metrics
from cameo_service.readiness import readiness
from cameo_service.routes.dependencies import ContextOf

router = APIRouter(tags=["operations"])


@router.get("/healthz", operation_id="health")
def health() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz", operation_id="ready")
def ready(context: ContextOf) -> JSONResponse:
    """The store answers, migrations are applied, models are there: 200, or 503 with what lacks."""
    report = readiness(context)
    return JSONResponse(report, status_code=200 if report["ready"] else 503)


@router.get("/metrics", operation_id="metrics", response_class=Response)
def show_metrics(context: ContextOf) -> Response:
    """Prometheus metrics of this process, and what waits in the database."""
    shown = generate_latest(metrics.REGISTRY) + generate_latest(metrics.waiting(context))
    return Response(shown, media_type=CONTENT_TYPE_LATEST)


@router.get("/.well-known/jwks.json", operation_id="jwks")
def jwks(context: ContextOf, response: Response) -> dict[str, Any]:
    """The public keys (RFC 7517) that verify every credential, grant and permit."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return context.signer.jwks()


@router.get("/.well-known/cameo-root", operation_id="root_key")
def root_key(context: ContextOf, response: Response) -> dict[str, Any]:
    """The root key, and its certificate of every signing key: who pins the root trusts them."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return context.keys.root_document()
