"""`cameo receipt`: receipts verified without the service, written into files and read back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.options import JsonOption, epilog
from cameo_service.cli.output import emit_json
from cameo_service.cli.trusting import (
    KeysOption,
    OriginOption,
    RootOption,
    document_in,
    trusted_by,
)

if TYPE_CHECKING:
    from cameo_service.offline.receipts import Trusted, VerifiedReceipt
    from cameo_service.receipts.embedding import Embedded

receipt_app = typer.Typer(
    name="receipt",
    help="Receipts of uses: verify them offline, write them into files, read them back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@receipt_app.command(
    "verify",
    epilog=epilog(
        "cameo receipt verify receipt.json --keys root.json --root kPrK_qmx…",
        "cameo receipt verify receipts.json --keys jwks.json --asset clip.mp4",
        codes="1  the receipt does not hold, or is not of this file",
    ),
)
def verify(
    file: Annotated[Path, typer.Argument(help="A receipt, or what the receipts' route answered.")],
    *,
    keys: KeysOption = None,
    root: RootOption = None,
    origin: OriginOption = None,
    asset: Annotated[
        Path | None, typer.Option("--asset", help="A file that the receipt should be of.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify a receipt without the service: signature, log entry, checkpoint, and a file's hash."""
    trusted = _trusted(keys, root, origin)
    digest = _digest(asset) if asset is not None else None
    found = [_verified(each, trusted, digest) for each in _receipts_in(file)]
    if as_json:
        emit_json([_summary(each) for each in found])
        return
    for each in found:
        typer.echo(_sentence(each))
        if asset is not None:
            typer.echo(f"It names the file `{asset}` by its SHA-256.")


@receipt_app.command(
    "embed",
    epilog=epilog(
        "cameo receipt embed clip.mp4 --receipt receipt.json --certificate chain.pem "
        "--key key.pem --output clip.signed.mp4",
        codes="1  the receipt is not of this file; 2  format, certificate or key cannot be used",
    ),
)
def embed_receipt(
    file: Annotated[Path, typer.Argument(help="A file that the receipt names by its hash.")],
    *,
    receipt: Annotated[Path, typer.Option("--receipt", help="The holder's receipt.")],
    certificate: Annotated[
        Path, typer.Option("--certificate", help="The signer's certificate chain in PEM.")
    ],
    key: Annotated[Path, typer.Option("--key", help="Its private key in PEM.")],
    output: Annotated[Path, typer.Option("--output", help="Where to write; must not exist.")],
    as_json: JsonOption = False,
) -> None:
    """Write a receipt into a picture, clip or sound as a C2PA assertion, signed with your key."""
    from cameo_service.receipts.embedding import CannotCarry, embed

    [document] = _one(_receipts_in(receipt), receipt)
    try:
        embed(
            file,
            output,
            receipt=document,
            certificate=certificate.read_bytes(),
            key=key.read_bytes(),
        )
    except CannotCarry as error:
        code = ExitCode.NO if error.code == "asset_not_in_receipt" else ExitCode.USAGE
        raise CliError(error.code, str(error), exit_code=code) from error
    if as_json:
        emit_json({"output": str(output)})
    else:
        typer.echo(f"`{output}` carries the receipt")


@receipt_app.command(
    "read",
    epilog=epilog(
        "cameo receipt read clip.signed.mp4",
        "cameo receipt read clip.signed.mp4 --keys root.json --root kPrK_qmx… --trust anchors.pem",
        codes="1  there is no receipt in it, or something about it does not hold",
    ),
)
def read_receipt(
    file: Annotated[Path, typer.Argument(help="A file that may carry a receipt.")],
    *,
    keys: KeysOption = None,
    root: RootOption = None,
    origin: OriginOption = None,
    trust: Annotated[
        Path | None, typer.Option("--trust", help="Certificates of signers that you trust, PEM.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read the receipt in a file; with --keys, verify it. A file that was changed is refused."""
    from cameo_service.receipts.embedding import CannotCarry, read

    try:
        found = read(file, trusted=trust.read_bytes() if trust is not None else None)
    except CannotCarry as error:
        raise CliError(error.code, str(error), exit_code=ExitCode.NO) from error
    _require_intact(file, found)
    receipt = None
    if keys is not None:
        receipt = _verified(found.receipt, _trusted(keys, root, origin), found.asset_sha256)
    if as_json:
        emit_json({**_embedded(found), "verified": None if receipt is None else _summary(receipt)})
        return
    for line in _told(file, found):
        typer.echo(line)
    typer.echo(
        "The receipt itself was not verified: name the keys you trust in --keys."
        if receipt is None
        else _sentence(receipt)
    )


def _trusted(keys: Path | None, root: str | None, origin: str | None) -> "Trusted":
    if keys is None:
        raise CliError(
            "keys_missing",
            "name the keys that you trust in --keys: who signs is what this is about",
            exit_code=ExitCode.USAGE,
        )
    return trusted_by(keys, root=root, origin=origin)


def _receipts_in(file: Path) -> list[Any]:
    document = document_in(file)
    if isinstance(document, dict) and document.get("object") == "receipts":
        listed = document.get("data")
        return listed if isinstance(listed, list) and listed else [None]
    return [document]


def _one(documents: list[Any], file: Path) -> list[dict[str, Any]]:
    """The one receipt to write: of several, the holder's latest."""
    held = [each for each in documents if isinstance(each, dict) and each.get("cameo_id") is None]
    if not held:
        raise CliError(
            "receipt_unreadable", f"`{file}` holds no holder's receipt", exit_code=ExitCode.NO
        )
    return held[-1:]


def _verified(document: object, trusted: "Trusted", sha256: str | None) -> "VerifiedReceipt":
    from cameo_service.offline.receipts import ReceiptNotProven, verify_asset, verify_receipt

    try:
        found = verify_receipt(document, trusted)
        if sha256 is not None:
            verify_asset(found.claims, sha256)
    except ReceiptNotProven as error:
        raise CliError(
            error.code,
            f"the receipt does not hold in its `{error.part}`: {error}",
            exit_code=ExitCode.NO,
        ) from error
    return found


def _digest(path: Path) -> str:
    import hashlib

    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _require_intact(file: Path, found: "Embedded") -> None:
    if not found.is_intact:
        codes = ", ".join(f"`{code}`" for code in found.failures)
        raise CliError(
            "asset_altered", f"`{file}` is not as it was signed: {codes}", exit_code=ExitCode.NO
        )
    if found.asset_is == "differs":
        raise CliError(
            "asset_altered",
            f"`{file}` without its manifest is not the file that the receipt was written for",
            exit_code=ExitCode.NO,
        )


def _told(file: Path, found: "Embedded") -> list[str]:
    signer = found.signed_by or "somebody unnamed"
    trusted = "a certificate that you trust" if found.is_trusted else "a certificate unknown here"
    beneath = (
        "Beneath the manifest lies, bit for bit, the file that it was written for."
        if found.asset_is == "found"
        else "What the file was before, this format does not show: that is the signer's word."
    )
    return [f"`{file}` is as {signer} signed it, with {trusted}.", beneath]


def _embedded(found: "Embedded") -> dict[str, Any]:
    return {
        "receipt": found.receipt,
        "asset_sha256": found.asset_sha256,
        "asset_is": found.asset_is,
        "is_trusted": found.is_trusted,
        "signed_by": found.signed_by,
    }


def _summary(found: "VerifiedReceipt") -> dict[str, Any]:
    return {
        "claims": found.claims,
        "log": {
            "origin": found.entry.checkpoint.origin,
            "index": found.entry.index,
            "size": found.entry.checkpoint.size,
            "time": found.entry.time,
        },
    }


def _sentence(found: "VerifiedReceipt") -> str:
    claims, entry = found.claims, found.entry
    use = claims["use"]
    return (
        f"Receipt {claims['jti']} holds: {claims['iss']} attests to {claims['aud']} that "
        f"{use['holder']} made the use {use['id']} ({use['action']}, {use['status']}) for "
        f"{use['requester']}.\nIt stands in the log {entry.checkpoint.origin} as entry "
        f"{entry.index} of {entry.checkpoint.size}, of {entry.time}."
    )
