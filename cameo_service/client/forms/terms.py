"""Terms: what a grant, a mandate or a ceiling covers.

>>> body = Terms(
...     actions=("generate",), facets=("face",), count=1, territories=Codes(included=("DE",))
... ).body()
>>> body["count"], body["territories"], body["remix_depth"]
(1, {'included': ['DE'], 'excluded': []}, 0)
"""

from dataclasses import dataclass, field
from typing import Any

from cameo_service.client.documents import Moment
from cameo_service.client.forms.obligations import Obligation
from cameo_service.client.forms.sending import sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """Codes that are in and codes that are out, each with all below it. `*` is everything."""

    included: tuple[str, ...] = ("*",)
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is covered. A limit that is left out is not set; remixing and sublicensing are shut.

    The window starts at `not_before` and ends before `not_after`, both aware; None leaves that
    side to the service. `count` is how many uses. `on_revocation` is `stop_new`,
    `published_stays`, `recall_drafts` or `ask_removal`.
    """

    actions: tuple[str, ...]
    facets: tuple[str, ...]
    not_before: Moment | None = None
    not_after: Moment | None = None
    purposes: Codes = field(default_factory=Codes)
    categories: Codes = field(default_factory=Codes)
    territories: Codes = field(default_factory=Codes)
    co_appearance: Codes = field(default_factory=Codes)
    appearance_change: str = "complete"
    count: int | None = None
    remix_depth: int = 0
    sublicence_depth: int = 0
    approval_before_publishing: bool = False
    obligations: tuple[Obligation, ...] = ()
    intended_use: str = ""
    on_revocation: str = "ask_removal"
    compensation: str = ""

    def body(self) -> dict[str, Any]:
        """As they are sent."""
        body: dict[str, Any] = sent(self)
        return body
