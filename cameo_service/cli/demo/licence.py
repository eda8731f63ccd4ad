"""Alice licenses Bob: a counted grant, a restriction, a permit, a use that is published, the end.

grant = alice_grants(scene, cameo)
permit, jwks = studio_asks(scene, cameo)
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cameo_service.cli.demo.backstage import GENERATOR
from cameo_service.cli.demo.narration import duration
from cameo_service.cli.demo.scene import Scene, expect, heard, this_moment
from cameo_service.client import (
    Asset,
    Cameo,
    Condition,
    ConsentDenied,
    ConsentRequest,
    Grant,
    HeldUse,
    IssuedPermit,
    Likeness,
    Policy,
    Rule,
    Terms,
    verify_grant,
    verify_package,
    verify_permit,
)

NO_POLITICS = Rule(id="no-politics", effect="deny", when=Condition(categories=("politics",)))


def bobs_request(scene: Scene, cameo: Cameo, *, who: str = "bob") -> ConsentRequest:
    """May `who` generate with the cameo's face and voice, nothing delicate, in Germany?"""
    return ConsentRequest(
        requester=scene.user(who),
        action="generate",
        likenesses=(Likeness(cameo_id=cameo.id, facets=("face", "voice")),),
        purpose="personal",
        categories=(),
        territories=("DE",),
    )


def alice_grants(scene: Scene, cameo: Cameo) -> Grant:
    """A restriction for everybody, and a licence for Bob."""
    with scene.narrator.step("before", "Before any grant the studio asks for Bob") as step:
        decision = scene.generator.check(bobs_request(scene, cameo))
        expect(not decision.permitted, "Bob may generate without a grant")
        step.tell(heard(decision), code=decision.reasons[0].code)
    with scene.narrator.step("policy", "Alice rules politics out, whoever asks") as step:
        policy = scene.platform.set_policy(
            cameo.id, Policy(audience={}, restrictions=(NO_POLITICS,))
        )
        step.tell(f"version {policy.version} of her policy", version=policy.version)
    with scene.narrator.step("grant", "Alice grants Bob: face and voice, one film") as step:
        terms = Terms(
            actions=("generate", "publish"),
            facets=("face", "voice"),
            count=1,
            not_after=this_moment() + timedelta(days=1),
            intended_use="a birthday film for the family",
        )
        grant = scene.platform.make_grant(cameo.id, scene.user("bob"), terms)
        signed = verify_grant(grant.signed, scene.platform.jwks(), issuer=scene.issuer)
        expect(signed.grantee == scene.user("bob"), "the grant is signed for somebody else")
        step.tell(f"{grant.id}, signed, for one day", grant=grant.id)
    return grant


def studio_asks(scene: Scene, cameo: Cameo) -> tuple[IssuedPermit, Mapping[str, Any]]:
    """A no with its reason, a yes, a permit, its verification, and what it is good for."""
    request = bobs_request(scene, cameo)
    _politics_are_out(scene, request)
    with scene.narrator.step("check", "The studio asks for the birthday film") as step:
        decision = scene.generator.check(request)
        expect(decision.permitted, f"Bob is denied: {decision.reasons}")
        step.tell(heard(decision), code=decision.reasons[0].code)
    with scene.narrator.step("permit", "The studio gets a signed permit") as step:
        permit = scene.generator.issue_permit(request)
        remaining = (permit.expires_at - this_moment()).total_seconds()
        step.tell(f"{permit.id}, valid for {duration(remaining)}", permit=permit.id)
    with scene.narrator.step("keys", "The published keys") as step:
        jwks = scene.generator.jwks()
        step.tell(f"{len(jwks['keys'])} keys at {scene.issuer}/.well-known/jwks.json")
    with scene.narrator.step("offline", "The permit verifies offline, by these keys only") as step:
        expect(verified(permit, jwks, request, scene) == permit.id, "the permit is another one")
        step.tell("signature, type, issuer, audience, time and request all fit")
    _studio_is_handed_alice(scene, cameo, permit, jwks)
    return permit, jwks


def _studio_is_handed_alice(
    scene: Scene, cameo: Cameo, permit: IssuedPermit, jwks: Mapping[str, Any]
) -> None:
    """Her face and her voice, as she agreed when she enrolled, and she sees that it was."""
    with scene.narrator.step("package", "With it the studio is handed her face and voice") as step:
        answer = scene.generator.identity_package(cameo.id, permit.permit)
        package = verify_package(
            answer.package,
            jwks,
            audience=GENERATOR,
            cameo_id=cameo.id,
            permit_id=permit.id,
            issuer=scene.issuer,
            now=this_moment(),
        )
        kinds = [each.modality for each in package.samples]
        stills, speech = kinds.count("face"), kinds.count("voice")
        expect(stills > 0 and speech == 1, "the package holds no stills, or no speech")
        seen = [each.holder for each in scene.platform.list_disclosures(cameo.id)]
        expect(seen == [GENERATOR], "Alice does not see who was handed what")
        step.tell(
            f"{len(package.embeddings)} embeddings, {stills} stills and her speech; Alice sees it",
            disclosure=answer.id,
        )


def _politics_are_out(scene: Scene, request: ConsentRequest) -> None:
    political = replace(request, categories=("politics.campaign",))
    with scene.narrator.step("restricted", "The studio asks for a campaign spot") as step:
        decision = scene.generator.check(political)
        expect(not decision.permitted, "Bob may make politics with Alice")
        step.tell(heard(decision), code=decision.reasons[0].code)
    with scene.narrator.step("explained", "What Alice reads of the same question") as step:
        explanation = scene.platform.check(political, explain=True).explanation
        expect(explanation is not None, "Alice is not told why")
        reason = explanation.parties[0].reason if explanation is not None else None
        expect(reason is not None and reason.rules == (NO_POLITICS.id,), "another rule denied")
        code = reason.code if reason is not None else ""
        step.tell(f"{code} by her rule `{NO_POLITICS.id}`", code=code)


def verified(
    permit: IssuedPermit, jwks: Mapping[str, Any], request: ConsentRequest, scene: Scene
) -> str:
    """The id of the permit, once everything about it fits `request`."""
    return verify_permit(
        permit.permit,
        jwks,
        audience=GENERATOR,
        issuer=scene.issuer,
        now=this_moment(),
        request=request,
    ).id


def bob_publishes(scene: Scene, cameo: Cameo, permit: IssuedPermit) -> HeldUse:
    """The permit becomes a draft, the draft is published, and the grant is used up."""
    # no generator plays in this story: what it made is a stand-in
    film = Asset(sha256=hashlib.sha256(permit.id.encode()).hexdigest(), media_type="video/mp4")
    with scene.narrator.step("draft", "The studio generates, and reports the draft") as step:
        use = scene.generator.report_use(permit.id, assets=(film,))
        expect(use.status == "draft", f"the use is `{use.status}`")
        step.tell(f"{use.id}; Alice sees it from now on", use=use.id)
    with scene.narrator.step("publish", "Bob publishes: another question, another permit") as step:
        request = bobs_request(scene, cameo)
        leave = scene.generator.issue_permit(replace(request, action="publish", draft=use.id))
        where = "https://videos.example/birthday"
        use = scene.generator.publish_use(use.id, leave.id, location=where)
        expect(use.status == "published", f"the use is `{use.status}`")
        step.tell(f"published at {where}", status=use.status)
    with scene.narrator.step("used_up", "The studio asks for one more") as step:
        try:
            scene.generator.issue_permit(request)
        except ConsentDenied as denied:
            step.tell(f"{heard(denied.decision)}; the grant was for one film", code=denied.code)
        else:
            expect(False, "a grant for one use gave two")  # noqa: FBT003 (an assertion)
    return use


def alice_revokes(scene: Scene, cameo: Cameo, grant: Grant) -> None:
    """The end of the grant, and what it takes back."""
    with scene.narrator.step("revocation", "Alice revokes the grant") as step:
        revoked = scene.platform.revoke_grant(grant.id, reason="the story's end")
        expect(revoked.status == "revoked", f"the grant is `{revoked.status}`")
        expect(revoked.uses_recalled == 1, f"{revoked.uses_recalled} uses are recalled, not 1")
        step.tell("it is over, and the published film is recalled", uses_recalled=1)
    with scene.narrator.step(
        "recall", "The studio finds the recall, and takes the film down"
    ) as step:
        (recalled,) = scene.generator.list_uses(recalled=True)
        asked = recalled.recall.ask if recalled.recall is not None else ""
        expect(asked == "take_down", f"the recall asks to `{asked}`")
        removed = scene.generator.remove_use(recalled.id)
        expect(removed.status == "removed", f"the use is `{removed.status}`")
        step.tell(f"{asked}, because the grant was revoked; reported as removed", ask=asked)
    with scene.narrator.step("after", "The studio's next question for Bob") as step:
        decision = scene.generator.check(bobs_request(scene, cameo))
        expect(not decision.permitted, "Bob may generate after the revocation")
        step.tell(heard(decision), code=decision.reasons[0].code)
