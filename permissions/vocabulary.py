"""The words of a consent question, each in the one spelling used everywhere.

Categories and purposes stand in `taxonomy`, places in `territories`.

>>> Action("generate") is Action.GENERATE
True
>>> parse_principal("user:alice")
'user:alice'
>>> Audience.MUTUALS.reaches(Audience.APPROVED)
True
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NewType

Principal = NewType("Principal", str)
"""`user:…`, `org:…` or `app:…`: an opaque id that the calling platform owns."""

PRINCIPAL_KINDS = ("user", "org", "app")
_PRINCIPAL = re.compile(r"(?:user|org|app):[A-Za-z0-9][A-Za-z0-9._~@+-]{0,127}")

DEPLOYMENT = Principal("deployment")
"""Who runs this service. No caller can be it: it is not a well-formed principal."""


class Action(StrEnum):
    """What a requester may want to do with a likeness."""

    TAG = "tag"
    GENERATE = "generate"
    REMIX = "remix"
    PUBLISH = "publish"


class Facet(StrEnum):
    """The part of a likeness that is used."""

    FACE = "face"
    VOICE = "voice"
    NAME = "name"


PROVEN_BY_ENROLLING = frozenset({Facet.FACE, Facet.VOICE})
"""What a person's enrollment proves or leaves open. A name is not measured."""


class Audience(StrEnum):
    """Who may act on the owner's standing word. Each level includes the narrower ones."""

    ONLY_ME = "only_me"
    APPROVED = "approved"
    MUTUALS = "mutuals"
    EVERYONE = "everyone"

    def reaches(self, other: "Audience") -> bool:
        """Whether this level is at least as wide as `other`."""
        return _WIDTH[self] >= _WIDTH[other]


_WIDTH = {audience: width for width, audience in enumerate(Audience)}


class AppearanceChange(StrEnum):
    """How far a likeness is made to differ from the person: the higher, the further."""

    NONE = "none"
    SUBTLE = "subtle"  # light, make-up, clothes
    MARKED = "marked"  # hair, age, build
    COMPLETE = "complete"  # another body, species or sex; only the identity remains

    def exceeds(self, limit: "AppearanceChange") -> bool:
        """Whether this is more change than `limit`."""
        return _EXTENT[self] > _EXTENT[limit]


_EXTENT = {change: extent for extent, change in enumerate(AppearanceChange)}


class Standing(StrEnum):
    """What the deployment says of a principal."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"


class OnRevocation(StrEnum):
    """What the end of a grant does to what was already made, from lenient to strict.

    In every class new permits stop at once; that is not a term but a promise of the service.
    """

    PUBLISHED_STAYS = "published_stays"  # a promise to the licensee: what is out stays out
    STOP_NEW = "stop_new"  # no promise, and nothing is asked for
    RECALL_DRAFTS = "recall_drafts"  # drafts that are not out yet are deleted
    ASK_REMOVAL = "ask_removal"  # that, and hosts are asked to take published work down

    def is_as_strict_as(self, other: "OnRevocation") -> bool:
        """Whether this class takes back at least what `other` takes back."""
        return _STRICTNESS[self] >= _STRICTNESS[other]


_STRICTNESS = {each: rank for rank, each in enumerate(OnRevocation)}


class MalformedPrincipal(ValueError):
    """The text is not `user:…`, `org:…` or `app:…`."""

    code = "principal_malformed"


def parse_principal(text: str) -> Principal:
    """Return `text` as a principal, or raise `MalformedPrincipal`."""
    if not is_principal(text):
        raise MalformedPrincipal(
            f"`{text[:80]}` is not a principal: expected `user:`, `org:` or `app:` and an id of "
            "1 to 128 letters, digits and `._~@+-`"
        )
    return Principal(text)


@lru_cache(maxsize=8192)
def is_principal(text: str) -> bool:
    """Whether `text` is a well-formed principal."""
    return _PRINCIPAL.fullmatch(text) is not None
