"""`cameo keys signing | rotate | recertify | seal`: what the service signs with, and its root."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json, emit_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cameo_service.settings import Settings
    from storage.keyring.keys import CertifiedKey
    from storage.keys import Purpose

PURPOSE_HELP = (
    "Rotate the key of this purpose alone; repeat for several. One of: identity, permit, grant, "
    "metadata, status-list, identity-package, log, receipt, erasure, export.  "
    "[default: every one but log]"
)


def rotate(
    *,
    purpose: Annotated[list[str] | None, typer.Option("--purpose", help=PURPOSE_HELP)] = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the next signing keys, in every running service too.

    A new key is published at once and signs after CAMEO_KEY_PUBLISH_DELAY_S. The one before it
    signs until then and stays published, so that what it signed can be verified. Witnesses and
    verifiers pin the log's key: it is rotated only where it is named.
    """
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import existing
    from storage.keyring.schedule import ROTATED

    purposes = list(ROTATED) if not purpose else [_purpose(each) for each in purpose]
    with existing(load_settings(data_dir=data_dir)) as context:
        made = context.keys.rotate(purposes)
        documents = documents_of(made, context.keys.certified(), context.clock())
    show(documents, as_json=as_json)


ROTATE_EPILOG = epilog(
    "cameo keys rotate",
    "cameo keys rotate --purpose permit --json",
    codes="4  the database, or a key outside it, cannot be had",
)


def signing(*, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """List the signing keys, and the root key that certifies them. Every one is opened to see that
    nobody altered it, and all are compared with what the consent log says of them."""
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import existing

    with existing(load_settings(data_dir=data_dir)) as context:
        keys = context.keys.audit()
        documents = documents_of(keys, keys, context.clock())
        root = context.keys.root_document()["root"]["kid"]
    _show_all(documents, root, as_json=as_json)


SIGNING_EPILOG = epilog(
    "cameo keys signing",
    "cameo keys signing --json",
    codes="4  a key was altered, or cannot be had",
)


def recertify(*, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """Certify every signing key by the root key that is set now, after the former one was replaced.

    Stop the service first. A key is certified only where the key-encryption key opens its private
    half. Verifiers who pinned the former root must be told the new one's thumbprint.
    """
    from datetime import UTC, datetime

    from cameo_service.cli.configuration import load_settings
    from cameo_service.wiring import ring_alone

    with ring_alone(load_settings(data_dir=data_dir)) as ring:
        keys = ring.recertify()
        documents = documents_of(keys, keys, datetime.now(UTC))
        root = ring.root_document()["root"]["kid"]
    _show_all(documents, root, as_json=as_json)


RECERTIFY_EPILOG = epilog(
    "cameo keys recertify",
    "CAMEO_KMS_ROOT_KEY=alias/cameo-root cameo keys recertify",
    codes="4  the database, or a key outside it, cannot be had, or a key does not open",
)


def seal(
    *,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(
            "--passphrase-file",
            help="The new passphrase, or any bytes.  [default: asked for in the terminal]",
        ),
    ] = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Seal the key files of the data directory by a passphrase, or change it.

    Sealed files are opened by CAMEO_KEY_PASSPHRASE or CAMEO_KEY_PASSPHRASE_FILE, here and wherever
    the service starts; services that run keep running. Without the passphrase the keys are lost.
    """
    from cameo_service.cli.configuration import load_settings
    from cameo_service.keyholding import passphrase_of, read_passphrase
    from storage.local.keystore import LocalKeystore, is_sealed

    settings = load_settings(data_dir=data_dir)
    _require_keys(settings)
    new = _asked() if passphrase_file is None else read_passphrase(passphrase_file)
    current = passphrase_of(settings) if is_sealed(settings.key_directory) else None
    sealed = LocalKeystore(settings.key_directory, passphrase=current).seal(new)
    if as_json:
        emit_json({"sealed": sealed})
    else:
        typer.echo(f"Sealed: {', '.join(sealed)}")


SEAL_EPILOG = epilog(
    "cameo keys seal",
    "cameo keys seal --passphrase-file /run/secrets/cameo-passphrase",
    codes="1  there are no key files; 4  the passphrase that opens them is wrong or missing",
)


def _require_keys(settings: "Settings") -> None:
    if not (settings.key_directory / "key-encryption.key").exists():
        raise CliError(
            "no_key_files",
            f"there are no key files in `{settings.key_directory}`",
            exit_code=ExitCode.NO,
        )


def _asked() -> bytes:
    if not _has_terminal():
        raise CliError(
            "no_terminal",
            "there is no terminal to ask for the new passphrase: name a file that holds it in "
            "`--passphrase-file`, and the same file in CAMEO_KEY_PASSPHRASE_FILE afterwards",
            exit_code=ExitCode.USAGE,
        )
    answer: str = typer.prompt("New passphrase", hide_input=True, confirmation_prompt=True)
    return answer.encode()


def _has_terminal() -> bool:
    """Whether what is typed can be hidden: `getpass` asks the same two."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return sys.stdin.isatty()
    return True


def _purpose(text: str) -> "Purpose":
    from storage.keys import Purpose

    try:
        return Purpose(text)
    except ValueError:
        known = ", ".join(Purpose)
        raise CliError(
            "unknown_purpose",
            f"no key is for `{text}`: there are {known}",
            exit_code=ExitCode.USAGE,
        ) from None


def documents_of(
    shown: "Sequence[CertifiedKey]", keys: "Sequence[CertifiedKey]", now: "datetime"
) -> list[dict[str, Any]]:
    """What is told of keys; `keys` are all of them."""
    from storage.keyring.schedule import status_of

    return [
        {
            "purpose": key.purpose.value,
            "status": status_of(key, keys, now).value,
            "kid": key.kid,
            "algorithm": key.public.algorithm.value,
            "created_at": key.created_at.isoformat(),
            "active_from": key.active_from.isoformat(),
            "retired_at": key.retired_at.isoformat() if key.retired_at else None,
            **_withdrawal(key),
        }
        for key in shown
    ]


def _withdrawal(key: "CertifiedKey") -> dict[str, Any]:
    said = key.revocation
    if said is None:
        return {}
    return {"revoked": {"revoked_at": said.revoked_at.isoformat(), "reason": said.reason}}


def show(documents: list[dict[str, Any]], *, as_json: bool) -> None:
    """The keys as JSON, or as a table."""
    if as_json:
        emit_json(documents)
        return
    columns = ("kid", "purpose", "status", "active_from")
    rows = [tuple(document[name] for name in columns) for document in documents]
    emit_table(("kid", "purpose", "status", "signs from"), rows)


def _show_all(documents: list[dict[str, Any]], root: str, *, as_json: bool) -> None:
    """Every key, and the root key that certifies them."""
    if as_json:
        emit_json({"root": root, "keys": documents})
        return
    show(documents, as_json=False)
    typer.echo(f"\nRoot key: {root}")
