"""The words of a consent question, each in the one spelling used everywhere.

>>> Action("generate") is Action.GENERATE
True
>>> parse_principal("user:alice")
'user:alice'
"""

import re
from enum import StrEnum
from typing import NewType

Principal = NewType("Principal", str)
"""`user:…`, `org:…` or `app:…`: an opaque id that the calling platform owns."""

PRINCIPAL_KINDS = ("user", "org", "app")
_PRINCIPAL = re.compile(r"(?:user|org|app):[A-Za-z0-9][A-Za-z0-9._~@+-]{0,127}")


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


class Audience(StrEnum):
    """Who may act on the owner's standing word, from narrowest to widest."""

    ONLY_ME = "only_me"
    APPROVED = "approved"
    EVERYONE = "everyone"


class MalformedPrincipal(ValueError):
    """The text is not `user:…`, `org:…` or `app:…`."""

    code = "principal_malformed"


def parse_principal(text: str) -> Principal:
    """Return `text` as a principal, or raise `MalformedPrincipal`."""
    if not _PRINCIPAL.fullmatch(text):
        raise MalformedPrincipal(
            f"`{text[:80]}` is not a principal: expected `user:`, `org:` or `app:` and an id of "
            "1 to 128 letters, digits and `._~@+-`"
        )
    return Principal(text)
