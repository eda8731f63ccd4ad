"""Whose word counts as the owner's: the owner, or who represents them, within their mandate.

authority = find_authority(grant.grantor, cameo, question)
if authority is None:
    ...  # nobody with a say gave this
"""

from dataclasses import dataclass
from datetime import datetime

from permissions.facts import CameoFacts
from permissions.representation import Representation, RepresentationKind
from permissions.request import Question
from permissions.vocabulary import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A say over a cameo. `ends` is when the mandate it comes from ends."""

    ends: datetime | None = None


OWN = Authority()


def is_sovereign(principal: Principal, cameo: CameoFacts) -> bool:
    """Whether this is the owner, of age and alive: bound by no rule of their own."""
    return principal == cameo.owner and cameo.minor is None and not cameo.deceased


def find_authority(principal: Principal, cameo: CameoFacts, question: Question) -> Authority | None:
    """Return the say that `principal` has over this use of the cameo, or None.

    A minor has none, only a guardian; the dead have none, but what they signed before stands as
    long as there is an estate, which the procedure asks for on its own.
    """
    if principal == cameo.owner and cameo.minor is None:
        return OWN
    mandates = [
        mandate
        for mandate in cameo.representations
        if mandate.representative == principal
        and _may_represent(mandate, cameo)
        and mandate.is_active_at(question.now)
        and mandate.scope.covers(question)
    ]
    if not mandates:
        return None
    return Authority(ends=latest_end(mandates))


def required_representation(cameo: CameoFacts) -> RepresentationKind | None:
    """Return what kind of representative this cameo cannot do without."""
    if cameo.deceased:
        return RepresentationKind.ESTATE
    return RepresentationKind.GUARDIAN if cameo.minor is not None else None


def active_representations(
    cameo: CameoFacts, kind: RepresentationKind, now: datetime
) -> tuple[Representation, ...]:
    """Return the mandates of that kind which are active at `now`."""
    return tuple(
        mandate
        for mandate in cameo.representations
        if mandate.kind is kind and mandate.is_active_at(now)
    )


def latest_end(mandates: list[Representation] | tuple[Representation, ...]) -> datetime | None:
    """Return when the last of these mandates ends; None when one of them does not."""
    ends = [mandate.scope.not_after for mandate in mandates]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _may_represent(mandate: Representation, cameo: CameoFacts) -> bool:
    required = required_representation(cameo)
    return required is None or mandate.kind is required
