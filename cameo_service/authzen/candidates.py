"""Who could be allowed something with a cameo, one after the other, each once.

First those whom the cameo itself names, then the owner's mutuals, then the grantees. A position
says behind whom to go on: the phase, and the last one in it.

    for position, principal in candidates_for(tx, cameo, []): ...
"""

from collections.abc import Iterator

from cameo_service.authzen.paging import Position
from permissions.facts import CameoFacts
from permissions.vocabulary import Principal
from storage.contracts import Transaction

AT_ONCE = 100
"""Rows that are read at a time."""

Placed = Iterator[tuple[Position, Principal]]


def candidates_for(tx: Transaction, cameo: CameoFacts, position: Position) -> Placed:
    """Everybody known to have to do with the cameo, from behind `position` on."""
    phase, after = position or (0, None)
    phases = (_named, _mutuals, _grantees)
    for number, candidates in enumerate(phases):
        if number >= phase:
            yield from (
                ([number, mark], principal)
                for mark, principal in candidates(tx, cameo, after if number == phase else None)
            )


def _named(
    tx: Transaction, cameo: CameoFacts, after: str | None
) -> Iterator[tuple[str, Principal]]:
    """The owner, who represents them, and the approved people, in order."""
    del tx
    for name in sorted(_named_by(cameo)):
        if after is None or name > after:
            yield name, name


def _mutuals(
    tx: Transaction, cameo: CameoFacts, after: str | None
) -> Iterator[tuple[str, Principal]]:
    """Who is mutual with the owner, in order."""
    named = _named_by(cameo)
    while names := tx.relationships.of(cameo.owner, limit=AT_ONCE, after=after):
        for name in names:
            if name not in named:
                yield name, Principal(name)
        after = names[-1]


def _grantees(
    tx: Transaction, cameo: CameoFacts, after: str | None
) -> Iterator[tuple[str, Principal]]:
    """Who was granted something on the cameo, in order of the first grant that stands."""
    named = _named_by(cameo)
    while grants := tx.grants.on_cameo(cameo.id, limit=AT_ONCE, after=after):
        for grant in grants:
            grantee = Principal(grant.grantee)
            if grant.revoked_at is not None or grantee in named:
                continue
            if tx.grants.between(cameo.id, grantee)[0].id != grant.id:
                continue
            if not tx.relationships.are_mutual(cameo.owner, grantee):
                yield grant.id, grantee
        after = grants[-1].id


def _named_by(cameo: CameoFacts) -> set[Principal]:
    representatives = {each.representative for each in cameo.representations}
    return {cameo.owner, *representatives, *cameo.policy.approved}
