"""A run on a new database, in a folder that goes with it.

report = run_on("postgresql", rounds=200, seed=7)
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cameo_service.settings import Settings
from tests.crash.ledger import Ledger
from tests.crash.rounds import Report, crash
from tests.storage.databases import postgres_database, postgres_server

PERMIT_LIFETIME_S = 900


def silent(number: int, ledger: Ledger) -> None:
    """Tell nobody."""


def run_on(
    database: str,
    *,
    rounds: int,
    seed: int,
    at_least: int = 0,
    progress: Callable[[int, Ledger], None] = silent,
) -> Report:
    """Play the rounds on `sqlite` or `postgresql`; `progress` is called after each."""
    with tempfile.TemporaryDirectory(prefix="cameo-crash-") as folder, database_of(database) as url:
        settings = settings_in(Path(folder), url)
        return crash(
            settings,
            Path(folder),
            rounds=rounds,
            seed=seed,
            at_least=at_least,
            progress=progress,
        )


def settings_in(folder: Path, database_url: str | None) -> Settings:
    """The settings of the service that is killed."""
    return Settings(
        data_dir=folder / "data",
        database_url=database_url,
        log_level="ERROR",
        # the name of who signs stays, though each process picks a port
        public_url="http://cameo.test",
        # none ends by itself and makes room for another
        permit_lifetime_s=PERMIT_LIFETIME_S,
    )


@contextmanager
def database_of(kind: str) -> Iterator[str | None]:
    """The URL of an empty database; None for a SQLite file in the data directory."""
    if kind == "sqlite":
        yield None
        return
    with postgres_server() as server, postgres_database(server) as url:
        yield url
