"""The words of AuthZEN requests that mean something here, and what the others come to.

The standard leaves types and names to who decides, and says that a request with all its required
members is answered with a decision. So a subject type, resource type or action that is not known
here makes a denial and no error, as an unknown id does; the certification scenario (4.6.2) asks
the same of searches, where an unknown type finds nothing. What makes an error (400) is a missing
or ill-typed member, and a member of *our* vocabulary with a value that it cannot have: ignoring
that would decide another question than was asked.

>>> principal_of("user", "bob")
'user:bob'
>>> principal_of("spaceship", "bob") is None
True
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from permissions.vocabulary import PRINCIPAL_KINDS, Action, Facet, Principal, is_principal

CAMEO = "cameo"
CHARACTER = "character"
KIND_OF_RESOURCE: Mapping[str, str] = MappingProxyType({CAMEO: "person", CHARACTER: "character"})
"""The kind of cameo (`CameoRecord.kind`) that a resource type stands for."""

ACTIONS = tuple(action.value for action in Action)
FACETS = tuple(facet.value for facet in Facet)
"""All facets: what a request asks for that names none, because that is the most demanding."""

CONTEXT_MEMBERS = (
    "purpose",
    "categories",
    "territories",
    "co_appearing",
    "remix_of",
    "draft",
)
"""The members of the context that go into the question under their own name."""

RELEVANT_CONTEXT = ("facets", "appearance_change", "likenesses", *CONTEXT_MEMBERS)
"""Every member of the context that the decision looks at."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


def principal_of(type: str, id: str) -> Principal | None:
    """The principal that a subject stands for, or None where there can be none."""
    name = f"{type}:{id}"
    known = type in PRINCIPAL_KINDS and is_principal(name)
    return Principal(name) if known else None


def is_cameo_id(id: str) -> bool:
    """Whether a resource of this service can have this id. Others never reach the store."""
    return _ID.fullmatch(id) is not None
