"""What those who are asked see, and what the requester never does. Over HTTP."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from cameo_service.callers import Scope
from storage.records import InquiryRecord
from tests.service.asking import approve, ask, decide, inbox, question, state, use
from tests.service.making import check, permit
from tests.service.running import Refusal, RunningService

ANYTHING = {"actions": ["tag", "generate", "remix", "publish"], "facets": ["face", "voice", "name"]}


def set_policy(platform: httpx2.Client, cameo: str, **policy: Any) -> None:
    answer = platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {}, **policy})
    assert answer.status_code == 200, answer.text


def block(platform: httpx2.Client, owner: str, blocked: str) -> str:
    path = f"/v1/principals/{owner}/blocks/{blocked}"
    assert platform.put(path).status_code == 204
    return path


def without_ids(document: dict[str, Any], **known: str) -> str:
    text = str({name: value for name, value in document.items() if name != "id"})
    for name, id in known.items():
        text = text.replace(id, name)
    return text


def test_whom_an_owner_blocks_cannot_tell_and_does_not_bother_them(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    ann, ben = service.enroll("user:ann"), service.enroll("user:ben")
    blocking = block(platform, "user:ben", "user:bob")
    open_, blocked = ask(platform, question(ann)), ask(platform, question(ben))
    assert without_ids(open_, cameo=ann) == without_ids(blocked, cameo=ben)
    again = [
        platform.post("/v1/access-requests", json={"request": question(cameo)})
        for cameo in (ann, ben)
    ]
    assert [answer.status_code for answer in again] == [200, 200]
    assert [answer.json()["id"] for answer in again] == [open_["id"], blocked["id"]]

    assert len(inbox(platform, "user:ann")) == 1
    assert inbox(platform, "user:ben") == []
    for verb in ("approve", "deny"):
        refused(decide(platform, blocked["id"], verb), 404, "unknown")
    block(platform, "user:ann", "user:bob")
    assert inbox(platform, "user:ann") == []
    assert platform.delete(blocking).status_code == 204
    assert [item["id"] for item in inbox(platform, "user:ben")] == [blocked["id"]]


def test_what_is_hidden_does_not_shorten_a_page(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    for name in ("bob", "eve", "tom", "zoe"):
        ask(platform, question(cameo, f"user:{name}"))
    block(platform, "user:ann", "user:eve")
    block(platform, "user:ann", "user:tom")
    seen: list[str] = []
    after: dict[str, str] = {}
    for more in (True, False):
        query = {"asked": "user:ann", "limit": "1", **after}
        page = platform.get("/v1/access-requests/inbox", params=query).json()
        seen += [item["requester"] for item in page["data"]]
        assert (len(page["data"]), page["has_more"]) == (1, more)
        after = {"after": str(page["next_cursor"])}
    assert sorted(seen) == ["user:bob", "user:zoe"]


def test_the_owner_is_told_what_a_yes_does_not_change(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    rule = {"id": "r1", "effect": "deny", "when": {"categories": ["politics"]}}
    set_policy(platform, cameo, restrictions=[rule])
    asked = question(cameo, categories=["politics"])
    made = ask(platform, asked)
    (item,) = inbox(platform, "user:ann")
    (wanted,) = item["asks"]
    for answer in (wanted["now"], wanted["once_approved"]):
        assert (answer["effect"], answer["reason"]["code"]) == ("deny", "restricted")
        assert answer["reason"]["rules"] == ["r1"]
    approve(platform, made["id"])
    assert not check(platform, asked)["permitted"]
    set_policy(platform, cameo)
    assert check(platform, asked)["permitted"]


def test_a_rule_of_the_deployment_is_not_the_owners_to_read(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    rules = {"rules": [], "protected": [cameo], "ceilings": {}, "obligations": []}
    assert platform.put("/v1/deployment/rules", json=rules).status_code == 200
    ask(platform, question(cameo))
    (item,) = inbox(platform, "user:ann")
    answer = item["asks"][0]["once_approved"]
    assert (answer["effect"], answer["reason"]["code"]) == ("deny", "person_protected")
    assert answer["reason"]["rules"] == []


def test_a_suspended_requester_stays_their_own_affair(
    service: RunningService, platform: httpx2.Client
) -> None:
    ask(platform, question(service.enroll("user:ann")))
    body = {"standing": "suspended", "reason": "spam"}
    assert platform.put("/v1/principals/user:bob/standing", json=body).status_code == 200
    (item,) = inbox(platform, "user:ann")
    answer = item["asks"][0]["once_approved"]
    assert (answer["effect"], answer["reason"]["code"]) == ("deny", "not_permitted")
    assert "suspended" not in str(item)


def character(
    platform: httpx2.Client, underlying: list[dict[str, Any]], owner: str = "org:studio"
) -> str:
    body = {
        "owner": owner,
        "handle": "the-fox",
        "name": "The Fox",
        "rights_statement": "ours",
        "territories": {"included": ["*"]},
        "underlying": underlying,
    }
    made = platform.post("/v1/characters", json=body)
    assert made.status_code == 201, made.text
    id = str(made.json()["id"])
    review = platform.post(f"/v1/characters/{id}/review", json={"decision": "approve"})
    assert review.status_code == 200, review.text
    return id


@pytest.fixture
def studios(service: RunningService) -> Iterator[httpx2.Client]:
    key = service.key(acts_for=("user:*", "org:*"), principal="org:deployment")
    with service.client(key) as client:
        yield client


def test_what_underlies_a_character_is_asked_of_its_owner_and_never_shown(
    service: RunningService, studios: httpx2.Client, refused: Refusal
) -> None:
    ann = service.enroll("user:ann")
    fox = character(studios, [{"cameo_id": ann, "facets": ["face"]}])
    asked = question(fox)
    made = ask(studios, asked)
    assert made["likenesses"] == [{"cameo_id": fox, "status": "pending"}]
    assert ann not in str(made)
    assert "user:ann" not in str(made)
    assert [item["id"] for item in inbox(studios, "org:studio")] == [made["id"]]
    (item,) = inbox(studios, "user:ann")
    (wanted,) = item["asks"]
    assert (wanted["cameo_id"], wanted["facets"]) == (ann, ["face"])
    assert wanted["grant_terms"] is None

    by_grant = {"manner": "grant", "cameo_id": ann}
    refused(decide(studios, made["id"], "approve", **by_grant), 422, "approve_once_only")
    approve(studios, made["id"], cameo_id=ann)
    seen = studios.get(f"/v1/access-requests/{made['id']}").json()
    assert seen["likenesses"] == [{"cameo_id": fox, "status": "pending"}]
    approve(studios, made["id"], cameo_id=fox)
    seen = studios.get(f"/v1/access-requests/{made['id']}").json()
    assert (seen["status"], seen["likenesses"]) == (
        "approved",
        [{"cameo_id": fox, "status": "approved"}],
    )
    assert ann not in str(seen)
    assert check(studios, asked)["permitted"]
    assert ann not in str(check(studios, asked))
    use(studios, asked)
    assert not check(studios, asked)["permitted"]


def test_a_licensor_reads_nothing_of_the_owners_rules(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    terms = {**ANYTHING, "sublicence_depth": 1}
    body = {"cameo_id": cameo, "grantee": "user:lee", "terms": terms}
    parent = platform.post("/v1/grants", json=body).json()["id"]
    terms = {**ANYTHING, "approval_before_publishing": True}
    body = {"cameo_id": cameo, "grantee": "user:bob", "terms": terms, "parent": parent}
    made = platform.post("/v1/grants", json=body)
    assert made.status_code == 201, made.text
    asked = question(cameo, action="publish", categories=["politics"])
    ask(platform, asked)
    (item,) = inbox(platform, "user:lee")
    (wanted,) = item["asks"]
    assert (wanted["capacity"], wanted["once_approved"]["effect"]) == ("licensor", "permit")
    rule = {"id": "r1", "effect": "deny", "when": {"categories": ["politics"]}}
    set_policy(platform, cameo, restrictions=[rule])
    (item,) = inbox(platform, "user:lee")
    answer = item["asks"][0]["once_approved"]
    assert (answer["effect"], answer["reason"]["code"]) == ("deny", "not_permitted")
    assert answer["reason"]["rules"] == []
    assert inbox(platform, "user:ann") == []
    assert approve(platform, item["id"], capacity="licensor")["decided_by"] == "user:lee"


def appoint(platform: httpx2.Client, kind: str, represented: str, **scope: Any) -> None:
    body = {
        "kind": kind,
        "represented": represented,
        "representative": "user:mum",
        "scope": {**ANYTHING, **scope},
        "evidence": "file 7",
    }
    made = platform.post("/v1/representations", json=body)
    assert made.status_code == 201, made.text


def test_an_agent_answers_within_the_mandate(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    appoint(platform, "agent", "user:ann", actions=["generate"])
    inside, outside = question(cameo), question(cameo, action="tag")
    made, other = ask(platform, inside)["id"], ask(platform, outside)["id"]
    with service.client(service.key(acts_for=("user:mum",))) as agent:
        mine = {"asked": "user:ann", "acting_as": "user:mum"}
        assert [item["id"] for item in inbox(agent, **mine)] == [made]
        unread = agent.get("/v1/access-requests/inbox", params={"asked": "user:ann"})
        refused(unread, 403, "not_acting_for")
        assert inbox(agent, "user:mum") == []
        of_a_stranger = {"asked": "user:ben", "acting_as": "user:mum"}
        unread = agent.get("/v1/access-requests/inbox", params=of_a_stranger)
        refused(unread, 403, "not_acting_for")
        refused(decide(agent, made, "approve"), 404, "unknown")
        refused(decide(agent, other, "approve", acting_as="user:mum"), 404, "unknown")
        refused(decide(agent, made, "approve", acting_as="user:ann"), 404, "unknown")
        given = approve(agent, made, acting_as="user:mum")
        assert (given["principal"], given["decided_by"]) == ("user:ann", "user:mum")
        assert check(platform, inside)["permitted"]
        path = f"/v1/approvals/{given['approval_id']}/revoke"
        assert agent.post(path, json={"acting_as": "user:mum"}).status_code == 200
    assert not check(platform, inside)["permitted"]
    assert state(platform, other) == "pending"


def test_a_minor_says_no_alone_and_yes_through_a_guardian(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:kid")
    minor = {"age_band": "teen", "birth_date": "2012-05-04"}
    body = {"minor": minor, "deceased_at": None}
    assert platform.put("/v1/people/user:kid", json=body).status_code == 200
    appoint(platform, "guardian", "user:kid")
    ceiling = {"terms": ANYTHING, "audience": "only_me"}
    rules = {"rules": [], "protected": [], "ceilings": {"teen": ceiling}, "obligations": []}
    assert platform.put("/v1/deployment/rules", json=rules).status_code == 200
    asked = question(cameo, purpose="education", categories=[], territories=["DE"], co_appearing=[])
    asked["likenesses"][0]["appearance_change"] = "none"
    made = ask(platform, asked)["id"]
    (item,) = inbox(platform, "user:kid")
    assert item["asks"][0]["once_approved"]["effect"] == "deny"
    (item,) = inbox(platform, "user:kid", acting_as="user:mum")
    assert item["asks"][0]["once_approved"]["effect"] == "permit"
    for manner in ("once", "grant"):
        refused(decide(platform, made, "approve", manner=manner), 403, "guardian_needed")
    assert approve(platform, made, acting_as="user:mum")["decided_by"] == "user:mum"
    assert check(platform, asked)["permitted"]
    other = ask(platform, {**asked, "purpose": "personal"})["id"]
    assert decide(platform, other, "deny").json()["status"] == "denied"


def record_inquiries(service: RunningService, cameo: str) -> None:
    """What checks and permit attempts leave behind, in three writes on two days."""
    longest = "user:" + "z" * 128
    for requester, permitted, refused_ in (("user:bob", 2, 1), (longest, 0, 1), ("user:bob", 0, 1)):
        now = service.clock()
        count = InquiryRecord(
            cameo_id=cameo,
            day=now.date(),
            requester=requester,
            caller="org:platform",
            action="generate",
            permitted=permitted,
            refused=refused_,
            last_at=now,
        )
        with service.context.store.write() as tx:
            tx.inquiries.add([count])
        service.clock.advance(hours=13)


def test_an_owner_sees_who_asked_about_them(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    path = f"/v1/cameos/{cameo}/asked"
    appoint(platform, "agent", "user:ann")
    assert platform.get(path).json()["data"] == []
    record_inquiries(service, cameo)
    first = platform.get(path, params={"limit": "2"}).json()
    rest = platform.get(path, params={"limit": "2", "after": first["next_cursor"]}).json()
    counts = first["data"] + rest["data"]
    assert [each["day"] for each in counts] == ["2026-11-23", "2026-11-23", "2026-11-22"]
    assert [each["requester"][:10] for each in counts] == ["user:zzzzz", "user:bob", "user:bob"]
    assert [(each["permitted"], each["refused"]) for each in counts] == [(0, 1), (0, 1), (2, 1)]
    assert {each["caller"] for each in counts} == {"org:platform"}
    assert (rest["has_more"], counts[2]["action"]) == (False, "generate")
    refused(platform.get(path, params={"after": "nonsense"}), 422, "cursor_unknown")
    with service.client(service.key(Scope.CAMEOS_READ, acts_for=("user:mum",))) as agent:
        assert agent.get(path).json()["data"] == counts
    with service.client(service.key(acts_for=("user:bob",))) as other:
        refused(other.get(path), 404, "unknown")


def test_attempts_at_permits_are_among_what_was_asked(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    asked = question(cameo)
    assert platform.post("/v1/permits", json=asked).status_code == 403
    approve(platform, ask(platform, asked)["id"])
    permit(platform, asked)
    (count,) = platform.get(f"/v1/cameos/{cameo}/asked").json()["data"]
    assert (count["requester"], count["caller"]) == ("user:bob", "org:platform")
    assert (count["permitted"], count["refused"]) == (1, 1)
