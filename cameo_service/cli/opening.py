"""The service's context for one command, its database ready.

with opened(load_settings()) as context, context.store.read() as tx:
    tx.keys.list()
"""

from collections.abc import Iterator
from contextlib import contextmanager

from cameo_service.cli.database import prepare_database
from cameo_service.context import Context
from cameo_service.settings import Settings
from cameo_service.wiring import build


@contextmanager
def opened(settings: Settings, *, migrate: bool = False) -> Iterator[Context]:
    """The context; raise `StoreUnavailable` for an old schema, naming the command that mends it."""
    prepare_database(settings, migrate=migrate)
    with build(settings) as context:
        context.store.ping()
        yield context
