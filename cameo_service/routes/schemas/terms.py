"""Terms as they are sent: of a grant, of a mandate, of a ceiling.

One rule for what is left out: a limit that is not sent is not set. What reaches people whom the
owner does not know, remixing and sublicensing, is shut unless it is sent.

>>> TermsIn(actions=["tag"], facets=["face"]).to_terms().remix_depth
0
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from cameo_service.routes.schemas.common import Incoming
from permissions.obligations import Obligation, ObligationKind
from permissions.scope import Scope
from permissions.taxonomy import EVERYTHING, is_category, is_companion, is_purpose
from permissions.terms import Terms
from permissions.territories import is_territory
from permissions.vocabulary import Action, AppearanceChange, Facet, OnRevocation

FIRST_YEAR, LAST_YEAR = 2000, 9000
MOST_CODES = 1_000
MOST_OBLIGATIONS = 100
MOST_LINKS_BELOW = 15
"""A chain has 16 links at most."""


def within_reach(moment: datetime) -> datetime:
    """The moment, if every time zone and every store can express it; else `ValueError`."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"the year must be {FIRST_YEAR} to {LAST_YEAR}")
    return moment


def _code(is_known: Callable[[str], bool]) -> Callable[[str], str]:
    def check(code: str) -> str:
        if code != EVERYTHING and not is_known(code):
            raise ValueError(f"`{code[:80]}` is not in the vocabulary")
        return code

    return check


Moment = Annotated[AwareDatetime, AfterValidator(within_reach)]
Purpose = Annotated[str, AfterValidator(_code(is_purpose))]
Category = Annotated[str, AfterValidator(_code(is_category))]
Territory = Annotated[str, AfterValidator(_code(is_territory))]
Companion = Annotated[str, AfterValidator(_code(is_companion))]
Text = Annotated[str, Field(max_length=2_000)]


class ScopeIn(Incoming):
    """Codes that are in and codes that are out, each with all below it. `*` is everything."""

    included: Annotated[list[str], Field(max_length=MOST_CODES)] = Field(default=[EVERYTHING])
    excluded: Annotated[list[str], Field(max_length=MOST_CODES)] = Field(default=[])

    def to_scope(self) -> Scope:
        """As `permissions` decides over it."""
        return Scope(included=frozenset(self.included), excluded=frozenset(self.excluded))


class PurposesIn(ScopeIn):
    """Purposes of `permissions/taxonomy.py`."""

    included: Annotated[list[Purpose], Field(max_length=MOST_CODES)] = Field(default=[EVERYTHING])
    excluded: Annotated[list[Purpose], Field(max_length=MOST_CODES)] = Field(default=[])


class CategoriesIn(ScopeIn):
    """Content categories. Content that falls under none of them passes any scope."""

    included: Annotated[list[Category], Field(max_length=MOST_CODES)] = Field(default=[EVERYTHING])
    excluded: Annotated[list[Category], Field(max_length=MOST_CODES)] = Field(default=[])


class TerritoriesIn(ScopeIn):
    """ISO 3166 countries and subdivisions: `DE`, `US-CA`."""

    included: Annotated[list[Territory], Field(max_length=MOST_CODES)] = Field(default=[EVERYTHING])
    excluded: Annotated[list[Territory], Field(max_length=MOST_CODES)] = Field(default=[])


class CompanionsIn(ScopeIn):
    """Who and what may appear beside: `person`, `character.<cameo id>`, `brand.<name>`."""

    included: Annotated[list[Companion], Field(max_length=MOST_CODES)] = Field(default=[EVERYTHING])
    excluded: Annotated[list[Companion], Field(max_length=MOST_CODES)] = Field(default=[])


class ObligationIn(Incoming):
    """What is asked in return. `text` is for people, or a reference, as the kind says."""

    kind: ObligationKind
    text: Text = ""

    def to_obligation(self) -> Obligation:
        """As `permissions` decides over it."""
        return Obligation(kind=self.kind, text=self.text)


Obligations = Annotated[list[ObligationIn], Field(max_length=MOST_OBLIGATIONS)]


def obligations_of(sent: list[ObligationIn]) -> tuple[Obligation, ...]:
    """Each obligation once, in a stable order."""
    return tuple(sorted({each.to_obligation() for each in sent}))


class TermsIn(Incoming):
    """What is covered. A limit that is left out is not set; remixing and sublicensing are shut."""

    actions: Annotated[list[Action], Field(min_length=1)]
    facets: Annotated[list[Facet], Field(min_length=1)]
    not_before: Moment | None = Field(
        default=None, description="The first moment. Left out: at once."
    )
    not_after: Moment | None = Field(
        default=None, description="The end, itself not included. Left out: none is set here."
    )
    purposes: PurposesIn = Field(default=PurposesIn(), description="Left out: any purpose.")
    categories: CategoriesIn = Field(default=CategoriesIn(), description="Left out: any content.")
    territories: TerritoriesIn = Field(
        default=TerritoriesIn(), description="Left out: the whole world."
    )
    co_appearance: CompanionsIn = Field(
        default=CompanionsIn(), description="Left out: beside anybody and anything."
    )
    appearance_change: AppearanceChange = Field(
        default=AppearanceChange.COMPLETE,
        description="How far the likeness may be changed at most. Left out: without limit.",
    )
    count: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        le=10**12,
        description="How many uses. Left out: without limit.",
    )
    remix_depth: int = Field(
        default=0,
        strict=True,
        ge=0,
        le=1_000,
        description="How many remixes away from the licensed use a work may be. Left out: none.",
    )
    sublicence_depth: int = Field(
        default=0,
        strict=True,
        ge=0,
        le=MOST_LINKS_BELOW,
        description="How many links may hang below this one. Left out: no sublicence.",
    )
    approval_before_publishing: bool = Field(
        default=False,
        strict=True,
        description="Whether who gives this approves every publication first.",
    )
    obligations: Obligations = Field(default=[])
    intended_use: Text = Field(
        default="",
        description="A reasonably specific description of the use. New York and California void a "
        "replica clause without one, and the holder owes to keep to it.",
    )
    on_revocation: OnRevocation = Field(
        default=OnRevocation.ASK_REMOVAL,
        description="What the end takes back of what was already made. Left out: drafts are "
        "deleted and hosts are asked to take published work down.",
    )
    compensation: Text = Field(default="", description="A reference to the agreement on it.")

    def to_terms(self) -> Terms:
        """As `permissions` decides over it."""
        return Terms(
            actions=frozenset(self.actions),
            facets=frozenset(self.facets),
            not_before=self.not_before,
            not_after=self.not_after,
            purposes=self.purposes.to_scope(),
            categories=self.categories.to_scope(),
            territories=self.territories.to_scope(),
            co_appearance=self.co_appearance.to_scope(),
            appearance_change=self.appearance_change,
            count=self.count,
            remix_depth=self.remix_depth,
            sublicence_depth=self.sublicence_depth,
            approval_before_publishing=self.approval_before_publishing,
            obligations=obligations_of(self.obligations),
            intended_use=self.intended_use,
            on_revocation=self.on_revocation,
            compensation=self.compensation,
        )
