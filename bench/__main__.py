"""Run benchmarks and print one JSON document.

$ python -m bench
$ python -m bench decisions consent
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench import consent, decisions, search, startup, verification
from bench.machine import machine
from verification.packs.choice import ensure_pack
from verification.sources.contracts import silent


def _verification(models: Path) -> dict[str, Any]:
    """One studio recording through the active pack of the data directory `models`."""
    pack = ensure_pack(models, choice=None, accept_non_commercial=False, progress=silent)
    with tempfile.TemporaryDirectory(prefix="cameo-bench-") as folder:
        recording, challenge = verification.shoot(Path(folder))
        measured = verification.measure(pack, recording, challenge)
    aims = {"verification_over_recording": 1.0, "peak_bytes": 1_200_000_000}
    return {"pack": pack.name, **measured, "aims": aims}


BENCHMARKS: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    "startup": startup.measure,
    "decisions": decisions.measure,
    "consent": consent.measure,
    "search": search.measure,
    "verification": _verification,
}


def main() -> None:
    """Measure what was named, or everything."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=Path("demo-data"),
        help="where the model packs lie, fetched if they do not",
    )
    # The output is JSON in any case; the option is there so that every command has it.
    parser.add_argument("--json", action="store_true", help="print JSON (always so)")
    given = parser.parse_args()
    unknown = set(given.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    results = {}
    for name in given.names or BENCHMARKS:
        print(f"measuring {name} …", file=sys.stderr)
        results[name] = BENCHMARKS[name](given.data_dir)
    print(json.dumps({"machine": machine(), "results": results}, indent=2))


if __name__ == "__main__":
    main()
