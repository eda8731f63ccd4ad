"""People: minority and death. Birth dates are shown to those who act for the person only.

>>> MinorIn(age_band="teen", vouched_until="2027-01-01T00:00:00Z").birth_date is None
True
"""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field

from cameo_service.facts.records import minor_of
from cameo_service.routes.schemas.common import Incoming, Outgoing
from cameo_service.routes.schemas.terms import LAST_YEAR, Moment
from permissions.representation import AgeBand, Minor
from storage.records import PrincipalRecord

FIRST_DEATH = 1500
"""The year. Whoever died before has no estate that could still be asked."""


def _expressible(moment: datetime) -> datetime:
    if not FIRST_DEATH <= moment.year <= LAST_YEAR:
        raise ValueError(f"the year must be {FIRST_DEATH} to {LAST_YEAR}")
    return moment


class MinorIn(Incoming):
    """How old a minor is, as the platform says. One of the last two must be there."""

    age_band: AgeBand = Field(description="`child` under 13, `teen` 13 to 15, `older_teen` to 17.")
    birth_date: date | None = Field(
        default=None,
        repr=False,
        description="Where it is known. What was agreed for the minor ends at 18 by itself.",
    )
    vouched_until: Moment | None = Field(
        default=None, description="Until when the platform stands by the age band."
    )

    def to_minor(self) -> Minor:
        """As `permissions` decides over it."""
        return Minor(
            age_band=self.age_band, birth_date=self.birth_date, vouched_until=self.vouched_until
        )


class PersonIn(Incoming):
    """All that holds from now on. Nothing can be left out, so that nothing is undone unsaid."""

    minor: MinorIn | None = Field(description="Null for a person of age.")
    deceased_at: Annotated[AwareDatetime, AfterValidator(_expressible)] | None = Field(
        description="When the person died; null for the living."
    )


class MinorOut(Outgoing):
    """How old a minor is."""

    age_band: AgeBand
    birth_date: date | None = Field(repr=False)
    vouched_until: datetime | None


class PersonOut(Outgoing):
    """A person, to those who act for them."""

    object: Literal["person"] = "person"
    principal: str
    version: int = Field(description="0 for a person of whom nothing was ever reported.")
    minor: MinorOut | None
    deceased_at: datetime | None

    @classmethod
    def of(cls, record: PrincipalRecord) -> Self:
        """The view of `record`."""
        minor = minor_of(record)
        return cls(
            principal=record.id,
            version=record.version,
            minor=None
            if minor is None
            else MinorOut(
                age_band=minor.age_band,
                birth_date=minor.birth_date,
                vouched_until=minor.vouched_until,
            ),
            deceased_at=record.deceased_at,
        )
