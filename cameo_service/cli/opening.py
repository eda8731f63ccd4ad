"""The service's context for one command, its database ready.

with opened(load_settings()) as context, context.store.read() as tx:
    tx.keys.list()
"""

from collections.abc import Iterator
from contextlib import contextmanager

from cameo_service.cli.database import migrate_database
from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.context import Context
from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.database import Database
from storage.errors import StoreUnavailable
from storage.store import has_begun


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


@contextmanager
def existing(settings: Settings) -> Iterator[Context]:
    """The context of a deployment that is there: nothing of it is made, and no schema changed.

    A mistyped directory would otherwise become a deployment, and its fresh keys be believed. Raises
    `CliError`, code `no_deployment`, and `StoreUnavailable` for an old schema.
    """
    require_there(settings)
    with build(settings) as context:
        yield context


def require_there(settings: Settings) -> None:
    """Raise `CliError`, code `no_deployment`, where `is_there` says no."""
    lacking = _lacking(settings)
    if lacking is not None:
        raise CliError("no_deployment", lacking, exit_code=ExitCode.UNAVAILABLE)


def is_there(settings: Settings) -> bool:
    """Whether there is a deployment: a database that has begun, and its keys."""
    return _lacking(settings) is None


def _lacking(settings: Settings) -> str | None:
    """What a deployment would need that is not there."""
    if settings.database_url is None and not (settings.data_dir / "cameo.sqlite").is_file():
        return _begun_none(settings)
    if not has_begun(settings.resolved_database_url):
        return _begun_none(settings)
    return None if _has_keys(settings) else _without_keys(settings)


def _has_keys(settings: Settings) -> bool:
    """Whether there are key files, or every key is at KMS."""
    if settings.kms_root_key is not None and settings.kms_key_encryption_key is not None:
        return True
    return any(settings.key_directory.glob("*"))


def _begun_none(settings: Settings) -> str:
    """Where there is none, a directory or an address without its password, and what to do."""
    if settings.database_url is None:
        return (
            f"no deployment in `{settings.data_dir}`: `cameo serve` begins one there, and "
            "CAMEO_DATA_DIR or --data-dir names another directory"
        )
    return (
        f"no deployment in `{Database(settings.database_url).label}`: `cameo serve --migrate` "
        "begins one there, and CAMEO_DATABASE_URL names another database"
    )


def _without_keys(settings: Settings) -> str:
    return (
        f"the deployment's keys are not here: no file in `{settings.key_directory}`, and "
        "CAMEO_KMS_ROOT_KEY and CAMEO_KMS_KEY_ENCRYPTION_KEY are not both set"
    )


def _require_schema(context: Context, settings: Settings) -> None:
    try:
        context.store.ping()
    except StoreUnavailable:
        if settings.database_url is not None:
            raise
        migrate_database(settings)
        context.store.ping()
