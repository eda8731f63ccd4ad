"""The consent log verified offline: checkpoints, entries, that the log goes on, and openings.

    entry = verify_proof(proof, keys_in(jwks))     # as `proof_of` or a receipt has it
    event = verify_opening(entry, salt=b64decode(opening["salt"]), event=b64decode(…))

`keys` are the log's own: of a key set, those with which the log's notes may be signed. Keys change;
one that signed a checkpoint is known by an id in the note, and vouched for by the root key.

    >>> keys_in({"keys": []})
    []
"""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cameo_service.offline.errors import NotProven
from cameo_service.offline.keys import VerifyingKey, published_keys
from storage.log.entries import kind_of, opens
from storage.log.notes import (
    COSIGNATURE,
    Checkpoint,
    MalformedNote,
    NotSigned,
    cosigned_at,
    read_verifier_key,
    verified,
)
from storage.log.tree import BadProof, leaf_hash, require_consistent, root_from_inclusion

MOST_HASHES = 128
PURPOSE = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEntry:
    """An entry that is proven to be in the log.

    `kind` and `time` are what it says in the open, `data` are its bytes. `checkpoint` is the tree
    head that it was proven for.
    """

    index: int
    kind: str
    time: str
    data: bytes
    checkpoint: Checkpoint


def verify_checkpoint(
    note: str,
    keys: Iterable[Ed25519PublicKey],
    *,
    origin: str | None = None,
    withdrawn: Iterable[Ed25519PublicKey] = (),
) -> Checkpoint:
    """The checkpoint that one of `keys` signed, of the log `origin` where that is given.

    `withdrawn` are keys of the log that prove nothing any more, since a checkpoint does not say
    when it was signed: it is refused, by the name of that. Raises `NotProven`: `note_malformed`,
    `note_not_signed`, `key_withdrawn`, `origin_differs`.
    """
    try:
        head = verified(note, keys)
    except MalformedNote as error:
        raise NotProven("note_malformed", str(error)) from error
    except NotSigned as error:
        raise _not_signed(note, withdrawn, error) from error
    if origin not in (None, head.origin):
        raise NotProven("origin_differs", f"the checkpoint is of the log `{head.origin}`")
    return head


def _not_signed(note: str, withdrawn: Iterable[Ed25519PublicKey], error: NotSigned) -> NotProven:
    try:
        verified(note, withdrawn)
    except NotSigned:
        return NotProven("note_not_signed", str(error))
    return NotProven("key_withdrawn", "the log's key that signed the checkpoint was withdrawn")


def verify_witness(note: str, witness: str) -> int:
    """When a witness co-signed the note, in seconds since 1970.

    `witness` is its key as `cameo log witness` prints it. Raises `NotProven`: `note_malformed`,
    `key_malformed`, `witness_missing`.
    """
    name, kind, key = _witness_key(witness)
    if kind != COSIGNATURE:
        raise NotProven("key_malformed", "the key is not that of a witness")
    try:
        return cosigned_at(note, key, name=name)
    except MalformedNote as error:
        raise NotProven("note_malformed", str(error)) from error
    except NotSigned as error:
        raise NotProven("witness_missing", str(error)) from error


def _witness_key(text: str) -> tuple[str, bytes, Ed25519PublicKey]:
    try:
        return read_verifier_key(text)
    except MalformedNote as error:
        raise NotProven("key_malformed", str(error)) from error


def verify_proof(
    proof: Mapping[str, Any],
    keys: Iterable[Ed25519PublicKey],
    *,
    origin: str | None = None,
    withdrawn: Iterable[Ed25519PublicKey] = (),
) -> LoggedEntry:
    """The entry that `proof` shows to be in the log.

    `proof` has `index`, `entry`, `inclusion` and `checkpoint`, as the service gives it. Raises
    `NotProven`: what `verify_checkpoint` raises, `proof_malformed`, `proof_wrong`,
    `entry_malformed`.
    """
    index, data, hashes, note = _read_proof(proof)
    head = verify_checkpoint(note, keys, origin=origin, withdrawn=withdrawn)
    if proof.get("origin", head.origin) != head.origin:
        raise NotProven("origin_differs", f"the checkpoint is of the log `{head.origin}`")
    try:
        root = root_from_inclusion(leaf_hash(data), hashes, index=index, size=head.size)
    except BadProof as error:
        raise NotProven("proof_malformed", str(error)) from error
    if root != head.root:
        raise NotProven("proof_wrong", f"entry `{index}` is not in the tree of the checkpoint")
    kind, time = _read_entry(data)
    return LoggedEntry(index=index, kind=kind, time=time, data=data, checkpoint=head)


def verify_consistency(old: Checkpoint, new: Checkpoint, proof: Sequence[str]) -> None:
    """That the log at `new` goes on from the log at `old`; `proof` are hashes in base64.

    Raises `NotProven`: `origin_differs`, `proof_malformed`, `not_consistent`.
    """
    if old.origin != new.origin:
        raise NotProven("origin_differs", f"`{new.origin}` is another log than `{old.origin}`")
    hashes = _hashes(proof)
    try:
        require_consistent(hashes, old=old.size, old_root=old.root, new=new.size, new_root=new.root)
    except BadProof as error:
        raise NotProven("not_consistent", str(error)) from error


def verify_opening(entry: LoggedEntry, *, salt: bytes, event: bytes) -> dict[str, Any]:
    """The event that the entry commits to. `event` is its canonical JSON.

    Both are bytes: receipts and proofs have them in base64, to be decoded. Raises `NotProven`:
    `opening_wrong`; and `TypeError` for text, which would open nothing.
    """
    _require_bytes(salt, event)
    if not opens(entry.data, event, salt=salt):
        raise NotProven("opening_wrong", f"entry `{entry.index}` commits to another event")
    document = _json(event)
    if not isinstance(document, dict) or kind_of(str(document.get("event"))) != entry.kind:
        raise NotProven("opening_wrong", f"entry `{entry.index}` names another kind of event")
    return document


def log_keys(keys: Mapping[str, VerifyingKey]) -> list[Ed25519PublicKey]:
    """Of keys as `offline.keys` gives them, those that may sign the log's notes; withdrawn ones may
    not.

    Of certified keys these are the ones that the root certified for it; published ones do not say
    what they are for, and a note names by an id the one that it needs.
    """
    return [public for public, key in _of_the_log(keys) if key.revoked_at is None]


def withdrawn_log_keys(keys: Mapping[str, VerifyingKey]) -> list[Ed25519PublicKey]:
    """Of such keys, those that might sign the log's notes before they were withdrawn."""
    return [public for public, key in _of_the_log(keys) if key.revoked_at is not None]


def _of_the_log(
    keys: Mapping[str, VerifyingKey],
) -> Iterator[tuple[Ed25519PublicKey, VerifyingKey]]:
    for key in keys.values():
        if key.purpose in (None, PURPOSE) and isinstance(key.public_key, Ed25519PublicKey):
            yield key.public_key, key


def keys_in(jwks: Mapping[str, Any]) -> list[Ed25519PublicKey]:
    """Of a JWK set, the keys that may sign the log's notes: all of Ed25519 (RFC 8037).

    Raises `NotProven`: `keys_malformed`.
    """
    return log_keys(published_keys(jwks))


def _require_bytes(*given: object) -> None:
    if not all(isinstance(each, bytes) for each in given):
        raise TypeError("`salt` and `event` are bytes: decode the base64 of a receipt or a proof")


def _read_proof(proof: Mapping[str, Any]) -> tuple[int, bytes, list[bytes], str]:
    index, note = proof.get("index"), proof.get("checkpoint")
    if not isinstance(index, int) or isinstance(index, bool) or not isinstance(note, str):
        raise NotProven("proof_malformed", "a proof has an `index` and a `checkpoint`")
    return index, _base64(proof.get("entry")), _hashes(proof.get("inclusion")), note


def _read_entry(data: bytes) -> tuple[str, str]:
    members = _json(data)
    kind = members.get("kind") if isinstance(members, dict) else None
    time = members.get("time") if isinstance(members, dict) else None
    if not isinstance(kind, str) or not isinstance(time, str):
        raise NotProven("entry_malformed", "the entry is not one of a consent log")
    return kind, time


def _json(data: bytes) -> Any:  # noqa: ANN401 (any JSON)
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _hashes(texts: object) -> list[bytes]:
    if not isinstance(texts, list | tuple) or len(texts) > MOST_HASHES:
        raise NotProven("proof_malformed", f"a proof is a list of at most {MOST_HASHES} hashes")
    return [_base64(text) for text in texts]


def _base64(text: object) -> bytes:
    if not isinstance(text, str):
        raise NotProven("proof_malformed", "what should be base64 is no text")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotProven("proof_malformed", "what should be base64 is damaged") from error
