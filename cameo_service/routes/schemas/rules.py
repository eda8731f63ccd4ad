"""If-then rules as they are sent: an owner's restrictions, a character's policies, the
deployment's own. They are read by `permissions.rule_documents` and by nothing else.

>>> rules_from([{"id": "r1", "effect": "deny", "when": {}}], what="restrictions", may_allow=False)[
...     0
... ].id
'r1'
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from cameo_service.documents import rule_document
from cameo_service.errors import Invalid
from cameo_service.routes.schemas.terms import within_reach
from permissions.obligations import ObligationKind
from permissions.rule_documents import rule_from_document
from permissions.rules import Rule, RuleEffect, UnreadableRule
from permissions.vocabulary import Action, AppearanceChange, Facet

MOST_RULES = 200
MOST_VALUES = 1_000
LONGEST_ID, LONGEST_NAME = 100, 200


def _words(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


def _some(items: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "array",
        "items": items,
        "minItems": 1,
        "maxItems": MOST_VALUES,
        "description": description,
    }


_TEXT = {"type": "string"}
_MOMENT = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
_CONDITION = {
    "type": "object",
    "additionalProperties": False,
    "description": "All that is set must apply, in any of the values of each. Nothing: always.",
    "properties": {
        "actions": _some(_words(*Action), "what is done"),
        "facets": _some(_words(*Facet), "what is used of the likeness"),
        "purposes": _some(_TEXT, "purposes, each with all below it"),
        "categories": _some(_TEXT, "content categories, each with all below it"),
        "territories": _some(_TEXT, "ISO 3166 countries and subdivisions"),
        "co_appearing": _some(_TEXT, "who and what appears beside"),
        "requesters": _some(_TEXT, "only for these principals"),
        "except_requesters": _some(_TEXT, "never for these principals"),
        "appearance_change_above": _words(*AppearanceChange),
    },
}
_OBLIGATION = {
    "type": "object",
    "required": ["kind"],
    "additionalProperties": False,
    "properties": {"kind": _words(*ObligationKind), "text": _TEXT},
}
RULE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Rule",
    "required": ["id", "effect", "when"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
        "effect": {**_words(*RuleEffect), "description": "`allow` for characters' policies only"},
        "name": {"type": "string", "maxLength": LONGEST_NAME},
        "when": _CONDITION,
        "obligations": {
            "type": "array",
            "items": _OBLIGATION,
            "description": "what a rule that allows asks in return",
        },
        "not_before": {**_MOMENT, "description": "in force from then on; left out: at once"},
        "not_after": {**_MOMENT, "description": "in force until then; left out: for good"},
    },
}
"""What `rule_from_document` reads, for readers of the OpenAPI document."""

RuleIn = Annotated[dict[str, Any], WithJsonSchema(RULE_SCHEMA)]
RulesIn = Annotated[list[RuleIn], Field(max_length=MOST_RULES)]


def rules_from(sent: Sequence[dict[str, Any]], *, what: str, may_allow: bool) -> tuple[Rule, ...]:
    """The rules that were `sent`; raise `Invalid` with the id and the problem of the first bad one.

    `what` is the field that they stand in. A rule that cannot be read is never stored, since it
    would deny without its author knowing why.
    """
    rules = tuple(_rule(document, what) for document in sent)
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise Invalid("rule_id_repeated", f"`{what}`: two rules have the id `{rule.id}`")
        seen.add(rule.id)
        if rule.effect is RuleEffect.ALLOW and not may_allow:
            raise Invalid(
                "rule_allows", f"`{what}`: rule `{rule.id}` allows, and a restriction cannot"
            )
    return rules


def _rule(document: dict[str, Any], what: str) -> Rule:
    rule = rule_from_document(document)
    named = f"`{what}`: rule `{rule.id[:LONGEST_ID]}`"
    if isinstance(rule, UnreadableRule):
        raise Invalid("rule_unreadable", f"{named} cannot be read: {rule.problem}")
    excess = _excess(rule)
    if excess is not None:
        raise Invalid("rule_unreadable", f"{named} cannot be kept: {excess}")
    return rule


def _excess(rule: Rule) -> str | None:
    """What of a readable rule is more than is kept, or None."""
    for moment in (rule.not_before, rule.not_after):
        try:
            if moment is not None:
                within_reach(moment)
        except ValueError as error:
            return str(error)
    if rule.not_before and rule.not_after and rule.not_before >= rule.not_after:
        return "`not_before` is not before `not_after`"
    if len(rule.id) > LONGEST_ID or len(rule.name) > LONGEST_NAME:
        return f"its id is longer than {LONGEST_ID} or its name than {LONGEST_NAME} characters"
    when = rule_document(rule)["when"]
    if any(isinstance(values, list) and len(values) > MOST_VALUES for values in when.values()):
        return f"an aspect has more than {MOST_VALUES} values"
    return None
