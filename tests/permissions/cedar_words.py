"""The oracle's own words: hierarchies spelled out, and bits of Cedar text.

>>> sorted(below("territories", ["US"]))
['US', 'US-CA', 'US-NY']
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

Code = str

PARENT = {
    "purpose": {
        "*": None,
        "advertising": "*",
        "advertising.political": "advertising",
        "advertising.product": "advertising",
        "entertainment": "*",
    },
    "categories": {
        "*": None,
        "violence": "*",
        "violence.graphic": "violence",
        "violence.mild": "violence",
        "politics": "*",
    },
    "territories": {"*": None, "US": "*", "US-CA": "US", "US-NY": "US", "DE": "*"},
    "co_appearing": {
        "*": None,
        "brand": "*",
        "brand.acme": "brand",
        "person": "*",
        "person.cam_a": "person",
        "person.cam_c": "person",
        "character": "*",
        "character.cam_x": "character",
    },
}


def line(aspect: str, code: Code) -> Iterator[Code]:
    at: Code | None = code
    while at is not None:
        yield at
        at = PARENT[aspect][at]


def below(aspect: str, codes: Iterable[Code]) -> frozenset[Code]:
    wanted = set(codes)
    return frozenset(code for code in PARENT[aspect] if wanted & set(line(aspect, code)))


def above(aspect: str, codes: Iterable[Code]) -> frozenset[Code]:
    return frozenset(up for code in codes for up in line(aspect, code) if up != code)


def window(not_before: datetime | None, not_after: datetime | None) -> Iterator[str]:
    if not_before is not None:
        yield f"context.now >= {seconds(not_before)}"
    if not_after is not None:
        yield f"context.now < {seconds(not_after)}"


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def conjunction(parts: Sequence[str]) -> str:
    return " && ".join(["true", *parts])


def literal(codes: Iterable[str]) -> str:
    return json.dumps(sorted(codes))
