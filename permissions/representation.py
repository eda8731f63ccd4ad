"""Who speaks for somebody else: guardians, estates, agents; and minors, who need one.

>>> from datetime import UTC
>>> minor = Minor(age_band=AgeBand.TEEN, birth_date=date(2010, 5, 4))
>>> minor.ends_at()
datetime.datetime(2028, 5, 4, 0, 0, tzinfo=datetime.timezone.utc)
>>> minor.band_at(datetime(2027, 1, 1, tzinfo=UTC))
<AgeBand.TEEN: 'teen'>
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from permissions.terms import Terms
from permissions.vocabulary import Principal

MAJORITY = 18


class AgeBand(StrEnum):
    """The age bands that platforms report, youngest first. There is no band for adults."""

    CHILD = "child"  # under 13
    TEEN = "teen"  # 13 to 15
    OLDER_TEEN = "older_teen"  # 16 and 17


_FIRST_YEAR = {AgeBand.CHILD: 0, AgeBand.TEEN: 13, AgeBand.OLDER_TEEN: 16}


class RepresentationKind(StrEnum):
    """In which capacity somebody speaks for the owner."""

    GUARDIAN = "guardian"
    ESTATE = "estate"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """A mandate. `scope` limits what the representative may use or license; `evidence` refers to
    the document that proves the mandate, without which it does not count.
    """

    kind: RepresentationKind
    representative: Principal
    scope: Terms
    evidence: str
    revoked: bool = False

    def is_active_at(self, now: datetime) -> bool:
        """Whether the mandate is proven, stands, and `now` lies in its time."""
        return bool(self.evidence) and not self.revoked and self.scope.is_open_at(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Minor:
    """What is known of a minor's age. One of `birth_date` and `vouched_until` should be known.

    `vouched_until` is until when the platform stands by the age band.
    """

    age_band: AgeBand
    birth_date: date | None = None
    vouched_until: datetime | None = None

    def ends_at(self) -> datetime | None:
        """When everything that rests on this minority ends; None when nobody can tell."""
        ends = [] if self.birth_date is None else [_birthday(self.birth_date, MAJORITY)]
        if self.vouched_until is not None:
            ends.append(self.vouched_until)
        return min(ends, default=None)

    def band_at(self, now: datetime) -> AgeBand:
        """The age band at `now`: the younger one where birth date and platform disagree."""
        if self.birth_date is None:
            return self.age_band
        reached = [b for b in AgeBand if _birthday(self.birth_date, _FIRST_YEAR[b]) <= now]
        known = reached[-1] if reached else AgeBand.CHILD
        return min(known, self.age_band, key=lambda band: _FIRST_YEAR[band])

    def bands_after(self, now: datetime) -> tuple[tuple[datetime, AgeBand], ...]:
        """The birthdays after `now` that begin an age band, and the band that counts from each."""
        if self.birth_date is None:
            return ()
        birthdays = [_birthday(self.birth_date, year) for year in _FIRST_YEAR.values()]
        return tuple((day, self.band_at(day)) for day in birthdays if day > now)


def _birthday(birth_date: date, age: int) -> datetime:
    """The first moment, UTC, of that birthday; a leap day's is kept on 28 February."""
    leap_day = (birth_date.month, birth_date.day) == (2, 29)
    day = 28 if leap_day else birth_date.day
    return datetime(birth_date.year + age, birth_date.month, day, tzinfo=UTC)
