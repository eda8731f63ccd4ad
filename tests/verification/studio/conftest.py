"""A short challenge and small pictures, so that a recording takes a second to make."""

import pytest

from verification.challenge import Challenge, Direction, SpokenDigit, Turn
from verification.studio.take import Take


@pytest.fixture(scope="session")
def challenge() -> Challenge:
    return Challenge(
        steps=(
            SpokenDigit(digit=4, start_ms=300, duration_ms=1000),
            Turn(direction=Direction.LEFT, start_ms=1300, duration_ms=1600),
            SpokenDigit(digit=7, start_ms=2900, duration_ms=1000),
            Turn(direction=Direction.UP, start_ms=3900, duration_ms=1500),
        ),
        duration_ms=5600,
    )


@pytest.fixture(scope="session")
def take() -> Take:
    return Take(size=(320, 180), fps=10)
