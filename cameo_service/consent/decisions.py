"""A question decided for a caller that may ask it, over what one transaction or the memory holds.

What cannot be judged by rules alone is settled before: whether the caller speaks for the
requester, which earlier uses it may name, and whether a draft is its own to publish.

judged = judge(tx, caller, Asked(request, draft=None), now=now)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from cameo_service.callers import Caller
from cameo_service.consent.canonical import Asked, draft_hash, request_document, request_hash
from cameo_service.errors import Invalid, Unknown, WrongState
from cameo_service.facts.reading import TransactionSource
from cameo_service.facts.source import Source, facts_over
from permissions.decide import decide
from permissions.decision import Decision
from permissions.facts import Facts, GrantFacts, GrantLookup, UseFacts
from permissions.request import ConsentRequest
from permissions.vocabulary import Action, Principal
from storage.contracts import Transaction
from storage.records import RecallState, UseRecord, UseState


class Judged(NamedTuple):
    """A decision in full, the request with its reference, the facts it was made over, and when.

    `paid` are the grants that the draft to be published was counted on already.
    """

    request: ConsentRequest
    facts: Facts
    decision: Decision
    now: datetime
    paid: frozenset[str] = frozenset()


def judge(tx: Transaction, caller: Caller, asked: Asked, *, now: datetime) -> Judged:
    """Decide `asked` over what `tx` sees. Raises what `judge_over` raises."""
    return judge_over(TransactionSource(tx, now), caller, asked)


def judge_over(source: Source, caller: Caller, asked: Asked) -> Judged:
    """Decide `asked`. Raises `NotActingFor`, and for its draft what `require_draft` raises.

    It changes nothing and counts nothing: over facts in memory it may be begun twice.
    """
    request = asked.request
    caller.require_acting_for(request.requester)
    draft = None if asked.draft is None else require_draft(source, caller, asked)
    facts = facts_over(source, request.requester)
    paid = frozenset[str]() if draft is None else counted_on(draft)
    if paid:
        facts = replace(facts, grants=_Paid(facts.index, paid))
    if facts.approvals:
        # nothing else looks at the reference
        reference = request_hash(request) if draft is None else draft_hash(request, draft)
        request = replace(request, reference=reference)
    if request.remix_of:
        hidden = unnameable(source, caller, request)
        if hidden:
            facts = replace(facts, uses=_Without(facts.uses, hidden))
    return Judged(request, facts, decide(request, facts, now=source.now), source.now, paid)


def counted_on(draft: UseRecord) -> frozenset[str]:
    """The grants that took this draft for one of their uses: to publish it does not count again."""
    keys = [key.partition(":") for key in draft.basis["counted"]]
    return frozenset(id for kind, _, id in keys if kind == "grant")


def require_draft(source: Source, caller: Caller, asked: Asked) -> UseRecord:
    """The draft whose publication is asked for, if the caller holds it and it can be published.

    Raises `Unknown` for another's, `Invalid` where the question is not about it, and `WrongState`
    where it is no draft any more or was recalled.
    """
    request = asked.request
    use = source.use_record(asked.draft) if asked.draft is not None else None
    if use is None or not caller.acts_for_principal(use.holder):
        raise Unknown(f"there is no use `{asked.draft}`")
    if request.action is not Action.PUBLISH:
        raise Invalid("draft_needs_publish", "a `draft` is named to ask for the action `publish`")
    document = request_document(request)
    same = (
        document["requester"] == use.requester
        and document["likenesses"] == list(use.likenesses)
        and document["remix_of"] == sorted(use.remix_of)
    )
    if not same:
        raise Invalid(
            "draft_mismatch",
            f"requester, likenesses and `remix_of` must be those of the use `{use.id}`",
        )
    require_publishable(use)
    return use


def require_publishable(use: UseRecord) -> None:
    """Raise `WrongState` unless `use` is a draft that nobody has recalled."""
    if use.state is not UseState.DRAFT:
        raise WrongState(f"use `{use.id}` is `{use.state}` and not a draft")
    if use.recall is RecallState.OPEN:
        raise WrongState(f"use `{use.id}` was recalled and must be removed")


def unnameable(source: Source, caller: Caller, request: ConsentRequest) -> frozenset[str]:
    """The uses among `request.remix_of` that the caller may not know of: drafts of others."""
    found = {id: source.use_record(id) for id in set(request.remix_of)}
    return frozenset(
        id for id, use in found.items() if use is not None and not may_name(caller, use)
    )


def may_name(caller: Caller, use: UseRecord) -> bool:
    """Whether this caller may remix `use`: it was published, or is the caller's own."""
    return use.published_at is not None or caller.acts_for_principal(use.holder)


class _Paid(GrantLookup):
    """Grants as if one more use were left on some of them."""

    def __init__(self, grants: GrantLookup, paid: frozenset[str]) -> None:
        self._grants = grants
        self._paid = paid

    def between(self, cameo_id: str, grantee: Principal) -> Sequence[GrantFacts]:
        return [self._as_paid(grant) for grant in self._grants.between(cameo_id, grantee)]

    def find(self, id: str) -> GrantFacts | None:
        grant = self._grants.find(id)
        return None if grant is None else self._as_paid(grant)

    def _as_paid(self, grant: GrantFacts) -> GrantFacts:
        if grant.id not in self._paid or grant.remaining is None:
            return grant
        return replace(grant, remaining=grant.remaining + 1)


class _Without(Mapping[str, UseFacts]):
    """Uses as if some of them did not exist."""

    def __init__(self, uses: Mapping[str, UseFacts], hidden: frozenset[str]) -> None:
        self._uses = uses
        self._hidden = hidden

    def __getitem__(self, id: str) -> UseFacts:
        use = None if id in self._hidden else self._uses.get(id)
        if use is None:
            raise KeyError(id)
        return use

    def __iter__(self) -> Iterator[str]:
        return (id for id in self._uses if id not in self._hidden)

    def __len__(self) -> int:
        return sum(1 for _ in self)
