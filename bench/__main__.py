"""Run benchmarks and print one JSON document.

$ python -m bench
$ python -m bench decisions consent
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench import consent, decisions, erasure, log, search, startup, templates, verification
from bench.machine import machine
from verification.packs.adding import add_directory
from verification.packs.catalogue import recipe
from verification.packs.choice import ensure_pack
from verification.packs.pulling import pull
from verification.packs.shelf import Shelf
from verification.sources.contracts import silent

SHARED = Path(os.environ.get("CAMEO_SHARED", Path(__file__).parents[2] / "shared"))
"""Where weights may lie that never enter the repository."""


def _verification(models: Path) -> dict[str, Any]:
    """One studio recording of 12 s through every pack at hand, each in a process of its own.

    These are the active pack of the data directory `models`, and InsightFace's small models where
    they lie beside the repository.
    """
    packs = [ensure_pack(models, choice=None, accept_non_commercial=False, progress=silent)]
    mini = SHARED / "models" / "insightface-mini"
    with tempfile.TemporaryDirectory(prefix="cameo-bench-") as folder:
        if mini.is_dir():
            packs.append(_added(mini, models, Path(folder)))
        recording, challenge = verification.shoot(Path(folder))
        measured = {pack.name: verification.measure(pack, recording, challenge) for pack in packs}
    return {**measured, "aims": {"verification_s": 6.0, "peak_bytes": 1_200_000_000}}


def _added(directory: Path, models: Path, folder: Path) -> Path:
    """A pack of the InsightFace models in `directory`, with the rest from `open`."""
    pull(recipe("open"), Shelf(models), progress=silent)
    shelf = Shelf(folder)
    shelf.root.mkdir(parents=True)
    (shelf.root / "open").symlink_to(Shelf(models).directory("open").resolve())
    return add_directory(
        directory,
        shelf,
        name=directory.name,
        licence=None,
        commercial=False,
        base="open",
        progress=silent,
    )


BENCHMARKS: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    "startup": startup.measure,
    "decisions": decisions.measure,
    "consent": consent.measure,
    "erasure": erasure.measure,
    "log": log.measure,
    "search": search.measure,
    "templates": templates.measure,
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
