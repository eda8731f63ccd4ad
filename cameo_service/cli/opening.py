"""The service's context for one command, its database ready.

with opened(load_settings()) as context, context.store.read() as tx:
    tx.keys.list()
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cameo_service.cli.database import migrate_database
from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.context import Context
from cameo_service.keyholding import LOCAL
from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.database import Database
from storage.errors import KeyUnavailable, StoreUnavailable
from storage.local.keystore import ROOT, WRAPPING
from storage.store import beginnings, require_schema


@contextmanager
def opened(settings: Settings, *, migrate: bool = False) -> Iterator[Context]:
    """The context; raise `StoreUnavailable` for an old schema, naming the command that mends it.

    The default database is ours, and mended here. One that was named by its URL is its operator's,
    and changed only with `migrate`. Where a deployment has begun and its keys are elsewhere, none
    are made beside it: `KeyUnavailable`.
    """
    _require_own_keys(settings, migrate=migrate)
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
    """Whether a deployment has begun, wherever its keys are."""
    return beginnings(settings.resolved_database_url).begun


def _require_own_keys(settings: Settings, *, migrate: bool) -> None:
    """Before anything is made: the files of another root, or of another key-encryption key, would
    be taken for the deployment's own by whoever finds them."""
    if settings.database_url is not None and not migrate:
        require_schema(settings.database_url)
    missing = _missing(settings)
    if missing:
        raise KeyUnavailable(_without_keys(settings, missing))


def _lacking(settings: Settings) -> str | None:
    """What a deployment would need that is not there."""
    if settings.database_url is None and not (settings.data_dir / "cameo.sqlite").is_file():
        return _begun_none(settings)
    require_schema(settings.resolved_database_url)
    if not is_there(settings):
        return _begun_none(settings)
    missing = _missing(settings)
    return _without_keys(settings, missing) if missing else None


def _missing(settings: Settings) -> list[str]:
    """The key files that a deployment must have by now and that are not here.

    What was left unfinished, by a kill or a full disk, has another name. A root is made for the
    signing keys of an earlier release, and a key-encryption key in exchange for one at KMS.
    """
    # the database before the files: whoever begins a deployment meanwhile makes the files first
    found = beginnings(settings.resolved_database_url)
    needed = []
    if found.keys and settings.kms_root_key is None:
        needed.append(ROOT)
    held = settings.kms_key_encryption_key or settings.former_key_encryption_key
    if found.begun and held in (None, LOCAL):
        needed.append(WRAPPING)
    return [name for name in needed if not (settings.key_directory / name).exists()]


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


def _without_keys(settings: Settings, missing: Sequence[str]) -> str:
    named = " and no ".join(f"`{name}`" for name in missing)
    variables = {ROOT: "CAMEO_KMS_ROOT_KEY", WRAPPING: "CAMEO_KMS_KEY_ENCRYPTION_KEY"}
    unset = ", ".join(variables[name] for name in missing)
    return (
        f"the deployment's keys are not here: no {named} in `{settings.key_directory}`, and not "
        f"set: {unset}"
    )


def _require_schema(context: Context, settings: Settings) -> None:
    try:
        context.store.ping()
    except StoreUnavailable:
        if settings.database_url is not None:
            raise
        migrate_database(settings)
        context.store.ping()
