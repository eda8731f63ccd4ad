"""The words of others that we write, and how ours map to them; nothing of theirs is invented.

DPV 2.2 (https://w3id.org/dpv) with its extensions for personal data and places, and ODRL 2.2
(https://www.w3.org/TR/odrl-vocab/). Where neither has a word, ours stands under `cameo:`. The
contexts stand in the documents, so that no network is needed to read them.

    >>> purpose("advertising.recruitment")["skos:broader"]
    {'@id': 'dpv:RecruitmentAdvertising'}
    >>> purpose("satire")["skos:broader"]
    {'@id': 'dpv:Purpose'}
    >>> place("DE"), place("US-CA")
    ('loc:DE', 'cameo:territory-US-CA')
    >>> present({"dct:description": "", "dct:format": "video/mp4", "dpv:hasLocation": []})
    {'dct:format': 'video/mp4'}
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from permissions.taxonomy import EVERYTHING, PURPOSES, lineage
from permissions.territories import COUNTRIES
from permissions.vocabulary import Action, Facet

CAMEO = "urn:cameo:ns:"
PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "cameo": CAMEO,
        "dct": "http://purl.org/dc/terms/",
        "dpv": "https://w3id.org/dpv#",
        "loc": "https://w3id.org/dpv/loc#",
        "pd": "https://w3id.org/dpv/pd#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
)

_PURPOSES = MappingProxyType(
    {
        "advertising": "dpv:Advertising",
        "advertising.political": "dpv:PoliticalCampaign",
        "advertising.recruitment": "dpv:RecruitmentAdvertising",
        "merchandise": "dpv:SellProducts",
        "personal": "dpv:NonCommercialPurpose",
        "research": "dpv:ScientificResearch",
        "service": "dpv:ServiceProvision",
        "service.support": "dpv:CustomerCare",
    }
)
_FACETS = MappingProxyType(
    {Facet.FACE: "pd:FacialPrint", Facet.VOICE: "pd:Biometric", Facet.NAME: "pd:Name"}
)
_PROCESSING = MappingProxyType(
    {
        Action.TAG: "dpv:Use",
        Action.GENERATE: "dpv:Generate",
        Action.REMIX: "dpv:Adapt",
        Action.PUBLISH: "dpv:MakeAvailable",
    }
)
_PLACES = COUNTRIES | {"EU"}
ODRL_ACTIONS = MappingProxyType(
    {
        Action.TAG: "odrl:index",
        Action.GENERATE: "odrl:derive",
        # `odrl:modify` makes no new asset, and what lies in `odrl:derive` is permitted with it
        Action.REMIX: "cameo:remix",
        Action.PUBLISH: "odrl:distribute",
    }
)
ODRL_DUTIES = MappingProxyType(
    {
        "watermark": "odrl:watermark",
        "credit": "odrl:attribute",
        "compensation": "odrl:compensate",
        "notify": "odrl:inform",
    }
)
"""The duties that ODRL has a word for."""


def purpose(code: str) -> dict[str, Any]:
    """A purpose as DPV: the nearest term that it has for this one or for what lies above it."""
    above = [_PURPOSES[each] for each in lineage(code) if each in _PURPOSES]
    return {
        "@id": purpose_id(code),
        **_kind_of("dpv:Purpose", above[0] if above else "dpv:Purpose"),
        "dct:identifier": code,
        **present({"dct:description": PURPOSES.get(code)}),
    }


def purpose_id(code: str) -> str:
    """The IRI of a purpose."""
    return f"cameo:purpose-{_named(code)}"


def personal_data(facet: str) -> dict[str, Any]:
    """A facet as DPV's category of personal data."""
    return {**_kind_of("dpv:PersonalData", _FACETS[Facet(facet)]), "dct:identifier": facet}


def processing(action: str) -> dict[str, Any]:
    """An action as DPV's kind of processing."""
    return {**_kind_of("dpv:Processing", _PROCESSING[Action(action)]), "dct:identifier": action}


def place(code: str) -> str:
    """A territory as an IRI: countries and the EU are DPV's; `*` and subdivisions are ours.

    DPV has subdivisions too, but only those of its list, and here they are checked by their form.
    """
    return f"loc:{code}" if code in _PLACES else f"cameo:territory-{_named(code)}"


def moment(text: str) -> dict[str, str]:
    """A moment in ISO 8601 as a typed value."""
    return {"@type": "xsd:dateTime", "@value": text}


def until(text: str | None) -> dict[str, Any]:
    """How long something holds: to a moment, or where none is given until it is revoked."""
    if text is None:
        return {"@type": "dpv:UntilEventDuration", "rdf:value": "the grant is revoked"}
    return {"@type": "dpv:UntilTimeDuration", "rdf:value": moment(text)}


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that say something: nulls and empty lists and texts are no statement in RDF."""
    return {name: value for name, value in members.items() if value not in (None, "", [])}


def _kind_of(type_: str, category: str) -> dict[str, Any]:
    """An instance and its category, as the guide to `dpv-27560` tells them apart."""
    return {"@type": type_, "skos:broader": {"@id": category}}


def _named(code: str) -> str:
    return "any" if code == EVERYTHING else code
