"""The hierarchies of content categories and purposes, as data, and what may appear beside.

A code names its parents: `advertising.political` lies below `advertising`, and everything below
`*`. A rule on a code holds for all below it. Categories name only what somebody may want to keep
a likeness out of: content that falls under none declares the empty set. Requests should declare
the narrowest code that is true; a rule on `violence.graphic` cannot be judged from `violence`.

>>> lineage("advertising.political")
('advertising.political', 'advertising', '*')
>>> is_category("violence.graphic"), is_category("gore")
(True, False)
"""

import re
from functools import lru_cache
from types import MappingProxyType

EVERYTHING = "*"
"""The root of every hierarchy."""

CATEGORIES = MappingProxyType(
    {
        "alcohol": "alcoholic drinks are shown or praised",
        "body": "the body is judged or changed for its looks",
        "body.cosmetic": "cosmetic surgery or treatment",
        "body.weight": "weight loss or gain",
        "crime": "crimes are shown as done by the likeness",
        "crime.accusation": "a real crime is said to have been committed by the likeness",
        "deception": "made to be taken for a record of what happened",
        "deception.impersonation": "the likeness seems to speak to others in its own name",
        "deception.news": "made to look like a news report",
        "drugs": "drugs other than alcohol and tobacco",
        "gambling": "betting, casinos, lotteries",
        "hate": "contempt for people for what they are",
        "health": "sickness, treatment, remedies",
        "health.advice": "the likeness gives medical advice",
        "horror": "made to frighten",
        "humiliation": "the likeness is mocked or degraded",
        "money": "financial products and advice",
        "money.crypto": "crypto-assets",
        "politics": "parties, elections, office holders, public causes",
        "politics.campaign": "for or against a candidate, party or ballot",
        "politics.cause": "for or against a public cause",
        "politics.satire": "politics, plainly as a joke",
        "religion": "belief, worship, proselytising",
        "self_harm": "suicide, self-injury, eating disorders",
        "sexual": "sexual or suggestive content",
        "sexual.explicit": "sexual acts",
        "sexual.nudity": "nudity without sexual acts",
        "sexual.suggestive": "suggestive without nudity",
        "tobacco": "tobacco and nicotine",
        "violence": "people or animals are hurt",
        "violence.fantasy": "violence that is plainly not real, as in a cartoon",
        "violence.graphic": "wounds, blood, death in detail",
        "violence.mild": "violence without injury in sight",
        "violence.sport": "combat sports",
        "weapons": "weapons are shown or praised",
    }
)

PURPOSES = MappingProxyType(
    {
        "accessibility": "to give a person access: dubbing, sign language, a lost voice",
        "advertising": "to promote something for gain or support",
        "advertising.endorsement": "the likeness seems to recommend a product or service",
        "advertising.political": "for a candidate, party or public cause",
        "advertising.product": "a product or service, without endorsement",
        "advertising.recruitment": "to win staff or members",
        "art": "works of art for their own sake",
        "education": "teaching and learning",
        "entertainment": "films, series, games, music",
        "entertainment.film": "films and series",
        "entertainment.game": "games",
        "entertainment.live": "shows before an audience",
        "entertainment.music": "music and its videos",
        "entertainment.social": "posts for followers",
        "internal": "inside one organisation only",
        "merchandise": "goods that carry the likeness",
        "news": "reporting on events",
        "news.documentary": "documentary film and sound",
        "personal": "private, without gain",
        "research": "scientific research",
        "satire": "satire and parody",
        "service": "an assistant or agent that answers people",
        "service.companion": "a companion that keeps people company",
        "service.support": "customer support",
        "training": "to train or tune a model",
    }
)

COMPANIONS = MappingProxyType(
    {
        "person": "another person; `person.<cameo id>` for one of them",
        "character": "a character; `character.<cameo id>` for one of them",
        "brand": "a brand or trade mark; `brand.<name>` for one of them",
    }
)
"""What may appear beside a likeness: co-appearance."""

_COMPANION = re.compile(r"(?:person|character|brand)(?:\.[A-Za-z0-9_-]{1,128})?")


@lru_cache(maxsize=8192)
def lineage(code: str) -> tuple[str, ...]:
    """Return `code` and everything above it, the root last. Places part at `-`, the rest at `.`."""
    if code == EVERYTHING:
        return (EVERYTHING,)
    parent, separator, _ = code.rpartition("." if "." in code else "-")
    return (code, *lineage(parent if separator else EVERYTHING))


def is_category(code: str) -> bool:
    """Whether `code` is a content category."""
    return code in CATEGORIES


def is_purpose(code: str) -> bool:
    """Whether `code` is a purpose."""
    return code in PURPOSES


def is_companion(code: str) -> bool:
    """Whether `code` names something that may appear beside a likeness."""
    return _COMPANION.fullmatch(code) is not None
