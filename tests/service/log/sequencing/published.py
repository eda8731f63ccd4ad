"""What was published, and whether it is whole."""

from cameo_service.context import Context
from cameo_service.log.auditing import audit
from cameo_service.log.published import fetch_checkpoint
from cameo_service.log.sources import BlobSource
from cameo_service.log.verifying import verify
from storage.log.notes import read


def published_size(context: Context) -> int:
    note = fetch_checkpoint(context.blobs)
    assert note is not None
    return read(note)[0].size


def require_whole(context: Context, size: int) -> None:
    head = verify(BlobSource(context.blobs), context.signer.log_keys())
    assert head.size == size == audit(context).size
