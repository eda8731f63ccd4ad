"""`docs/permissions.md` and its neighbours use every word there is, and the code's figures."""

import re
from enum import StrEnum

import pytest

from cameo_service.access import approvals
from cameo_service.authzen import batch, binding, paging, searching
from cameo_service.authzen.vocabulary import ACTIONS, CONTEXT_MEMBERS, KIND_OF_RESOURCE
from cameo_service.facts import held
from cameo_service.grants.durations import LONGEST_YEARS, LONGEST_YEARS_OF_MINORS
from cameo_service.inquiries import counting
from cameo_service.permits import status_lists
from cameo_service.settings import Settings
from permissions.disclosure import TOLD
from permissions.licences import MOST_LINKS
from permissions.representation import AgeBand, RepresentationKind
from permissions.vocabulary import Action, Audience, Facet, OnRevocation
from storage.postgres import probe
from storage.records import AccessState
from tests.docs.walking import ROOT

NUMBERS = {2: "two", 5: "five", 10: "ten", 20: "20"}
SOURCE = "\n".join(
    path.read_text(encoding="utf-8") for path in (ROOT / "cameo_service").rglob("*.py")
)


def page(name: str) -> str:
    return " ".join((ROOT / "docs" / name).read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("permissions.md", Action),
        ("permissions.md", Audience),
        ("permissions.md", Facet),
        ("permissions.md", OnRevocation),
        ("permissions.md", RepresentationKind),
        ("guides/ask-and-approve.md", AccessState),
        ("authzen.md", batch.Semantic),
        ("authzen.md", Action),
    ],
)
def test_every_word_is_there(name: str, words: type[StrEnum]) -> None:
    assert [word for word in words if f"`{word}`" not in page(name)] == []


def test_every_step_stands_in_its_order() -> None:
    steps = re.findall(
        r"^\*\*(\d+)\. ", (ROOT / "docs" / "permissions.md").read_text(), re.MULTILINE
    )
    assert steps == [str(number) for number in range(1, 11)]


def test_every_code_that_a_requester_reads_is_shown_by_example_or_explained() -> None:
    whole = page("permissions.md") + page("api.md")
    assert [code for code in TOLD if code not in whole] == []


def test_every_way_into_the_question_is_mapped() -> None:
    mapped = page("authzen.md")
    names = (*ACTIONS, *CONTEXT_MEMBERS, *KIND_OF_RESOURCE)
    assert [name for name in names if f"`{name}`" not in mapped and f".{name}`" not in mapped] == []


def test_every_code_of_authzen_is_named() -> None:
    codes = set(re.findall(r"(?:BadRequest|TaskRefused)\(\s*\"(\w+)\"", SOURCE))
    assert len(codes) > 15
    assert [code for code in sorted(codes) if f"`{code}`" not in page("authzen.md")] == []


def test_the_age_bands_are_those_of_the_example() -> None:
    assert f'"age_band": "{AgeBand.TEEN}"' in page("permissions.md")


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("permissions.md", f"A chain has {MOST_LINKS} links at most"),
        (
            "permissions.md",
            f"{NUMBERS[LONGEST_YEARS]} years, {NUMBERS[LONGEST_YEARS_OF_MINORS]} where the owner",
        ),
        ("permissions.md", f"ends after {approvals.USUAL.days} days unless said otherwise, a year"),
        ("guides/ask-before-generating.md", f"the {status_lists.TTL_S} seconds for which a copy"),
        ("authzen.md", f"answers up to {batch.MOST_EVALUATIONS} at one revision"),
        (
            "authzen.md",
            f"has {paging.DEFAULT_SIZE} results, {paging.LARGEST_SIZE} at most (`page.limit`)",
        ),
        ("authzen.md", f"looks at {searching.MOST_EXAMINED} candidates at most"),
        ("authzen.md", f"{NUMBERS[binding.LIFETIME.seconds // 60]} minutes"),
        ("operations.md", f"written every {counting.EVERY_S:g} seconds"),
        ("operations.md", f"does not answer within {probe.PATIENCE:g} seconds"),
        ("operations.md", f"at most {held.MOST_PARTS:,} parts"),
    ],
)
def test_a_figure_is_that_of_the_code(name: str, claim: str) -> None:
    assert claim in page(name)


def test_the_times_that_are_said_without_a_setting_are_the_defaults() -> None:
    assert approvals.LONGEST.days == 365
    assert paging.LIFETIME.total_seconds() == 3_600
    assert Settings.model_fields["permit_lifetime_s"].default == 120
