"""Every way to a yes, set up over HTTP: what `test_every_ending` then takes away again.

yes = by_grant(stage)
stage.permitted(yes.question)
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.service import making
from tests.service.making import ASSET, publication
from tests.service.running import RunningService

GENERATE = {"audience": {"generate": "everyone"}}
MANDATED = {"actions": ["tag", "generate", "remix", "publish"], "facets": ["face", "voice", "name"]}
TEEN = {"age_band": "teen", "birth_date": "2012-05-04", "vouched_until": None}
CEILING = {"terms": {"actions": ["generate"], "facets": ["face"]}, "audience": "everyone"}
RULES: dict[str, Any] = {"rules": [], "protected": [], "ceilings": {}, "obligations": []}
SHEET: dict[str, Any] = {
    "name": "Zed",
    "rights_statement": "Created by the studio.",
    "territories": {"included": ["*"]},
    "underlying": [],
}
REMIXING: dict[str, Any] = {"actions": ["generate", "remix", "publish"], "remix_depth": 2}


@dataclass(frozen=True)
class Stage:
    """A service, and a key that may do everything for everybody."""

    service: RunningService
    client: httpx2.Client

    def send(self, method: str, path: str, body: object = None) -> Any:
        response = self.client.request(method, path, json=body)
        assert response.is_success, f"{method} {path}: {response.text}"
        return response.json() if response.content else None

    def permitted(self, question: dict[str, Any]) -> bool:
        """What the hot path says; a question that cannot be asked any more is a no."""
        response = self.client.post("/v1/consent/check", json=question)
        assert response.status_code in {200, 404, 409, 422}, response.text
        return response.status_code == 200 and bool(response.json()["permitted"])

    def policy(self, cameo: str, **policy: Any) -> None:
        self.send("PUT", f"/v1/cameos/{cameo}/policy", {"audience": {}, **policy})

    def rules(self, **changes: Any) -> None:
        self.send("PUT", "/v1/deployment/rules", {**RULES, **changes})

    def report(self, person: str = "user:ann", **said: Any) -> None:
        self.send("PUT", f"/v1/people/{person}", {"minor": None, "deceased_at": None, **said})

    def appoint(self, kind: str, representative: str, represented: str = "user:ann") -> str:
        body = {
            "kind": kind,
            "represented": represented,
            "representative": representative,
            "scope": {**MANDATED, "approval_before_publishing": False},
            "evidence": "file 1",
        }
        return str(self.send("POST", "/v1/representations", body)["id"])

    def grant(self, cameo: str, grantee: str = "user:bob", **terms: Any) -> str:
        return making.grant(self.client, cameo, grantee, **terms)


@dataclass(frozen=True)
class Yes:
    """A question to which the answer is yes, and the ids of what that rests on, by name."""

    question: dict[str, Any]
    ids: dict[str, str] = field(default_factory=dict)


Way = Callable[[Stage], Yes]


def by_audience(stage: Stage) -> Yes:
    """Everyone may."""
    cameo = stage.service.enroll("user:ann")
    stage.policy(cameo, **GENERATE)
    return Yes(making.question(cameo), {"cameo": cameo})


def by_being_approved(stage: Stage) -> Yes:
    """The owner named the requester."""
    cameo = stage.service.enroll("user:ann")
    stage.policy(cameo, audience={"generate": "approved"}, approved=["user:bob"])
    return Yes(making.question(cameo), {"cameo": cameo})


def by_being_mutual(stage: Stage) -> Yes:
    """The platform says that the two are mutual."""
    cameo = stage.service.enroll("user:ann")
    stage.policy(cameo, audience={"generate": "mutuals"})
    stage.send("POST", "/v1/relationships", {"add": [["user:bob", "user:ann"]]})
    return Yes(making.question(cameo), {"cameo": cameo})


def by_grant(stage: Stage) -> Yes:
    """The owner granted it, as often as they like."""
    cameo = stage.service.enroll("user:ann")
    return Yes(making.question(cameo), {"cameo": cameo, "grant": stage.grant(cameo)})


def by_sublicence(stage: Stage) -> Yes:
    """Ann to Cleo to Dan to Bob."""
    cameo = stage.service.enroll("user:ann")
    first = stage.grant(cameo, "user:cleo", sublicence_depth=2)
    second = stage.grant(cameo, "user:dan", parent=first, sublicence_depth=1)
    third = stage.grant(cameo, parent=second)
    return Yes(
        making.question(cameo), {"cameo": cameo, "first": first, "second": second, "third": third}
    )


def by_grant_of_agent(stage: Stage) -> Yes:
    """An agent granted it in the owner's name."""
    cameo = stage.service.enroll("user:ann")
    mandate = stage.appoint("agent", "org:agency")
    terms = {"actions": ["generate"], "facets": ["face"], "approval_before_publishing": False}
    body = {"cameo_id": cameo, "grantee": "user:bob", "terms": terms, "acting_as": "org:agency"}
    grant = stage.send("POST", "/v1/grants", body)["id"]
    return Yes(making.question(cameo), {"cameo": cameo, "grant": grant, "mandate": mandate})


def by_approval(stage: Stage) -> Yes:
    """The owner approved exactly this."""
    cameo = stage.service.enroll("user:ann")
    return _approved_once(stage, Yes(making.question(cameo), {"cameo": cameo}))


def by_grant_after_review(stage: Stage) -> Yes:
    """Granted, where the owner reviews every use and approved this one."""
    yes = by_grant(stage)
    stage.policy(yes.ids["cameo"], review=["generate"])
    return _approved_once(stage, yes)


def by_approval_of_agent(stage: Stage) -> Yes:
    """An agent approved exactly this in the owner's name."""
    cameo = stage.service.enroll("user:ann")
    mandate = stage.appoint("agent", "org:agency")
    yes = Yes(making.question(cameo), {"cameo": cameo, "mandate": mandate})
    return _approved_once(stage, yes, acting_as="org:agency")


def _approved_once(stage: Stage, yes: Yes, **fields: Any) -> Yes:
    body = {"request": yes.question, "message": "please"}
    request = stage.send("POST", "/v1/access-requests", body)
    word = {"capacity": "owner", "manner": "once", **fields}
    answered = stage.send("POST", f"/v1/access-requests/{request['id']}/approve", word)
    (ask,) = answered["asks"]
    return Yes(yes.question, {**yes.ids, "approval": ask["approval_id"]})


def by_mandate(stage: Stage) -> Yes:
    """The requester represents the owner."""
    cameo = stage.service.enroll("user:ann")
    mandate = stage.appoint("agent", "user:bob")
    return Yes(making.question(cameo), {"cameo": cameo, "mandate": mandate})


def by_guardian(stage: Stage) -> Yes:
    """A minor, under a ceiling, on a policy that a guardian signed."""
    stage.rules(ceilings={"teen": CEILING})
    stage.report(minor=TEEN)
    mandate = stage.appoint("guardian", "user:mum")
    cameo = stage.service.enroll("user:ann")
    stage.policy(cameo, **GENERATE, acting_as="user:mum")
    return Yes(making.question(cameo), {"cameo": cameo, "mandate": mandate})


def by_estate(stage: Stage) -> Yes:
    """What the dead agreed to stands while there is an estate."""
    cameo = stage.service.enroll("user:ann")
    stage.policy(cameo, **GENERATE)
    stage.report(deceased_at="2026-11-01T00:00:00Z")
    mandate = stage.appoint("estate", "user:heir")
    return Yes(making.question(cameo), {"cameo": cameo, "mandate": mandate})


def by_owning(stage: Stage) -> Yes:
    """The owner's own likeness."""
    cameo = stage.service.enroll("user:ann")
    return Yes(making.question(cameo, "user:ann"), {"cameo": cameo})


def _character(stage: Stage, **changes: Any) -> str:
    body = {"owner": "org:studio", "handle": "zed", **SHEET, **changes}
    id = str(stage.send("POST", "/v1/characters", body)["id"])
    stage.send("POST", f"/v1/characters/{id}/review", {"decision": "approve"})
    return id


def by_policy_of_character(stage: Stage) -> Yes:
    """A rule of a character's owner allows it."""
    id = _character(stage)
    rule = {"id": "p1", "effect": "allow", "when": {"purposes": ["entertainment"]}}
    stage.policy(id, policies=[rule])
    return Yes(making.question(id), {"cameo": id, "character": id})


def by_performer_beneath(stage: Stage) -> Yes:
    """Everyone may use a character whose performer licensed its owner to pass that on."""
    face = stage.service.enroll("user:ann")
    grant = stage.grant(face, "org:studio", sublicence_depth=1)
    id = _character(stage, underlying=[{"cameo_id": face, "facets": ["face"]}])
    stage.policy(id, **GENERATE)
    return Yes(making.question(id), {"cameo": face, "character": id, "grant": grant})


def by_remixing(stage: Stage) -> Yes:
    """Eve remixes what Bob made and published under another grant of Ann's."""
    cameo = stage.service.enroll("user:ann")
    first = stage.grant(cameo, **REMIXING)
    second = stage.grant(cameo, "user:eve", **REMIXING)
    made = making.published(stage.client, making.draft(stage.client, making.question(cameo)))
    asked = making.question(cameo, "user:eve", action="remix", remix_of=[made["id"]])
    ids = {"cameo": cameo, "inherited": first, "grant": second, "ancestor": made["id"]}
    return Yes(asked, ids)


def by_publishing(stage: Stage) -> Yes:
    """A draft that may be published."""
    yes = by_grant(stage)
    use = making.draft(stage.client, yes.question)
    return Yes(publication(use), {**yes.ids, "draft": use["id"]})


def by_reviewed_publishing(stage: Stage) -> Yes:
    """A draft that its licensor looked at and approved."""
    cameo = stage.service.enroll("user:ann")
    grant = stage.grant(cameo, approval_before_publishing=True)
    asked = publication(making.draft(stage.client, making.question(cameo)))
    body = {"request": asked, "message": "please"}
    request = stage.send("POST", "/v1/access-requests", body)
    path, word = (
        f"/v1/access-requests/{request['id']}/approve",
        {"capacity": "licensor", "manner": "once"},
    )
    (ask,) = stage.send("POST", path, word)["asks"]
    ids = {"cameo": cameo, "grant": grant, "draft": asked["draft"]}
    return Yes(asked, {**ids, "approval": ask["approval_id"]})


NEW_ASSET = {**ASSET, "sha256": "f" * 64}
