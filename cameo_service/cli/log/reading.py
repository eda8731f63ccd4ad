"""Which log a command reads, and by which keys: a data directory's, or the one at an address.

with published(url, keys=(), data_dir=None) as (source, trusted):
    verify(source, trusted)
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from cameo_service.log.sources import Source

UrlOption = Annotated[
    str | None,
    typer.Option("--url", help="Address of a service, to read its log instead of the local one."),
]
KeyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        help="The log's key, as `cameo log key` prints it; repeat for several. Without it, the "
        "keys that the service itself names.",
    ),
]

RootOption = Annotated[
    str | None,
    typer.Option(
        "--root",
        help="Thumbprint of the root key, as `cameo keys signing` tells it: with --url, the keys "
        "that it certified for the log.",
    ),
]


@contextmanager
def published(
    url: str | None,
    *,
    keys: "Sequence[str] | None",
    data_dir: Path | None,
    root: str | None = None,
) -> "Iterator[tuple[Source, list[Ed25519PublicKey]]]":
    """The log's files, and the keys that its checkpoint may be signed with."""
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import opened
    from cameo_service.log.sources import BlobSource, WebSource

    given = [_key(text) for text in keys or ()]
    if url is not None:
        with closing(WebSource(url)) as source:
            if root is not None:
                given += source.certified_keys(root)
            elif not given:
                given = source.keys()
            yield source, given
        return
    with opened(load_settings(data_dir=data_dir)) as context:
        yield BlobSource(context.blobs), given or context.signer.log_keys()


def _key(text: str) -> "Ed25519PublicKey":
    from storage.log.notes import MalformedNote, read_verifier_key

    try:
        return read_verifier_key(text)[2]
    except MalformedNote as error:
        raise CliError("key_malformed", str(error), exit_code=ExitCode.USAGE) from None


@contextmanager
def broken_is_no() -> Iterator[None]:
    """A log that is broken is the answer no, told by its code."""
    from cameo_service.log.standing import LogBroken

    try:
        yield
    except LogBroken as error:
        raise CliError(error.code, str(error), exit_code=ExitCode.NO) from error
