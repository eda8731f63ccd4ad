"""The deployment's rules as JSON data.

>>> deployment_from(deployment_document(DeploymentRules())) == DeploymentRules()
True
"""

from types import MappingProxyType
from typing import Any, Literal

from cameo_service.documents.obligations import (
    ObligationForm,
    obligations_document,
    obligations_of,
)
from cameo_service.documents.policies import binding_rule_from
from cameo_service.documents.reading import Document, Form, read
from cameo_service.documents.terms import terms_document, terms_from
from permissions.deployment import Ceiling, DeploymentRules
from permissions.representation import AgeBand
from permissions.rule_documents import rule_document
from permissions.vocabulary import Audience

VERSION: Literal[1] = 1


class CeilingForm(Form, frozen=True):
    """A ceiling as it is stored."""

    terms: dict[str, Any]
    audience: Audience

    def to_ceiling(self) -> Ceiling:
        """As `permissions` decides over it."""
        return Ceiling(terms=terms_from(self.terms), audience=self.audience)


class DeploymentForm(Form, frozen=True):
    """The deployment's rules as they are stored. What a rule holds is judged rule by rule."""

    version: Literal[1]
    rules: list[Any]
    protected: frozenset[str]
    ceilings: dict[AgeBand, CeilingForm]
    obligations: list[ObligationForm]


def deployment_document(rules: DeploymentRules) -> Document:
    """The rules as JSON data, in a stable order."""
    return {
        "version": VERSION,
        "rules": [rule_document(rule) for rule in rules.rules],
        "protected": sorted(rules.protected),
        "ceilings": {
            str(band): {"terms": terms_document(ceiling.terms), "audience": str(ceiling.audience)}
            for band, ceiling in sorted(rules.ceilings.items())
        },
        "obligations": obligations_document(rules.obligations),
    }


def deployment_from(document: Document) -> DeploymentRules:
    """Read what `deployment_document` wrote. Raises `DamagedDocument`."""
    form = read(document, DeploymentForm)
    return DeploymentRules(
        rules=tuple([binding_rule_from(rule) for rule in form.rules]),
        protected=form.protected,
        ceilings=MappingProxyType(
            {band: ceiling.to_ceiling() for band, ceiling in form.ceilings.items()}
        ),
        obligations=obligations_of(form.obligations),
    )
