"""What a character has that a person has not: policies, territories, underlying rights.

A character is registered by an organisation, and is a cameo like any other to the procedure. It
can rest on others: a performer's face, a voice, another character.

>>> from permissions.scope import ALL
>>> CharacterFacts(territories=ALL).underlying
()
"""

from dataclasses import dataclass

from permissions.rules import Rule, UnreadableRule
from permissions.scope import NOTHING, Scope
from permissions.vocabulary import Facet


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderlyingRight:
    """Another cameo that these facets of the character are made of."""

    cameo_id: str
    facets: frozenset[Facet]


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterFacts:
    """A character's own rules. `territories` is where its owner says to hold the rights.

    Of the `policies` that apply the most restrictive wins: deny, then review, then allow with the
    obligations of all that allow.
    """

    territories: Scope = NOTHING
    policies: tuple[Rule | UnreadableRule, ...] = ()
    underlying: tuple[UnderlyingRight, ...] = ()
