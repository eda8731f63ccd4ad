"""A stored document that cannot be read never reads as permissive: it denies."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cameo_service.callers import Caller
from cameo_service.consent.canonical import Asked
from cameo_service.consent.decisions import judge
from cameo_service.context import Context
from cameo_service.documents import (
    deployment_document,
    policy_document,
    scope_document,
    terms_document,
)
from cameo_service.facts.reading import TransactionSource
from cameo_service.facts.source import facts_over
from permissions.decision import Decision, ReasonCode
from permissions.deployment import DeploymentRules
from permissions.policy import Policy
from permissions.request import ConsentRequest, Likeness
from permissions.scope import ALL
from permissions.terms import Terms
from permissions.vocabulary import Action, Audience, Facet, Principal, Standing
from storage.contracts import Transaction
from tests.storage import samples

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
DAMAGED: dict[str, Any] = {"version": 1, "torn": True}
CALLER = Caller(key_id="ck", principal="org:p", scopes=frozenset(), acts_for=("user:*", "org:*"))
Damage = dict[str, Any]
TERMS = terms_document(
    Terms.without_limits(actions=frozenset({Action.GENERATE}), facets=frozenset(Facet))
)
EVERYONE = policy_document(Policy(audience={Action.GENERATE: Audience.EVERYONE}))
NOBODY = policy_document(Policy())


def keep(
    tx: Transaction,
    *,
    kind: str = "person",
    policy: Damage = EVERYONE,
    grant: Damage | None = None,
    deployment: Damage | None = None,
    mandate: Damage | None = None,
    territories: Damage | None = None,
    underlying: tuple[Damage, ...] = (),
    age_band: str | None = None,
) -> None:
    tx.cameos.add(samples.cameo(kind=kind, owner="user:ann", credential_expires_at=LATER))
    tx.policies.append(samples.policy(document=policy))
    if kind == "character":
        scope = scope_document(ALL) if territories is None else territories
        tx.characters.add(
            samples.character(
                id="cam_1", owner="user:ann", territories=scope, underlying=underlying
            )
        )
    if grant is not None:
        tx.grants.add(
            samples.grant(
                id="gra_1",
                grantor="user:ann",
                grantee="user:bob",
                terms=grant,
                parent=None,
                revoked_at=None,
            )
        )
    if deployment is not None:
        tx.deployment.append(samples.deployment(document=deployment))
    if mandate is not None:
        tx.mandates.add(
            samples.mandate(
                kind="agent",
                represented="user:ann",
                representative="user:bob",
                scope=mandate,
                revoked_at=None,
            )
        )
    if age_band is not None:
        tx.principals.add(
            samples.principal(
                id="user:ann",
                standing=Standing.ACTIVE,
                age_band=age_band,
                birth_date=None,
                vouched_until=LATER,
            )
        )


def decided(context: Context, requester: str = "user:bob", **stored: Any) -> Decision:
    asked = Asked(
        ConsentRequest(
            requester=Principal(requester),
            action=Action.GENERATE,
            likenesses=(Likeness(cameo_id="cam_1", facets=frozenset({Facet.FACE})),),
            territories=frozenset({"FR"}),
        ),
        None,
    )
    with context.store.write() as tx:
        keep(tx, **stored)
    with context.store.read() as tx:
        return judge(tx, CALLER, asked, now=NOW).decision


CASES: list[tuple[str, Damage, Damage, ReasonCode]] = [
    ("user:bob", {}, {"policy": DAMAGED}, ReasonCode.RULE_UNREADABLE),
    (
        "user:bob",
        {"policy": NOBODY, "grant": TERMS},
        {"policy": NOBODY, "grant": DAMAGED},
        ReasonCode.NO_BASIS,
    ),
    (
        "user:bob",
        {"policy": NOBODY, "mandate": TERMS},
        {"policy": NOBODY, "mandate": DAMAGED},
        ReasonCode.NO_BASIS,
    ),
    (
        "user:ann",
        {"deployment": deployment_document(DeploymentRules())},
        {"deployment": DAMAGED},
        ReasonCode.RULE_UNREADABLE,
    ),
    (
        "user:ann",
        {"kind": "character"},
        {"kind": "character", "territories": DAMAGED},
        ReasonCode.OUTSIDE_TERRITORIES,
    ),
    (
        "user:ann",
        {"kind": "character"},
        {"kind": "character", "underlying": ({"cameo_id": "cam_2"},)},
        ReasonCode.OUTSIDE_TERRITORIES,
    ),
    (
        "user:bob",
        {"kind": "character"},
        {"kind": "character", "policy": DAMAGED},
        ReasonCode.RULE_UNREADABLE,
    ),
    ("user:bob", {}, {"age_band": "ancient"}, ReasonCode.MINORITY_UNPROVEN),
]


@pytest.mark.parametrize("is_damaged", [False, True], ids=["sound", "damaged"])
@pytest.mark.parametrize(("requester", "sound", "damaged", "code"), CASES)
def test_what_cannot_be_read_denies(
    context: Context,
    requester: str,
    sound: Damage,
    damaged: Damage,
    code: ReasonCode,
    is_damaged: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    decision = decided(context, requester, **(damaged if is_damaged else sound))
    assert decision.permitted is not is_damaged
    if is_damaged:
        assert decision.reasons[0].code is code


def test_a_character_without_its_record_is_for_nowhere(context: Context) -> None:
    with context.store.write() as tx:
        tx.cameos.add(samples.cameo(kind="character", owner="user:ann"))
    with context.store.read() as tx:
        cameo = TransactionSource(tx, NOW).cameo("cam_1")
    assert cameo is not None
    assert cameo.character is not None
    assert not cameo.character.territories.included


def test_what_is_asked_for_is_loaded_once_and_nothing_else(context: Context) -> None:
    with context.store.write() as tx:
        keep(tx, grant=TERMS)
    with context.store.read() as tx:
        source = TransactionSource(tx, NOW)
        facts = facts_over(source, Principal("user:bob"))
        assert set(source.parts) == {("approvals", "user:bob"), ("deployment",)}
        assert facts.cameos.get("cam_1") is facts.cameos.get("cam_1")
        assert facts.cameos.get("cam_2") is None
        assert facts.index.between("cam_1", Principal("user:bob"))[0].remaining is None
        for listed in (iter, len):
            with pytest.raises(TypeError):
                listed(facts.cameos)


def test_a_count_says_what_is_left_and_when_more_is(context: Context) -> None:
    counted = {**TERMS, "count": 2}
    with context.store.write() as tx:
        keep(tx, grant=counted)
        tx.reservations.reserve("grant:gra_1", "per_1", expires_at=LATER)
    with context.store.read() as tx:
        source = TransactionSource(tx, NOW)
        grants = source.facts().index.between("cam_1", Principal("user:bob"))
        assert [grant.remaining for grant in grants] == [1]
        assert source.parts["grants", "cam_1", "user:bob"].ends == LATER
