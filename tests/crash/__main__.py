"""`python -m tests.crash`: as many rounds as wanted, and what they came to, as JSON.

$ python -m tests.crash --rounds 200 --database postgresql
"""

import argparse
import json
import sys
import time

from tests.crash.ledger import Ledger
from tests.crash.runs import run_on


def tell(number: int, ledger: Ledger) -> None:
    """A line on standard error after each round."""
    acknowledged = sum(ledger.counts().values())
    told = f"round {number}: {acknowledged} acknowledged, {len(ledger.faults)} faults"
    sys.stderr.write(told + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    began = time.monotonic()
    report = run_on(given.database, rounds=given.rounds, seed=given.seed, progress=tell)
    told = {
        "database": given.database,
        "seed": given.seed,
        "seconds": round(time.monotonic() - began),
        **report.document,
    }
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
