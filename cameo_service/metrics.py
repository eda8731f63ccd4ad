"""Prometheus metrics of this process. Labels have few values and name nobody.

DECISIONS.labels(effect="deny").inc()
"""

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from cameo_service.context import Context
from cameo_service.settings import Settings
from storage.errors import StorageError

REGISTRY = CollectorRegistry()

_log = structlog.get_logger("cameo.metrics")

REQUESTS = Counter(
    "cameo_http_requests_total",
    "HTTP requests answered",
    ["method", "route", "status"],
    registry=REGISTRY,
)
LATENCY = Histogram(
    "cameo_http_request_seconds",
    "Time to the end of the answer",
    ["method", "route"],
    registry=REGISTRY,
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
DECISIONS = Counter(
    "cameo_decisions_total", "Consent decisions by effect", ["effect"], registry=REGISTRY
)
PERMITS = Counter("cameo_permits_total", "Permits decided and signed", registry=REGISTRY)
VERDICTS = Counter(
    "cameo_verdicts_total", "Verifications by verdict", ["verdict"], registry=REGISTRY
)
VERIFICATION = Histogram(
    "cameo_verification_seconds",
    "Time of one verification",
    registry=REGISTRY,
    buckets=(1, 2, 4, 8, 16, 32, 64),
)

WEBHOOKS = Counter(
    "cameo_webhook_attempts_total",
    "Attempts to deliver a webhook: delivered, failed or dead, also where none had an end",
    ["type", "outcome"],
    registry=REGISTRY,
)
WEBHOOK_SECONDS = Histogram(
    "cameo_webhook_seconds",
    "Time of one attempt",
    registry=REGISTRY,
    buckets=(0.03, 0.1, 0.3, 1, 3, 10, 30),
)
ALTERED = Counter(
    "cameo_altered_rows_total",
    "Rows that somebody altered, passed over by what they must not hold up",
    ["kind"],
    registry=REGISTRY,
)
WEBHOOK_PENDING = "cameo_webhook_pending"
WEBHOOK_OLDEST_DUE = "cameo_webhook_oldest_due_seconds"


def waiting(context: Context) -> CollectorRegistry:
    """What waits in the database at this moment, whichever process is to do it.

    Where the store does not answer, the metrics are left out: nobody knows.
    """
    registry = CollectorRegistry()
    now = context.clock()
    try:
        with context.store.read() as tx:
            pending, due_since = tx.webhook_deliveries.backlog(now=now)
    except StorageError as error:
        _log.error("store unavailable", error=str(error))
        return registry
    Gauge(WEBHOOK_PENDING, "Deliveries that are pending", registry=registry).set(pending)
    Gauge(
        WEBHOOK_OLDEST_DUE,
        "For how long the delivery has been due that is due longest, 0 without one",
        registry=registry,
    ).set(0 if due_since is None else (now - due_since).total_seconds())
    return registry


def serve_metrics(settings: Settings) -> None:
    """Serve this process's metrics on a port of their own, in a thread that ends with it."""
    start_http_server(settings.worker_metrics_port, addr=settings.host, registry=REGISTRY)
