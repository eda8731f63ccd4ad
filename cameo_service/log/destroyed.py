"""That every opening which is gone was erased: the certificates say how many erasures destroyed.

require_erased(context)

The certificates are signed and logged, so whoever deletes an opening cannot make up its erasure.
Where certificates are gone too, as the retention schedule has it, nothing is said of the number.
"""

import json
from collections.abc import Mapping, Sequence

from cameo_service.context import Context
from cameo_service.erasure.certificates import digest_of
from cameo_service.events import Event
from cameo_service.log.continuity import entries_of
from cameo_service.log.held import held_entries, held_opening, held_size
from cameo_service.log.standing import OpeningAltered, OpeningMissing
from cameo_service.offline.erasures import TYP
from cameo_service.offline.errors import NotProven
from cameo_service.offline.keys import VerifyingKey, published_keys
from cameo_service.offline.tokens import signed_statement
from storage.log.entries import opens
from storage.records import ErasureRecord

OPENINGS = "log_openings"


def require_erased(context: Context) -> None:
    """Raise `OpeningMissing` where an opening is gone that no erasure destroyed."""
    with context.store.read() as tx:
        number, size, opened = tx.log.unopened(), held_size(tx), tx.log.opened()
        erasures = tx.erasures.all()
    if number is not None:
        raise OpeningMissing(f"what opens log entry `{number}` is gone, and nobody erased it")
    gone = size - opened
    destroyed = _destroyed(context, erasures) if gone else 0
    if gone > destroyed and _are_all(context, erasures, size):
        raise OpeningMissing(
            f"what opens {gone} log entries is gone, and erasures destroyed only {destroyed}"
        )


def _destroyed(context: Context, erasures: Sequence[ErasureRecord]) -> int:
    keys = published_keys(context.signer.jwks())
    return sum(_stated(context, each, keys) for each in erasures)


def _stated(context: Context, erasure: ErasureRecord, keys: Mapping[str, VerifyingKey]) -> int:
    """How many openings it destroyed: its certificate says so, before that its row.

    One by a withdrawn key counts if the log has it: whoever had that key has not the log's.
    """
    counts = erasure.destroyed
    if erasure.certificate is not None:
        try:
            signed = signed_statement(erasure.certificate, keys, typ=TYP)
            if signed.key.revoked_at is not None and not _is_logged(context, erasure):
                signed.require_standing(None)
            counts = signed.claims["destroyed"]
        except NotProven as error:
            raise OpeningAltered(
                f"the certificate of erasure `{erasure.id}` was not signed here: {error}"
            ) from error
    return int(counts.get(OPENINGS, 0))


def _is_logged(context: Context, erasure: ErasureRecord) -> bool:
    """Whether the log commits to the erasure's certificate."""
    if erasure.certificate is None or erasure.log_number is None:
        return False
    with context.store.read() as tx:
        found = held_entries(tx, erasure.log_number, limit=1)
        opening = held_opening(tx, erasure.log_number)
    if not found or opening is None:
        return False
    if not opens(found[0].entry, opening.document, salt=opening.salt):
        return False
    return bool(json.loads(opening.document).get("certificate") == digest_of(erasure.certificate))


def _are_all(context: Context, erasures: Sequence[ErasureRecord], size: int) -> bool:
    """Whether every erasure that the log tells of is kept."""
    kind = f'"kind":"{Event.CAMEO_ERASED.value}"'.encode()
    logged = {each.number for each in entries_of(context, 0, size) if kind in each.entry}
    return logged <= {each.log_number for each in erasures}
