"""Whom a request asks, found from the decision that did not permit it; pure.

An ask has one addressee, who answers once. What underlies a character is asked of its own owner,
and shown to the requester at the character, which is all that they know of.

asks = find_asks(judgement)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cameo_service.access.judging import Judgement
from cameo_service.access.states import AskState, together
from permissions.decision import Approver, Effect, PartyOutcome
from permissions.facts import Facts
from permissions.vocabulary import DEPLOYMENT, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One addressee, and what they said.

    `likenesses` are those at which the requester sees this ask; `is_beneath` is set where the
    requester does not know of `cameo_id` itself. `decided_by` is who spoke for `principal`.
    """

    cameo_id: str
    of: Approver
    principal: str
    facets: tuple[str, ...]
    likenesses: tuple[str, ...]
    is_beneath: bool = False
    state: AskState = AskState.PENDING
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None
    approval_id: str | None = None
    grant_id: str | None = None

    @property
    def addressee(self) -> tuple[str, str, str]:
        """What tells this ask from the others of its request."""
        return self.cameo_id, self.of.value, self.principal

    def merged(self, other: "Ask") -> "Ask":
        """The same ask, found at another likeness too."""
        return replace(
            self,
            facets=tuple(sorted({*self.facets, *other.facets})),
            likenesses=tuple(sorted({*self.likenesses, *other.likenesses})),
            is_beneath=self.is_beneath and other.is_beneath,
        )


def find_asks(judgement: Judgement) -> tuple[Ask, ...]:
    """Everybody whose yes is missing, each once, in a stable order."""
    found: dict[tuple[str, str, str], Ask] = {}
    for party, question in judgement.parties:
        facets = tuple(sorted(facet.value for facet in question.likeness.facets))
        for of, principal in _addressees(party, judgement.facts):
            ask = Ask(
                cameo_id=party.cameo_id,
                of=of,
                principal=principal,
                facets=facets,
                likenesses=(party.underlies or party.cameo_id,),
                is_beneath=party.underlies is not None,
            )
            known = found.get(ask.addressee)
            found[ask.addressee] = ask if known is None else known.merged(ask)
    return tuple(found[addressee] for addressee in sorted(found))


def _addressees(party: PartyOutcome, facts: Facts) -> Iterator[tuple[Approver, Principal]]:
    if party.effect is Effect.NEEDS_APPROVAL:
        for needed in party.approvals_needed:
            yield needed.ask, needed.principal or DEPLOYMENT
    elif party.effect is Effect.DENY:
        cameo = facts.cameos.get(party.cameo_id)
        if cameo is not None and not cameo.status.is_ended:
            yield Approver.OWNER, cameo.owner


def is_licensable(ask: Ask, judgement: Judgement) -> bool:
    """Whether a grant can answer this ask.

    Only owners license. One who reviews every use reviews those under grants too. A grant on what
    underlies a character would tell the requester whose likeness that is.
    """
    return (
        ask.of is Approver.OWNER and not ask.is_beneath and not judgement.is_reviewed(ask.cameo_id)
    )


def by_likeness(asks: tuple[Ask, ...]) -> dict[str, AskState]:
    """What the requester sees of the asks: the state at each likeness, in order of id."""
    shown = sorted({likeness for ask in asks for likeness in ask.likenesses})
    return {
        likeness: together([ask.state for ask in asks if likeness in ask.likenesses])
        for likeness in shown
    }


def ask_document(ask: Ask) -> dict[str, Any]:
    """The ask as JSON data: the stored form."""
    return {
        "cameo_id": ask.cameo_id,
        "of": ask.of.value,
        "principal": ask.principal,
        "facets": list(ask.facets),
        "likenesses": list(ask.likenesses),
        "is_beneath": ask.is_beneath,
        "state": ask.state.value,
        "decided_by": ask.decided_by,
        "decided_at": None if ask.decided_at is None else ask.decided_at.isoformat(),
        "note": ask.note,
        "approval_id": ask.approval_id,
        "grant_id": ask.grant_id,
    }


def ask_from(document: dict[str, Any]) -> Ask:
    """Read what `ask_document` wrote; anything else raises."""
    decided_at = document["decided_at"]
    fields = {
        **document,
        "of": Approver(document["of"]),
        "state": AskState(document["state"]),
        "facets": tuple(document["facets"]),
        "likenesses": tuple(document["likenesses"]),
        "decided_at": None if decided_at is None else datetime.fromisoformat(decided_at),
    }
    return Ask(**fields)
