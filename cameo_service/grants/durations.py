"""How long a licence of a likeness lasts at most.

Ten years, and five where the owner is a minor: the longest that the NO FAKES bill (2026) lets a
licence of somebody's digital replica last. A grant without an end gets that one, or before it the
end of a minority: of full years or months, so that grantees learn no birthday.

>>> years_after(datetime(2028, 2, 29), 5)
datetime.datetime(2033, 2, 28, 0, 0)
"""

from dataclasses import replace
from datetime import datetime

from cameo_service.errors import Invalid
from cameo_service.facts.records import minor_of
from cameo_service.people.principals import known
from permissions.moments import earliest, rounded_down
from permissions.representation import Minor
from permissions.terms import Terms
from storage.contracts import Transaction

LONGEST_YEARS = 10
LONGEST_YEARS_OF_MINORS = 5


def with_end(tx: Transaction, terms: Terms, *, owner: str, now: datetime) -> Terms:
    """The terms with an end; raise `Invalid` where they last longer than may be agreed."""
    starts = now if terms.not_before is None else max(terms.not_before, now)
    minor = minor_of(known(tx, owner, now=now))
    years = LONGEST_YEARS if minor is None else LONGEST_YEARS_OF_MINORS
    latest = years_after(starts, years)
    if terms.not_after is None:
        majority = None if minor is None else _majority(minor, now=now)
        return replace(terms, not_after=earliest([latest, majority]))
    if terms.not_after > latest:
        whose = "" if minor is None else " of a minor's likeness"
        raise Invalid("grant_too_long", f"a grant{whose} lasts {years} years at most")
    return terms


def _majority(minor: Minor, *, now: datetime) -> datetime | None:
    """The end of a minority, as far as a grantee may know it: birth dates are told to nobody."""
    ends = minor.ends_at()
    if ends is None or minor.birth_date is None:
        return ends
    return rounded_down(ends, now)


def years_after(moment: datetime, years: int) -> datetime:
    """The same day so many years later; a leap day becomes 28 February."""
    leap_day = (moment.month, moment.day) == (2, 29)
    return moment.replace(year=moment.year + years, day=28 if leap_day else moment.day)
