"""What must hold in every world, for every question."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

import pytest
from hypothesis import assume

from permissions.decide import decide
from permissions.decision import Effect, ReasonCode
from permissions.disclosure import requester_view
from permissions.facts import CameoFacts, CameoStatus, Facts, UseFacts
from permissions.policy import Policy
from permissions.request import Question
from permissions.rules import Condition, Rule, RuleEffect, UnreadableRule
from permissions.terms import Terms
from permissions.vocabulary import Principal, Standing
from tests.permissions.generated import NOW, OWNERS, PEOPLE, Maker
from tests.permissions.properties import both, grants_of, rank, replace_facts, with_policies

T = TypeVar("T")


def stripped(cameo: CameoFacts) -> CameoFacts:
    """The cameo without anything that could be a basis."""
    character = cameo.character
    if character is not None:
        kept = tuple(
            rule
            for rule in character.policies
            if isinstance(rule, UnreadableRule) or rule.effect is not RuleEffect.ALLOW
        )
        character = replace(character, policies=kept)
    return replace(
        cameo,
        policy=replace(cameo.policy, audience={}),
        character=character,
        representations=(),
    )


@both
def test_nothing_is_permitted_without_a_basis(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    cameos = {name: stripped(cameo) for name, cameo in facts.cameos.items()}
    bare = replace_facts(facts, cameos=cameos, grants=(), approvals=())
    decision = decide(request, bare, now=NOW)
    for party in decision.parties:
        if party.effect is not Effect.DENY:
            assert request.requester == OWNERS[party.cameo_id]


@both
def test_every_yes_names_what_it_rests_on(make: Maker) -> None:
    facts = make.facts()
    decision = decide(make.request(), facts, now=NOW)
    known = {grant.id for grant in grants_of(facts)}
    assert {grant.id for grant in decision.grants} <= known
    for party in decision.parties:
        if party.reason.code is ReasonCode.COVERED_BY_GRANT:
            assert party.grants


@both
def test_a_block_never_opens_anything(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    blocked = make.some(PEOPLE)
    harder = with_policies(
        facts, lambda cameo: replace(cameo.policy, blocked=cameo.policy.blocked | blocked)
    )
    before, after = (decide(request, each, now=NOW) for each in (facts, harder))
    assert rank(after) <= rank(before)
    if request.requester in blocked and after.reasons[0].step != 1:
        assert after.effect is Effect.DENY


@both
def test_a_suspension_never_opens_anything(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    suspended = dict.fromkeys(make.some(PEOPLE), Standing.SUSPENDED)
    harder = replace_facts(facts, standings={**facts.standings, **suspended})
    assert rank(decide(request, harder, now=NOW)) <= rank(decide(request, facts, now=NOW))


@both
def test_a_restriction_never_opens_anything(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    extra = make.rules("x", (RuleEffect.DENY, RuleEffect.REVIEW), 3)
    harder = with_policies(
        facts, lambda cameo: replace(cameo.policy, restrictions=cameo.policy.restrictions + extra)
    )
    assert rank(decide(request, harder, now=NOW)) <= rank(decide(request, facts, now=NOW))


@both
def test_a_rule_of_the_deployment_never_opens_anything(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    extra = make.rules("x", (RuleEffect.DENY, RuleEffect.REVIEW), 3)
    rules = facts.deployment.rules + extra
    harder = replace_facts(facts, deployment=replace(facts.deployment, rules=rules))
    assert rank(decide(request, harder, now=NOW)) <= rank(decide(request, facts, now=NOW))


@both
def test_a_revocation_never_opens_anything(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    ended = make.some([grant.id for grant in grants_of(facts)])
    grants = tuple(replace(g, revoked=g.revoked or g.id in ended) for g in grants_of(facts))
    harder = replace_facts(facts, grants=grants)
    before, after = (decide(request, each, now=NOW) for each in (facts, harder))
    assert rank(after) <= rank(before)
    if after.effect is not Effect.DENY:
        assert ended.isdisjoint(grant.id for grant in after.grants)


@both
def test_a_withdrawn_approval_never_opens_anything(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    ended = make.some([approval.id for approval in facts.approvals])
    approvals = tuple(replace(a, revoked=a.revoked or a.id in ended) for a in facts.approvals)
    harder = replace_facts(facts, approvals=approvals)
    before, after = (decide(request, each, now=NOW) for each in (facts, harder))
    assert rank(after) <= rank(before)
    assert ended.isdisjoint(after.approvals)


@both
def test_the_end_of_a_cameo_or_of_a_use_never_opens_anything(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    ended = make.some([*facts.cameos, *facts.uses], 0.3)
    cameos = {
        name: replace(cameo, status=CameoStatus.REVOKED) if name in ended else cameo
        for name, cameo in facts.cameos.items()
    }
    uses = {
        name: replace(use, removed=use.removed or name in ended) for name, use in facts.uses.items()
    }
    harder = replace_facts(facts, cameos=cameos, uses=uses)
    before, after = (decide(request, each, now=NOW) for each in (facts, harder))
    assert rank(after) <= rank(before)
    if ended & {likeness.cameo_id for likeness in request.likenesses}:
        assert after.effect is Effect.DENY


@both
def test_a_policy_that_refuses_never_opens_a_character(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    extra = make.rules("x", (RuleEffect.DENY, RuleEffect.REVIEW), 3)
    cameos = {
        name: replace(
            cameo,
            character=cameo.character
            and replace(cameo.character, policies=cameo.character.policies + extra),
        )
        for name, cameo in facts.cameos.items()
    }
    harder = replace_facts(facts, cameos=cameos)
    assert rank(decide(request, harder, now=NOW)) <= rank(decide(request, facts, now=NOW))


@both
def test_a_narrower_audience_never_opens_anything(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    out = make.some(PEOPLE)
    narrower = with_policies(
        replace_facts(facts, mutuals={}),
        lambda cameo: replace(
            cameo.policy,
            approved=cameo.policy.approved - out,
            audience={a: wide for a, wide in cameo.policy.audience.items() if make.chance(0.5)},
        ),
    )
    assert rank(decide(request, narrower, now=NOW)) <= rank(decide(request, facts, now=NOW))


@both
def test_the_end_of_a_mandate_never_opens_anything(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    cameos = {
        name: replace(
            cameo, representations=tuple(replace(r, revoked=True) for r in cameo.representations)
        )
        for name, cameo in facts.cameos.items()
    }
    harder = replace_facts(facts, cameos=cameos)
    assert rank(decide(request, harder, now=NOW)) <= rank(decide(request, facts, now=NOW))


@both
def test_declaring_less_never_opens_anything(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    aspects = ("purpose", "categories", "territories", "co_appearing", "reference")
    hidden = dict.fromkeys(make.some(aspects))
    silent = replace(request, **hidden)  # type: ignore[arg-type]  # every one may be None
    assert rank(decide(silent, facts, now=NOW)) <= rank(decide(request, facts, now=NOW))


@both
def test_the_order_of_facts_is_irrelevant(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    assert decide(request, shuffled(facts, make.random), now=NOW) == decide(request, facts, now=NOW)


def shuffled(facts: Facts, chance: Random) -> Facts:
    cameos = [*facts.cameos.values()]
    uses = [*facts.uses.values()]
    return replace_facts(
        facts,
        cameos={each.id: shuffled_cameo(each, chance) for each in mixed(tuple(cameos), chance)},
        grants=mixed(grants_of(facts), chance),
        approvals=mixed(facts.approvals, chance),
        deployment=replace(facts.deployment, rules=mixed(facts.deployment.rules, chance)),
        uses={each.id: shuffled_use(each, chance) for each in mixed(tuple(uses), chance)},
    )


def shuffled_cameo(cameo: CameoFacts, chance: Random) -> CameoFacts:
    character = cameo.character
    if character is not None:
        character = replace(
            character,
            policies=mixed(character.policies, chance),
            underlying=mixed(character.underlying, chance),
        )
    restrictions = mixed(cameo.policy.restrictions, chance)
    return replace(
        cameo,
        policy=replace(cameo.policy, restrictions=restrictions),
        character=character,
        representations=mixed(cameo.representations, chance),
    )


def shuffled_use(use: UseFacts, chance: Random) -> UseFacts:
    return replace(use, grants=mixed(use.grants, chance), remix_of=mixed(use.remix_of, chance))


def mixed(of: tuple[T, ...], chance: Random) -> tuple[T, ...]:
    return tuple(chance.sample(of, len(of)))


@both
def test_the_order_of_the_likenesses_is_irrelevant(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    other = replace(request, likenesses=mixed(request.likenesses, make.random))
    one, two = decide(request, facts, now=NOW), decide(other, facts, now=NOW)
    assert (one.effect, one.expires_at, one.obligations) == (
        two.effect,
        two.expires_at,
        two.obligations,
    )
    assert set(one.parties) == set(two.parties)


@both
def test_several_likenesses_are_never_more_permissive_than_each_alone(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    together = decide(request, facts, now=NOW)
    for likeness in request.likenesses:
        alone = decide(replace(request, likenesses=(likeness,)), facts, now=NOW)
        assert rank(together) <= rank(alone)


@both
def test_a_yes_outlives_nothing_that_it_rests_on(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    decision = decide(request, facts, now=NOW)
    assume(decision.effect is not Effect.DENY)
    assert decision.expires_at is None or decision.expires_at > NOW
    by_id = {grant.id: grant for grant in grants_of(facts)}
    ends: list[datetime | None] = [by_id[g.id].terms.not_after for g in decision.grants]
    ends += [facts.cameos[party.cameo_id].credential_expires_at for party in decision.parties]
    ends += [a.not_after for a in facts.approvals if a.id in decision.approvals]
    for end in ends:
        assert end is None or (decision.expires_at is not None and decision.expires_at <= end)


@both
def test_a_yes_holds_until_it_ends(make: Maker) -> None:
    """Nothing scheduled turns a yes around before its own end."""
    facts, request = make.facts(), make.request()
    decision = decide(request, facts, now=NOW)
    assume(decision.effect is not Effect.DENY)
    last = (decision.expires_at or NOW + timedelta(days=30)) - timedelta(microseconds=1)
    assert decide(request, facts, now=last).effect is not Effect.DENY


@both
def test_terms_within_others_cover_nothing_more(make: Maker) -> None:
    parent = make.terms()
    child = narrowed(parent, make) if make.chance(0.7) else make.terms()
    assume(child.within(parent))
    for _ in range(30):
        request = make.request()
        for likeness in request.likenesses:
            question = Question(
                request=request,
                likeness=likeness,
                now=NOW + timedelta(days=make.one((-3, 0, 3))),
                beside=make.some(("person.cam_a", "person.cam_c"), 0.3),
                depth=make.one((0, 1, 2)),
            )
            assert not child.covers(question) or parent.covers(question)


def narrowed(parent: Terms, make: Maker) -> Terms:
    """Terms that differ from `parent` in a few aspects, mostly to the narrow side."""
    other = make.terms()
    changed = make.some(("actions", "facets", "purposes", "categories", "territories"), 0.4)
    values = {aspect: getattr(other, aspect) for aspect in changed}
    depth = max(0, parent.sublicence_depth - 1)
    return replace(parent, sublicence_depth=depth, **values)


PRIVATE = {
    ReasonCode.REQUESTER_BLOCKED,
    ReasonCode.RESTRICTED,
    ReasonCode.RULE_UNREADABLE,
    ReasonCode.NO_BASIS,
    ReasonCode.PERSON_PROTECTED,
    ReasonCode.CAMEO_UNKNOWN,
    ReasonCode.CAMEO_NOT_ACTIVE,
}


@both
def test_the_requester_sees_no_rule_and_no_relation(make: Maker) -> None:
    decision = decide(make.request(), make.facts(), now=NOW)
    view = requester_view(decision)
    assert view.effect is decision.effect
    assert view.expires_at == decision.expires_at
    for reason in (*view.reasons, *(party.reason for party in view.parties)):
        assert reason.code not in PRIVATE
        assert reason.rules == ()
    for party in view.parties:
        assert party.underlies is None
        assert party.seen_as is None
        assert all(needed.principal is None for needed in party.approvals_needed)


@both
def test_a_block_looks_like_being_outside_the_audience(make: Maker) -> None:
    """The blocked see, word for word, what somebody without any relation to the owner sees."""
    facts, request = make.facts(), make.request()
    stranger = Principal("user:stranger")
    request = replace(request, requester=stranger)
    silent = with_policies(facts, lambda c: replace(c.policy, audience={}, blocked=frozenset()))
    blocking = with_policies(
        facts, lambda c: replace(c.policy, audience={}, blocked=frozenset({stranger}))
    )
    unrelated = decide(request, silent, now=NOW)
    assume(all(party.effect is Effect.DENY for party in unrelated.parties))
    blocked = decide(request, blocking, now=NOW)
    assert requester_view(blocked) == requester_view(unrelated)


def test_a_rule_that_allows_is_no_restriction() -> None:
    allowing = Rule(id="r1", effect=RuleEffect.ALLOW, when=Condition())
    with pytest.raises(ValueError, match="`r1` allows instead of restricting"):
        Policy(restrictions=(allowing,))


def test_the_generated_worlds_reach_every_effect() -> None:
    """The properties above are about something."""
    seen = set()
    for seed in range(400):
        make = Maker(random.Random(seed))
        facts = make.facts()
        seen.add(decide(make.request(), facts, now=NOW).effect)
    assert seen == set(Effect)
