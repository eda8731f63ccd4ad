"""What a platform knows of a person's age.

>>> from cameo_service.client.forms.sending import sent
>>> sent(Minor(age_band="teen", birth_date=date(2012, 5, 1)))
{'age_band': 'teen', 'birth_date': '2012-05-01'}
"""

from dataclasses import dataclass, field
from datetime import date

from cameo_service.client.documents import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Minor:
    """How old a minor is: `child` under 13, `teen` 13 to 15, `older_teen` to 17.

    One of the last two must be there: the birth date, or until when the platform stands by it.
    """

    age_band: str
    birth_date: date | None = field(default=None, repr=False)
    vouched_until: Moment | None = None
