"""Policies as JSON data, with the if-then rules of a character beside them.

A policy of the first release knew an audience and who is approved, and has no `version`. Whom an
owner blocks is not part of a stored policy: blocks are kept on their own.

>>> document = policy_document(Policy(remix_depth=0))
>>> document["version"], policy_from(document).remix_depth, character_policies_from(document)
(1, 0, ())
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from cameo_service.documents.obligations import (
    ObligationForm,
    obligations_document,
    obligations_of,
)
from cameo_service.documents.reading import Document, Form, Natural, is_first, made, read
from permissions.policy import Policy
from permissions.rule_documents import NAMELESS, rule_document, rule_from_document
from permissions.rules import Rule, RuleEffect, UnreadableRule
from permissions.vocabulary import Action, Audience, parse_principal

VERSION: Literal[1] = 1
Rules = tuple[Rule | UnreadableRule, ...]


class PolicyForm(Form, frozen=True):
    """A policy as it is stored. What a rule holds is judged rule by rule."""

    version: Literal[1]
    audience: dict[Action, Audience]
    approved: list[str]
    restrictions: list[Any]
    review: frozenset[Action]
    obligations: list[ObligationForm]
    remix_depth: Natural
    set_by: str | None
    policies: list[Any]


class FirstPolicyForm(Form, frozen=True):
    """A policy as the first release stored it."""

    audience: dict[Action, Audience]
    approved: list[str]


def policy_document(policy: Policy, character_policies: Rules = ()) -> Document:
    """The policy as JSON data, in a stable order. Raises `ValueError` for what would be lost."""
    if policy.blocked:
        raise ValueError("blocks are not stored with the policy")
    return {
        "version": VERSION,
        "audience": {str(action): str(level) for action, level in sorted(policy.audience.items())},
        "approved": sorted(policy.approved),
        "restrictions": [rule_document(rule) for rule in policy.restrictions],
        "review": sorted(str(action) for action in policy.review),
        "obligations": obligations_document(policy.obligations),
        "remix_depth": policy.remix_depth,
        "set_by": policy.set_by,
        "policies": [rule_document(rule) for rule in character_policies],
    }


def policy_from(document: Document) -> Policy:
    """Read what `policy_document` wrote, in any release. Raises `DamagedDocument`."""
    if is_first(document):
        first = read(document, FirstPolicyForm)
        return Policy(
            audience=MappingProxyType(first.audience),
            approved=made(lambda: frozenset(map(parse_principal, first.approved))),
        )
    form = read(document, PolicyForm)
    return Policy(
        audience=MappingProxyType(form.audience),
        approved=made(lambda: frozenset(map(parse_principal, form.approved))),
        restrictions=tuple([binding_rule_from(rule) for rule in form.restrictions]),
        review=form.review,
        obligations=obligations_of(form.obligations),
        remix_depth=form.remix_depth,
        set_by=None if form.set_by is None else made(lambda: parse_principal(form.set_by or "")),
    )


def character_policies_from(document: Document) -> Rules:
    """Read a character's if-then rules out of its policy. Raises `DamagedDocument`."""
    if is_first(document):
        read(document, FirstPolicyForm)
        return ()
    return tuple([any_rule_from(rule) for rule in read(document, PolicyForm).policies])


def any_rule_from(document: object) -> Rule | UnreadableRule:
    """The rule that `document` states, whatever it does; what cannot be read denies."""
    if not isinstance(document, Mapping):
        return UnreadableRule(id=NAMELESS, problem="a rule is not an object")
    return rule_from_document(document)


def binding_rule_from(document: object) -> Rule | UnreadableRule:
    """The rule that `document` states where rules only restrict: one that allows is unreadable."""
    rule = any_rule_from(document)
    if isinstance(rule, Rule) and rule.effect is RuleEffect.ALLOW:
        return UnreadableRule(id=rule.id, problem="a restriction cannot allow")
    return rule
