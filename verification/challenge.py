"""The challenge: what a person must do, and when, in one recording only.

The schedule is the service's. A client shows each step when its time comes and nothing that it
says about timing is believed: what is judged is what was asked. `verification.drawing` draws one.

    >>> step = Turn(direction=Direction.LEFT, start_ms=1_000, duration_ms=1_700)
    >>> Challenge(steps=(step,), duration_ms=3_000).turns[0].end_ms
    2700
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from verification.errors import VerificationError

VERSION = 2


class Direction(StrEnum):
    """Where to turn the head, as the person sees it: `left` is their own left."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


class Accommodation(StrEnum):
    """What a person cannot do, so that something else is asked of them.

    `head_still`: turn the head. `no_speech`: speak. `heard_prompts`: see the prompts, which are
    read out instead, each before its step.
    """

    HEAD_STILL = "head_still"
    NO_SPEECH = "no_speech"
    HEARD_PROMPTS = "heard_prompts"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timed:
    """A step of the challenge: within `duration_ms` of `start_ms`."""

    start_ms: int
    duration_ms: int

    @property
    def end_ms(self) -> int:
        """When the step is over, in milliseconds from the start of the recording."""
        return self.start_ms + self.duration_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(_Timed):
    """Turn the head towards `direction` and back."""

    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Blink(_Timed):
    """Close both eyes for a moment and open them again, facing the camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenDigit(_Timed):
    """Say `digit` aloud, facing the camera."""

    digit: int


Step = Turn | Blink | SpokenDigit


class MalformedChallenge(VerificationError):
    """The document is not a challenge of this version."""

    code = "challenge_malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Steps in the order of their time, none overlapping another."""

    steps: tuple[Step, ...]
    duration_ms: int
    accommodations: frozenset[Accommodation] = frozenset()

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns, in order."""
        return tuple(step for step in self.steps if isinstance(step, Turn))

    @property
    def blinks(self) -> tuple[Blink, ...]:
        """The blinks, in order."""
        return tuple(step for step in self.steps if isinstance(step, Blink))

    @property
    def digits(self) -> tuple[SpokenDigit, ...]:
        """The digits, in order."""
        return tuple(step for step in self.steps if isinstance(step, SpokenDigit))

    @property
    def facing(self) -> tuple[Step, ...]:
        """The steps in which the person looks straight into the camera, in order."""
        return tuple(step for step in self.steps if not isinstance(step, Turn))


def always(challenge: Challenge) -> bool:
    """Of any challenge."""
    del challenge
    return True


def asks_turns(challenge: Challenge) -> bool:
    """Whether the head is to be turned."""
    return bool(challenge.turns)


def leaves_turns_out(challenge: Challenge) -> bool:
    """Whether the head is not to be turned."""
    return not challenge.turns


def asks_blinks(challenge: Challenge) -> bool:
    """Whether the eyes are to be closed for a moment."""
    return bool(challenge.blinks)


def asks_digits(challenge: Challenge) -> bool:
    """Whether digits are to be said."""
    return bool(challenge.digits)


def to_document(challenge: Challenge) -> dict[str, Any]:
    """The challenge as JSON data, which `from_document` reads back."""
    steps = [{"kind": kind_of(step), **asdict(step)} for step in challenge.steps]
    return {
        "version": VERSION,
        "duration_ms": challenge.duration_ms,
        "accommodations": sorted(challenge.accommodations),
        "steps": steps,
    }


_KIND = {Turn: "turn", Blink: "blink", SpokenDigit: "digit"}


def kind_of(step: Step) -> str:
    """The word for a step's kind in documents: `turn`, `blink` or `digit`."""
    return _KIND[type(step)]


def from_document(document: object) -> Challenge:
    """Read what `to_document` wrote; raise `MalformedChallenge` for anything else."""
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise MalformedChallenge(f"not a challenge of version {VERSION}")
    try:
        challenge = Challenge(
            steps=tuple(_step_from(step) for step in document["steps"]),
            duration_ms=int(document["duration_ms"]),
            accommodations=frozenset(map(Accommodation, document["accommodations"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedChallenge(f"malformed challenge: {error}") from error
    _require_order(challenge)
    return challenge


def _step_from(step: dict[str, Any]) -> Step:
    start, duration = int(step["start_ms"]), int(step["duration_ms"])
    if step["kind"] == "turn":
        direction = Direction(step["direction"])
        return Turn(direction=direction, start_ms=start, duration_ms=duration)
    if step["kind"] == "blink":
        return Blink(start_ms=start, duration_ms=duration)
    if step["kind"] == "digit" and int(step["digit"]) in range(10):
        return SpokenDigit(digit=int(step["digit"]), start_ms=start, duration_ms=duration)
    raise MalformedChallenge(f"unknown step `{step}`")


def _require_order(challenge: Challenge) -> None:
    """Steps must exist, take time, follow one another and end within the recording."""
    at = 0
    for step in challenge.steps:
        if step.duration_ms <= 0 or step.start_ms < at:
            raise MalformedChallenge(f"step at {step.start_ms} ms overlaps or takes no time")
        at = step.end_ms
    if not challenge.steps or at > challenge.duration_ms:
        raise MalformedChallenge("a challenge needs steps within its duration")
    lacking = (
        (challenge.turns, Accommodation.HEAD_STILL, "turns"),
        (challenge.digits, Accommodation.NO_SPEECH, "digits"),
    )
    for steps, excuse, name in lacking:
        if not steps and excuse not in challenge.accommodations:
            raise MalformedChallenge(f"a challenge without `{excuse}` needs {name}")
