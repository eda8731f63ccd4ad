"""What platforms, generators and rights holders do, end to end: both clients, the real service."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from cameo_service.callers import Scope
from cameo_service.client import (
    AskingInVain,
    Asset,
    CharacterSheet,
    Codes,
    Condition,
    ConsentDenied,
    ConsentRequest,
    DeploymentRules,
    Likeness,
    Minor,
    Obligation,
    Permit,
    Policy,
    ProblemError,
    Rule,
    Terms,
    TokenError,
)
from tests.client.speaking import Speak, Speaker
from tests.service.running import RunningService

STUDIO, HOUSE = "app:studio", "org:house"
STUDIO_SCOPES = (
    *(Scope.CONSENT_CHECK, Scope.PERMITS_ISSUE, Scope.PERMITS_INTROSPECT),
    *(Scope.USES_READ, Scope.USES_WRITE, Scope.ACCESS_REQUEST, Scope.CHARACTERS_READ),
)
WATERMARK, CREDIT = Obligation(kind="watermark"), Obligation(kind="credit", text="Ann")
ASSET = Asset(sha256="0123456789abcdef" * 4, media_type="video/mp4")
NO_POLITICS = Rule(id="no-politics", effect="deny", when=Condition(categories=("politics",)))

Admit = Callable[[str, ConsentRequest], Permit]


@pytest.fixture
def platform(service: RunningService, speak: Speak) -> Speaker:
    """The platform, which acts for every user."""
    return speak(service.key())


@pytest.fixture
def studio(service: RunningService, speak: Speak) -> Speaker:
    """A generator, which acts for Bob."""
    return speak(service.key(*STUDIO_SCOPES, principal=STUDIO, acts_for=("user:bob",)))


def asking(cameo: str, **changes: Any) -> ConsentRequest:
    asked = ConsentRequest(
        requester="user:bob",
        action="generate",
        likenesses=(Likeness(cameo_id=cameo, facets=("face",), appearance_change="none"),),
        purpose="entertainment",
        categories=(),
        territories=("DE",),
        co_appearing=(),
    )
    return replace(asked, **changes)


def gate_of(studio: Speaker, service: RunningService, *executes: str) -> Admit:
    admit: Admit = studio.gate(
        issuer=service.context.settings.issuer,
        audience=STUDIO,
        executes=executes,
        clock=service.clock,
    )
    return admit


def refusal_of(admit: Admit, token: str, request: ConsentRequest) -> str:
    with pytest.raises(TokenError) as caught:
        admit(token, request)
    return caught.value.code


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A studio that may generate Ann once, in Germany, and publish what it made there."""

    service: RunningService
    platform: Speaker
    studio: Speaker
    cameo: str
    grant: str
    shown: str
    admit: Admit

    @property
    def request(self) -> ConsentRequest:
        return asking(self.cameo)

    def grow_old(self) -> None:
        """Until no kept status list is fresh any more."""
        self.service.clock.advance(seconds=15)


def test_from_a_licence_to_its_recall(
    service: RunningService, platform: Speaker, studio: Speaker
) -> None:
    scene = license_ann(service, platform, studio)
    check_what_is_covered(scene)
    issued = verify_where_it_arrives(scene)
    draft = publish_a_draft(scene, issued.id)
    take_it_back(scene, draft)


def license_ann(service: RunningService, platform: Speaker, studio: Speaker) -> Scene:
    cameo = service.enroll("user:ann")
    platform.set_policy(cameo, Policy(audience={}, restrictions=(NO_POLITICS,)))
    terms = Terms(
        actions=("generate",),
        facets=("face",),
        territories=Codes(included=("DE",)),
        count=1,
        obligations=(WATERMARK, CREDIT),
        intended_use="a birthday greeting",
    )
    grant = platform.make_grant(cameo, "user:bob", terms)
    assert (grant.terms.territories, grant.remaining, grant.notices) == (terms.territories, 1, ())
    publishing = replace(terms, actions=("publish",), count=None)
    return Scene(
        service=service,
        platform=platform,
        studio=studio,
        cameo=cameo,
        grant=grant.id,
        shown=platform.make_grant(cameo, "user:bob", publishing).id,
        admit=gate_of(studio, service, "watermark", "credit", "use_as_described"),
    )


def check_what_is_covered(scene: Scene) -> None:
    """One use, in one country, and never for politics."""
    studio, cameo = scene.studio, scene.cameo
    assert studio.check(scene.request)
    assert not studio.check(asking(cameo, territories=("DE", "FR")))
    assert not studio.check(asking(cameo, categories=("politics",)))
    undeclared = studio.check(asking(cameo, categories=None))
    assert undeclared.reasons[0].code == "context_undeclared"
    assert undeclared.could_change == ("declare_context",)
    explained = scene.platform.check(asking(cameo, categories=("politics",)), explain=True)
    assert explained.explanation.parties[0].reason.rules == ("no-politics",)


def verify_where_it_arrives(scene: Scene) -> Any:
    """A gate admits the permit while it lives, for this request, if it can do what it owes."""
    studio, request, admit = scene.studio, scene.request, scene.admit
    given_back = studio.issue_permit(request)
    permit = admit(given_back.permit, request)
    assert (permit.id, permit.request_hash) == (given_back.id, request.hash())
    assert {each.kind for each in permit.obligations} == {"watermark", "credit", "use_as_described"}
    other = asking(scene.cameo, purpose="entertainment.film")
    assert refusal_of(admit, given_back.permit, other) == "request_mismatch"
    unable = gate_of(studio, scene.service, "watermark")
    assert refusal_of(unable, given_back.permit, request) == "obligations_unmet"
    with pytest.raises(ConsentDenied):
        studio.issue_permit(request)
    assert studio.introspect_permit(given_back.permit).claims["jti"] == given_back.id
    assert studio.release_permit(given_back.id).id == given_back.id
    scene.grow_old()
    assert refusal_of(admit, given_back.permit, request) == "revoked"
    issued = studio.issue_permit(request)
    admit(issued.permit, request)
    return issued


def publish_a_draft(scene: Scene, permit_id: str) -> str:
    studio = scene.studio
    draft = studio.report_use(permit_id)
    draft = studio.add_assets(draft.id, [ASSET])
    assert (draft.status, draft.assets) == ("draft", (ASSET,))
    with pytest.raises(ProblemError) as spent:
        studio.report_use(permit_id)
    assert spent.value.code == "permit_spent"
    publication = replace(scene.request, action="publish", draft=draft.id)
    publish = studio.issue_permit(publication)
    assert scene.admit(publish.permit, publication).request.draft == draft.id
    published = studio.publish_use(draft.id, publish.id, location="https://studio.example/1")
    assert published.status == "published"
    [owned] = scene.platform.list_cameo_uses(scene.cameo)
    assert (owned.id, owned.cameos, owned.recall) == (draft.id, (scene.cameo,), None)
    assert STUDIO in {each.caller for each in scene.platform.list_who_asked(scene.cameo)}
    return str(draft.id)


def take_it_back(scene: Scene, draft: str) -> None:
    """What is out is called back, and live permits are over."""
    studio, platform = scene.studio, scene.platform
    again = replace(scene.request, action="publish")
    live = studio.issue_permit(again)
    scene.admit(live.permit, again)
    ended = platform.revoke_grant(scene.shown, reason="enough")
    # with the one that was spent on the publication, whose time was not over
    assert (ended.status, ended.permits_revoked, ended.uses_recalled) == ("revoked", 2, 1)
    assert not studio.check(again)
    scene.grow_old()
    assert refusal_of(scene.admit, live.permit, again) == "revoked"
    [recalled] = studio.list_uses(recalled=True)
    assert (recalled.id, recalled.recall.ask) == (draft, "take_down")
    assert studio.remove_use(draft).recall.status == "done"
    assert platform.get_use(draft).status == "removed"
    on_cameo = platform.list_grants(cameo_id=scene.cameo)
    assert [each.id for each in on_cameo] == sorted([scene.grant, scene.shown])
    assert [each.version for each in platform.list_grant_versions(scene.shown)] == [1, 2]


def test_asking_for_access(service: RunningService, platform: Speaker, studio: Speaker) -> None:
    cameo = service.enroll("user:ann")
    request = asking(cameo)
    refused = studio.check(request)
    assert refused.could_change == ("ask_owner",)
    waiting = studio.request_access(request, message="for a film")
    assert (waiting.status, waiting.message) == ("pending", "for a film")
    assert studio.request_access(request).id == waiting.id
    assert [each.id for each in studio.list_access_requests("user:bob")] == [waiting.id]

    # Once, and taken back.
    [asked] = platform.list_asked_requests("user:ann")
    [ask] = asked.asks
    assert (ask.capacity, ask.once_approved.effect) == ("owner", "permit")
    assert ask.grant_terms.count == 1
    answered = platform.approve_once(
        asked.id, capacity="owner", not_after=service.clock() + timedelta(days=1)
    )
    assert studio.get_access_request(waiting.id).status == "approved"
    live = studio.issue_permit(request)
    admit = gate_of(studio, service)
    admit(live.permit, request)
    approval = platform.get_approval(answered.asks[0].approval_id)
    assert (platform.list_approvals(approval.cameo_id), approval.status) == ([approval], "taken")
    taken = platform.revoke_approval(approval.id)
    assert (taken.status, taken.permits_revoked) == ("revoked", 1)
    service.clock.advance(seconds=15)
    assert refusal_of(admit, live.permit, request) == "revoked"

    # By a grant, on terms of her own.
    second = studio.request_access(request)
    given = platform.approve_by_grant(
        second.id,
        capacity="owner",
        terms=Terms(actions=("generate",), facets=("face",), count=3),
    )
    [made] = platform.list_grants(grantee="user:bob")
    assert (made.id, made.remaining) == (given.asks[0].grant_id, 3)
    assert studio.check(request)

    # Not at all.
    voice = replace(request, likenesses=(Likeness(cameo_id=cameo, facets=("voice",)),))
    third = studio.request_access(voice)
    assert platform.deny_access_request(third.id, capacity="owner", note="no").status == "denied"
    fourth = studio.request_access(voice)
    assert studio.withdraw_access_request(fourth.id).status == "withdrawn"
    assert platform.list_asked_requests("user:ann") == []
    assert len(platform.list_asked_requests("user:ann", pending=False)) == 4
    platform.set_standing("user:bob", "suspended")
    with pytest.raises(AskingInVain) as vain:
        studio.request_access(voice)
    assert vain.value.decision.reasons[0].code == "requester_suspended"


def test_a_character_of_a_rights_holder(
    service: RunningService, studio: Speaker, speak: Speak
) -> None:
    house = speak(service.key(principal=HOUSE, acts_for=()))
    reviewer = speak(
        service.key(
            *(Scope.CHARACTERS_REVIEW, Scope.CHARACTERS_READ, Scope.DEPLOYMENT_WRITE),
            principal="org:deployment",
            acts_for=(),
        )
    )
    sheet = CharacterSheet(
        name="Zed",
        rights_statement="Created by the house in 2019.",
        territories=Codes(excluded=("FR",)),
    )
    zed = house.register_character(HOUSE, "@Zed", sheet)
    assert (zed.handle, zed.review) == ("zed", "awaiting")
    assert [each.id for each in reviewer.list_characters_awaiting_review()] == [zed.id]
    assert reviewer.review_character(zed.id, approve=True, version=zed.version).review == "approved"
    assert studio.find_character("zed").id == zed.id

    # Named rules: in Germany for entertainment, with credit; brands never beside.
    rules = (
        Rule(
            id="fun",
            effect="allow",
            when=Condition(territories=("DE",), purposes=("entertainment",)),
            obligations=(CREDIT,),
        ),
        Rule(id="brands", effect="deny", when=Condition(co_appearing=("brand",))),
    )
    policy = house.set_policy(zed.id, Policy(audience={}, policies=rules))
    assert policy.policies == rules
    decision = studio.check(asking(zed.id))
    assert decision
    assert decision.unmet(executes={"watermark"}) == (CREDIT,)
    assert not studio.check(asking(zed.id, territories=("AT",)))
    assert not studio.check(asking(zed.id, co_appearing=("brand.acme",)))

    # To change one thing, start from what is in force.
    house.set_policy(zed.id, replace(policy, review=("generate",)))
    assert studio.check(asking(zed.id)).effect == "needs_approval"
    house.set_policy(zed.id, policy)
    assert [each.version for each in house.list_policy_versions(zed.id)] == [1, 2, 3, 4]
    assert house.get_cameo(zed.id).policy.review == ()

    assert reviewer.suspend_character(zed.id).status == "suspended"
    assert not studio.check(asking(zed.id))
    assert reviewer.reinstate_cameo(zed.id).status == "active"
    assert studio.check(asking(zed.id))
    changed = house.change_character(zed.id, replace(house.get_character(zed.id), name="Zed II"))
    assert (changed.name, changed.review) == ("Zed II", "awaiting")
    assert not studio.check(asking(zed.id))
    assert [each.name for each in house.list_character_versions(zed.id)][-1] == "Zed II"
    assert [each.kind for each in house.list_cameos(HOUSE)] == ["character"]


def test_people_and_who_speaks_for_them(
    service: RunningService, platform: Speaker, studio: Speaker
) -> None:
    cameo = service.enroll("user:ann")
    platform.set_policy(cameo, Policy(audience={"generate": "mutuals"}))
    changed = platform.change_relationships(add=[("user:ann", "user:bob")])
    assert (changed.added, changed.removed) == (1, 0)
    assert platform.list_mutuals("user:ann") == ["user:bob"]
    assert studio.check(asking(cameo))
    platform.block_principal("user:ann", "user:bob")
    assert [each.blocked for each in platform.list_blocks("user:ann")] == ["user:bob"]
    assert studio.check(asking(cameo)).reasons[0].code == "not_permitted"
    platform.unblock_principal("user:ann", "user:bob")
    assert studio.check(asking(cameo))

    mandate = platform.appoint_representative(
        "agent",
        represented="user:ann",
        representative="user:cleo",
        scope=Terms(actions=("generate",), facets=("face",)),
        evidence="contract 7",
    )
    terms = Terms(actions=("generate",), facets=("face",), territories=Codes(included=("DE",)))
    platform.make_grant(cameo, "user:dan", terms, acting_as="user:cleo")
    assert platform.get_representation(mandate.id).scope.facets == ("face",)
    assert platform.revoke_representation(mandate.id, reason="over").status == "revoked"
    assert [each.id for each in platform.list_representations(represented="user:ann")] == [
        mandate.id
    ]

    teen = Minor(age_band="teen", birth_date=date(2012, 5, 1))
    assert platform.report_person("user:zoe", minor=teen, deceased_at=None).minor == teen
    assert platform.get_person("user:zoe").minor == teen
    assert platform.get_person("user:ann").version == 0


def test_what_binds_everybody(service: RunningService, platform: Speaker, studio: Speaker) -> None:
    cameo = service.enroll("user:ann")
    platform.set_policy(cameo, Policy(audience={"generate": "everyone"}))
    rules = platform.set_deployment_rules(DeploymentRules(rules=(NO_POLITICS,)))
    assert (rules.version, rules.rules) == (1, (NO_POLITICS,))
    assert studio.check(asking(cameo))
    assert not studio.check(asking(cameo, categories=("politics",)))
    platform.set_deployment_rules(replace(rules, protected=(cameo,)))
    assert not studio.check(asking(cameo))
    platform.set_deployment_rules(rules)
    assert [each.version for each in platform.list_deployment_rules_versions()] == [1, 2, 3]
    assert platform.get_deployment_rules().protected == ()

    assert platform.set_standing("user:bob", "suspended", reason="abuse").standing == "suspended"
    assert studio.check(asking(cameo)).reasons[0].code == "requester_suspended"
    platform.set_standing("user:bob", "active")
    assert platform.get_standing("user:bob").standing == "active"
    live = studio.issue_permit(asking(cameo))
    platform.suspend_cameo(cameo)
    assert studio.introspect_permit(live.permit).reason == "revoked"
    platform.reinstate_cameo(cameo)
    platform.revoke_cameo(cameo)
    with pytest.raises(ProblemError) as caught:
        studio.get_cameo(cameo)
    assert caught.value.code == "missing_scope"


def test_a_long_list_comes_whole_and_once(platform: Speaker) -> None:
    names = sorted(f"user:friend{number:03}" for number in range(205))
    platform.change_relationships(add=[("user:ann", name) for name in names])
    assert platform.list_mutuals("user:ann") == names
