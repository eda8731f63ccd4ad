"""What must hold for every chain of grants, whatever its links say."""

import random
from collections.abc import Iterator
from dataclasses import replace

from permissions.decide import decide
from permissions.decision import Effect
from permissions.deployment import DeploymentRules
from permissions.facts import Facts, GrantFacts
from permissions.policy import Policy
from permissions.request import ConsentRequest
from permissions.terms import Terms
from permissions.vocabulary import Action, Facet, Principal
from tests.permissions.generated import NOW, OWNERS, PEOPLE, Maker
from tests.permissions.properties import both, grants_of, replace_facts, with_policies

WIDEST = Terms.without_limits(actions=frozenset(Action), facets=frozenset(Facet))


def sublicensed(make: Maker) -> Facts:
    """A world in which everybody holds a link below each owner, within its parents or not."""
    facts, grants = make.facts(), []
    for cameo_id, owner in OWNERS.items():
        giver, parent, terms = owner, None, replace(WIDEST, remix_depth=make.one((0, 1, 2)))
        for holder in make.random.sample(PEOPLE, len(PEOPLE)):
            name = f"{cameo_id}-{holder}"
            grants.append(
                GrantFacts(
                    id=name,
                    version=1,
                    cameo_id=cameo_id,
                    grantor=giver,
                    grantee=holder,
                    terms=replace(terms, sublicence_depth=make.one((1, 5, 5))),
                    revoked=make.chance(0.02),
                    parent=parent,
                    remaining=make.one((1, 5)),
                )
            )
            giver, parent = holder, name
            aspect = make.one(("actions", "facets", "purposes", "categories", "territories"))
            if make.chance(0.5):
                terms = replace(terms, **{aspect: getattr(make.terms(), aspect)})
    plain = with_policies(facts, lambda cameo: Policy(blocked=cameo.policy.blocked))
    return replace_facts(plain, grants=tuple(grants), approvals=(), deployment=DeploymentRules())


def instead(facts: Facts, link: GrantFacts, requester: Principal) -> Facts:
    """The same world, but the owner gave the terms of `link` to the requester directly."""
    direct = replace(
        link, id="direct", parent=None, grantor=OWNERS[link.cameo_id], grantee=requester
    )
    others = [
        grant
        for grant in grants_of(facts)
        if (grant.cameo_id, grant.grantee) != (link.cameo_id, requester)
    ]
    return replace_facts(facts, grants=(*others, direct))


def sublicences(request: ConsentRequest, facts: Facts) -> Iterator[tuple[str, GrantFacts]]:
    """Yield every link of every chain of several that a yes rests on, with its cameo."""
    by_id = {grant.id: grant for grant in grants_of(facts)}
    for party in decide(request, facts, now=NOW).parties:
        if len(party.grants) > 1 and party.underlies is None:
            for reference in party.grants:
                yield party.cameo_id, by_id[reference.id]


@both
def test_a_sublicence_never_exceeds_its_parents(make: Maker) -> None:
    """What a chain allows, the owner would have allowed with the terms of any of its links."""
    facts, request = sublicensed(make), make.request()
    for cameo_id, link in sublicences(request, facts):
        assert not link.revoked
        alone = decide(request, instead(facts, link, request.requester), now=NOW)
        (party,) = (p for p in alone.parties if (p.cameo_id, p.underlies) == (cameo_id, None))
        assert party.effect is not Effect.DENY


@both
def test_the_end_of_a_link_ends_all_below_it(make: Maker) -> None:
    facts, request = sublicensed(make), make.request()
    for cameo_id, link in sublicences(request, facts):
        grants = tuple(replace(g, revoked=g.revoked or g.id == link.id) for g in grants_of(facts))
        after = decide(request, replace_facts(facts, grants=grants), now=NOW)
        (party,) = (p for p in after.parties if (p.cameo_id, p.underlies) == (cameo_id, None))
        assert party.effect is Effect.DENY


def test_the_sublicensed_worlds_hold_chains_that_say_yes() -> None:
    """The two properties above are about something."""
    makers = [Maker(random.Random(seed)) for seed in range(200)]
    chains = [list(sublicences(make.request(), sublicensed(make))) for make in makers]
    assert sum(bool(links) for links in chains) > 20
