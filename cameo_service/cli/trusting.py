"""Whom commands that verify offline believe: the keys in a file, or a root key that is pinned.

trusted = trusted_by(Path("root.json"), root="kPrK_qmx…", origin=None)
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError

if TYPE_CHECKING:
    from cameo_service.offline.receipts import Trusted

KeysOption = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        help="The service's keys: what /.well-known/cameo-root says (with --root), or its JWK set.",
    ),
]
RootOption = Annotated[
    str | None,
    typer.Option("--root", help="Thumbprint of the root key that you pinned."),
]
OriginOption = Annotated[
    str | None,
    typer.Option("--origin", help="Name of the consent log.  [default: any that the keys sign]"),
]


def trusted_by(keys: Path, *, root: str | None, origin: str | None) -> "Trusted":
    """The keys in `keys`: certified by `root`, or else a JWK set. Raises `CliError`."""
    from cameo_service.offline.errors import NotProven
    from cameo_service.offline.receipts import certified, published

    document = document_in(keys)
    try:
        if isinstance(document, dict) and "certificates" in document:
            if root is None:
                raise CliError(
                    "root_missing",
                    f"`{keys}` holds certificates: name in --root the root key that you trust",
                    exit_code=ExitCode.USAGE,
                )
            return certified(document, root=root, origin=origin)
        if root is not None:
            raise CliError(
                "keys_unusable",
                f"`{keys}` is a key set without certificates, which --root says nothing of",
                exit_code=ExitCode.USAGE,
            )
        return published(document if isinstance(document, dict) else {}, origin=origin)
    except NotProven as error:
        raise CliError(error.code, f"`{keys}`: {error}", exit_code=ExitCode.NO) from error


def document_in(path: Path) -> Any:  # noqa: ANN401 (any JSON)
    """The JSON in a file. Raises `CliError`."""
    from cameo_service.offline.documents import read_json
    from cameo_service.offline.errors import NotProven

    try:
        return read_json(path.read_bytes())
    except OSError as error:
        raise CliError(
            "file_unreadable", f"`{path}`: {error.strerror}", exit_code=ExitCode.UNAVAILABLE
        ) from error
    except NotProven as error:
        raise CliError(error.code, f"`{path}`: {error}", exit_code=ExitCode.NO) from error
