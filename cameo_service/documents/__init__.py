"""The stored form of everything that permissions decides over, and the way back.

Every document says its `version`; those of the first release have none, and are read as what they
were meant to be. A document with a key too many or too few, or with a word that is not known, is
refused as a whole: a limit that is overlooked would open what its author closed. Only rules are
read one by one, because a rule that cannot be read denies.

>>> from permissions.vocabulary import Action
>>> policy_from({"audience": {"tag": "everyone"}, "approved": []}).audience_for(Action.TAG)
<Audience.EVERYONE: 'everyone'>
"""

from cameo_service.documents.deployment import deployment_document, deployment_from
from cameo_service.documents.obligations import obligations_document, obligations_from
from cameo_service.documents.policies import (
    binding_rule_from,
    character_policies_from,
    policy_document,
    policy_from,
)
from cameo_service.documents.reading import DamagedDocument
from cameo_service.documents.scopes import scope_document, scope_from
from cameo_service.documents.terms import terms_document, terms_from
from permissions.rule_documents import rule_document

__all__ = [
    "DamagedDocument",
    "binding_rule_from",
    "character_policies_from",
    "deployment_document",
    "deployment_from",
    "obligations_document",
    "obligations_from",
    "policy_document",
    "policy_from",
    "rule_document",
    "scope_document",
    "scope_from",
    "terms_document",
    "terms_from",
]
