"""What stands in the consent log about a person, with proofs, opened as far as it is theirs.

for entry in entries_about(context, ("user:ann", "cam_1"), names):
    entry["proof"]
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from cameo_service.context import Context
from cameo_service.events import Event
from cameo_service.exports.names import Names
from cameo_service.log.proving import proof_of
from cameo_service.receipts.finding import opening_document
from permissions.vocabulary import DEPLOYMENT
from storage.records import LogOpeningRecord

AT_ONCE = 100
_OF_THE_BLOCKER = {Event.BLOCK_SET.value, Event.BLOCK_LIFTED.value}


def entries_about(
    context: Context, subjects: Sequence[str], names: Names
) -> Iterator[dict[str, Any]]:
    """Every entry that names one of `subjects`, the first of which is the person, each once.

    An opening is `withheld` where the event names somebody whom nothing else in the archive does,
    or another's cameo beside theirs; where it is another's block of this person, or the
    deployment's own affair. Then the entry and its proof stand alone.
    """
    seen = set[int]()
    for subject in subjects:
        for opening in _openings(context, subject):
            if opening.number not in seen:
                seen.add(opening.number)
                yield _entry(context, opening, subjects, names)


def _openings(context: Context, subject: str) -> Iterator[LogOpeningRecord]:
    after = -1
    while True:
        with context.store.read() as tx:
            page = tx.log.about(subject, limit=AT_ONCE, after=after)
        yield from page
        if len(page) < AT_ONCE:
            return
        after = page[-1].number


def _entry(
    context: Context, opening: LogOpeningRecord, subjects: Sequence[str], names: Names
) -> dict[str, Any]:
    event = json.loads(opening.document)
    may_open = _is_theirs(event, subjects) and names.covers(event)
    return {
        "number": opening.number,
        "withheld": not may_open,
        "opening": opening_document(opening) if may_open else None,
        "event": event if may_open else None,
        "proof": proof_of(context, opening.number),
    }


def _is_theirs(event: dict[str, Any], subjects: Sequence[str]) -> bool:
    kind = event.get("event")
    if kind == Event.DEPLOYMENT_CHANGED.value or event.get("approver") == DEPLOYMENT:
        return False
    if not set(event.get("cameos", [])) <= set(subjects):
        # who knows another's cameo still need not know that it was used together with theirs
        return False
    return kind not in _OF_THE_BLOCKER or event.get("owner") == subjects[0]
