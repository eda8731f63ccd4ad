"""`cameo log`: verify, prove and audit the consent log, and co-sign it as a witness."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.log.proofs import trusted, verified
from cameo_service.cli.log.reading import (
    KeyOption,
    RootOption,
    UrlOption,
    broken_is_no,
    note_in,
    published,
    witnesses_in,
)
from cameo_service.cli.log.witness import WITNESS_EPILOG, witness
from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json
from cameo_service.cli.phases import phases
from cameo_service.cli.trusting import KeysOption

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from cameo_service.log.sources import Source
    from storage.log.notes import Checkpoint

log_app = typer.Typer(
    name="log",
    help="The consent log: verify, prove, audit, witness.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

BROKEN = "1  the log is broken, and the message names what is"


@log_app.command(
    "verify",
    epilog=epilog(
        "cameo log verify",
        "cameo log verify --url https://cameo.example --key 'cameo.example/log+1a2b3c4d+AX…'",
        "cameo log verify --url https://cameo.example --root kPrK_qmx…",
        "cameo log verify --proof proof.json --keys root.json --root kPrK_qmx…",
        "cameo log verify --proof since.json --note old.note --key 'cameo.example/log+1a2b…'",
        codes="1  the log is broken or the proof wrong, and the message names what is",
    ),
)
def verify_log(
    *,
    url: UrlOption = None,
    key: KeyOption = None,
    root: RootOption = None,
    witnesses: Annotated[
        list[str] | None,
        typer.Option("--witness", help="A witness's key that must have co-signed; repeatable."),
    ] = None,
    note: Annotated[
        Path | None,
        typer.Option(
            "--note",
            help="A note to verify the log at, as a witness co-signed it. With --proof, the note "
            "that you kept, which the log should have gone on from.",
        ),
    ] = None,
    proof: Annotated[
        Path | None,
        typer.Option("--proof", help="Verify what `cameo log prove` printed, and not the log."),
    ] = None,
    key_file: KeysOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Verify what is published: the checkpoint's signature, every entry, every tile, the root.

    With --proof, verify that proof instead; where --key or --keys names whom you trust, nothing
    else is needed.
    """
    named = witnesses_in(witnesses or ())
    if proof is not None:
        with broken_is_no():
            keys = trusted(url, keys=key, key_file=key_file, root=root, data_dir=data_dir)
        found = verified(proof, keys, kept=note, witnesses=witnesses or ())
        _show(found.document, found.sentence, as_json=as_json)
        return
    if key_file is not None:
        raise CliError(
            "keys_unused", "--keys is for --proof: name --key or --root", exit_code=ExitCode.USAGE
        )
    kept = None if note is None else note_in(note)
    with broken_is_no(), published(url, keys=key, root=root, data_dir=data_dir) as (source, keys):
        head = _verified(source, keys, kept=kept, witnesses=named, silent=as_json)
    document = {"origin": head.origin, "size": head.size, "root": head.root.hex()}
    sentence = f"{head.origin}: {head.size} entries, all as signed, root {head.root.hex()}"
    _show(document, sentence, as_json=as_json)


def _verified(
    newest: "Source",
    keys: "list[Ed25519PublicKey]",
    *,
    kept: str | None,
    witnesses: "list[tuple[str, Ed25519PublicKey]]",
    silent: bool,
) -> "Checkpoint":
    from cameo_service.log.sources import NotedSource
    from cameo_service.log.verifying import require_witnesses, verify

    source = newest if kept is None else NotedSource(newest, kept)
    size = require_witnesses(source, keys, witnesses).size
    with phases(silent=silent) as progress:
        return verify(source, keys, progress=lambda done: progress("entries", done / (size or 1)))


def _show(document: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        emit_json(document)
    else:
        typer.echo(sentence)


@log_app.command(
    "prove",
    epilog=epilog(
        "cameo log prove 7 > proof.json",
        "cameo log prove --url https://cameo.example --since old.note > since.json",
        codes="1  there is no such entry, or the log has another history than the note",
    ),
)
def prove_log(
    number: Annotated[int | None, typer.Argument(help="The entry's number, from 0.")] = None,
    *,
    since: Annotated[
        Path | None,
        typer.Option(
            "--since", help="Instead of an entry: a note that the log should have gone on from."
        ),
    ] = None,
    url: UrlOption = None,
    key: KeyOption = None,
    root: RootOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a proof that an entry is in the log, or that the log went on from a note that you kept.

    It is JSON, made of the log's tiles here, and `cameo log verify --proof` verifies it offline.
    """
    from cameo_service.errors import Unknown
    from cameo_service.log.verifying import prove, prove_since

    del as_json  # it is JSON in any case
    if (number is None) == (since is None):
        raise CliError(
            "proof_ambiguous",
            "name the number of an entry, or a note in --since: one of them",
            exit_code=ExitCode.USAGE,
        )
    seen = None if since is None else note_in(since)
    with broken_is_no(), published(url, keys=key, root=root, data_dir=data_dir) as (source, keys):
        try:
            if seen is not None:
                document = prove_since(source, keys, seen)
            else:
                document = prove(source, keys, number or 0)
        except Unknown as error:
            raise CliError(error.code, str(error), exit_code=ExitCode.NO) from None
    emit_json(document)


@log_app.command(
    "audit",
    epilog=epilog(
        "cameo log audit",
        codes=f"{BROKEN}; 4  a signing key that the log names is missing or was altered",
    ),
)
def audit_log(*, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """Rebuild the log from the database; compare every tile, bundle, checkpoint and opening, and
    the signing keys with what the log says of them."""
    from dataclasses import asdict

    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import existing
    from cameo_service.log.auditing import audit
    from cameo_service.log.held import held_size

    with (
        broken_is_no(),
        existing(load_settings(data_dir=data_dir)) as context,
        phases(silent=as_json) as progress,
    ):
        with context.store.read() as tx:
            steps = 2 * held_size(tx) or 1
        audited = audit(context, progress=lambda done: progress("entries", min(1, done / steps)))
    if as_json:
        emit_json(asdict(audited))
    else:
        typer.echo(
            f"{audited.size} entries published, {audited.waiting} waiting; {audited.opened} can be "
            f"opened, {audited.erased} were erased"
        )


@log_app.command("key", epilog=epilog("cameo log key"))
def show_key(*, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """Print the keys that sign the log's checkpoints, for verifiers to keep."""
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import existing
    from cameo_service.log.continuity import origin_of
    from cameo_service.log.held import held_head
    from storage.log.notes import verifier_key

    with existing(load_settings(data_dir=data_dir)) as context:
        with context.store.read() as tx:
            origin = origin_of(context, held_head(tx))
        keys = [verifier_key(origin, key) for key in context.signer.log_keys()]
    if as_json:
        emit_json({"origin": origin, "keys": keys})
    else:
        typer.echo("\n".join(keys))


log_app.command("witness", epilog=WITNESS_EPILOG)(witness)
