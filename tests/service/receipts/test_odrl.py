"""Licences keep to the ODRL Information Model 2.2, as RDF: each test names its sections."""

from collections import defaultdict
from collections.abc import Iterator

import httpx2
import pytest

from cameo_service.portability.profile import ACTIONS, LEFT_OPERANDS, PROFILE
from cameo_service.portability.vocabulary import CAMEO
from tests.service.receipts.given_out import given_out
from tests.service.receipts.linked_data import TYPE, XSD, Document, Statement, statements
from tests.service.receipts.vocabularies import ODRL_ACTIONS, ODRL_OPERANDS, ODRL_OPERATORS
from tests.service.running import RunningService

ODRL = "http://www.w3.org/ns/odrl/2/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SETS = frozenset({"isAnyOf", "isNoneOf"})
RIGHT = {
    f"{ODRL}dateTime": f"{XSD}dateTime",
    f"{ODRL}spatial": "",  # "An IRI MUST be used to represent this value"
    f"{ODRL}purpose": "",
    f"{ODRL}count": f"{XSD}integer",
    **{f"{CAMEO}{name}": f"{XSD}integer" for name in ("remixDepth", "sublicenceDepth", "uses")},
    **{
        f"{CAMEO}{name}": f"{XSD}string"
        for name in ("appearanceChange", "category", "coAppearance", "facet")
    },
}
"""The datatype of what each left operand is compared with; none where it is a node."""


class Graph:
    """What a licence states, by subject and property."""

    def __init__(self, document: Document) -> None:
        self._stated: dict[tuple[str, str], list[Statement]] = defaultdict(list)
        for each in statements(document):
            self._stated[each.subject, each.predicate].append(each)

    def of_type(self, type_: str) -> list[str]:
        return sorted(
            subject
            for (subject, predicate), found in self._stated.items()
            if predicate == TYPE and type_ in {each.object for each in found}
        )

    def all(self, subject: str, property_: str) -> list[Statement]:
        return self._stated.get((subject, property_), [])

    def nodes(self, subject: str, term: str) -> list[str]:
        found = self.all(subject, ODRL + term)
        assert not any(each.is_literal for each in found), found
        return [each.object for each in found]

    def only(self, subject: str, term: str) -> str:
        (found,) = self.nodes(subject, term)
        return found

    @property
    def policy(self) -> str:
        (found,) = self.of_type(f"{ODRL}Agreement")
        return found

    @property
    def permissions(self) -> list[str]:
        return self.nodes(self.policy, "permission")

    @property
    def duties(self) -> Iterator[str]:
        for permission in self.permissions:
            yield from self.nodes(permission, "duty")

    @property
    def constraints(self) -> Iterator[str]:
        for permission in self.permissions:
            yield from self.nodes(permission, "constraint")
            yield from self.nodes(self.only(permission, "target"), "refinement")


@pytest.fixture
def licences(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, reviewer: httpx2.Client
) -> list[Graph]:
    documents = given_out(service, platform, studio, reviewer)
    found = [Graph(each) for name, each in documents.items() if "odrl" in name]
    assert len(found) >= 10
    return found


def is_iri(name: str) -> bool:
    return not name.startswith("_:")


def test_a_policy_has_one_name_a_profile_and_permissions(licences: list[Graph]) -> None:
    """Policy Class; with terms beyond the core, it says its profile (ODRL Profile Conformance)."""
    for licence in licences:
        assert is_iri(licence.policy)
        assert licence.only(licence.policy, "profile") == PROFILE
        assert licence.permissions
        for term in ("prohibition", "obligation", "conflict", "inheritFrom"):
            assert licence.nodes(licence.policy, term) == []


def test_a_permission_has_an_action_a_target_and_both_parties(licences: list[Graph]) -> None:
    """Agreement Class, Rule Class, Permission Class."""
    for licence in licences:
        for permission in licence.permissions:
            assert is_iri(licence.only(permission, "action"))
            assert licence.only(permission, "target")
            parties = [licence.only(permission, role) for role in ("assigner", "assignee")]
            assert all(party.startswith(f"{CAMEO}party-") for party in parties)
            assert len(set(parties)) == 2


def test_a_collection_that_is_refined_names_its_source_and_not_itself(
    licences: list[Graph],
) -> None:
    """Refinement property with an Asset Collection."""
    for licence in licences:
        for permission in licence.permissions:
            target = licence.only(permission, "target")
            assert target in licence.of_type(f"{ODRL}AssetCollection")
            assert not is_iri(target)
            assert is_iri(licence.only(target, "source"))
            assert licence.nodes(target, "refinement")


def test_a_constraint_has_two_operands_and_an_operator(licences: list[Graph]) -> None:
    """Constraint Class: several right operands only with an operator on sets."""
    seen = set()
    for licence in licences:
        for constraint in licence.constraints:
            left = licence.only(constraint, "leftOperand")
            operator = licence.only(constraint, "operator").removeprefix(ODRL)
            right = licence.all(constraint, f"{ODRL}rightOperand")
            assert operator in ODRL_OPERATORS
            assert len(right) == 1 or (len(right) > 1 and operator in SETS), (left, operator)
            assert {each.datatype for each in right} == {RIGHT[left]}, (left, right)
            assert all(each.is_literal or is_iri(each.object) for each in right)
            seen.add(left)
    assert seen == set(RIGHT)


def test_a_duty_has_an_action_of_its_own(licences: list[Graph]) -> None:
    """Rule Class, Duty Class."""
    assert sum(1 for licence in licences for _ in licence.duties) >= 30
    for licence in licences:
        for duty in licence.duties:
            assert is_iri(licence.only(duty, "action"))


def test_a_word_that_odrl_has_not_is_defined_where_it_is_used(licences: list[Graph]) -> None:
    """ODRL Profile Mechanism: an action says in which it is included, all are concepts."""
    used_actions, used_operands = set(), set()
    for licence in licences:
        rules = [*licence.permissions, *licence.duties]
        used_actions |= {(licence, licence.only(rule, "action")) for rule in rules}
        used_operands |= {
            (licence, licence.only(one, "leftOperand")) for one in licence.constraints
        }
    for licence, action in used_actions:
        if action.removeprefix(ODRL) not in ODRL_ACTIONS:
            assert licence.only(action, "includedIn") == f"{ODRL}use"
            assert action in licence.of_type(f"{ODRL}Action")
            require_defined(licence, action)
    for licence, operand in used_operands:
        if operand.removeprefix(ODRL) not in ODRL_OPERANDS:
            assert operand in licence.of_type(f"{ODRL}LeftOperand")
            require_defined(licence, operand)
    ours = {name for _, name in used_actions | used_operands if name.startswith(CAMEO)}
    assert ours == {CAMEO + name for name in (*ACTIONS, *LEFT_OPERANDS)}


def require_defined(licence: Graph, word: str) -> None:
    assert word in licence.of_type(f"{SKOS}Concept")
    (definition,) = licence.all(word, f"{SKOS}definition")
    assert definition.is_literal
    assert len(definition.object) > 10
