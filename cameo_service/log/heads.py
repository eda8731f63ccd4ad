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
    return head_of(note, context.signer.log_keys(), which="the published checkpoint")


def kept_head(context: Context, head: LogCheckpointRecord) -> Checkpoint:
    """The head that is kept in the database. Raises `CheckpointForged`."""
    stated = head_of(head.note, context.signer.log_keys(), which="the head in the database")
    if (stated.size, stated.root) != (head.size, head.root):
        raise CheckpointForged("the head in the database is not the one that its note is over")
    return stated
