"""How long the service takes to its first answer, and what it weighs while it does nothing."""

import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2

from bench.serving import children_of, resident_mb, serving

RUNS = 5
SETTLE_S = 3.0


def measure(models: Path) -> dict[str, Any]:
    """Seconds to the first `/healthz`, and resident memory of service and idle worker.

    No models are loaded, so `models` is not looked at.
    """
    del models
    with tempfile.TemporaryDirectory(prefix="cameo-bench-") as folder:
        data_dir = Path(folder)
        first, _ = _start(data_dir)
        later = [_start(data_dir) for _ in range(RUNS)]
        with serving(data_dir, "--worker") as service:
            httpx2.get(f"{service.url}/readyz", trust_env=False)
            time.sleep(SETTLE_S)
            [worker] = children_of(service.pid)
            memory = {
                "service_idle_mb": resident_mb(service.pid),
                "worker_idle_mb": resident_mb(worker),
            }
    return {
        "first_start_with_new_database_s": round(first, 2),
        "start_s_median": round(statistics.median(wall for wall, _ in later), 2),
        "start_s_worst": round(max(wall for wall, _ in later), 2),
        "start_and_stop_cpu_s_median": round(statistics.median(cpu for _, cpu in later), 2),
        **memory,
        "aims": {"start_s": 2.0, "service_idle_mb": 200},
    }


def _start(data_dir: Path) -> tuple[float, float]:
    """Seconds to the first answer, and processor seconds until the process has ended.

    The latter do not depend on what else the machine is doing.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with serving(data_dir) as service:
        httpx2.get(f"{service.url}/healthz", trust_env=False).raise_for_status()
        answered = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return answered, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
