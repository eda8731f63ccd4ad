"""Documents as a JSON-LD 1.1 processor reads them that has no network, and what they state in RDF.

The processor is PyLD: JSON-LD 1.1 with RDF canonicalization. It calls back for each member that it
drops, so what a context leaves undefined is seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from pyld import jsonld

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = f"{RDF}type"
Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A triple. `datatype` is empty where the object is a node; nodes without a name begin `_:`."""

    subject: str
    predicate: str
    object: str
    datatype: str

    @property
    def is_literal(self) -> bool:
        return self.datatype != ""


def refuse_network(url: str, _options: object) -> NoReturn:
    raise AssertionError(f"`{url}` is asked for, which who reads this offline does not have")


def expand(document: Document) -> tuple[list[Document], list[str]]:
    """The document expanded, and the members that were dropped."""
    dropped: list[str] = []
    expanded = jsonld.expand(document, _options(), on_property_dropped=dropped.append)
    return expanded, dropped


def statements(document: Document) -> list[Statement]:
    dataset = jsonld.to_rdf(document, _options())
    assert set(dataset) == {"@default"}
    return [
        Statement(
            subject=each["subject"]["value"],
            predicate=each["predicate"]["value"],
            object=each["object"]["value"],
            datatype=each["object"].get("datatype", ""),
        )
        for each in dataset["@default"]
    ]


def canonical(document: Document) -> str:
    """The N-Quads of the document after RDF Dataset Canonicalization."""
    options = {**_options(), "algorithm": "URDNA2015", "format": "application/n-quads"}
    quads = jsonld.normalize(document, options)
    assert isinstance(quads, str)
    return quads


def in_another_order(value: Any) -> Any:
    """The same document with every member and every element the other way round."""
    if isinstance(value, dict):
        return {name: in_another_order(value[name]) for name in reversed(value)}
    return (
        [in_another_order(each) for each in reversed(value)] if isinstance(value, list) else value
    )


def with_one_less(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The value without one member or element, for each of them however deep, and which it was."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name != "@context":
                rest = {other: kept for other, kept in value.items() if other != name}
                yield f"{path}/{name}", rest
                for where, changed in with_one_less(member, f"{path}/{name}"):
                    yield where, {**value, name: changed}
    elif isinstance(value, list):
        for index, element in enumerate(value):
            before, after = value[:index], value[index + 1 :]
            yield f"{path}/{index}", before + after
            for where, changed in with_one_less(element, f"{path}/{index}"):
                yield where, [*before, changed, *after]


def _options() -> dict[str, Any]:
    return {"documentLoader": refuse_network, "processingMode": "json-ld-1.1"}
