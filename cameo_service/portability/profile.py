"""The words that our licences use and ODRL 2.2 does not have: an ODRL profile, each word defined.

Left operands are instances of `odrl:LeftOperand`, actions of `odrl:Action` that say in which action
they are included, and both are `skos:Concept` (ODRL Information Model 2.2, "ODRL Profiles"). The
definitions stand in every licence, as what is included with it, so that none has to be looked up.

    >>> PROFILE
    'urn:cameo:ns:odrl-profile-1'
    >>> [each["@id"] for each in definitions() if "includedIn" in each][0]
    'cameo:limit'
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cameo_service.portability.vocabulary import CAMEO

PROFILE = f"{CAMEO}odrl-profile-1"

LEFT_OPERANDS: Mapping[str, str] = MappingProxyType(
    {
        "appearanceChange": "how far the likeness is made to differ from the person",
        "category": "each category of content that the work falls under, with all above it; "
        "`*` is above all, and a work under none keeps to any limit",
        "coAppearance": "everybody and everything that appears beside the likeness, with all "
        "above it; `*` is above all",
        "facet": "the part of the likeness that is used",
        "remixDepth": "how many remixes lie between the work and the first that shows the likeness",
        "sublicenceDepth": "how many sublicences hang below this one, in line",
        "uses": "the works made or published under the policy, of all its permissions together; "
        "one that is made and then published counts once",
    }
)
ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "limit": "to keep to a limit that the owner set in words",
        "preference": "to follow a wish of the owner in words",
        "provenance_label": "to label the work as generated",
        "remix": "to make a work out of an earlier one that shows the likeness",
        "use_as_described": "to use the likeness as the intended use is described",
    }
)


def definitions() -> list[dict[str, Any]]:
    """Every word of the profile, as nodes under the context of a licence."""
    operands = [_concept(name, "LeftOperand", said) for name, said in LEFT_OPERANDS.items()]
    actions = [
        {**_concept(name, "Action", said), "includedIn": "odrl:use"}
        for name, said in ACTIONS.items()
    ]
    return operands + actions


def _concept(name: str, type_: str, definition: str) -> dict[str, Any]:
    return {
        "@id": f"cameo:{name}",
        "type": [type_, "skos:Concept"],
        "skos:definition": definition,
    }
