"""Prometheus metrics of this process. Labels have few values and name nobody.

DECISIONS.labels(effect="deny").inc()
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server

from cameo_service.settings import Settings

REGISTRY = CollectorRegistry()

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
    "Attempts to deliver a webhook: delivered, failed or dead",
    ["type", "outcome"],
    registry=REGISTRY,
)
WEBHOOK_SECONDS = Histogram(
    "cameo_webhook_seconds",
    "Time of one attempt",
    registry=REGISTRY,
    buckets=(0.03, 0.1, 0.3, 1, 3, 10, 30),
)


def serve_metrics(settings: Settings) -> None:
    """Serve this process's metrics on a port of their own, in a thread that ends with it."""
    start_http_server(settings.worker_metrics_port, addr=settings.host, registry=REGISTRY)
