"""Cedar, an engine of others, answers the same worlds and questions, and must agree."""

import random
from collections import Counter

import pytest
from cedarpy import is_authorized_batch

from permissions.decide import decide
from tests.permissions.cedar import judge
from tests.permissions.generated import NOW, PLAIN, Maker

WORLDS = 200
REQUESTS = 50


def compare(worlds: int, requests: int, seed: int) -> Counter[str]:
    answers: Counter[str] = Counter()
    for number in range(worlds):
        make = Maker(random.Random(f"{seed}-{number}"), PLAIN)
        facts = make.facts()
        asked = [make.request() for _ in range(requests)]
        ours = [decide(request, facts, now=NOW).effect.value for request in asked]
        theirs = judge(facts, asked, is_authorized_batch)
        for request, mine, other in zip(asked, ours, theirs, strict=True):
            assert mine == other, f"world {seed}-{number}: {request}"
        answers.update(ours)
    return answers


def test_cedar_agrees_on_a_thousand_requests() -> None:
    answers = compare(20, REQUESTS, seed=1)
    assert min(answers[effect] for effect in ("permit", "deny")) > 100


@pytest.mark.slow
def test_cedar_agrees_on_ten_thousand_requests() -> None:
    answers = compare(WORLDS, REQUESTS, seed=2)
    assert sum(answers.values()) >= 10_000
    assert min(answers[effect] for effect in ("permit", "deny", "needs_approval")) > 100
