"""The aspects that are named are those in which terms give too much, and no others."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from permissions.excess import MEASURED, exceeding
from permissions.terms import Terms
from permissions.vocabulary import AppearanceChange, OnRevocation
from tests.permissions.generated import Maker

pairs = (
    st.integers(0, 2**32)
    .map(Random)
    .map(lambda random: (any_terms(Maker(random)), any_terms(Maker(random))))
)


def any_terms(make: Maker) -> Terms:
    return replace(
        make.terms(),
        appearance_change=make.one(tuple(AppearanceChange)),
        on_revocation=make.one(tuple(OnRevocation)),
    )


@given(pairs)
def test_nothing_is_named_exactly_where_terms_fit(pair: tuple[Terms, Terms]) -> None:
    terms, parent = pair
    assert (exceeding(terms, parent) == ()) == terms.within(parent)


@given(pairs)
def test_terms_fit_once_everything_named_is_the_parents(pair: tuple[Terms, Terms]) -> None:
    terms, parent = pair
    if parent.sublicence_depth == 0:
        assert exceeding(terms, parent) == ("sublicence_depth",)
        return
    mended = {aspect: getattr(parent, aspect) for aspect in exceeding(terms, parent)}
    if "sublicence_depth" in mended:
        mended["sublicence_depth"] = parent.sublicence_depth - 1
    assert replace(terms, **mended).within(parent)
    for aspect in mended:
        left = {name: value for name, value in mended.items() if name != aspect}
        assert not replace(terms, **left).within(parent)


@given(pairs)
def test_every_aspect_that_within_looks_at_is_measured(pair: tuple[Terms, Terms]) -> None:
    terms, parent = pair
    wide = replace(parent, sublicence_depth=3)
    told = {aspect: getattr(wide, aspect) for aspect in MEASURED}
    told["sublicence_depth"] = 2
    assert replace(terms, **told).within(wide)
