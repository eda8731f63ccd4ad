"""An access request's states: whatever happens in whatever order, its rules hold."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cameo_service.access.refusals import AlreadyDecided, RequestClosed
from cameo_service.access.states import MOVES, AskState, Progress, answered, closed, together
from storage.records import AccessState

ANSWERS = (AskState.APPROVED, AskState.DENIED)


def test_only_a_pending_request_moves() -> None:
    assert set(MOVES) == set(AccessState)
    assert [state for state in AccessState if MOVES[state]] == [AccessState.PENDING]
    assert set(MOVES[AccessState.PENDING]) == set(AccessState) - {AccessState.PENDING}


@given(st.lists(st.sampled_from(AskState)))
def test_one_no_is_a_no_and_a_yes_takes_all(asks: list[AskState]) -> None:
    outcome = together(asks)
    assert (outcome is AskState.DENIED) == (AskState.DENIED in asks)
    assert (outcome is AskState.APPROVED) == (bool(asks) and set(asks) == {AskState.APPROVED})
    assert together(asks[::-1]) is outcome


@given(
    st.lists(st.sampled_from(AskState), min_size=1), st.integers(0, 20), st.sampled_from(ANSWERS)
)
def test_who_has_answered_does_not_answer_again(
    asks: list[AskState], at: int, answer: AskState
) -> None:
    progress, index = Progress(asks=tuple(asks)), at % len(asks)
    if asks[index] is not AskState.PENDING:
        with pytest.raises(AlreadyDecided):
            answered(progress, index, answer)
    else:
        after = answered(progress, index, answer)
        assert after.asks[index] is answer
        assert after.asks[:index] + after.asks[index + 1 :] == tuple(
            asks[:index] + asks[index + 1 :]
        )


def test_no_answer_is_no_answer() -> None:
    with pytest.raises(ValueError, match="a yes or a no"):
        answered(Progress(asks=(AskState.PENDING,)), 0, AskState.PENDING)


class AccessRequest(RuleBasedStateMachine):
    """Every path through a request, beside a list of what was said."""

    @initialize(asked=st.integers(1, 4))
    def ask(self, asked: int) -> None:
        self.progress = Progress(asks=(AskState.PENDING,) * asked)
        self.said: dict[int, AskState] = {}
        self.ended: AccessState | None = None

    def attempt(self, step: Any) -> None:
        """Take a step if the request is open; where it has ended, nothing may move it."""
        if self.ended is None:
            self.progress = step()
            return
        before = self.progress
        with pytest.raises(RequestClosed):
            step()
        assert self.progress == before

    @rule(at=st.integers(0, 3), answer=st.sampled_from(ANSWERS))
    def answer(self, at: int, answer: AskState) -> None:
        index = at % len(self.progress.asks)
        if self.ended is None and index in self.said:
            with pytest.raises(AlreadyDecided):
                answered(self.progress, index, answer)
            return
        self.attempt(lambda: answered(self.progress, index, answer))
        if self.ended is None:
            self.said[index] = answer
            if answer is AskState.DENIED:
                self.ended = AccessState.DENIED
            elif len(self.said) == len(self.progress.asks):
                self.ended = AccessState.APPROVED

    @rule(state=st.sampled_from((AccessState.EXPIRED, AccessState.WITHDRAWN)))
    def close(self, state: AccessState) -> None:
        self.attempt(lambda: closed(self.progress, state))
        self.ended = self.ended or state

    @precondition(lambda self: self.ended is not None)
    @rule(state=st.sampled_from(AccessState))
    def stay(self, state: AccessState) -> None:
        with pytest.raises(RequestClosed):
            closed(self.progress, state)

    @invariant()
    def the_state_is_what_was_said(self) -> None:
        assert self.progress.state is (self.ended or AccessState.PENDING)

    @invariant()
    def a_no_beats_every_yes(self) -> None:
        if AskState.DENIED in self.progress.asks:
            assert self.progress.state is AccessState.DENIED


TestAccessRequest = AccessRequest.TestCase
TestAccessRequest.settings = settings(max_examples=100, stateful_step_count=15, deadline=None)
