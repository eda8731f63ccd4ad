"""Faces recognized: protected ones, what owners are told of it, scans.

tx.notices.of("user:ann", unread=True, limit=20)
"""

from datetime import datetime
from typing import Protocol

from storage.records.recognition import (
    NoticeRecord,
    ProtectedFaceRecord,
    ScanRecord,
)


class ProtectedFaces(Protocol):
    """Faces of people who need not be enrolled."""

    def add(self, record: ProtectedFaceRecord) -> None:
        """Store a new protected face."""

    def get(self, id: str) -> ProtectedFaceRecord:
        """The protected face with this id."""

    def find(self, id: str) -> ProtectedFaceRecord | None:
        """The protected face with this id, or None."""

    def save(self, record: ProtectedFaceRecord) -> ProtectedFaceRecord:
        """Store a changed protected face."""

    def of(
        self, principal: str | None, *, limit: int, after: str | None = None
    ) -> list[ProtectedFaceRecord]:
        """Those of this principal, or of nobody in particular, in order of id."""


class Notices(Protocol):
    """What principals are told."""

    def add(self, record: NoticeRecord) -> None:
        """Store a new notice. Raises `AlreadyExists`."""

    def get(self, id: str) -> NoticeRecord:
        """The notice with this id."""

    def of(
        self, principal: str, *, unread: bool, limit: int, after: str | None = None
    ) -> list[NoticeRecord]:
        """The notices of a principal, the latest first; only those not read if asked."""

    def read(self, id: str, *, now: datetime) -> NoticeRecord:
        """Note that it was read. Reading again keeps the first time."""

    def latest(self, principal: str, kind: str, cameo_id: str) -> NoticeRecord | None:
        """The latest notice of this kind to `principal` about a cameo, or None."""

    def forget(self, principal: str, cameo_id: str) -> int:
        """Delete what `principal` was told about a cameo; return how many notices."""

    def sweep(self, *, before: datetime, limit: int, but: tuple[str, ...] = ()) -> int:
        """Delete the notices from before then, at most `limit`, but those of these kinds."""


class Scans(Protocol):
    """Scans of pictures and clips."""

    def add(self, record: ScanRecord) -> None:
        """Store a new scan."""

    def get(self, id: str) -> ScanRecord:
        """The scan with this id."""

    def find(self, id: str) -> ScanRecord | None:
        """The scan with this id, or None."""

    def save(self, record: ScanRecord) -> ScanRecord:
        """Store a changed scan."""

    def begun(self, created_by: str, *, since: datetime) -> int:
        """How many scans this key began since then."""

    def sweep(self, *, before: datetime, limit: int) -> int:
        """Delete the scans that are over and were begun before then, at most `limit`."""

    def naming(self, cameo_id: str, *, limit: int, after: str | None = None) -> list[str]:
        """The ids of the scans whose result names this cameo, in order. Every one is looked at.

        None is read: one that was altered is found as well.
        """

    def drop_result(self, id: str) -> None:
        """Take the result of a scan, whatever stands there."""
