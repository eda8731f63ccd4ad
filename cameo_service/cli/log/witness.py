"""`cameo log witness`: co-sign a log that goes on from what this witness saw before."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.log.reading import (
    KeyOption,
    RootOption,
    UrlOption,
    broken_is_no,
    note_in,
    published,
)
from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

WITNESS_EPILOG = epilog(
    "cameo log witness --url https://cameo.example --name witness.example/w1 "
    "--key-file w1.pem --seen w1.note",
    codes="1  the log was rolled back, or has another history than was seen: nothing is signed",
)


def witness(
    *,
    name: Annotated[str, typer.Option("--name", help="The witness's name, an address of its own.")],
    key_file: Annotated[
        Path, typer.Option("--key-file", help="Its private key, made where there is none.")
    ],
    seen: Annotated[
        Path, typer.Option("--seen", help="The note that it co-signed last; written anew.")
    ],
    url: UrlOption = None,
    key: KeyOption = None,
    root: RootOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Co-sign the checkpoint, if the log goes on from the one that was seen last."""
    from cameo_service.log.verifying import witnessed
    from storage.log.notes import COSIGNATURE, MalformedNote, require_name, verifier_key

    try:
        require_name(name)
    except MalformedNote as error:
        raise CliError("name_malformed", str(error), exit_code=ExitCode.USAGE) from None
    before = note_in(seen) if seen.exists() else None
    private = _private_key(key_file)
    with broken_is_no(), published(url, keys=key, root=root, data_dir=data_dir) as (source, keys):
        note = witnessed(source, keys, seen=before, key=private, name=name, at=int(time.time()))
    _replace(seen, note)
    public = verifier_key(name, private.public_key(), COSIGNATURE)
    if as_json:
        emit_json({"note": note, "witness": public})
    else:
        typer.echo(note, nl=False)
        typer.echo(f"verify with --witness '{public}'", err=True)


def _private_key(path: Path) -> "Ed25519PrivateKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    from storage.local.files import create_once

    fresh = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    try:
        key = load_pem_private_key(create_once(path, fresh), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise CliError("key_malformed", f"`{path}` holds no Ed25519 key", exit_code=ExitCode.USAGE)
    return key


def _replace(path: Path, note: str) -> None:
    """What was seen must outlive a crash: a witness that forgets can be shown two histories."""
    from storage.local.files import sync_directory

    incoming = path.with_name(f".{path.name}.incoming")
    with incoming.open("w") as file:
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    incoming.replace(path)
    sync_directory(path.parent)
