"""Principals, minors, mandates, and grants by index."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from permissions.deployment import DeploymentRules
from permissions.facts import CameoFacts, CameoStatus, Facts, GrantFacts, GrantIndex
from permissions.policy import Policy
from permissions.representation import AgeBand, Minor
from permissions.rules import Condition, Rule, RuleEffect
from permissions.terms import Terms
from permissions.vocabulary import (
    DEPLOYMENT,
    Action,
    Audience,
    MalformedPrincipal,
    Principal,
    Standing,
    is_principal,
    parse_principal,
)

ALICE, BOB = Principal("user:alice"), Principal("user:bob")
TERMS = Terms(actions=frozenset(), facets=frozenset())


def grant(id: str = "g1", version: int = 1, *, revoked: bool = False) -> GrantFacts:
    return GrantFacts(
        id=id,
        version=version,
        cameo_id="cam_1",
        grantor=ALICE,
        grantee=BOB,
        terms=TERMS,
        revoked=revoked,
    )


@pytest.mark.parametrize("text", ["bob", "user:", "user: bob", "team:x", "user:" + "x" * 129])
def test_a_malformed_principal(text: str) -> None:
    with pytest.raises(MalformedPrincipal, match="is not a principal"):
        parse_principal(text)


def test_no_caller_can_be_the_deployment() -> None:
    assert not is_principal(DEPLOYMENT)


def test_audiences_stand_in_order() -> None:
    levels = [Audience.ONLY_ME, Audience.APPROVED, Audience.MUTUALS, Audience.EVERYONE]
    assert list(Audience) == levels
    assert all(wide.reaches(narrow) for narrow, wide in pairwise(levels))
    assert not Audience.APPROVED.reaches(Audience.MUTUALS)


@pytest.mark.parametrize(
    ("on", "band"),
    [
        (date(2026, 5, 3), AgeBand.CHILD),
        (date(2026, 5, 4), AgeBand.TEEN),
        (date(2029, 5, 3), AgeBand.TEEN),
        (date(2029, 5, 4), AgeBand.OLDER_TEEN),
        (date(2000, 1, 1), AgeBand.CHILD),
    ],
)
def test_the_age_band_changes_on_the_birthday(on: date, band: AgeBand) -> None:
    minor = Minor(age_band=AgeBand.OLDER_TEEN, birth_date=date(2013, 5, 4))
    assert minor.band_at(datetime(on.year, on.month, on.day, tzinfo=UTC)) is band


def test_a_child_of_the_leap_day_comes_of_age_on_the_28th() -> None:
    minor = Minor(age_band=AgeBand.TEEN, birth_date=date(2008, 2, 29))
    assert minor.ends_at() == datetime(2026, 2, 28, tzinfo=UTC)


def test_a_minority_ends_with_what_is_known_to_end_first() -> None:
    soon = datetime(2026, 7, 1, tzinfo=UTC)
    both = Minor(age_band=AgeBand.TEEN, birth_date=date(2011, 1, 1), vouched_until=soon)
    assert both.ends_at() == soon
    assert Minor(age_band=AgeBand.TEEN).ends_at() is None


def test_an_index_finds_by_id_and_by_pair() -> None:
    index = GrantIndex([grant("g1"), grant("g2")])
    assert index.find("g2") == grant("g2")
    assert index.find("g3") is None
    assert {each.id for each in index.between("cam_1", BOB)} == {"g1", "g2"}
    assert list(index.between("cam_1", ALICE)) == []


@pytest.mark.parametrize("backwards", [False, True])
def test_an_index_keeps_the_newest_version_and_of_that_the_revoked_one(backwards: bool) -> None:  # noqa: FBT001 -- a case
    versions = [grant(version=1, revoked=True), grant(version=2), grant(version=2, revoked=True)]
    index = GrantIndex(reversed(versions) if backwards else versions)
    assert index.find("g1") == grant(version=2, revoked=True)
    assert list(index.between("cam_1", BOB)) == [grant(version=2, revoked=True)]


def test_facts_take_an_index_as_it_is() -> None:
    index = GrantIndex([grant()])
    facts = Facts(revision=1, cameos={}, grants=index)
    assert facts.index is index
    assert facts.standing_of(BOB) is Standing.ACTIVE


def test_what_the_skeleton_said_still_reads_and_adds_nothing() -> None:
    cameo = CameoFacts(
        id="cam_1",
        owner=ALICE,
        status=CameoStatus.ACTIVE,
        credential_expires_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=1),
        policy=Policy(audience={Action.TAG: Audience.EVERYONE}, approved=frozenset({BOB})),
    )
    assert cameo.character is None
    assert cameo.policy.blocked == frozenset()
    assert grant().parent is None


def test_the_deployment_cannot_allow() -> None:
    allowing = Rule(id="d1", effect=RuleEffect.ALLOW, when=Condition())
    with pytest.raises(ValueError, match="deployment rule `d1` allows"):
        DeploymentRules(rules=(allowing,))
