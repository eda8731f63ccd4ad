"""`cameo log verify --proof`: a proof that somebody was given, verified without the service.

found = verified(Path("proof.json"), keys, kept=None, witnesses=())
found.sentence
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.log.reading import log_keys_in, note_in, published
from cameo_service.cli.trusting import document_in, trusted_by

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from storage.log.notes import Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What a proof shows: `document` for programs, `sentence` for people."""

    document: dict[str, Any]
    sentence: str


def trusted(
    url: str | None,
    *,
    keys: Sequence[str] | None,
    key_file: Path | None,
    root: str | None,
    data_dir: Path | None,
) -> "list[Ed25519PublicKey]":
    """The log's keys to verify a proof by: with `keys` or `key_file`, nothing else is looked at."""
    given = log_keys_in(keys or (), root=root)
    if key_file is not None:
        if given:
            raise CliError(
                "keys_ambiguous",
                "name keys in --key or in --keys: not both",
                exit_code=ExitCode.USAGE,
            )
        return list(trusted_by(key_file, root=root, origin=None).log_keys)
    if given:
        return given
    with published(url, keys=None, root=root, data_dir=data_dir) as (_, found):
        return found


def verified(
    path: Path, keys: "list[Ed25519PublicKey]", *, kept: Path | None, witnesses: Sequence[str]
) -> Proven:
    """What the proof in a file shows, of an entry or that the log went on from the note `kept`.

    `witnesses` are the keys of those who must have co-signed its checkpoint. Raises `CliError`.
    """
    from cameo_service.offline.errors import NotProven
    from cameo_service.offline.log import verify_witness

    proof = document_in(path)
    if not isinstance(proof, dict):
        raise CliError("proof_malformed", f"`{path}` is no proof", exit_code=ExitCode.NO)
    try:
        if "consistency" in proof:
            found = _continued(proof, keys, kept)
        else:
            found = _included(proof, keys, kept)
        for witness in witnesses:
            verify_witness(proof["checkpoint"], witness)
    except NotProven as error:
        raise CliError(error.code, f"`{path}`: {error}", exit_code=ExitCode.NO) from error
    return found


def _included(proof: dict[str, Any], keys: "list[Ed25519PublicKey]", kept: Path | None) -> Proven:
    from cameo_service.offline.log import verify_proof

    if kept is not None:
        raise CliError(
            "note_unused",
            "--note is for a proof that the log went on, and this one is of an entry",
            exit_code=ExitCode.USAGE,
        )
    entry = verify_proof(proof, keys)
    head = _head(entry.checkpoint)
    return Proven(
        document={"index": entry.index, "kind": entry.kind, "time": entry.time, **head},
        sentence=f"{head['origin']}: entry {entry.index} of {head['size']} is `{entry.kind}` of "
        f"{entry.time}, root {head['root']}",
    )


def _continued(proof: dict[str, Any], keys: "list[Ed25519PublicKey]", kept: Path | None) -> Proven:
    from cameo_service.offline.consistency import verify_continuation
    from storage.log.notes import read

    if kept is None:
        raise CliError(
            "note_missing",
            "name in --note the checkpoint that you kept: the proof is that the log went on from "
            "that one",
            exit_code=ExitCode.USAGE,
        )
    note = note_in(kept)
    head, since = _head(verify_continuation(proof, keys, since=note)), read(note)[0].size
    return Proven(
        document={"since": since, **head},
        sentence=f"{head['origin']}: its {head['size']} entries go on from the {since} of "
        f"`{kept}`, root {head['root']}",
    )


def _head(head: "Checkpoint") -> dict[str, Any]:
    return {"origin": head.origin, "size": head.size, "root": head.root.hex()}
