"""`python -m tests.crash`: as many rounds as wanted, and what they came to, as JSON.

$ python -m tests.crash --rounds 200 --database postgresql
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from cameo_service.settings import Settings
from tests.crash.ledger import Ledger
from tests.crash.rounds import crash
from tests.storage.databases import postgres_database, postgres_server

PERMIT_LIFETIME_S = 900


def settings_in(folder: Path, database_url: str | None) -> Settings:
    """The settings of the service that is killed."""
    return Settings(
        data_dir=folder / "data",
        database_url=database_url,
        log_level="ERROR",
        # the name of who signs stays, though each process picks a port
        public_url="http://cameo.test",
        # so that none ends by itself and makes room for another
        permit_lifetime_s=PERMIT_LIFETIME_S,
    )


def run(database: str, *, rounds: int, seed: int) -> dict[str, object]:
    """Play the rounds in a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="cameo-crash-") as name:
        folder = Path(name)
        if database == "sqlite":
            report = crash(
                settings_in(folder, None), folder, rounds=rounds, seed=seed, progress=tell
            )
        else:
            with postgres_server() as server, postgres_database(server) as url:
                report = crash(
                    settings_in(folder, url), folder, rounds=rounds, seed=seed, progress=tell
                )
    return {"database": database, "seed": seed, **report.document}


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
    report = run(given.database, rounds=given.rounds, seed=given.seed)
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    return 1 if report["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
