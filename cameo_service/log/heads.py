"""The heads of the log's tree: believed only where one of the log's keys has signed them.

head_of(note, context.signer.log_keys(), which="the published checkpoint")
"""

from collections.abc import Collection

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cameo_service.context import Context
from cameo_service.log.standing import CheckpointForged
from storage.log.notes import Checkpoint, MalformedNote, NotSigned, verified
from storage.records import LogCheckpointRecord


def head_of(
    note: str, keys: Collection[Ed25519PublicKey], *, which: str = "the checkpoint"
) -> Checkpoint:
    """The checkpoint that one of `keys` signed. Raises `CheckpointForged`, naming `which`."""
    try:
        return verified(note, keys)
    except (MalformedNote, NotSigned) as error:
        raise CheckpointForged(f"{which} is not this log's: {error}") from error


def published_head(context: Context, note: str) -> Checkpoint:
    """The checkpoint that was published. Raises `CheckpointForged`."""
    return head_of(note, _own_keys(context), which="the published checkpoint")


def kept_head(context: Context, head: LogCheckpointRecord) -> Checkpoint:
    """The head that is kept in the database. Raises `CheckpointForged`."""
    stated = head_of(head.note, _own_keys(context), which="the head in the database")
    if (stated.size, stated.root) != (head.size, head.root):
        raise CheckpointForged("the head in the database is not the one that its note is over")
    return stated


def is_by_withdrawn_key(context: Context, note: str) -> bool:
    """Whether only a withdrawn key has signed the note, which nobody else believes then."""
    withdrawn = context.signer.withdrawn_log_keys()
    if not withdrawn or _is_by(note, context.signer.log_keys()):
        return False
    return _is_by(note, withdrawn)


def _is_by(note: str, keys: Collection[Ed25519PublicKey]) -> bool:
    try:
        verified(note, keys)
    except (MalformedNote, NotSigned):
        return False
    return True


def _own_keys(context: Context) -> list[Ed25519PublicKey]:
    """Withdrawn ones too: the log goes on from its own head, which the entries have to give."""
    return [*context.signer.log_keys(), *context.signer.withdrawn_log_keys()]
