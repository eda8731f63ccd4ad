"""The words of others that we write, and how ours map to them; nothing of theirs is invented.

DPV 2.2 (https://w3id.org/dpv) with its personal data extension, and ODRL 2.2
(https://www.w3.org/TR/odrl-vocab/). Where neither has a word, ours stands under `cameo:`. The
contexts stand in the documents, so that no network is needed to read them.

    >>> purpose("advertising.recruitment")["@type"]
    'dpv:RecruitmentAdvertising'
    >>> purpose("satire")["@type"]
    'dpv:Purpose'
    >>> place("DE"), place("US-CA")
    ('loc:DE', 'cameo:territory-US-CA')
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from permissions.taxonomy import PURPOSES, lineage
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
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
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
ODRL_ACTIONS = MappingProxyType(
    {
        Action.TAG: "odrl:index",
        Action.GENERATE: "odrl:derive",
        Action.REMIX: "odrl:modify",
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
    described = {"dct:description": PURPOSES[code]} if code in PURPOSES else {}
    return {
        "@id": f"cameo:purpose-{code}" if code != "*" else "cameo:purpose-any",
        "@type": above[0] if above else "dpv:Purpose",
        "dct:identifier": code,
        **described,
    }


def personal_data(facet: str) -> dict[str, Any]:
    """A facet as DPV's category of personal data."""
    return {"@type": _FACETS[Facet(facet)], "dct:identifier": facet}


def processing(action: str) -> dict[str, Any]:
    """An action as DPV's kind of processing."""
    return {"@type": _PROCESSING[Action(action)], "dct:identifier": action}


def place(code: str) -> str:
    """A territory as an IRI: countries are DPV's; `*` and subdivisions are ours."""
    if code in COUNTRIES:
        return f"loc:{code}"
    return "cameo:territory-any" if code == "*" else f"cameo:territory-{code}"


def moment(text: str) -> dict[str, str]:
    """A moment in ISO 8601 as a typed value."""
    return {"@type": "xsd:dateTime", "@value": text}
