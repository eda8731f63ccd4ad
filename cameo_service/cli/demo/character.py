"""A character: registered by a rights holder, approved by a reviewer, open to fans by a policy.

fans_play_with_zed(scene)
"""

from cameo_service.cli.demo.scene import Scene, expect, heard
from cameo_service.client import (
    Character,
    CharacterSheet,
    Codes,
    Condition,
    ConsentRequest,
    Likeness,
    Obligation,
    Policy,
    Rule,
)

FANS = Rule(
    id="fans",
    effect="allow",
    when=Condition(actions=("generate",), purposes=("personal",)),
    obligations=(Obligation(kind="credit", text="Zed by Acme"),),
)


def fans_play_with_zed(scene: Scene) -> None:
    """From the registration to a yes with a credit line, and a no beyond the owner's rights."""
    zed = _registered(scene)
    with scene.narrator.step("fan", "Carol, a fan in Germany, asks for a private clip") as step:
        decision = scene.generator.check(_fans_request(scene, zed, "DE"))
        expect(decision.permitted, f"Carol is denied: {decision.reasons}")
        owed = ", ".join(f"{each.kind} `{each.text}`" for each in decision.obligations)
        step.tell(f"{heard(decision)}; owed: {owed}", code=decision.reasons[0].code)
    with scene.narrator.step("abroad", "The same in the United States") as step:
        decision = scene.generator.check(_fans_request(scene, zed, "US"))
        expect(not decision.permitted, "Acme licenses where it holds no rights")
        step.tell(heard(decision), code=decision.reasons[0].code)


def _registered(scene: Scene) -> Character:
    with scene.narrator.step(
        "character", "Acme registers Zed the Robot; a reviewer approves"
    ) as step:
        sheet = CharacterSheet(
            name="Zed the Robot",
            rights_statement="Created by Acme in 2019",
            territories=Codes(excluded=("US",)),
        )
        zed = scene.platform.register_character(f"org:acme-{scene.run}", f"zed-{scene.run}", sheet)
        expect(zed.status == "pending", f"an unseen character is `{zed.status}`")
        zed = scene.platform.review_character(zed.id, approve=True, version=zed.version)
        expect(zed.status == "active", f"an approved character is `{zed.status}`")
        scene.platform.set_policy(zed.id, Policy(audience={}, policies=(FANS,)))
        step.tell(f"@{zed.handle}: anywhere but in the US, fans may, with a credit", id=zed.id)
    return zed


def _fans_request(scene: Scene, zed: Character, territory: str) -> ConsentRequest:
    return ConsentRequest(
        requester=scene.user("carol"),
        action="generate",
        likenesses=(Likeness(cameo_id=zed.id, facets=("face",)),),
        purpose="personal",
        categories=(),
        territories=(territory,),
    )
