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
        help="Thumbprint of the root key, as `cameo keys signing` tells it: believe the keys that "
        "it certified for the log, and no others. Not beside --key.",
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
    from cameo_service.cli.opening import existing
    from cameo_service.log.sources import WebSource, keys_certified, source_of

    given = log_keys_in(keys or (), root=root)
    if url is not None:
        with closing(WebSource(url)) as source:
            yield source, given or (source.keys() if root is None else source.certified_keys(root))
        return
    with existing(load_settings(data_dir=data_dir)) as context:
        if root is not None:
            given = keys_certified(context.keys.root_document(), root)
        yield source_of(context), given or context.signer.log_keys()


def log_keys_in(texts: "Sequence[str]", *, root: str | None) -> "list[Ed25519PublicKey]":
    """The keys in `--key`, which `--root` may not stand beside. Raises `CliError`."""
    if texts and root is not None:
        raise CliError(
            "keys_ambiguous",
            "name the log's key in --key, or the root key that certified it in --root: not both",
            exit_code=ExitCode.USAGE,
        )
    return [_key(text, witness=False)[1] for text in texts]


def witnesses_in(texts: "Sequence[str]") -> "list[tuple[str, Ed25519PublicKey]]":
    """The names and keys in `--witness`. Raises `CliError`."""
    return [_key(text, witness=True) for text in texts]


def _key(text: str, *, witness: bool) -> "tuple[str, Ed25519PublicKey]":
    from storage.log.notes import COSIGNATURE, MalformedNote, read_verifier_key

    try:
        name, kind, key = read_verifier_key(text)
    except MalformedNote as error:
        raise CliError("key_malformed", str(error), exit_code=ExitCode.USAGE) from None
    if (kind == COSIGNATURE) != witness:
        wanted = "a witness" if witness else "a log"
        raise CliError(
            "key_malformed", f"the key of `{name}` is not one of {wanted}", exit_code=ExitCode.USAGE
        )
    return name, key


def note_in(path: Path) -> str:
    """The signed note in a file, not verified. Raises `CliError` for what is none."""
    from storage.log.notes import MalformedNote, read

    try:
        note = path.read_text(encoding="utf-8")
        read(note)
    except (MalformedNote, UnicodeDecodeError) as error:
        why = error if isinstance(error, MalformedNote) else "it is not text"
        raise CliError("note_malformed", f"`{path}`: {why}", exit_code=ExitCode.USAGE) from None
    return note


@contextmanager
def broken_is_no() -> Iterator[None]:
    """A log that is broken is the answer no, told by its code."""
    from cameo_service.log.standing import LogBroken

    try:
        yield
    except LogBroken as error:
        raise CliError(error.code, str(error), exit_code=ExitCode.NO) from error
