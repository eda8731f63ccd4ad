"""Drawing challenges, and how long one may be answered.

fresh = draw(context, record)
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from cameo_service.context import Context
from cameo_service.errors import ChallengeExpired, NoMoreChallenges
from storage.records import EnrollmentRecord
from verification.challenge import (
    Accommodation,
    Challenge,
    MalformedChallenge,
    from_document,
    to_document,
)
from verification.drawing import Accommodations, make_challenge

DRAWS_ALLOWED = 30
"""In one enrollment. A person needs a few; who draws on and on waits for one they can answer."""


def require_draw_allowed(record: EnrollmentRecord) -> None:
    """Raise `NoMoreChallenges` for one who draws on and on."""
    if record.challenges_drawn >= DRAWS_ALLOWED:
        raise NoMoreChallenges(f"enrollment `{record.id}` has drawn {DRAWS_ALLOWED} challenges")


def new_challenge(context: Context, accommodations: Accommodations) -> dict[str, Any]:
    """A challenge drawn by the deployment's plan, as it is stored."""
    return to_document(make_challenge(context.rng, context.settings.challenge, accommodations))


def accommodations_of(record: EnrollmentRecord) -> Accommodations:
    """What the current challenge does not ask of the person."""
    return frozenset(map(Accommodation, record.challenge.get("accommodations", ())))


def challenge_of(record: EnrollmentRecord) -> Challenge:
    """The current challenge; `ChallengeExpired` for one of an earlier version of the service."""
    try:
        return from_document(record.challenge)
    except MalformedChallenge as error:
        raise ChallengeExpired(f"draw another challenge: {error}") from error


def draw(
    context: Context, record: EnrollmentRecord, *, accommodations: Accommodations | None = None
) -> EnrollmentRecord:
    """`record` with a new challenge, not stored yet; None keeps the accommodations."""
    kept = accommodations_of(record) if accommodations is None else accommodations
    return replace(
        record,
        challenge=new_challenge(context, kept),
        challenge_issued_at=context.clock(),
        challenges_drawn=record.challenges_drawn + 1,
    )


def expires_at(context: Context, record: EnrollmentRecord) -> datetime:
    """When a recording of the current challenge must have arrived."""
    return record.challenge_issued_at + context.settings.challenge_lifetime


def require_answerable(
    context: Context, record: EnrollmentRecord, *, seen: EnrollmentRecord
) -> None:
    """Raise `ChallengeExpired` unless the challenge is still that of `seen`, and in time."""
    if (record.attempt, record.challenge) != (seen.attempt, seen.challenge):
        raise ChallengeExpired("another challenge was drawn meanwhile: record for that one")
    if context.clock() >= expires_at(context, record):
        raise ChallengeExpired("the challenge was drawn too long ago: draw another and record it")
