"""The parties of a consent record: who gives, who receives, who runs the service.

Of principals only their ids are known here: names and addresses are the platform's, which is why
it can be asked. What an operator has not said is said to be unknown, not left out.

    >>> party("user:ann", "dpv:DataSubject")["@id"]
    'cameo:party-user:ann'
"""

from typing import Any

from cameo_service.portability.vocabulary import place
from cameo_service.settings import Settings

NOT_STATED = {"@id": "cameo:not-stated"}


def party(principal: str, *roles: str) -> dict[str, Any]:
    """A principal in these roles."""
    return {
        "@id": party_id(principal),
        "@type": list(roles),
        "dct:identifier": principal,
    }


def party_id(principal: str) -> str:
    """The IRI of a principal in a document of ours."""
    return f"cameo:party-{principal}"


def operator(settings: Settings) -> dict[str, Any]:
    """Who runs this service and answers for it, as the settings say."""
    return {
        "@id": "cameo:operator",
        "@type": ["dpv:LegalEntity", "dpv:DataController"],
        "dct:identifier": settings.issuer,
        "dpv:hasName": settings.operator_name or NOT_STATED,
        "dpv:hasAddress": settings.operator_address or NOT_STATED,
        "dpv:hasContact": settings.operator_contact or settings.issuer,
    }


def jurisdiction(settings: Settings) -> dict[str, str]:
    """Under whose law the operator processes, as the settings say."""
    code = settings.operator_jurisdiction
    return {"@id": place(code)} if code is not None else NOT_STATED
