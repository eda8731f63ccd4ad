"""What is sent, and comes back in the same form: questions, terms, rules, policies, characters.

>>> Terms(actions=("tag",), facets=("face",)).obligations
()
"""

from cameo_service.client.forms.assets import Asset
from cameo_service.client.forms.characters import CharacterSheet, Reference, Underlying
from cameo_service.client.forms.deployment import Ceiling, DeploymentRules
from cameo_service.client.forms.obligations import Obligation
from cameo_service.client.forms.people import Minor
from cameo_service.client.forms.policies import Policy
from cameo_service.client.forms.questions import ConsentRequest, Likeness
from cameo_service.client.forms.rules import Condition, Rule
from cameo_service.client.forms.terms import Codes, Terms

__all__ = [
    "Asset",
    "Ceiling",
    "CharacterSheet",
    "Codes",
    "Condition",
    "ConsentRequest",
    "DeploymentRules",
    "Likeness",
    "Minor",
    "Obligation",
    "Policy",
    "Reference",
    "Rule",
    "Terms",
    "Underlying",
]
