"""The service's context for one command, its database ready.

with opened(load_settings()) as context, context.store.read() as tx:
    tx.keys.list()
"""

from collections.abc import Iterator
from contextlib import contextmanager

from cameo_service.cli.database import migrate_database
from cameo_service.context import Context
from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.errors import StoreUnavailable


@contextmanager
def opened(settings: Settings, *, migrate: bool = False) -> Iterator[Context]:
    """The context; raise `StoreUnavailable` for an old schema, naming the command that mends it.

    The default database is ours, and mended here. One that was named by its URL is its operator's,
    and changed only with `migrate`.
    """
    if migrate:
        migrate_database(settings)
    with build(settings) as context:
        _require_schema(context, settings)
        context.keys.prepare()
        yield context


def _require_schema(context: Context, settings: Settings) -> None:
    try:
        context.store.ping()
    except StoreUnavailable:
        if settings.database_url is not None:
            raise
        migrate_database(settings)
        context.store.ping()
