"""What the end of a grant or a cameo means for what rests on it: pure cases of `recalls`."""

from typing import Any

import pytest

from cameo_service.uses.demands import applies_to, demand_of, demand_of_cameo
from permissions.vocabulary import OnRevocation
from storage.records import UseState
from tests.storage import samples

STAYS, STOP, DRAFTS, REMOVAL = OnRevocation


def party(cameo: str, *grants: str, underlies: str | None = None) -> dict[str, Any]:
    return {
        "cameo_id": cameo,
        "owner": "user:ann",
        "reason": "x",
        "underlies": underlies,
        "grants": list(grants),
    }


def link(
    id: str, cameo: str, on_revocation: OnRevocation, parent: str | None = None
) -> dict[str, Any]:
    return {"id": id, "cameo_id": cameo, "parent": parent, "on_revocation": on_revocation.value}


CHAIN = {
    "parties": [party("ann", "c", "b", "a"), party("ben", "z")],
    "grants": [
        link("a", "ann", STAYS),
        link("b", "ann", STOP, "a"),
        link("c", "ann", DRAFTS, "b"),
        link("z", "ben", REMOVAL),
    ],
}


@pytest.mark.parametrize(
    ("key", "demand"),
    [
        ("grant:a", DRAFTS),
        ("grant:b", DRAFTS),
        ("grant:c", DRAFTS),
        ("grant:z", REMOVAL),
        ("grant:other", None),
        ("cameo:ann", DRAFTS),
        ("cameo:ben", REMOVAL),
        ("cameo:other", None),
        ("policy:ann", None),
        ("principal:user:ann", None),
        ("approval:apr_1", None),
        ("deployment", None),
        ("use:use_1", None),
    ],
)
def test_the_strictest_of_what_ends_counts(key: str, demand: OnRevocation | None) -> None:
    assert demand_of(CHAIN, key) is demand


def test_a_parent_that_is_stricter_than_what_hangs_below_does_not_reach_up() -> None:
    basis = {
        "parties": [party("ann", "c", "a")],
        "grants": [link("a", "ann", REMOVAL), link("c", "ann", STOP, "a")],
    }
    assert demand_of(basis, "grant:c") is STOP
    assert demand_of(basis, "grant:a") is REMOVAL


def test_whatever_rests_on_no_grant_goes_with_the_cameo() -> None:
    for parties in ([party("ann")], [party("ann", "a"), party("ann", underlies="zed")]):
        basis = {"parties": parties, "grants": [link("a", "ann", STAYS)]}
        assert demand_of_cameo(basis, "ann") is REMOVAL


def test_a_ring_of_grants_has_an_end() -> None:
    basis = {
        "parties": [party("ann", "a")],
        "grants": [link("a", "ann", STOP, "b"), link("b", "ann", DRAFTS, "a")],
    }
    assert demand_of(basis, "grant:a") is DRAFTS


@pytest.mark.parametrize(
    ("state", "demands"),
    [
        (UseState.DRAFT, {DRAFTS, REMOVAL}),
        (UseState.PUBLISHED, {REMOVAL}),
        (UseState.REMOVED, set()),
    ],
)
def test_what_is_asked_depends_on_where_the_use_stands(
    state: UseState, demands: set[OnRevocation]
) -> None:
    use = samples.use(state=state)
    assert {each for each in OnRevocation if applies_to(each, use)} == demands
    assert not applies_to(None, use)
