"""Who speaks for an owner: the owner, or who represents them under a mandate that stands.

Minors and the dead still own their cameos, and what they gave can be taken back in their name, but
nothing can be given: for that it takes a guardian or the estate.

    with context.store.read() as tx:
        standing_mandates(tx, "user:ann", now=now)
"""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from cameo_service.callers import Caller
from cameo_service.documents import terms_from
from cameo_service.errors import Forbidden
from permissions.excess import exceeding
from permissions.representation import Representation, RepresentationKind
from permissions.terms import Terms
from permissions.vocabulary import Action, Facet, Principal
from storage.contracts import Transaction
from storage.records import MandateRecord


class GuardianNeeded(Forbidden):
    """The owner is a minor: only a guardian can give this."""

    code = "guardian_needed"


class EstateNeeded(Forbidden):
    """The owner has died: only the estate can give this."""

    code = "estate_needed"


class MandateTooNarrow(Forbidden):
    """The representative's mandate does not reach this far."""

    code = "mandate_too_narrow"


class Speaker(NamedTuple):
    """Who speaks for an owner; `mandates` are empty where it is the owner."""

    principal: Principal
    mandates: tuple[Representation, ...]


def standing_mandates(tx: Transaction, owner: str, *, now: datetime) -> tuple[Representation, ...]:
    """The mandates over `owner` that count at `now`.

    A mandate counts while it is proven, not revoked, and in its time; over a minor only a
    guardian's does, over the dead only an estate's.
    """
    required = required_kind(tx, owner)
    return tuple(
        mandate
        for mandate in map(_representation, tx.mandates.of(owner))
        if mandate.is_active_at(now) and required in (None, mandate.kind)
    )


def required_kind(tx: Transaction, owner: str) -> RepresentationKind | None:
    """Who alone can give something in the name of `owner`; None for the owner, and for agents."""
    known = tx.principals.find(owner)
    if known is None:
        return None
    if known.deceased_at is not None:
        return RepresentationKind.ESTATE
    return RepresentationKind.GUARDIAN if known.age_band is not None else None


def is_on_owners_side(tx: Transaction, caller: Caller, owner: str, *, now: datetime) -> bool:
    """Whether the caller may act for the owner or for somebody who represents them."""
    if caller.acts_for_principal(owner):
        return True
    mandates = standing_mandates(tx, owner, now=now)
    return any(caller.acts_for_principal(each.representative) for each in mandates)


def speaker_for(tx: Transaction, owner: str, principal: str, *, now: datetime) -> Speaker | None:
    """`principal` as who speaks for `owner`, or None where it has no say."""
    if principal == owner:
        return Speaker(Principal(owner), ())
    mandates = tuple(
        mandate
        for mandate in standing_mandates(tx, owner, now=now)
        if mandate.representative == principal
    )
    return Speaker(Principal(principal), mandates) if mandates else None


def require_capacity(tx: Transaction, owner: str, speaker: Principal) -> None:
    """Raise `GuardianNeeded` or `EstateNeeded` where the owner can give nothing in person."""
    if speaker != owner:
        return
    required = required_kind(tx, owner)
    if required is RepresentationKind.ESTATE:
        raise EstateNeeded(f"`{owner}` cannot give this: only the estate can")
    if required is RepresentationKind.GUARDIAN:
        raise GuardianNeeded(f"`{owner}` cannot give this: only a guardian can")


def require_whole_mandate(speaker: Speaker) -> None:
    """Raise `MandateTooNarrow` unless the speaker may decide on everything in the owner's name.

    Standing rules bind every use there is. A guardian's word on them is measured by the mandate
    again with each question; that of agents and estates is not.
    """
    if not speaker.mandates:
        return
    for mandate in speaker.mandates:
        guardian = mandate.kind is RepresentationKind.GUARDIAN
        if guardian or not exceeding(_everything(mandate.scope), _as_parent(mandate.scope)):
            return
    raise MandateTooNarrow(
        f"`{speaker.principal}` has no mandate for every action, facet, purpose, category, "
        "territory and company, and so cannot set standing rules"
    )


def require_within_mandate(speaker: Speaker, terms: Terms) -> None:
    """Raise `MandateTooNarrow` unless one mandate of the speaker covers all of `terms`."""
    if not speaker.mandates:
        return
    excesses = [exceeding(terms, _as_parent(mandate.scope)) for mandate in speaker.mandates]
    if all(excesses):
        aspects = ", ".join(f"`{aspect}`" for aspect in min(excesses, key=len))
        raise MandateTooNarrow(f"the terms go beyond the mandate in {aspects}")


def _everything(scope: Terms) -> Terms:
    """Any use at all, in what a mandate limits by content."""
    whole = Terms.without_limits(actions=frozenset(Action), facets=frozenset(Facet))
    content = ("purposes", "categories", "territories", "co_appearance", "appearance_change")
    wanted = {aspect: getattr(whole, aspect) for aspect in ("actions", "facets", *content)}
    return replace(scope, **wanted)


def _as_parent(scope: Terms) -> Terms:
    """A mandate is no link of a chain: what it says of sublicences it lets be given whole."""
    return replace(scope, sublicence_depth=scope.sublicence_depth + 1)


def _representation(record: MandateRecord) -> Representation:
    return Representation(
        kind=RepresentationKind(record.kind),
        representative=Principal(record.representative),
        scope=terms_from(record.scope),
        evidence=record.evidence,
        revoked=record.revoked_at is not None,
    )
