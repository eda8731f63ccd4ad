from collections.abc import Sequence

import numpy as np
import pytest

from verification.evaluation.digit_strings import Asking, asked_instead, simulate
from verification.evaluation.digit_takes import Take, in_window
from verification.evaluation.errors import NothingToEvaluate
from verification.report import Outcome


def takes(count: int = 20) -> list[Take]:
    return [
        Take(speaker=speaker, digit=number % 10, scores=np.zeros(10, np.float32))
        for speaker in ("ann", "ben")
        for number in range(count)
    ]


def strict(asked: Sequence[int], said: Sequence[Take]) -> Outcome:
    wrong = sum(digit != take.digit for digit, take in zip(asked, said, strict=True))
    assert len({take.speaker for take in said}) == 1
    return (Outcome.PASS, Outcome.INCONCLUSIVE)[wrong] if wrong < 2 else Outcome.FAIL


def test_each_kind_differs_by_as_much_as_its_name_says() -> None:
    found = simulate(takes(), Asking(strings=50), strict, seed=1)
    assert (found["right"].accepted, found["right"].strings) == (100, 100)
    assert found["one_off"].review == 100
    assert found["two_off"].rejected == 100
    assert found["unrelated"].rejected > 90


def test_unrelated_is_never_the_string_itself() -> None:
    rng = np.random.default_rng(1)
    assert all(asked_instead([3], "unrelated", rng) != [3] for _ in range(200))


def test_a_speaker_of_too_few_digits_is_named() -> None:
    with pytest.raises(NothingToEvaluate, match="`ann` said 4 digits"):
        simulate(takes(4), Asking(strings=1), strict, seed=1)


def test_a_window_holds_the_digit_in_a_quiet_room() -> None:
    said = np.full(1_600, 0.5, np.float32)
    window = in_window(said)
    assert window.size == 1_600 + 2 * 6_400
    assert 0 < float(np.abs(window[:6_000]).max()) < 0.01
    assert window[6_400:8_000].mean() == pytest.approx(0.5, abs=0.001)
