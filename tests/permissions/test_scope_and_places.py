"""Hierarchies: taxonomy, places, and the parts of them that terms cover."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions.scope import ALL, NOTHING, Scope, above
from permissions.taxonomy import CATEGORIES, COMPANIONS, PURPOSES, is_companion, lineage
from permissions.territories import COUNTRIES, is_territory

PLACES = ("*", "US", "US-CA", "US-NY", "DE", "FR")
SCOPES = st.builds(
    Scope,
    included=st.frozensets(st.sampled_from(PLACES), max_size=3),
    excluded=st.frozensets(st.sampled_from(PLACES), max_size=2),
)


@pytest.mark.parametrize("taxonomy", [CATEGORIES, PURPOSES])
def test_every_code_has_its_parents_and_a_description(taxonomy: dict[str, str]) -> None:
    for code, description in taxonomy.items():
        assert set(lineage(code)[1:-1]) <= taxonomy.keys()
        assert description == description.strip()
        assert description


@pytest.mark.parametrize("taxonomy", [CATEGORIES, PURPOSES])
def test_codes_stand_in_order(taxonomy: dict[str, str]) -> None:
    assert list(taxonomy) == sorted(taxonomy)


def test_there_are_249_countries() -> None:
    assert len(COUNTRIES) == 249


@pytest.mark.parametrize("code", ["DE", "US-CA", "GB-ENG", "FR-75", "*"])
def test_a_territory(code: str) -> None:
    assert is_territory(code)


@pytest.mark.parametrize("code", ["", "de", "EU", "UK", "US-", "US-CALI", "XX-A", "US-ca", "DE\n"])
def test_no_territory(code: str) -> None:
    assert not is_territory(code)


@pytest.mark.parametrize("code", [*COMPANIONS, "brand.coca-cola", "person.cam_1"])
def test_a_companion(code: str) -> None:
    assert is_companion(code)


@pytest.mark.parametrize("code", ["", "*", "dog", "brand.", "brand.a b", "person.x\n"])
def test_no_companion(code: str) -> None:
    assert not is_companion(code)


def test_a_cameo_with_a_hyphen_lies_below_persons_only() -> None:
    assert lineage("person.cam-1") == ("person.cam-1", "person", "*")


def test_the_empty_scope_covers_nothing() -> None:
    assert not any(NOTHING.covers(place) for place in PLACES)
    assert NOTHING.covers_each(frozenset())


def test_the_full_scope_covers_everything() -> None:
    assert ALL.is_everything
    assert all(ALL.covers(place) for place in PLACES)


def test_what_lies_above() -> None:
    assert above(frozenset({"US-CA", "DE"})) == {"US", "*"}


@given(SCOPES, SCOPES)
def test_a_scope_within_another_covers_nothing_more(inner: Scope, outer: Scope) -> None:
    if inner.is_within(outer):
        assert all(outer.covers(place) for place in PLACES if inner.covers(place))


@given(SCOPES, st.frozensets(st.sampled_from(PLACES), max_size=2))
def test_an_exclusion_more_is_within(scope: Scope, excluded: frozenset[str]) -> None:
    assert Scope(included=scope.included, excluded=scope.excluded | excluded).is_within(scope)


@given(SCOPES)
def test_whatever_covers_a_place_covers_its_parts(scope: Scope) -> None:
    for place, part in itertools.product(PLACES, PLACES):
        if place in lineage(part) and scope.covers(place):
            assert scope.covers(part)
