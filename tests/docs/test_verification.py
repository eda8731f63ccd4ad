"""`docs/verification.md` has the verifier's checks, codes, figures and attacks."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from tests.verification.test_remedies import CODES
from tests.verification.test_verifier import EXPECTED, LEFT_FOR_LATER
from verification.liveness import (
    blink,
    depth,
    digits,
    earlier,
    head_still,
    integrity,
    lips,
    passive,
    person,
    presence,
    sound_quality,
    speech,
    stillness,
    turns,
    voice,
)
from verification.packs.catalogue import built_in
from verification.portrait import check_portrait
from verification.quality import check_quality
from verification.studio.attacks import ATTACKS
from verification.tolerances import Tolerances
from verification.track import Track

PAGE = (Path(__file__).parents[2] / "docs" / "verification.md").read_text(encoding="utf-8")
MODULES = (
    *(presence, person, None, stillness, integrity, turns, depth, blink, passive),
    *(speech, sound_quality, digits, lips, voice, head_still),
)
"""The modules of the checks in the verifier's order; None is where the picture's quality comes."""


def words(page: str) -> str:
    return " ".join(page.split())


def test_the_checks_stand_in_the_order_of_the_verifier() -> None:
    names = ["media"]
    for module in MODULES:
        if module is None:
            names += [check.name for check in check_quality(Track.empty(), Tolerances().quality)]
            names += [check.name for check in check_portrait((), Tolerances().portrait)]
        else:
            names.append(module.NAME)
    names += [earlier.FACE, earlier.VOICE]
    headings = " ".join(re.findall(r"^### (.*)$", PAGE, re.MULTILINE))
    assert re.findall(r"`(\w+)`", headings) == names


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(code: str) -> None:
    assert f"`{code}`" in PAGE


BOUNDS = [
    (group.name, field.name, getattr(getattr(Tolerances(), group.name), field.name))
    for group in fields(Tolerances)
    for field in fields(getattr(Tolerances(), group.name))
]


@pytest.mark.parametrize(("group", "name", "value"), BOUNDS)
def test_every_tolerance_stands_with_its_value(group: str, name: str, value: float) -> None:
    written = rf"`{group}\.{name}` {re.escape(f'{value:g}')}(?![\d.]*\d)"
    assert re.search(written, words(PAGE)), (group, name, value)


def test_every_threshold_of_the_default_pack_stands_with_its_value() -> None:
    for part in built_in()["open"].components.values():
        for name, threshold in part.thresholds.items():
            assert f"`{part.role}.{name}` {threshold.value:g}" in words(PAGE)


def test_every_attack_stands_here_once_with_what_becomes_of_it() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| .* \| (.*) \|$", PAGE, re.MULTILINE))
    assert set(rows) == set(ATTACKS)
    assert {name for name, outcome in rows.items() if outcome.startswith("**left**")} == (
        LEFT_FOR_LATER
    )
    for name, codes in EXPECTED.items():
        named = set(re.findall(r"`(\w+)`", rows[name]))
        assert rows[name].startswith("rejected: ")
        assert named <= codes
