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
from cameo_service.log.held import held_about
from cameo_service.log.proving import opening_document, proof_of
from cameo_service.log.standing import OpeningAltered
from permissions.vocabulary import DEPLOYMENT
from storage.records import LogOpeningRecord

AT_ONCE = 100
_OF_THE_BLOCKER = {Event.BLOCK_SET.value, Event.BLOCK_LIFTED.value}


def entries_about(
    context: Context, subjects: Sequence[str], names: Names
) -> Iterator[dict[str, Any]]:
    """Every entry that names one of `subjects`, the first of which is the person, each once.

    An opening is `withheld` where the event names somebody whom nothing else in the archive does,
    or another's cameo beside theirs, or is the deployment's own affair. Then the entry and its
    proof stand alone. What the person is not to know of at all is left out: an entry says in the
    open of what kind it is, and when.
    """
    seen = set[int]()
    for subject in subjects:
        for opening in _openings(context, subject):
            if opening.number not in seen:
                seen.add(opening.number)
                proof = proof_of(context, opening.number)
                # only what opens the entry says whether the person is to know of it
                document = opening_document(opening, proof)
                event = _event_in(opening)
                if not _is_unknown_to(subjects[0], event):
                    may_open = _is_theirs(event, subjects) and names.covers(event)
                    yield {
                        "number": opening.number,
                        "withheld": not may_open,
                        "opening": document if may_open else None,
                        "event": event if may_open else None,
                        "proof": proof,
                    }


def _openings(context: Context, subject: str) -> Iterator[LogOpeningRecord]:
    after = -1
    while True:
        with context.store.read() as tx:
            page = held_about(tx, subject, limit=AT_ONCE, after=after)
        yield from page
        if len(page) < AT_ONCE:
            return
        after = page[-1].number


def _event_in(opening: LogOpeningRecord) -> dict[str, Any]:
    try:
        event = json.loads(opening.document)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise OpeningAltered(f"the opening of log entry `{opening.number}` was altered")
    return event


def _is_unknown_to(person: str, event: dict[str, Any]) -> bool:
    """Whether it is another's block of this person, or an approval of the deployment's."""
    if event.get("event") in _OF_THE_BLOCKER:
        return event.get("owner") != person
    return event.get("approver") == DEPLOYMENT


def _is_theirs(event: dict[str, Any], subjects: Sequence[str]) -> bool:
    if event.get("event") == Event.DEPLOYMENT_CHANGED.value:
        return False
    # who knows another's cameo still need not know that it was used together with theirs
    return set(event.get("cameos", [])) <= set(subjects)
