"""`cameo log`: verify, prove and audit the consent log, and co-sign it as a witness."""

from pathlib import Path
from typing import Annotated

import typer

from cameo_service.cli.log.reading import KeyOption, RootOption, UrlOption, broken_is_no, published
from cameo_service.cli.log.witness import WITNESS_EPILOG, witness
from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json
from cameo_service.cli.phases import phases

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
        codes=BROKEN,
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
        typer.Option("--note", help="A note to verify the log at, as a witness co-signed it."),
    ] = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Verify what is published: the checkpoint's signature, every entry, every tile, the root."""
    from cameo_service.log.sources import NotedSource
    from cameo_service.log.verifying import require_witnesses, verify

    with (
        broken_is_no(),
        published(url, keys=key, root=root, data_dir=data_dir) as (newest, keys),
        phases(silent=as_json) as progress,
    ):
        source = newest if note is None else NotedSource(newest, note.read_text())
        size = require_witnesses(source, keys, witnesses or ()).size
        head = verify(source, keys, progress=lambda done: progress("entries", done / (size or 1)))
    document = {"origin": head.origin, "size": head.size, "root": head.root.hex()}
    if as_json:
        emit_json(document)
    else:
        typer.echo(f"{head.origin}: {head.size} entries, all as signed, root {head.root.hex()}")


@log_app.command(
    "prove",
    epilog=epilog("cameo log prove 7 > proof.json", codes="1  there is no such entry"),
)
def prove_entry(
    number: Annotated[int, typer.Argument(help="The entry's number, from 0.")],
    *,
    url: UrlOption = None,
    key: KeyOption = None,
    root: RootOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a proof that an entry is in the log. It is JSON, and verifies offline."""
    from cameo_service.cli.exits import ExitCode
    from cameo_service.cli.failures import CliError
    from cameo_service.errors import Unknown
    from cameo_service.log.verifying import prove

    del as_json  # it is JSON in any case
    with broken_is_no(), published(url, keys=key, root=root, data_dir=data_dir) as (source, keys):
        try:
            document = prove(source, keys, number)
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
    from cameo_service.cli.opening import opened
    from cameo_service.log.auditing import audit

    with (
        broken_is_no(),
        opened(load_settings(data_dir=data_dir)) as context,
        phases(silent=as_json) as progress,
    ):
        with context.store.read() as tx:
            steps = 2 * tx.log.size() or 1
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
    from cameo_service.cli.opening import opened
    from cameo_service.log.continuity import origin_of
    from storage.log.notes import verifier_key

    with opened(load_settings(data_dir=data_dir)) as context:
        with context.store.read() as tx:
            origin = origin_of(context, tx.log.checkpoint())
        keys = [verifier_key(origin, key) for key in context.signer.log_keys()]
    if as_json:
        emit_json({"origin": origin, "keys": keys})
    else:
        typer.echo("\n".join(keys))


log_app.command("witness", epilog=WITNESS_EPILOG)(witness)
