"""What the end of a grant or a cameo asks of what was already made.

Each end has a class, from `permissions.vocabulary.OnRevocation`. Only the two strict ones ask for
anything: drafts are deleted, and with the strictest published work is taken down too.

>>> basis = {
...     "parties": [{"cameo_id": "cam_1", "owner": "user:ann", "reason": "x", "grants": ["gra_2"]}],
...     "grants": [
...         {"id": "gra_1", "cameo_id": "cam_1", "parent": None, "on_revocation": "stop_new"},
...         {"id": "gra_2", "cameo_id": "cam_1", "parent": "gra_1",
...          "on_revocation": "recall_drafts"},
...     ],
... }
>>> demand_of(basis, "grant:gra_1")
<OnRevocation.RECALL_DRAFTS: 'recall_drafts'>
"""

from collections.abc import Iterable, Iterator
from typing import Any

from permissions.vocabulary import OnRevocation
from storage.records import UseRecord, UseState

Basis = dict[str, Any]


def demand_of(basis: Basis, key: str) -> OnRevocation | None:
    """What the end of `key` means for what rests on `basis`; None where it asks for nothing.

    With a grant end the grants below it: the strictest of their terms counts. A cameo ends like
    the grants on it that were used; where its party rested on none, it takes everything back.
    Whatever else ends (a policy, a mandate, a standing) stops what is new and recalls nothing.
    """
    kind, _, id = key.partition(":")
    if kind == "grant":
        ended = _with_below(id, basis["grants"])
        return strictest(grant for grant in basis["grants"] if grant["id"] in ended)
    if kind == "cameo":
        return demand_of_cameo(basis, id)
    return None


def demand_of_cameo(basis: Basis, cameo_id: str) -> OnRevocation | None:
    """What was agreed for the end of this cameo; None where the basis does not know it."""
    parties = [party for party in basis["parties"] if party["cameo_id"] == cameo_id]
    if not parties:
        return None
    if not all(party["grants"] for party in parties):
        return OnRevocation.ASK_REMOVAL
    return strictest(grant for grant in basis["grants"] if grant["cameo_id"] == cameo_id)


def applies_to(demand: OnRevocation | None, use: UseRecord) -> bool:
    """Whether `demand` asks for something of this use, as it stands."""
    if use.state is UseState.DRAFT:
        return demand in (OnRevocation.RECALL_DRAFTS, OnRevocation.ASK_REMOVAL)
    return use.state is UseState.PUBLISHED and demand is OnRevocation.ASK_REMOVAL


def strictest(grants: Iterable[dict[str, Any]]) -> OnRevocation | None:
    """The strictest of what these grants say; of none, None."""
    found: OnRevocation | None = None
    for grant in grants:
        said = OnRevocation(grant["on_revocation"])
        if found is None or said.is_as_strict_as(found):
            found = said
    return found


def _with_below(id: str, grants: list[dict[str, Any]]) -> frozenset[str]:
    """`id` and every grant of these that hangs below it."""
    parents = {grant["id"]: grant["parent"] for grant in grants}
    return frozenset(each for each in parents if id in _upwards(each, parents))


def _upwards(id: str, parents: dict[str, str | None]) -> Iterator[str]:
    seen: set[str] = set()
    link: str | None = id
    while link is not None and link not in seen:
        seen.add(link)
        yield link
        link = parents.get(link)
