"""If-then rules: an owner's restrictions, a character's policies, the deployment's own.

>>> from cameo_service.client.forms.sending import sent
>>> rule = Rule(id="no-politics", effect="deny", when=Condition(categories=("politics",)))
>>> sent(rule)["when"]
{'categories': ['politics']}
"""

from dataclasses import dataclass

from cameo_service.client.documents import Moment
from cameo_service.client.forms.obligations import Obligation


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a rule applies: all that is set must, in any of the values of each. Nothing: always.

    `requesters` are the only ones that it is for, `except_requesters` those it is never for.
    """

    actions: tuple[str, ...] | None = None
    facets: tuple[str, ...] | None = None
    purposes: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    territories: tuple[str, ...] | None = None
    co_appearing: tuple[str, ...] | None = None
    requesters: tuple[str, ...] | None = None
    except_requesters: tuple[str, ...] | None = None
    appearance_change_above: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `effect` is `deny` or `review`; in a character's policies also `allow`.

    `obligations` are what a rule that allows asks in return. It is in force from `not_before`
    until `not_after`, both aware; None leaves that side open.
    """

    id: str
    effect: str
    when: Condition
    name: str = ""
    obligations: tuple[Obligation, ...] = ()
    not_before: Moment | None = None
    not_after: Moment | None = None
