"""`cameo erasure`: certificates of erasure, verified without the service."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.options import JsonOption, epilog
from cameo_service.cli.output import emit_json
from cameo_service.cli.trusting import OriginOption, RootOption, document_in, trusted_by

if TYPE_CHECKING:
    from cameo_service.offline.erasures import ProvenErasure

erasure_app = typer.Typer(
    name="erasure",
    help="Certificates of erasure: verify them offline.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@erasure_app.callback()
def _group() -> None:
    """Keep `verify` a subcommand while it is the only one."""


@erasure_app.command(
    "verify",
    epilog=epilog(
        "cameo erasure verify erasure.json --keys root.json --root kPrK_qmx…",
        "cameo erasure verify erasure.json --keys jwks.json --json",
        codes="1  the certificate does not hold, or there is none yet",
    ),
)
def verify(
    file: Annotated[Path, typer.Argument(help="What `GET /v1/erasures/era_…` answered.")],
    *,
    keys: Annotated[
        Path,
        typer.Option(
            "--keys",
            help="The service's keys: what /.well-known/cameo-root says (with --root), or its JWK "
            "set.",
        ),
    ],
    root: RootOption = None,
    origin: OriginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Verify that the service stated an erasure, and before everybody: signature and log entry.

    It shows who said what was destroyed, and when. That it was, no signature can show.
    """
    from cameo_service.offline.erasures import verify_erasure
    from cameo_service.offline.errors import NotProven

    trusted = trusted_by(keys, root=root, origin=origin)
    certificate, proof = _parts(file)
    try:
        found = verify_erasure(
            certificate, proof, keys=trusted.keys, log_keys=trusted.log_keys, origin=origin
        )
    except NotProven as error:
        raise CliError(
            error.code, f"the certificate does not hold: {error}", exit_code=ExitCode.NO
        ) from error
    if as_json:
        emit_json(_document(found))
    else:
        typer.echo(_sentence(found))


def _parts(file: Path) -> tuple[str, dict[str, Any]]:
    document = document_in(file)
    shown = document if isinstance(document, dict) else {}
    certificate, proof = shown.get("certificate"), shown.get("proof")
    if not isinstance(certificate, str) or not isinstance(proof, dict):
        raise CliError(
            "certificate_missing",
            f"`{file}` has no `certificate` with its `proof`: an erasure has them once it is done",
            exit_code=ExitCode.NO,
        )
    return certificate, proof


def _document(found: "ProvenErasure") -> dict[str, Any]:
    return {
        "id": found.id,
        "issuer": found.issuer,
        "owner": found.owner,
        "cameo": found.cameo,
        "requested_by": found.requested_by,
        "requested_at": found.requested_at.isoformat(),
        "completed_at": found.completed_at.isoformat(),
        "destroyed": dict(found.destroyed),
        "told": {holder: list(packages) for holder, packages in found.told.items()},
        "log": {
            "origin": found.entry.checkpoint.origin,
            "index": found.entry.index,
            "size": found.entry.checkpoint.size,
            "time": found.entry.time,
        },
    }


def _sentence(found: "ProvenErasure") -> str:
    head = found.entry.checkpoint
    kinds = sorted(name for name, count in found.destroyed.items() if count)
    counts = ", ".join(f"{name} {found.destroyed[name]}" for name in kinds)
    return (
        f"Certificate {found.id} holds: {found.issuer} erased {found.cameo} of {found.owner} at "
        f"{found.completed_at.isoformat()}, at the word of {found.requested_by}.\n"
        f"Destroyed: {counts or 'nothing'}. Holders of packages told: {len(found.told)}.\n"
        f"It stands in the log {head.origin} as entry {found.entry.index} of {head.size}."
    )
