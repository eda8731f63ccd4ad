"""Rules as they are stored and sent: JSON data. What cannot be read becomes a rule that denies.

>>> rule_from_document({"id": "r1", "effect": "deny", "when": {"categories": ["politics"]}}).id
'r1'
>>> rule_from_document({"id": "r2", "effect": "deny", "when": {"mood": ["sad"]}}).problem
'`mood` is not an aspect of a condition'
>>> rule_document(Rule(id="r3", effect=RuleEffect.REVIEW, when=Condition()))["when"]
{}
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from permissions.obligations import Obligation, ObligationKind
from permissions.rules import Condition, Rule, RuleEffect, UnreadableRule
from permissions.taxonomy import EVERYTHING, is_category, is_companion, is_purpose
from permissions.territories import is_territory
from permissions.vocabulary import (
    Action,
    AppearanceChange,
    Facet,
    MalformedPrincipal,
    Principal,
    parse_principal,
)

T = TypeVar("T", bound=StrEnum)
Document = Mapping[str, Any]
NAMELESS = "(no id)"


class UnreadableDocument(ValueError):
    """The document is not a rule."""


def rule_from_document(document: Document) -> Rule | UnreadableRule:
    """Return the rule that `document` states, or an `UnreadableRule` that says what is wrong."""
    name = document.get("id")
    rule_id = name if isinstance(name, str) and name else NAMELESS
    try:
        return _rule(document, rule_id)
    except (UnreadableDocument, MalformedPrincipal) as error:
        return UnreadableRule(id=rule_id, problem=str(error))


def rule_document(rule: Rule | UnreadableRule) -> dict[str, Any]:
    """Return what `rule_from_document` reads as `rule`, in a stable order.

    Raises `UnreadableDocument` for a rule that could not be read: its text is not known here.
    """
    if isinstance(rule, UnreadableRule):
        raise UnreadableDocument(f"rule `{rule.id[:80]}` could not be read: {rule.problem}")
    return {
        "id": rule.id,
        "effect": str(rule.effect),
        "when": _condition_document(rule.when),
        "name": rule.name,
        "obligations": [{"kind": str(each.kind), "text": each.text} for each in rule.obligations],
        "not_before": _moment_text(rule.not_before),
        "not_after": _moment_text(rule.not_after),
    }


def _condition_document(condition: Condition) -> dict[str, Any]:
    """Only what is set: an empty list would not be read."""
    document: dict[str, Any] = {
        aspect: sorted(str(each) for each in values)
        for aspect in _ASPECTS
        if (values := getattr(condition, aspect))
    }
    if condition.appearance_change_above is not None:
        document["appearance_change_above"] = str(condition.appearance_change_above)
    return document


def _moment_text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment is not None else None


def _rule(document: Document, id: str) -> Rule:
    _only(document, {"id", "effect", "when", "name", "obligations", "not_before", "not_after"})
    when = document.get("when")
    if id == NAMELESS or not isinstance(when, Mapping):
        raise UnreadableDocument("a rule needs an `id` and a `when`")
    try:
        return Rule(
            id=id,
            effect=_one_of(RuleEffect)(document.get("effect")),
            when=_condition(when),
            name=_text(document.get("name", "")),
            obligations=tuple(_obligation(each) for each in _list(document, "obligations")),
            not_before=_moment(document.get("not_before")),
            not_after=_moment(document.get("not_after")),
        )
    except UnreadableDocument:
        raise
    except ValueError as error:
        raise UnreadableDocument(str(error)) from error


def _condition(document: Document) -> Condition:
    for aspect in document:
        if aspect not in _ASPECTS and aspect != "appearance_change_above":
            raise UnreadableDocument(f"`{aspect}` is not an aspect of a condition")
    values = {
        aspect: frozenset(parse(each) for each in _filled(document, aspect))
        for aspect, parse in _ASPECTS.items()
        if aspect in document
    }
    above = document.get("appearance_change_above")
    limit = None if above is None else _one_of(AppearanceChange)(above)
    return Condition(**values, appearance_change_above=limit)


def _filled(document: Document, aspect: str) -> list[Any]:
    """An empty list would read as `always`, and was hardly meant so."""
    values = _list(document, aspect)
    if not values:
        raise UnreadableDocument(f"`{aspect}` is empty")
    return values


def _obligation(document: object) -> Obligation:
    if not isinstance(document, Mapping):
        raise UnreadableDocument("an obligation is not an object")
    _only(document, {"kind", "text"})
    kind = _one_of(ObligationKind)(document.get("kind"))
    return Obligation(kind=kind, text=_text(document.get("text", "")))


def _only(document: Document, known: set[str]) -> None:
    unknown = sorted(str(key) for key in document if key not in known)
    if unknown:
        raise UnreadableDocument(f"`{unknown[0]}` is not known here")


def _list(document: Document, key: str) -> list[Any]:
    values = document.get(key, [])
    if not isinstance(values, list):
        raise UnreadableDocument(f"`{key}` is not a list")
    return values


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise UnreadableDocument(f"`{value!r:.80}` is not text")
    return value


def _one_of(vocabulary: type[T]) -> Callable[[object], T]:
    def parse(value: object) -> T:
        try:
            return vocabulary(_text(value))
        except ValueError as error:
            raise UnreadableDocument(f"`{value!s:.80}` is not a word of this rule") from error

    return parse


def _code(is_known: Callable[[str], bool]) -> Callable[[object], str]:
    def parse(value: object) -> str:
        text = _text(value)
        if text != EVERYTHING and not is_known(text):
            raise UnreadableDocument(f"`{text[:80]}` is not in the vocabulary")
        return text

    return parse


def _principal(value: object) -> Principal:
    return parse_principal(_text(value))


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    except ValueError as error:
        raise UnreadableDocument(f"`{value!s:.80}` is not a moment") from error
    if moment.tzinfo is None:
        raise UnreadableDocument(f"`{value!s:.80}` names no time zone")
    return moment


_ASPECTS: Mapping[str, Callable[[object], Any]] = MappingProxyType(
    {
        "actions": _one_of(Action),
        "facets": _one_of(Facet),
        "purposes": _code(is_purpose),
        "categories": _code(is_category),
        "territories": _code(is_territory),
        "co_appearing": _code(is_companion),
        "requesters": _principal,
        "except_requesters": _principal,
    }
)
