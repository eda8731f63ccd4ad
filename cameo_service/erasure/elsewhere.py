"""Where others' things speak of an erased cameo: reports on faces alike, results of scans, and
requests for access.

They are others', and stay; of the cameo nothing stays in the first two, and no words in the last.

    >>> without_recognized({"faces": [{"recognized": [{"cameo_id": "cam_1"}]}]}, "cam_1")
    {'faces': [{'recognized': [{'cameo_id': None}]}]}
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from cameo_service.context import Context
from cameo_service.enrollments.uniqueness import NAME
from storage.contracts import Transaction
from storage.records import AccessRequestRecord, Document, ScanRecord

AT_ONCE = 50


class Identified(Protocol):
    """A record with an id."""

    @property
    def id(self) -> str:
        """Its id."""


Found = TypeVar("Found", bound=Identified)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Others' records, by id, that speak of one cameo, or of these faces of its owner."""

    cameo_id: str
    faces: tuple[str, ...]
    reports: tuple[str, ...]
    scans: tuple[str, ...]
    requests: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each, in the words of the certificate."""
        return {
            "reports_of_others": len(self.reports),
            "scans": len(self.scans),
            "access_requests": len(self.requests),
        }


def look_elsewhere(context: Context, cameo_id: str, faces: Sequence[str] = ()) -> Elsewhere:
    """Find what speaks of the cameo: counted before it is forgotten, or a crash would lose it.

    `faces` are those of its owner that are protected no more, and named in reports by a label.
    """
    reports = {id for each in (cameo_id, *faces) for id in _reports_naming(context, each)}
    scans = _each(context, lambda tx, after: _scans(tx, cameo_id, after))
    requests = _each(context, lambda tx, after: _requests(tx, cameo_id, after))
    return Elsewhere(
        cameo_id=cameo_id,
        faces=tuple(faces),
        reports=tuple(sorted(reports)),
        scans=tuple(each.id for each in scans),
        requests=tuple(each.id for each in requests if wordless(each, cameo_id) != each),
    )


def forget_elsewhere(context: Context, found: Elsewhere) -> None:
    """Take the cameo out of others' reports and scans, and the words out of requests for it."""
    for id in found.reports:
        _forget_in_report(context, id, (found.cameo_id, *found.faces))
    for id in found.scans:
        _forget_in_scan(context, id, found.cameo_id)
    for id in found.requests:
        _forget_in_request(context, id, found.cameo_id)


def _each(
    context: Context, page: Callable[[Transaction, str | None], Sequence[Found]]
) -> list[Found]:
    return list(_pages(context, page))


def _pages(
    context: Context, page: Callable[[Transaction, str | None], Sequence[Found]]
) -> Iterator[Found]:
    after = None
    while True:
        # read apart from the writes: every report and every result is looked at
        with context.store.read() as tx:
            found = page(tx, after)
        if not found:
            return
        yield from found
        after = found[-1].id


def _reports_naming(context: Context, subject: str) -> list[str]:
    found = _each(
        context, lambda tx, after: tx.enrollments.naming(subject, limit=AT_ONCE, after=after)
    )
    return [each.id for each in found]


def _scans(tx: Transaction, cameo_id: str, after: str | None) -> list[ScanRecord]:
    return tx.scans.naming(cameo_id, limit=AT_ONCE, after=after)


def _requests(tx: Transaction, cameo_id: str, after: str | None) -> list[AccessRequestRecord]:
    return tx.access_requests.naming(cameo_id, limit=AT_ONCE, after=after)


def _forget_in_report(context: Context, id: str, subjects: Sequence[str]) -> None:
    with context.store.write() as tx:
        record = tx.enrollments.get(id)
        report = record.report
        if report is None:
            return
        for subject in subjects:
            report = without_alike(report, subject)
        tx.enrollments.save(replace(record, report=report))


def _forget_in_scan(context: Context, id: str, cameo_id: str) -> None:
    with context.store.write() as tx:
        scan = tx.scans.find(id)
        if scan is not None and scan.result is not None:
            tx.scans.save(replace(scan, result=without_recognized(scan.result, cameo_id)))


def _forget_in_request(context: Context, id: str, cameo_id: str) -> None:
    with context.store.write() as tx:
        tx.access_requests.save(wordless(tx.access_requests.get(id), cameo_id))


def wordless(record: AccessRequestRecord, cameo_id: str) -> AccessRequestRecord:
    """A request without its message, and without what this cameo's side answered in words."""
    asks = tuple(
        {**ask, "note": None} if ask["cameo_id"] == cameo_id else ask for ask in record.asks
    )
    return replace(record, message="", asks=asks)


def without_alike(report: Document, subject: str) -> Document:
    """A report that does not say any more how alike this cameo's, or protected, face is."""
    alike = report.get("alike") or []
    kept = [place for place, each in enumerate(alike) if each["id"] != subject]
    checks = [
        {**check, "evidence": _at(check.get("evidence"), kept)} if check["name"] == NAME else check
        for check in report.get("checks", [])
    ]
    return {**report, "alike": [alike[place] for place in kept], "checks": checks}


def _at(evidence: Document | None, places: Sequence[int]) -> Document:
    """The similarities at these places: they stand in the order of those who are alike."""
    found = (evidence or {}).get("similarities", [])
    return {"similarities": [found[place] for place in places if place < len(found)]}


def without_recognized(result: Document, cameo_id: str) -> Document:
    """A scan's result in which somebody was recognized, but not who."""

    def nameless(each: Document) -> Document:
        return {**each, "cameo_id": None} if each["cameo_id"] == cameo_id else each

    faces = [
        {**face, "recognized": [nameless(each) for each in face["recognized"]]}
        for face in result["faces"]
    ]
    return {**result, "faces": faces}
