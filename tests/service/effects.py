"""What a write does beside its record: which facts it drops, which permits it ends.

with watching(service, "cameo:cam_1") as seen:
    ...
assert seen.ended == {"cameo:cam_1"}
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from cameo_service.identifiers import new_id
from storage.records import PermitRecord
from tests.service.running import RunningService


@dataclass
class Seen:
    """What was touched, and which of the watched keys lost the permit that rested on it."""

    touched: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)


@contextmanager
def watching(service: RunningService, *keys: str) -> Iterator[Seen]:
    """Let a permit rest on each of `keys`; see afterwards what became of them."""
    with service.context.store.write() as tx:
        first = tx.permits.next_index()
        permits = {key: _permit(service, key, first + n) for n, key in enumerate(keys)}
        for permit in permits.values():
            tx.permits.add(permit)
        before = tx.revisions.current()
    seen = Seen()
    yield seen
    with service.context.store.read() as tx:
        touched = tx.revisions.touched_since(before)
        assert touched is not None
        seen.touched = set(touched)
        for key, permit in permits.items():
            if tx.permits.get(permit.id).revoked_at is not None:
                seen.ended.add(key)


def _permit(service: RunningService, key: str, index: int) -> PermitRecord:
    now = service.clock()
    return PermitRecord(
        id=new_id("per"),
        requester="user:bob",
        audience="app:generator",
        action="generate",
        request={},
        request_hash="0" * 64,
        basis={},
        rests_on=(key,),
        status_index=index,
        revision=1,
        issued_by="ck_1",
        issued_at=now,
        expires_at=now + timedelta(days=1),
    )
