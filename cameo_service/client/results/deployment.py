"""The deployment's rules, and what principals count as.

client.set_deployment_rules(replace(client.get_deployment_rules(), protected=("cam_…",)))
"""

from dataclasses import dataclass

from cameo_service.client.documents import Moment
from cameo_service.client.forms.deployment import DeploymentRules


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRulesVersion(DeploymentRules):
    """One version of the rules. Version 0: the deployment has set none."""

    version: int
    created_at: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a principal counts as: `active`, `suspended` or `unknown`."""

    principal: str
    standing: str
    reason: str | None
