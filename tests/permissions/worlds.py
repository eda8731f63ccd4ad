"""Reads worlds, requests and decision cases from TOML, and refuses every key it does not know.

for case in load_cases(CASES):
    decide(case.request, case.facts, now=case.now)
"""

import dataclasses
import tomllib
import types
import typing
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from permissions.facts import CameoFacts, Facts, GrantFacts
from permissions.request import ConsentRequest
from permissions.rule_documents import rule_from_document
from permissions.rules import Rule
from permissions.scope import ALL, Scope
from permissions.terms import Terms

CASES = Path(__file__).parent / "cases"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
CREDENTIAL_ENDS = datetime(2027, 1, 1, tzinfo=UTC)

FILE_KEYS = {"about", "world", "request", "case"}
CASE_KEYS = {"name", "world", "request", "undeclare", "now", "effect", "reasons"}
EXPECTATIONS = {
    "steps",
    "aspects",
    "rules",
    "grants",
    "seen",
    "could_change",
    "obligations",
    "ask",
    "expires_at",
}
IMPLIED: Mapping[type, Mapping[str, Any]] = {
    Facts: {"revision": 1, "cameos": {}, "grants": {}},
    CameoFacts: {
        "status": "active",
        "credential_expires_at": CREDENTIAL_ENDS,
        "policy": {},
        "enrolled": ["face", "voice"],
    },
    GrantFacts: {"version": 1, "revoked": False},
}


class UnknownKey(ValueError):
    """A case says something that nobody would read."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A world, a question, and what is to come out."""

    name: str
    facts: Facts
    request: ConsentRequest
    now: datetime
    effect: str
    reasons: list[str]
    expected: Mapping[str, Any]


def load_cases(folder: Path) -> Iterator[Case]:
    """Yield every case of every file, named `file: name`."""
    for path in sorted(folder.glob("*.toml")):
        document = tomllib.loads(path.read_text())
        _only(document, FILE_KEYS, path.name)
        for case in document["case"]:
            yield read_case(case, document, path.stem)


def read_case(case: dict[str, Any], document: dict[str, Any], subject: str) -> Case:
    """Read one case; its world and request are laid over those of its file."""
    _only(case, CASE_KEYS | EXPECTATIONS, subject)
    request = merge(document.get("request", {}), case.get("request", {}))
    for aspect in case.get("undeclare", []):
        del request[aspect]
    return Case(
        name=f"{subject}: {case['name']}",
        facts=read_world(merge(document.get("world", {}), case.get("world", {}))),
        request=read(ConsentRequest, request),
        now=case.get("now", NOW),
        effect=case["effect"],
        reasons=case["reasons"],
        expected={key: case[key] for key in EXPECTATIONS & case.keys()},
    )


def read_world(document: dict[str, Any]) -> Facts:
    """Read facts; cameos, grants, approvals and uses are tables by id."""
    named = dict(document)
    for key in ("cameos", "grants", "approvals", "uses"):
        table = {name: {"id": name, **each} for name, each in document.get(key, {}).items()}
        named[key] = table if key in ("cameos", "uses") else list(table.values())
    facts: Facts = read(Facts, named)
    return facts


def merge(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    """Lay `upper` over `lower`: tables are merged, everything else is replaced."""
    merged = dict(lower)
    for key, value in upper.items():
        known = merged.get(key)
        both = isinstance(known, dict) and isinstance(value, dict)
        merged[key] = merge(known, value) if both else value  # type: ignore[arg-type]  # `both`
    return merged


def read(kind: Any, value: Any) -> Any:
    """Return `value` as a `kind`, which is a type or an annotation of this package."""
    if kind is Scope and not isinstance(value, dict):
        return ALL if value == "*" else Scope(included=frozenset(value))
    if kind is Terms and value.get("without_limits"):
        return _terms_without_limits(value)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    return _read_plain(kind, value)


def _read_plain(kind: Any, value: Any) -> Any:
    if isinstance(kind, typing.NewType):
        return value
    if kind not in (str, int, bool, datetime, date):
        return _read_generic(kind, value)
    if not isinstance(value, kind):
        raise TypeError(f"`{value!r}` is not a {kind.__name__}")
    return value


def _read_generic(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        if Rule in arguments:
            return rule_from_document(value)
        return read(arguments[0], value)
    if origin in (frozenset, Container):
        return frozenset(read(arguments[0], each) for each in value)
    if origin is tuple:
        return tuple(read(arguments[0], each) for each in value)
    if origin is not None and issubclass(origin, Mapping):
        return {read(arguments[0], k): read(arguments[1], v) for k, v in value.items()}
    raise TypeError(f"no way to read a {kind}")


def _read_dataclass(kind: type, value: dict[str, Any]) -> Any:
    fields = {each.name for each in dataclasses.fields(kind) if each.init}
    hints = typing.get_type_hints(kind)
    given = {**IMPLIED.get(kind, {}), **value}
    _only(given, fields, kind.__name__)
    return kind(**{key: read(hints[key], each) for key, each in given.items()})


def _terms_without_limits(value: dict[str, Any]) -> Terms:
    """The widest terms, with what the case says in their place."""
    widest = Terms.without_limits(actions=frozenset(), facets=frozenset())
    said = {key: each for key, each in value.items() if key != "without_limits"}
    stated: Terms = read(Terms, {"actions": [], "facets": [], **said})
    return dataclasses.replace(widest, **{key: getattr(stated, key) for key in said})


def _only(document: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(document.keys() - known)
    if unknown:
        raise UnknownKey(f"`{unknown[0]}` is not known in {where}")
