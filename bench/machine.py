"""What the figures were measured on.

>>> sorted(machine())
['cores', 'cpu', 'load_before', 'python', 'system']
"""

import os
import platform
from pathlib import Path
from typing import Any

_LOAD_BEFORE = os.getloadavg()[0]


def machine() -> dict[str, Any]:
    """Processor, cores, Python, system, and how busy the machine was before."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load_before": round(_LOAD_BEFORE, 2),
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
