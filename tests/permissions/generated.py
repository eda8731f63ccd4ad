"""Random worlds and questions, small enough that everything in them meets.

make = Maker(random.Random(7))
decide(make.request(), make.facts(), now=NOW)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar

from permissions.characters import CharacterFacts, UnderlyingRight
from permissions.deployment import DeploymentRules
from permissions.facts import (
    ApprovalFacts,
    CameoFacts,
    CameoStatus,
    Facts,
    GrantFacts,
    UseFacts,
)
from permissions.obligations import Obligation, ObligationKind
from permissions.policy import Policy
from permissions.representation import Representation, RepresentationKind
from permissions.request import ConsentRequest, Likeness
from permissions.rules import Condition, Rule, RuleEffect, UnreadableRule
from permissions.scope import ALL, Scope
from permissions.terms import Terms
from permissions.vocabulary import (
    PROVEN_BY_ENROLLING,
    Action,
    AppearanceChange,
    Audience,
    Facet,
    Principal,
    Standing,
)

T = TypeVar("T")

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ALICE, BOB, CAROL, DAN = (Principal(f"user:{n}") for n in ("alice", "bob", "carol", "dan"))
AGENCY = Principal("org:agency")
PEOPLE = (ALICE, BOB, CAROL, DAN, AGENCY)
OWNERS = {"cam_a": ALICE, "cam_c": CAROL, "cam_x": AGENCY}
PURPOSES = ("advertising", "advertising.political", "advertising.product", "entertainment")
CATEGORIES = ("violence", "violence.graphic", "violence.mild", "politics")
TERRITORIES = ("US", "US-CA", "US-NY", "DE")
COMPANIONS = ("brand", "brand.acme", "person", "person.cam_c", "character")
DAYS = (-2, -1, 0, 1, 2)


@dataclass(frozen=True, kw_only=True)
class Mix:
    """How often each feature occurs, and which ones do at all."""

    remixes: bool = True
    approvals: bool = True
    agents: bool = True
    unreadable: bool = True


EVERYTHING = Mix()
PLAIN = Mix(remixes=False, approvals=False, agents=False, unreadable=False)


class Maker:
    """Makes the parts of a world from one source of chance."""

    def __init__(self, random: Random, mix: Mix = EVERYTHING) -> None:
        self.random = random
        self.mix = mix

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def some(self, of: Sequence[T], share: float = 0.5) -> frozenset[T]:
        return frozenset(each for each in of if self.chance(share))

    def one(self, of: Sequence[T]) -> T:
        return of[self.random.randrange(len(of))]

    def moment(self, probability: float) -> datetime | None:
        return NOW + timedelta(days=self.one(DAYS)) if self.chance(probability) else None

    def scope(self, codes: Sequence[str]) -> Scope:
        if self.chance(0.5):
            return ALL
        included = frozenset({"*"}) if self.chance(0.4) else self.some(codes, 0.6)
        return Scope(included=included, excluded=self.some(codes, 0.15))

    def terms(self) -> Terms:
        return Terms(
            actions=self.some(tuple(Action), 0.8),
            facets=self.some(tuple(Facet), 0.85),
            not_before=self.moment(0.2),
            not_after=self.moment(0.3),
            purposes=self.scope(PURPOSES),
            categories=self.scope(CATEGORIES),
            territories=self.scope(TERRITORIES),
            co_appearance=self.scope(COMPANIONS),
            appearance_change=self.one(tuple(AppearanceChange)[2:]),
            count=self.one((None, None, None, 5)),
            remix_depth=self.one((0, 1, 2)),
            sublicence_depth=self.one((0, 1, 2)),
            approval_before_publishing=self.chance(0.3),
            obligations=self.obligations(),
        )

    def obligations(self) -> tuple[Obligation, ...]:
        kinds = sorted(self.some(tuple(ObligationKind), 0.1))
        return tuple(Obligation(kind=kind) for kind in kinds)

    def grant(self, id: str, parents: Sequence[GrantFacts]) -> GrantFacts:
        parent = self.one(parents) if parents and self.chance(0.5) else None
        cameo_id = parent.cameo_id if parent else self.one(tuple(OWNERS))
        fits = self.chance(0.9)
        giver = (parent.grantee if parent else OWNERS[cameo_id]) if fits else self.one(PEOPLE)
        terms = self.terms()
        counted = terms.count is not None or self.chance(0.1)
        return GrantFacts(
            id=id,
            version=1,
            cameo_id=cameo_id,
            grantor=giver,
            grantee=self.one(PEOPLE),
            terms=terms,
            revoked=self.chance(0.1),
            parent=parent.id if parent else None,
            remaining=self.one((0, 1, 3, None)) if counted else None,
        )

    def grants(self) -> tuple[GrantFacts, ...]:
        grants: list[GrantFacts] = []
        for number in range(self.random.randrange(7)):
            grants.append(self.grant(f"g{number}", grants))
        return tuple(grants)

    def condition(self, *, company: bool = True) -> Condition:
        def rarely(of: Sequence[T]) -> frozenset[T]:
            return self.some(of, 0.4) if self.chance(0.25) else frozenset()

        return Condition(
            actions=rarely(tuple(Action)),
            facets=rarely(tuple(Facet)),
            purposes=rarely(PURPOSES),
            categories=rarely(CATEGORIES),
            territories=rarely(TERRITORIES),
            co_appearing=rarely(COMPANIONS) if company else frozenset(),
            requesters=rarely(PEOPLE),
            except_requesters=rarely(PEOPLE),
            appearance_change_above=self.one(tuple(AppearanceChange))
            if self.chance(0.15)
            else None,
        )

    def rule(self, id: str, effects: Sequence[RuleEffect]) -> Rule | UnreadableRule:
        if self.mix.unreadable and self.chance(0.03):
            return UnreadableRule(id=id, problem="torn")
        effect = self.one(effects)
        allows = effect is RuleEffect.ALLOW
        return Rule(
            id=id,
            effect=effect,
            when=self.condition(company=not allows),
            obligations=self.obligations() if allows else (),
            not_before=self.moment(0.2),
            not_after=self.moment(0.2),
        )

    def rules(
        self, prefix: str, effects: Sequence[RuleEffect], most: int
    ) -> tuple[Rule | UnreadableRule, ...]:
        count = self.random.randrange(most + 1)
        return tuple(self.rule(f"{prefix}{number}", effects) for number in range(count))

    def policy(self) -> Policy:
        return Policy(
            audience={a: self.one(tuple(Audience)) for a in Action if self.chance(0.6)},
            approved=self.some(PEOPLE, 0.3),
            blocked=self.some(PEOPLE, 0.1),
            restrictions=self.rules("r", (RuleEffect.DENY, RuleEffect.REVIEW), 2),
            review=self.some(tuple(Action), 0.1),
            obligations=self.obligations(),
            remix_depth=self.one((0, 1, 2)),
        )

    def character(self) -> CharacterFacts:
        rights = (UnderlyingRight(cameo_id="cam_c", facets=self.some(tuple(Facet))),)
        return CharacterFacts(
            territories=self.scope(TERRITORIES),
            policies=self.rules("p", tuple(RuleEffect), 3),
            underlying=rights if self.chance(0.5) else (),
        )

    def cameo(self, id: str) -> CameoFacts:
        agents = self.mix.agents and self.chance(0.2)
        return CameoFacts(
            id=id,
            owner=OWNERS[id],
            status=CameoStatus.SUSPENDED if self.chance(0.05) else CameoStatus.ACTIVE,
            credential_expires_at=NOW + timedelta(days=self.one((0, 1, 9, 9, 9, 9))),
            policy=self.policy(),
            enrolled=PROVEN_BY_ENROLLING,
            character=self.character() if id == "cam_x" else None,
            representations=tuple(self.agent() for _ in range(self.one((1, 2)))) if agents else (),
        )

    def agent(self) -> Representation:
        return Representation(
            kind=RepresentationKind.AGENT,
            representative=self.one(PEOPLE),
            scope=self.terms(),
            evidence="mandate",
            revoked=self.chance(0.2),
        )

    def approval(self, id: str) -> ApprovalFacts:
        return ApprovalFacts(
            id=id,
            cameo_id=self.one(tuple(OWNERS)),
            approver=self.one(PEOPLE),
            requester=self.one(PEOPLE),
            action=self.one(tuple(Action)),
            facets=self.some(tuple(Facet), 0.8),
            reference="hash",
            not_after=NOW + timedelta(days=self.one(DAYS)),
            revoked=self.chance(0.1),
        )

    def uses(self, grants: Sequence[GrantFacts]) -> dict[str, UseFacts]:
        uses: dict[str, UseFacts] = {}
        for number in range(2):
            name = f"use{number}"
            uses[name] = UseFacts(
                id=name,
                likenesses=self.likenesses(),
                grants=tuple(sorted(self.some([grant.id for grant in grants], 0.15))),
                remix_of=tuple(uses) if self.chance(0.5) else (),
                removed=self.chance(0.05),
            )
        return uses

    def facts(self) -> Facts:
        grants = self.grants()
        return Facts(
            revision=1,
            cameos={name: self.cameo(name) for name in OWNERS},
            grants=grants,
            mutuals={owner: self.some(PEOPLE, 0.3) for owner in OWNERS.values()},
            standings=dict.fromkeys(self.some(PEOPLE, 0.04), Standing.SUSPENDED),
            deployment=DeploymentRules(
                rules=self.rules("d", (RuleEffect.DENY, RuleEffect.REVIEW), 2),
                protected=self.some(tuple(OWNERS), 0.02),
                obligations=self.obligations(),
            ),
            approvals=tuple(
                self.approval(f"a{number}")
                for number in range(self.random.randrange(3) if self.mix.approvals else 0)
            ),
            uses=self.uses(grants) if self.mix.remixes else {},
        )

    def likenesses(self) -> tuple[Likeness, ...]:
        chosen = sorted(self.some(tuple(OWNERS), 0.3)) or [self.one(tuple(OWNERS))]
        return tuple(
            Likeness(
                cameo_id=name,
                facets=self.some(tuple(Facet), 0.4) or frozenset({Facet.FACE}),
                appearance_change=self.one((None, *AppearanceChange, AppearanceChange.NONE)),
            )
            for name in chosen
        )

    def request(self) -> ConsentRequest:
        remix = self.mix.remixes and self.chance(0.3)
        actions = tuple(Action) if remix else (Action.TAG, Action.GENERATE, Action.PUBLISH)
        declared = 0.85
        return ConsentRequest(
            requester=self.one(PEOPLE),
            action=self.one(actions),
            likenesses=self.likenesses(),
            purpose=self.one(PURPOSES) if self.chance(declared) else None,
            categories=self.some(CATEGORIES, 0.2) if self.chance(declared) else None,
            territories=self.places() if self.chance(declared) else None,
            co_appearing=self.some(COMPANIONS, 0.15) if self.chance(declared) else None,
            remix_of=(self.one(("use0", "use1")),) if remix else (),
            reference="hash",
        )

    def places(self) -> frozenset[str]:
        return self.some(TERRITORIES, 0.3) or frozenset({self.one(("*", "DE", "US-CA"))})
