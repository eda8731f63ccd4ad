"""Step 4 where consent alone is not enough: people not to be depicted, minors, the dead.

found = find_protection(question, cameo, facts.deployment)
if isinstance(found, Reason):
    ...  # refused
"""

from datetime import datetime

from msgspec.structs import replace

from permissions.authority import active_representations, latest_end, required_representation
from permissions.decision import Reason, ReasonCode, undeclared
from permissions.deployment import Ceiling, DeploymentRules
from permissions.facts import CameoFacts
from permissions.representation import Minor
from permissions.request import Question

Ends = tuple[datetime | None, ...]
"""The ends of everything that the protection leaves open."""

NOT_WITH_MINORS = Reason(
    code=ReasonCode.MINOR_CEILING, step=4, message="this is not done with minors"
)


def find_protection(
    question: Question, cameo: CameoFacts, deployment: DeploymentRules
) -> Reason | Ends:
    """Return why the person is protected from this use, or until when they are not."""
    if cameo.id in deployment.protected:
        message = "the person is protected"
        return Reason(code=ReasonCode.PERSON_PROTECTED, step=4, message=message)
    kind = required_representation(cameo)
    if kind is None:
        return ()
    of_minority = () if cameo.minor is None else _of_minor(question, cameo.minor, deployment)
    if isinstance(of_minority, Reason):
        return of_minority
    mandates = active_representations(cameo, kind, question.now)
    if not mandates:
        code = ReasonCode.ESTATE_NEEDED if cameo.deceased else ReasonCode.GUARDIAN_NEEDED
        return Reason(code=code, step=4, message="nobody speaks for the person")
    return (*of_minority, latest_end(mandates))


def _of_minor(question: Question, minor: Minor, deployment: DeploymentRules) -> Reason | Ends:
    """What was agreed for a minor ends at 18, and stays below a ceiling until then."""
    ends = minor.ends_at()
    if ends is None:
        message = "the age of the person is not known"
        return Reason(code=ReasonCode.MINORITY_UNPROVEN, step=4, message=message)
    if question.now >= ends:
        message = "what was agreed for a minor has ended"
        return Reason(code=ReasonCode.MINORITY_ENDED, step=4, message=message)
    ceiling = deployment.ceiling_for(minor.band_at(question.now))
    if ceiling is None:
        return NOT_WITH_MINORS
    missing = ceiling.terms.shortfalls(question)
    aspects = tuple(sorted({each.aspect for each in missing}))
    if missing and all(each.undeclared for each in missing):
        return undeclared(4, aspects)
    if missing:
        return replace(NOT_WITH_MINORS, aspects=aspects)
    return (ends, ceiling.terms.not_after, _narrows_at(question, minor, ceiling, deployment))


def _narrows_at(
    question: Question, minor: Minor, ceiling: Ceiling, deployment: DeploymentRules
) -> datetime | None:
    """When an age band begins whose ceiling closes this, or lets fewer people in."""
    for begins, band in minor.bands_after(question.now):
        later = deployment.ceiling_for(band)
        if later is None or not later.audience.reaches(ceiling.audience):
            return begins
        if later.terms.shortfalls(replace(question, now=begins)):
            return begins
    return None
