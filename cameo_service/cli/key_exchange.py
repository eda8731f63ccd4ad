"""`cameo keys exchange | rewrap`: another key-encryption key in place of the one of now."""

from typing import TYPE_CHECKING, Annotated

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json, emit_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.records import WrappedKind, WrappedRecord


def exchange(*, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """Make another local key-encryption key, and keep the former one beside it.

    Nothing is wrapped under the new one yet. Give every machine both files, start every service
    and worker again, and then run `cameo keys rewrap`. Where the new key or the former one is at
    AWS KMS, no file is made: set CAMEO_FORMER_KEY_ENCRYPTION_KEY instead.
    """
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import existing
    from cameo_service.keyholding import passphrase_of
    from storage.local.keystore import FORMER_WRAPPING, WRAPPING, LocalKeystore

    settings = load_settings(data_dir=data_dir)
    if settings.kms_key_encryption_key is not None:
        raise CliError(
            "key_not_local",
            f"the key-encryption key is `{settings.kms_key_encryption_key}`, not a file",
            exit_code=ExitCode.USAGE,
        )
    with existing(settings):
        # the key of now opens what is there, and what earlier releases derived from it is kept
        LocalKeystore(settings.key_directory, passphrase=passphrase_of(settings)).exchange()
    if as_json:
        emit_json({"key": WRAPPING, "former": FORMER_WRAPPING})
    else:
        typer.echo(
            f"New: {WRAPPING}. Former: {FORMER_WRAPPING}.\n"
            "Start every service and worker again with both, and then run `cameo keys rewrap`."
        )


EXCHANGE_EPILOG = epilog(
    "cameo keys exchange",
    codes="4  the former exchange is not complete, or a key or the database cannot be had",
)


def rewrap(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Only count what is left under another key.")
    ] = False,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Wrap data keys, signing keys and secrets anew under the key-encryption key of now.

    While the service runs, and where every process of it has the new key and the former one: from
    the start of this command on, those that have the former one alone wrap nothing. It may be
    stopped, and be run again. When nothing is left, the former key can be taken away.
    """
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import existing
    from cameo_service.cli.phases import phases

    with existing(load_settings(data_dir=data_dir)) as context:
        if check:
            _show({}, context.keys.left(), as_json=as_json)
            return
        with phases(silent=as_json) as progress:
            rewrapped = context.keys.rewrap(
                progress=lambda kind, share: progress(kind.value.replace("_", " "), share)
            )
    if rewrapped.unopened:
        raise _unopened(rewrapped.unopened)
    _show(rewrapped.done, rewrapped.left, scrubbed=rewrapped.scrubbed, as_json=as_json)


REWRAP_EPILOG = epilog(
    "cameo keys rewrap",
    "cameo keys rewrap --check",
    codes="1  something is left under another key, or in SQLite's log; 4  something opens under "
    "no key that is set, or a key or the database cannot be had",
)


def _unopened(records: "Sequence[WrappedRecord]") -> CliError:
    named = ", ".join(f"`{record.id}`" for record in records[:3])
    return CliError(
        "tampered",
        f"{len(records)} opened under no key that is set, and were left as they are: {named}"
        f"{', …' if len(records) > 3 else ''}",
        exit_code=ExitCode.UNAVAILABLE,
    )


def _show(
    done: "Mapping[WrappedKind, int]",
    left: "Mapping[WrappedKind, int]",
    *,
    scrubbed: bool = True,
    as_json: bool,
) -> None:
    """What was wrapped anew and what is left, by kind; exit with 1 where something is, or where
    former wrappings still stand in the database's log."""
    total = sum(left.values())
    if as_json:
        emit_json({"rewrapped": done, "left": left, "scrubbed": scrubbed})
    else:
        rows = [
            (kind.value.replace("_", " "), str(done.get(kind, 0)), str(count))
            for kind, count in left.items()
        ]
        emit_table(("kind", "wrapped anew", "left"), rows)
        typer.echo(f"\n{_outcome(total, scrubbed=scrubbed)}")
    if total or not scrubbed:
        raise typer.Exit(int(ExitCode.NO))


def _outcome(total: int, *, scrubbed: bool) -> str:
    if total:
        return f"{total} left under another key."
    if not scrubbed:
        return (
            "No row is left under another key, but SQLite's write-ahead log still holds former "
            "wrappings, since somebody reads the database: run `cameo keys rewrap` again."
        )
    return "Nothing is left under another key: the former one can be taken away."
