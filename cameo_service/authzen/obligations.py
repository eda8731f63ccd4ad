"""Obligations as the draft *AuthZEN Profile for Obligations* (draft 1, July 2026) carries them.

Ours are not in the draft's registry, so each is of the type `custom`, with the kind and the text
that the consent answer has. A yes holds only for who does all of them. A caller that declares
what it can do (`context.supported_obligations`, and in the newer text of the draft
`context.supported_mandatory_extensions`) is denied what it could not do.

>>> from permissions.obligations import ObligationKind
>>> obligation_documents((Obligation(kind=ObligationKind.WATERMARK),))[0]["properties"]
{'profile': 'urn:cameo:obligation', 'kind': 'watermark'}
"""

from typing import Any

from cameo_service.authzen.refusals import BadRequest
from permissions.obligations import Obligation

TYPE = "custom"
PROFILE = "urn:cameo:obligation"
EXTENSION = "obligations"
SUPPORTED = (TYPE,)
"""The obligation types that this service issues: `supported_obligations` of the metadata."""


def obligation_documents(obligations: tuple[Obligation, ...]) -> list[dict[str, Any]]:
    """`context.obligations` of a yes."""
    return [
        {"id": f"obl-{number}", "type": TYPE, "properties": _properties(obligation)}
        for number, obligation in enumerate(obligations, start=1)
    ]


def _properties(obligation: Obligation) -> dict[str, str]:
    properties = {"profile": PROFILE, "kind": obligation.kind.value}
    return {**properties, "text": obligation.text} if obligation.text else properties


def check_declarations(context: dict[str, Any]) -> None:
    """Raise `BadRequest` for declarations that cannot be read, whether they matter or not."""
    is_able(context)


def is_able(context: dict[str, Any]) -> bool:
    """Whether the caller, as far as it says anything of it, can do what obligations ask.

    Draft 1: no declaration says nothing. The newer text: who adopts the extension and lists no
    types can do none.
    """
    types = _texts(context, "supported_obligations")
    extensions = _texts(context, "supported_mandatory_extensions")
    if extensions is not None:
        return EXTENSION in extensions and TYPE in (types or ())
    return types is None or TYPE in types


def _texts(context: dict[str, Any], name: str) -> list[str] | None:
    if name not in context:
        return None
    value = context[name]
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadRequest("invalid_request", f"`context.{name}` must be an array of strings")
    return value
