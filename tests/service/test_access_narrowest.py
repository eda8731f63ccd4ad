"""The grant that answers a request covers it, and nothing that was not asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from cameo_service.access.narrowest import narrowest_terms
from permissions.request import ConsentRequest, Likeness, Question
from permissions.taxonomy import CATEGORIES, PURPOSES
from permissions.vocabulary import Action, AppearanceChange, Facet, Principal

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ENDS = NOW + timedelta(days=30)
COMPANIONS = ("brand.acme", "character.cam_9", "person")
COUNTRIES = ("DE", "FR", "US-CA")


def codes(of: tuple[str, ...]) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.frozensets(st.sampled_from(of), max_size=2)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    likeness = Likeness(
        cameo_id="cam_1",
        facets=draw(st.frozensets(st.sampled_from(Facet), min_size=1)),
        appearance_change=draw(st.none() | st.sampled_from(AppearanceChange)),
    )
    request = ConsentRequest(
        requester=Principal("user:bob"),
        action=draw(st.sampled_from(Action)),
        likenesses=(likeness,),
        purpose=draw(st.none() | st.sampled_from(sorted(PURPOSES))),
        categories=draw(codes(tuple(sorted(CATEGORIES)))),
        territories=draw(
            st.none() | st.frozensets(st.sampled_from(COUNTRIES), min_size=1, max_size=2)
        ),
        co_appearing=draw(codes(COMPANIONS)),
    )
    beside = draw(st.sampled_from((frozenset[str](), frozenset({"person.cam_2"}))))
    return Question(
        request=request, likeness=likeness, now=NOW, beside=beside, depth=draw(st.integers(0, 3))
    )


@given(questions())
def test_it_covers_what_was_asked_for(question: Question) -> None:
    assert narrowest_terms(question, intended_use="", not_after=ENDS).covers(question)


@given(questions(), questions())
def test_it_covers_nothing_that_goes_beyond(asked: Question, other: Question) -> None:
    if not narrowest_terms(asked, intended_use="", not_after=ENDS).covers(other):
        return
    before, after = asked.request, other.request
    assert after.action is before.action
    assert other.likeness.facets <= asked.likeness.facets
    assert other.depth <= asked.depth
    if before.purpose is not None:
        assert after.purpose is not None
        assert after.purpose.startswith(before.purpose)
    for declared in ("categories", "territories", "co_appearing"):
        wanted, covered = getattr(before, declared), getattr(after, declared)
        if wanted is not None:
            allowed = wanted | (asked.beside if declared == "co_appearing" else frozenset())
            assert covered is not None
            assert all(any(code.startswith(each) for each in allowed) for code in covered)
    change = asked.likeness.appearance_change
    # who asked for any change at all was given any, declared or not
    if change not in (None, AppearanceChange.COMPLETE):
        assert other.likeness.appearance_change is not None
        assert not other.likeness.appearance_change.exceeds(change)


@given(questions())
def test_it_is_for_one_use_for_a_while_and_for_nobody_else(question: Question) -> None:
    terms = narrowest_terms(question, intended_use="a birthday film", not_after=ENDS)
    assert (terms.count, terms.sublicence_depth, terms.not_after) == (1, 0, ENDS)
    assert terms.intended_use == "a birthday film"
    assert not terms.covers(changed(question, now=ENDS))
    other = Action.TAG if question.request.action is not Action.TAG else Action.GENERATE
    request = replace(question.request, action=other)
    assert not terms.covers(changed(question, request=request))
