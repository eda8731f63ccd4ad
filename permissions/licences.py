"""Grants as a basis: the chain from a grant up to the owner, every link of it in force.

licence = find_licence(question, cameo, facts, grantee=question.requester)
if isinstance(licence, NotLicensed):
    licence.missing  # in which aspects the nearest grants fall short
"""

from datetime import datetime

from msgspec import Struct

from permissions.authority import find_authority
from permissions.decision import GrantReference
from permissions.facts import CameoFacts, Facts, GrantFacts
from permissions.moments import earliest
from permissions.obligations import Obligation
from permissions.request import Question
from permissions.terms import Shortfall
from permissions.vocabulary import Action, Principal

MOST_LINKS = 16
"""No chain is longer, whatever its terms say; a ring of grants has no owner at its end."""


class Licence(Struct, frozen=True, kw_only=True, gc=False):
    """A chain that covers the question, the requester's own grant first, and when it ends."""

    links: tuple[GrantFacts, ...]
    ends: datetime | None

    def reviewers(self, action: Action) -> tuple[Principal, ...]:
        """Who in the chain wants to approve this action each time."""
        if action is not Action.PUBLISH:
            return ()
        return tuple(link.grantor for link in self.links if link.terms.approval_before_publishing)

    def references(self) -> tuple[GrantReference, ...]:
        """The grants of the chain, in the versions that were read."""
        return tuple([GrantReference(id=link.id, version=link.version) for link in self.links])

    def obligations(self) -> tuple[Obligation, ...]:
        """What every link of the chain asks in return."""
        if len(self.links) == 1:
            return self.links[0].terms.owed
        return tuple([each for link in self.links for each in link.terms.owed])


class NotLicensed(Struct, frozen=True, kw_only=True, gc=False):
    """Why no chain covers the question. `undeclared` is set where only declarations are missing."""

    grants: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()


def find_licence(
    question: Question, cameo: CameoFacts, facts: Facts, *, grantee: Principal, spare: int = 0
) -> Licence | NotLicensed:
    """Return the best licence of `grantee`, with `spare` further links allowed below it.

    The best needs no approval, then lasts longest, then has the smallest id.
    """
    found: list[Licence] = []
    short: list[tuple[GrantFacts, tuple[Shortfall, ...]]] = []
    for grant in facts.index.between(cameo.id, grantee):
        traced = _trace(grant, question, cameo, facts, spare)
        if isinstance(traced, Licence):
            found.append(traced)
        else:
            short.append((grant, traced))
    if not found:
        return _explain(short)
    return found[0] if len(found) == 1 else _best(found, question.request.action)


def _best(found: list[Licence], action: Action) -> Licence:
    return min(found, key=lambda licence: _preference(licence, action))


def _preference(licence: Licence, action: Action) -> tuple[bool, bool, float, tuple[str, ...]]:
    end = licence.ends
    return (
        bool(licence.reviewers(action)),
        end is not None,
        -end.timestamp() if end is not None else 0.0,
        tuple(link.id for link in licence.links),
    )


BROKEN = (Shortfall("licence_chain"),)


def _trace(
    grant: GrantFacts, question: Question, cameo: CameoFacts, facts: Facts, spare: int
) -> Licence | tuple[Shortfall, ...]:
    """Follow the chain up to the owner, or return what the first insufficient link lacks."""
    links: list[GrantFacts] = []
    ends: list[datetime | None] = []
    link: GrantFacts | None = grant
    while link is not None:
        if len(links) == MOST_LINKS or not may_license(link.grantor, cameo, facts):
            return BROKEN
        missing = _shortfalls(link, question, below=len(links) + spare)
        if missing:
            return _hidden(missing) if links else missing
        links.append(link)
        ends.append(link.terms.not_after)
        if link.parent is None:
            authority = find_authority(link.grantor, cameo, question)
            if authority is None:
                return BROKEN
            return Licence(links=tuple(links), ends=earliest([*ends, authority.ends]))
        link = _parent(link, facts)
    return BROKEN


def _hidden(missing: tuple[Shortfall, ...]) -> tuple[Shortfall, ...]:
    """What a link further up lacks is its parties' business, except what can be declared."""
    return tuple(each if each.undeclared else BROKEN[0] for each in missing)


def _parent(link: GrantFacts, facts: Facts) -> GrantFacts | None:
    """Return the next link up, or None where it is missing or does not fit."""
    parent = facts.index.find(link.parent) if link.parent is not None else None
    if parent is None or parent.cameo_id != link.cameo_id or parent.grantee != link.grantor:
        return None
    return parent


def may_license(principal: Principal, cameo: CameoFacts, facts: Facts) -> bool:
    """Whether who gave a link, or passes one on, has the owner's and the deployment's trust."""
    return principal not in cameo.policy.blocked and facts.is_active(principal)


def _shortfalls(link: GrantFacts, question: Question, *, below: int) -> tuple[Shortfall, ...]:
    missing = link.terms.shortfalls(question)
    if link.revoked:
        missing += (Shortfall("revoked"),)
    if link.is_exhausted:
        missing += (Shortfall("count"),)
    if below > link.terms.sublicence_depth:
        missing += (Shortfall("sublicence_depth"),)
    return missing


def _explain(short: list[tuple[GrantFacts, tuple[Shortfall, ...]]]) -> NotLicensed:
    declarable = {
        each.aspect
        for _, missing in short
        if all(each.undeclared for each in missing)
        for each in missing
    }
    return NotLicensed(
        grants=tuple(sorted(grant.id for grant, _ in short)),
        missing=tuple(sorted({each.aspect for _, missing in short for each in missing})),
        undeclared=tuple(sorted(declarable)),
    )


def inherited_licence(grant_id: str, question: Question, facts: Facts) -> Licence | None:
    """Return the grant under which an ancestor was made, if it still stands and reaches this far.

    It need not be the requester's, nor license the action: that is asked of the requester's own
    basis. Every link above it must hold too.
    """
    link = facts.index.find(grant_id)
    links: list[GrantFacts] = []
    while link is not None:
        stands = len(links) < MOST_LINKS and not link.revoked
        if not stands or not link.terms.is_open_at(question.now):
            return None
        if link.terms.shortfalls_of_content(question):
            return None
        links.append(link)
        if link.parent is None:
            ends = earliest([each.terms.not_after for each in links])
            return Licence(links=tuple(links), ends=ends)
        link = _parent(link, facts)
    return None
