"""The rules that bind everybody, owners too.

>>> DeploymentRules().body()["ceilings"]
{}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cameo_service.client.forms.obligations import Obligation
from cameo_service.client.forms.rules import Rule
from cameo_service.client.forms.sending import sent
from cameo_service.client.forms.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The most that may be done with the likeness of a minor, and the widest audience."""

    terms: Terms
    audience: str = "only_me"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRules:
    """All rules of a deployment: what is left out is not in force any more.

    `protected` are cameos of people who must not be depicted. `ceilings` are by age band; a band
    without one permits nothing. To change one thing, `replace` it in the rules that are in force.
    """

    rules: tuple[Rule, ...] = ()
    protected: tuple[str, ...] = ()
    ceilings: Mapping[str, Ceiling] = field(default_factory=dict)
    obligations: tuple[Obligation, ...] = ()

    def body(self) -> dict[str, Any]:
        """As they are sent."""
        body: dict[str, Any] = sent(self, DeploymentRules)
        return body
