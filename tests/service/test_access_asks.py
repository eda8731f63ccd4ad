"""Asks as they are stored, and as the requester sees them."""

from dataclasses import replace
from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from cameo_service.access.asks import Ask, ask_document, ask_from, by_likeness
from cameo_service.access.states import AskState
from permissions.decision import Approver

words = st.text("abc", min_size=1, max_size=4)
asks = st.builds(
    Ask,
    cameo_id=words,
    of=st.sampled_from(Approver),
    principal=words,
    facets=st.lists(words, unique=True).map(lambda each: tuple(sorted(each))),
    likenesses=st.lists(words, min_size=1, unique=True).map(lambda each: tuple(sorted(each))),
    is_beneath=st.booleans(),
    state=st.sampled_from(AskState),
    decided_by=st.none() | words,
    decided_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    note=st.none() | words,
    approval_id=st.none() | words,
    grant_id=st.none() | words,
)


@given(asks)
def test_an_ask_comes_back_as_it_went_in(ask: Ask) -> None:
    assert ask_from(ask_document(ask)) == ask


@given(st.lists(asks, max_size=4))
def test_the_requester_sees_a_state_for_each_likeness_they_know(found: list[Ask]) -> None:
    shown = by_likeness(tuple(found))
    assert list(shown) == sorted({each for ask in found for each in ask.likenesses})
    for likeness, state in shown.items():
        here = {ask.state for ask in found if likeness in ask.likenesses}
        assert (state is AskState.DENIED) == (AskState.DENIED in here)
        assert (state is AskState.APPROVED) == (here == {AskState.APPROVED})


def test_what_is_named_and_beneath_is_asked_once_and_is_known() -> None:
    named = Ask(
        cameo_id="cam_1",
        of=Approver.OWNER,
        principal="user:ann",
        facets=("face",),
        likenesses=("cam_1",),
    )
    beneath = replace(named, facets=("voice",), likenesses=("cam_fox",), is_beneath=True)
    for merged in (named.merged(beneath), beneath.merged(named)):
        assert merged.facets == ("face", "voice")
        assert merged.likenesses == ("cam_1", "cam_fox")
        assert not merged.is_beneath
