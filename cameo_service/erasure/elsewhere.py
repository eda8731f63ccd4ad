"""Where others' things speak of an erased cameo: reports on faces alike, results of scans, and
requests for access.

They are others', and stay; of the cameo nothing stays in the first two, and no words in the last.

    >>> without_recognized({"faces": [{"recognized": [{"cameo_id": "cam_1"}]}]}, "cam_1")
    {'faces': [{'recognized': [{'cameo_id': None}]}]}
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from cameo_service.context import Context
from cameo_service.enrollments.uniqueness import NAME
from storage.contracts import Transaction
from storage.errors import Tampered
from storage.records import AccessRequestRecord, Document

AT_ONCE = 50
_log = structlog.get_logger("cameo.erasure")
R = TypeVar("R")


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
    reports = {id for each in (cameo_id, *faces) for id in _reports(context, each)}
    scans = _each(context, lambda tx, after: tx.scans.naming(cameo_id, limit=AT_ONCE, after=after))
    requests = _each(
        context, lambda tx, after: tx.access_requests.naming(cameo_id, limit=AT_ONCE, after=after)
    )
    return Elsewhere(
        cameo_id=cameo_id,
        faces=tuple(faces),
        reports=tuple(sorted(reports, key=str)),
        scans=tuple(scans),
        requests=tuple(id for id in requests if _has_words(context, id, cameo_id)),
    )


def forget_elsewhere(context: Context, found: Elsewhere) -> None:
    """Take the cameo out of others' reports and scans, and the words out of requests for it.

    What was altered and cannot be read goes as a whole: nobody could take a part out of it, and
    another's row keeps no erasure from its end.
    """
    for id in found.reports:
        _forget_in_report(context, id, (found.cameo_id, *found.faces))
    for id in found.scans:
        _forget_in_scan(context, id, found.cameo_id)
    for id in found.requests:
        _forget_in_request(context, id, found.cameo_id)


def _each(
    context: Context, page: Callable[[Transaction, str | None], Sequence[str]]
) -> Iterator[str]:
    after = None
    while True:
        # looked for apart from the writes: it goes through every report and every result
        with context.store.read() as tx:
            found = page(tx, after)
        if not found:
            return
        yield from found
        after = found[-1]


def _reports(context: Context, subject: str) -> Iterator[str]:
    return _each(
        context, lambda tx, after: tx.enrollments.naming(subject, limit=AT_ONCE, after=after)
    )


def _has_words(context: Context, id: str, cameo_id: str) -> bool:
    with context.store.read() as tx:
        request = _readable(id, lambda: tx.access_requests.get(id))
    return request is None or wordless(request, cameo_id) != request


def _forget_in_report(context: Context, id: str, subjects: Sequence[str]) -> None:
    with context.store.write() as tx:
        record = _readable(id, lambda: tx.enrollments.get(id))
        report = record.report if record is not None else None
        for subject in subjects:
            report = _without(id, without_alike, report, subject)
        if record is None or report is None:
            tx.enrollments.drop_report(id)
        else:
            tx.enrollments.save(replace(record, report=report))


def _forget_in_scan(context: Context, id: str, cameo_id: str) -> None:
    with context.store.write() as tx:
        scan = _readable(id, lambda: tx.scans.find(id))
        result = _without(id, without_recognized, scan.result, cameo_id) if scan else None
        if scan is None or result is None:
            tx.scans.drop_result(id)
        else:
            tx.scans.save(replace(scan, result=result))


def _forget_in_request(context: Context, id: str, cameo_id: str) -> None:
    with context.store.write() as tx:
        request = _readable(id, lambda: tx.access_requests.get(id))
        if request is None:
            tx.access_requests.drop_words(id)
        else:
            tx.access_requests.save(wordless(request, cameo_id))


def _readable(id: str, found: Callable[[], R]) -> R | None:
    """The record, or None where its row was altered."""
    try:
        return found()
    except Tampered as error:
        _log.error("unreadable, and dropped", record=id, code=error.code)
        return None


def _without(
    id: str, without: Callable[[Document, str], Document], document: Document | None, subject: str
) -> Document | None:
    """The document `without` the subject, or None where it is not what the service wrote."""
    try:
        return None if document is None else without(document, subject)
    except (AttributeError, KeyError, TypeError) as error:
        # of whatever shape somebody gave it
        _log.error(
            "unreadable, and dropped", record=id, code=Tampered.code, error=type(error).__name__
        )
        return None


def wordless(record: AccessRequestRecord, cameo_id: str) -> AccessRequestRecord:
    """A request without its message, and without what this cameo's side answered in words."""
    asks = tuple(
        # an ask that was altered and names no cameo may be this one's
        {**ask, "note": None} if ask.get("cameo_id", cameo_id) == cameo_id else ask
        for ask in record.asks
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
