"""The owner's standing rules.

To change one thing, start from what is in force:

    client.set_policy(cameo.id, replace(cameo.policy, review=("publish",)))

>>> Policy(audience={"tag": "everyone"}).body()["audience"]
{'tag': 'everyone'}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cameo_service.client.forms.obligations import Obligation
from cameo_service.client.forms.rules import Rule
from cameo_service.client.forms.sending import sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All standing rules of a cameo: what is left out is not in force any more.

    `audience` says by action who needs no grant: `only_me`, `approved`, `mutuals`, `everyone`; an
    action that is not named is for the owner alone. `restrictions` deny or ask for review,
    whoever holds a grant too. `review` are the actions of which the owner approves every single
    use first. `policies` are a character's named rules, which may allow besides.
    """

    audience: Mapping[str, str]
    approved: tuple[str, ...] = ()
    restrictions: tuple[Rule, ...] = ()
    review: tuple[str, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    remix_depth: int = 1
    policies: tuple[Rule, ...] = ()

    def body(self) -> dict[str, Any]:
        """As it is sent: nothing but the rules."""
        body: dict[str, Any] = sent(self, Policy)
        return body
