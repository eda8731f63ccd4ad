"""Every JSON-LD document that the service gives out, as a processor without a network reads it."""

import json
import re
from datetime import datetime
from typing import Any

import httpx2
import pytest

from cameo_service.portability.parties import jurisdiction, operator
from cameo_service.portability.vocabulary import (
    CAMEO,
    PREFIXES,
    personal_data,
    processing,
    purpose,
    until,
)
from cameo_service.settings import Settings
from permissions.taxonomy import PURPOSES
from permissions.vocabulary import Action, Facet
from tests.service.receipts.given_out import given_out, path_of
from tests.service.receipts.linked_data import (
    RDF,
    TYPE,
    XSD,
    Document,
    Statement,
    canonical,
    expand,
    in_another_order,
    statements,
    with_one_less,
)
from tests.service.receipts.vocabularies import TERMS
from tests.service.running import RunningService

ISSUER = "http://127.0.0.1:8400/v1/"
DATES = frozenset(
    {
        "http://purl.org/dc/terms/created",
        "http://purl.org/dc/terms/issued",
        "https://w3id.org/dpv#isIndicatedAtTime",
        *(f"{CAMEO}{name}At" for name in ("permitted", "reported", "published")),
    }
)
OTHERS_TYPED = {
    f"{CAMEO}ended": "boolean",
    f"{CAMEO}statedMet": "boolean",
    f"{CAMEO}logEntry": "integer",
    f"{CAMEO}version": "integer",
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")


@pytest.fixture
def documents(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, reviewer: httpx2.Client
) -> dict[str, Document]:
    return given_out(service, platform, studio, reviewer)


def test_every_document_stands_on_its_own_and_says_all_that_it_says(
    documents: dict[str, Document],
) -> None:
    folders = {name.partition("/")[0] for name in documents}
    assert folders == {"", "grants", "consent-receipts", "over"}
    assert len(documents) >= 25
    for name, document in documents.items():
        assert _remote(document["@context"]) == [], name
        expanded, dropped = expand(document)
        assert len(expanded) == 1, name
        assert dropped == [], name


def _remote(context: Any) -> list[str]:
    """The contexts in it that stand elsewhere."""
    if isinstance(context, str):
        return [context]
    if isinstance(context, list):
        return [url for each in context for url in _remote(each)]
    return [] if "@import" not in context else [context["@import"]]


def test_no_member_of_a_document_is_without_effect_on_what_it_states(
    documents: dict[str, Document],
) -> None:
    """What a context leaves undefined, a null, an empty list, a relative name state nothing."""
    for type_ in ("dpv:ConsentRecord", "dpv:ConsentReceipt", "Agreement"):
        whole = max(_of_type(documents, type_), key=lambda each: len(json.dumps(each)))
        document = {
            name: member[1:2] if name in ("permission", "@included") else member
            for name, member in whole.items()
        }
        stated = statements(document)
        for path, changed in with_one_less(document):
            assert statements(changed) != stated, path


def _of_type(documents: dict[str, Document], type_: str) -> list[Document]:
    found = [each for each in documents.values() if type_ in (each.get("@type"), each.get("type"))]
    assert found
    return found


def test_every_term_is_one_that_its_vocabulary_has(documents: dict[str, Document]) -> None:
    used: dict[str, set[str]] = {namespace: set() for namespace in TERMS}
    for name, document in documents.items():
        for each in statements(document):
            for iri in _iris(each):
                namespace = next(
                    (one for one in sorted(TERMS, reverse=True) if iri.startswith(one)), None
                )
                if namespace is None:
                    assert iri.startswith((CAMEO, ISSUER, "_:")), (name, iri)
                else:
                    term = iri.removeprefix(namespace)
                    assert term in TERMS[namespace], (name, iri)
                    used[namespace].add(term)
    used["https://w3id.org/dpv#"] |= {
        purpose(code)["skos:broader"]["@id"].removeprefix("dpv:") for code in PURPOSES
    }
    unused = {one: TERMS[one] - used[one] for one in TERMS if not one.endswith("loc#")}
    # over HTTP every grant has an end
    assert {term for terms in unused.values() for term in terms} == {"UntilEventDuration"}


def _iris(statement: Statement) -> list[str]:
    objects = [] if statement.is_literal else [statement.object]
    return [statement.subject, statement.predicate, *objects]


def test_times_and_numbers_are_typed(documents: dict[str, Document]) -> None:
    seen = set()
    for name, document in documents.items():
        for each in statements(document):
            if each.predicate in DATES:
                assert each.datatype == f"{XSD}dateTime", (name, each)
            if each.predicate in OTHERS_TYPED:
                assert each.datatype == XSD + OTHERS_TYPED[each.predicate], (name, each)
            if each.datatype == f"{XSD}dateTime":
                assert MOMENT.fullmatch(each.object), (name, each)
                assert datetime.fromisoformat(each.object).utcoffset() is not None
            elif each.is_literal:
                assert not MOMENT.fullmatch(each.object), (name, each)
            seen.add(each.predicate)
    assert seen >= DATES | set(OTHERS_TYPED)


def test_what_has_no_order_is_the_same_in_any_order(documents: dict[str, Document]) -> None:
    for name, document in documents.items():
        turned = in_another_order(document)
        assert json.dumps(turned) != json.dumps(document), name
        assert canonical(turned) == canonical(document), name


def test_an_archive_holds_what_the_routes_give(documents: dict[str, Document]) -> None:
    archived = {
        name: each for name, each in documents.items() if not name.startswith(("/", "over"))
    }
    assert len(archived) >= 10
    for name, document in archived.items():
        assert document == documents[path_of(document)], name


@pytest.mark.parametrize("code", [None, "DE", "EU", "ZZ"])
def test_what_an_operator_says_and_does_not_say_is_read(code: str | None) -> None:
    settings = Settings(operator_name=code and "Example", operator_jurisdiction=code)
    document = {
        "@context": dict(PREFIXES),
        **operator(settings),
        "dpv:hasJurisdiction": jurisdiction(settings),
    }
    assert expand(document)[1] == []
    found = {each.predicate.rpartition("#")[2]: each for each in statements(document)}
    if code is None:
        for name in ("hasName", "hasAddress", "hasJurisdiction"):
            assert found[name].object == f"{CAMEO}not-stated"
    else:
        assert found["hasName"].object == "Example"
        place = found["hasJurisdiction"].object
        known = "https://w3id.org/dpv/loc#"
        assert place == (f"{known}{code}" if code in TERMS[known] else f"{CAMEO}territory-{code}")


def test_what_has_no_end_lasts_until_an_event() -> None:
    document = {"@context": dict(PREFIXES), "@id": "cameo:x", "dpv:hasDuration": until(None)}
    found = {each.predicate: each.object for each in statements(document)}
    assert found[TYPE] == "https://w3id.org/dpv#UntilEventDuration"
    assert found[f"{RDF}value"] == "the grant is revoked"


@pytest.mark.parametrize(
    "node",
    [
        *(personal_data(facet.value) for facet in Facet),
        *(processing(action.value) for action in Action),
        *(purpose(code) for code in sorted(PURPOSES)),
    ],
    ids=lambda node: str(node["dct:identifier"]),
)
def test_every_word_of_ours_has_a_category_of_dpv(node: dict[str, Any]) -> None:
    document = {"@context": dict(PREFIXES), **node}
    assert expand(document)[1] == []
    found = {each.predicate.rpartition("#")[2]: each.object for each in statements(document)}
    namespace, _, term = found["broader"].partition("#")
    assert term in TERMS[f"{namespace}#"]
    assert found["type"].removeprefix("https://w3id.org/dpv#") in TERMS["https://w3id.org/dpv#"]
