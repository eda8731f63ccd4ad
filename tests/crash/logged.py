"""After a crash: the log holds every acknowledged event once, and proves it offline.

reader = LogReader(ledger, store)
reader.read()                  # the entries since the last time, from the database
reader.prove(client, events)   # by what is published, with nothing but the log's keys
"""

import base64
import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from cameo_service.offline.errors import NotProven
from cameo_service.offline.log import (
    keys_in,
    verify_checkpoint,
    verify_consistency,
    verify_opening,
    verify_proof,
)
from storage.contracts import Store, Transaction
from storage.log.notes import Checkpoint
from storage.log.tiles import Tile, tree_in
from storage.log.tree import Node, consistency_proof, inclusion_proof
from storage.records import LogOpeningRecord
from tests.crash.ledger import Enrollment, Grant, Ledger, Permit, Word

PUBLISHED_WITHIN_S = 120.0
NAMES = {
    "cameo.enrolled": "enrollment",
    "grant.offered": "grant",
    "grant.ended": "grant",
    "permit.issued": "permit",
    "use.reported": "use",
}
"""The member of each event's document that says which thing it is about."""
Named = tuple[str, str]


def events_of(
    enrollments: Iterable[Enrollment], grants: Iterable[Grant], permits: Iterable[Permit]
) -> list[Named]:
    """The event and the thing of every acknowledged write that is a consent event."""
    done = Word.DONE
    found = [("cameo.enrolled", each.id) for each in enrollments if each.verified is done]
    for grant in grants:
        found.append(("grant.offered", grant.id))
        if grant.revoked is done:
            found.append(("grant.ended", grant.id))
    for permit in permits:
        found.append(("permit.issued", permit.id))
        if permit.released is done:
            found.append(("permit.revoked", permit.id))
        if permit.use is not None:
            found.append(("use.reported", permit.use))
    return [(event, id) for event, id in found if id is not None]


def named_in(document: dict[str, Any]) -> list[str]:
    """What an event is about. A use has an entry for its holder and one for each owner."""
    event = document["event"]
    if event == "permit.revoked":
        return list(document["permits"])
    if event == "use.reported" and "permit" not in document:
        return [f"{document['use']} of {document['cameo']}"]
    return [document[NAMES[event]]] if event in NAMES else []


@dataclass
class LogReader:
    """Follows the log from the outside, crash after crash."""

    ledger: Ledger
    store: Store
    size: int = 0
    numbers: dict[Named, int] = field(default_factory=dict)
    openings: dict[int, LogOpeningRecord] = field(default_factory=dict)
    heads: list[Checkpoint] = field(default_factory=list)
    proven: int = 0
    _read_notes: int = 0

    def read(self) -> None:
        """Take in what was appended; a thing twice, or one that is not there, is a fault."""
        with self.store.read() as tx:
            end = tx.log.size()
            for number in range(self.size, end):
                opening = tx.log.opening(number)
                if opening is None:
                    self.ledger.fault(f"log entry `{number}` has no opening")
                    continue
                self.openings[number] = opening
                self._take_in(tx, number, json.loads(opening.document))
        self.size = end

    def _take_in(self, tx: Transaction, number: int, document: dict[str, Any]) -> None:
        event, named = document["event"], named_in(document)
        for id in named:
            if (event, id) in self.numbers:
                self.ledger.fault(f"`{event}` of `{id}` stands in the log twice")
            self.numbers[event, id] = number
        if event == "permit.issued" and tx.permits.get(named[0]).id != named[0]:
            self.ledger.fault(f"permit `{named[0]}` is in the log alone")
        if event == "use.reported" and tx.uses.find(document["use"]) is None:
            self.ledger.fault(f"use `{document['use']}` is in the log alone")

    def issued_on(self) -> Counter[str]:
        """How many permits were issued on each grant and neither given back nor ended with it."""
        held: Counter[str] = Counter()
        for (event, id), number in self.numbers.items():
            if event == "permit.issued" and ("permit.revoked", id) not in self.numbers:
                held.update(json.loads(self.openings[number].document)["grants"])
        return held

    def prove(self, client: httpx2.Client, events: Iterable[Named]) -> None:
        """That what was published goes on, and that each of these is in it."""
        published = Published(client)
        try:
            head = published.wait_for(self.size)
            self._follow(published, head)
            node = published.tree(head.size)
            for event in events:
                self._prove(published, head, node, event)
        except NotProven as error:
            self.ledger.fault(f"the log proves nothing: {error.code}: {error}")

    def _follow(self, published: "Published", head: Checkpoint) -> None:
        """That it goes on from every checkpoint that anybody read."""
        notes = self.ledger.checkpoints[self._read_notes :]
        self._read_notes = len(self.ledger.checkpoints)
        node = published.tree(head.size)
        read = [verify_checkpoint(note, published.keys) for note in notes]
        for old in (*self.heads[-1:], *read):
            if old.size > head.size:
                self.ledger.fault(f"after a checkpoint of {old.size} came one of {head.size}")
                continue
            proof = [_base64(each) for each in consistency_proof(old.size, head.size, node)]
            verify_consistency(old, head, proof)
        self.heads.append(head)

    def _prove(self, published: "Published", head: Checkpoint, node: Node, event: Named) -> None:
        number = self.numbers.get(event)
        if number is None:
            self.ledger.fault(f"`{event[0]}` of `{event[1]}` was acknowledged and is not logged")
            return
        with self.store.read() as tx:
            (record,) = tx.log.entries(number, limit=1)
        proof = {
            "index": number,
            "entry": _base64(record.entry),
            "inclusion": [_base64(each) for each in inclusion_proof(number, head.size, node)],
            "checkpoint": published.note,
        }
        entry = verify_proof(proof, published.keys)
        opening = self.openings[number]
        verify_opening(entry, salt=opening.salt, event=opening.document)
        self.proven += 1


class Published:
    """What anybody can read of the log, over HTTP."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client
        self.keys = keys_in(client.get("/.well-known/jwks.json").json())
        self.note = ""

    def wait_for(self, size: int) -> Checkpoint:
        """The checkpoint, once it covers so many entries. Raises `NotProven`."""
        until = time.monotonic() + PUBLISHED_WITHIN_S
        while time.monotonic() < until:
            response = self._client.get("/log/checkpoint")
            if response.status_code == 200:
                self.note = response.text
                head = verify_checkpoint(self.note, self.keys)
                if head.size >= size:
                    return head
            time.sleep(0.05)
        raise NotProven("not_published", f"no checkpoint covers {size} entries")

    def tree(self, size: int) -> Node:
        """The tree of so many entries, from the tiles."""
        return tree_in(size, self._tile)

    def _tile(self, tile: Tile) -> bytes:
        response = self._client.get(f"/log/{tile.path}")
        if response.status_code != 200:
            raise NotProven("tile_missing", f"`{tile.path}` is {response.status_code}")
        return response.content


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
