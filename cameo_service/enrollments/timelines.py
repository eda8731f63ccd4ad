"""What a page says about when it showed the prompts. It moves no window and passes no check.

A page that says itself that it showed a prompt late, or never, has asked what nobody could follow:
its recording is refused at once, and no attempt is used up. The rest is kept for reviewers.

    shown = read('{"shown_ms": [1003, 2716]}', challenge)
    require_shown(shown, challenge, late_ms=250)
"""

from itertools import pairwise
from typing import Any

import msgspec

from cameo_service.errors import Invalid, RecordingRefused
from verification.challenge import Challenge, kind_of

LONGEST_TIMELINE = 4_096
"""Characters: many times what the longest challenge takes."""
_MOST_MS = 120_000

Shown = tuple[float | None, ...]
"""When each step's prompt was shown, in milliseconds from the recorder's start, None for never."""


class _Timeline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shown_ms: list[float | None]


def read(text: str, challenge: Challenge) -> Shown:
    """Parse the field `timeline` of an upload. Raises `Invalid` with `timeline_malformed`."""
    if len(text) > LONGEST_TIMELINE:
        raise _malformed(f"it has at most {LONGEST_TIMELINE} characters")
    try:
        shown = msgspec.json.decode(text, type=_Timeline).shown_ms
    except (msgspec.DecodeError, UnicodeError) as error:
        raise _malformed(str(error)) from error
    if len(shown) != len(challenge.steps):
        raise _malformed(f"it has {len(shown)} prompts, the challenge {len(challenge.steps)}")
    known = [moment for moment in shown if moment is not None]
    if any(not 0 <= moment <= _MOST_MS for moment in known):
        raise _malformed(f"a prompt is shown 0 to {_MOST_MS} ms after the start")
    if any(later <= earlier for earlier, later in pairwise(known)):
        raise _malformed("the prompts follow one another")
    return tuple(shown)


def require_shown(shown: Shown, challenge: Challenge, *, late_ms: int) -> None:
    """Raise `RecordingRefused` where the page says that the person could not follow."""
    for number, (moment, step) in enumerate(zip(shown, challenge.steps, strict=True), start=1):
        if moment is None:
            raise _not_shown(f"prompt {number} was not shown")
        if moment - step.start_ms > late_ms:
            raise _not_shown(
                f"prompt {number} was shown {moment - step.start_ms:.0f} ms late, "
                f"of {late_ms} at most"
            )


def told(shown: Shown, challenge: Challenge) -> list[dict[str, Any]]:
    """The timeline as it stands in a report: what was asked when, and when it was shown."""
    return [
        {"kind": kind_of(step), "start_ms": step.start_ms, "shown_ms": moment}
        for moment, step in zip(shown, challenge.steps, strict=True)
    ]


def _malformed(why: str) -> Invalid:
    return Invalid("timeline_malformed", f"`timeline` is not one of this challenge: {why}")


def _not_shown(what: str) -> RecordingRefused:
    return RecordingRefused("prompts_not_shown", f"{what}: record again")
