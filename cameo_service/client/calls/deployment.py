"""The deployment's rules, and the standing of principals.

>>> get_standing("user:eve").path
'/v1/principals/user%3Aeve/standing'
"""

from cameo_service.client.calls.call import Call, Listing, get, joined, put, reads, said
from cameo_service.client.forms.deployment import DeploymentRules
from cameo_service.client.results.deployment import DeploymentRulesVersion, Standing

PATH = "/v1/deployment/rules"


def get_deployment_rules() -> Call[DeploymentRulesVersion]:
    """The rules that bind everybody, owners too."""
    return get(PATH, read=reads(DeploymentRulesVersion))


def set_deployment_rules(rules: DeploymentRules) -> Call[DeploymentRulesVersion]:
    """Replace the rules. Every live permit ends, since each of them rests on the old ones."""
    return put(PATH, body=rules.body(), read=reads(DeploymentRulesVersion))


def list_deployment_rules_versions() -> Listing[DeploymentRulesVersion]:
    """The versions of the rules, oldest first."""
    return Listing(path=joined(PATH, "history"), kind=DeploymentRulesVersion)


def get_standing(principal: str) -> Call[Standing]:
    """What a principal counts as. Of whom nothing was said is active."""
    return get("/v1/principals", principal, "standing", read=reads(Standing))


def set_standing(principal: str, standing: str, *, reason: str | None = None) -> Call[Standing]:
    """Suspend a principal, or let it ask again. Permits that rest on it end."""
    body = {"standing": standing, **said(reason=reason)}
    return put("/v1/principals", principal, "standing", body=body, read=reads(Standing))
