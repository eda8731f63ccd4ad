"""Uses recalled, by the end of a grant or a cameo and by their owners, and who sees that."""

import httpx2
import pytest

from tests.service.making import (
    draft,
    grant,
    publication,
    published,
    question,
    revoke,
    shown,
)
from tests.service.running import Refusal, RunningService

TERMS_OF_THE_END = [
    # on_revocation, what becomes of a draft and of what is published
    ("stop_new", None, None),
    ("published_stays", None, None),
    ("recall_drafts", "delete", None),
    ("ask_removal", "delete", "take_down"),
]


@pytest.mark.parametrize(("on_revocation", "of_draft", "of_published"), TERMS_OF_THE_END)
def test_the_end_of_a_grant_recalls_as_its_terms_say(
    service: RunningService,
    platform: httpx2.Client,
    refused: Refusal,
    *,
    on_revocation: str,
    of_draft: str | None,
    of_published: str | None,
) -> None:
    cameo = service.enroll("user:ann")
    made = grant(platform, cameo, on_revocation=on_revocation)
    uses = [draft(platform, question(cameo)) for _ in range(3)]
    out, gone = uses[1], uses[2]
    published(platform, out)
    platform.post(f"/v1/uses/{gone['id']}/remove")
    service.clock.advance(minutes=1)
    revoke(platform, made)
    since = service.clock().isoformat().replace("+00:00", "Z")
    for use, ask in ((uses[0], of_draft), (out, of_published), (gone, None)):
        open_recall = {
            "status": "open",
            "ask": ask,
            "cause": "grant_revoked",
            "reason": None,
            "since": since,
        }
        assert shown(platform, use)["recall"] == (open_recall if ask else None)
    asked = [use["id"] for use, ask in ((uses[0], of_draft), (out, of_published)) if ask]
    recalled = platform.get("/v1/uses", params={"recalled": "true"}).json()["data"]
    assert [use["id"] for use in recalled] == sorted(asked)
    grant(platform, cameo)
    if of_draft:
        refused(platform.post("/v1/permits", json=publication(uses[0])), 409, "wrong_state")
    for use in recalled:
        service.clock.advance(minutes=1)
        done = platform.post(f"/v1/uses/{use['id']}/remove").json()
        assert (done["status"], done["recall"]["status"]) == ("removed", "done")
        service.clock.advance(minutes=1)
        assert platform.post(f"/v1/uses/{use['id']}/remove").json() == done
    assert platform.get("/v1/uses", params={"recalled": "true"}).json()["data"] == []


def test_what_ends_below_counts_with_its_own_terms(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    above = grant(platform, cameo, "user:cleo", sublicence_depth=1, on_revocation="stop_new")
    grant(platform, cameo, parent=above, on_revocation="recall_drafts")
    theirs, own = draft(platform, question(cameo)), draft(platform, question(cameo, "user:cleo"))
    revoke(platform, above)
    assert shown(platform, theirs)["recall"]["ask"] == "delete"
    assert shown(platform, own)["recall"] is None


def test_the_end_of_a_cameo_takes_back_what_rests_on_no_grant(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo, on_revocation="published_stays")
    audience = {"audience": {"generate": "everyone", "publish": "everyone"}}
    licensed = draft(platform, question(cameo))
    published(platform, licensed)
    platform.put(f"/v1/cameos/{cameo}/policy", json=audience)
    free = draft(platform, question(cameo, "user:eve"))
    out = draft(platform, question(cameo, "user:eve"))
    published(platform, out)
    platform.put(f"/v1/cameos/{cameo}/policy", json={"audience": {}})
    assert shown(platform, free)["recall"] is None
    assert platform.post(f"/v1/cameos/{cameo}/revoke").status_code == 200
    assert shown(platform, free)["recall"]["ask"] == "delete"
    assert shown(platform, out)["recall"]["ask"] == "take_down"
    assert shown(platform, out)["recall"]["cause"] == "cameo_revoked"
    assert shown(platform, licensed)["recall"] is None


def test_an_owner_asks_for_removal_unless_it_was_promised_to_stay(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo, on_revocation="published_stays")
    use, free = draft(platform, question(cameo)), draft(platform, question(cameo))
    published(platform, use)
    key = service.key(principal="org:agency", acts_for=("user:ann",))
    with service.client(key) as agency:
        path = f"/v1/uses/{use['id']}/ask-removal"
        refused(agency.post(path), 403, "published_stays")
        assert shown(platform, use)["recall"] is None
        path = f"/v1/uses/{free['id']}/ask-removal"
        asked = agency.post(path, json={"reason": "I do not like it"}).json()
        assert asked["recall"]["reason"] == "I do not like it"
        service.clock.advance(minutes=1)
        assert agency.post(path, json={"reason": "again"}).json() == asked
    recall = shown(platform, free)["recall"]
    assert (recall["ask"], recall["cause"]) == ("delete", "owner_asked")
    assert recall["reason"] == "I do not like it"
    holder = service.key(principal="org:platform", acts_for=("user:bob",))
    with service.client(holder) as generator:
        answer = generator.post(f"/v1/uses/{free['id']}/ask-removal")
        refused(answer, 403, "not_acting_for")
        platform.post(f"/v1/uses/{free['id']}/remove")
    with service.client(key) as agency:
        assert agency.post(path).json()["recall"]["status"] == "done"
    with service.client(service.key(principal="org:other", acts_for=("user:bob",))) as other:
        refused(other.post(path), 404, "unknown")


def test_who_represents_an_owner_sees_and_calls_back(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    use = draft(platform, question(cameo, "user:ann"))
    with service.client(service.key(principal="org:agency", acts_for=())) as agency:
        refused(agency.get(f"/v1/cameos/{cameo}/uses"), 404, "unknown")
        mandate = {
            "kind": "agent",
            "represented": "user:ann",
            "representative": "org:agency",
            "scope": {"actions": ["generate"], "facets": ["face"]},
            "evidence": "contract 12",
        }
        appointed = platform.post("/v1/representations", json=mandate)
        assert appointed.status_code == 201, appointed.text
        assert agency.get(f"/v1/cameos/{cameo}/uses").json()["data"] == [shown(agency, use)]
        called = agency.post(f"/v1/uses/{use['id']}/ask-removal").json()
        assert called["recall"]["cause"] == "owner_asked"
        platform.post(f"/v1/representations/{appointed.json()['id']}/revoke")
        refused(agency.get(f"/v1/uses/{use['id']}"), 404, "unknown")


def test_a_performer_beneath_a_character_sees_what_is_made_with_it(
    service: RunningService, platform: httpx2.Client
) -> None:
    voice = service.enroll("user:ann")
    sheet = {
        "owner": "org:platform",
        "handle": "zed",
        "name": "Zed",
        "description": "A bear in a hat.",
        "references": [{"url": "https://studio.example/zed"}],
        "rights_statement": "Created by the studio in 2019.",
        "territories": {"included": ["*"], "excluded": []},
        "underlying": [{"cameo_id": voice, "facets": ["face"]}],
    }
    made = platform.post("/v1/characters", json=sheet)
    assert made.status_code == 201, made.text
    zed = made.json()["id"]
    with service.client(service.key(principal="org:deployment", acts_for=())) as reviewer:
        path = f"/v1/characters/{zed}/review"
        assert reviewer.post(path, json={"decision": "approve"}).status_code == 200
    licence = grant(platform, voice, "org:platform", sublicence_depth=1, on_revocation="stop_new")
    use = draft(platform, question(zed, "org:platform"))
    with service.client(service.key(principal="org:agency", acts_for=("user:ann",))) as agency:
        seen = shown(agency, use)
        assert (seen["cameos"], seen["likenesses"]) == ([voice], [])
        assert agency.get(f"/v1/cameos/{voice}/uses").json()["data"] == [seen]
    with service.context.store.read() as tx:
        record = tx.uses.get(use["id"])
    assert {f"cameo:{voice}", f"cameo:{zed}", f"grant:{licence}"} <= set(record.rests_on)
    assert [(each["cameo_id"], each["underlies"]) for each in record.basis["parties"]] == [
        (zed, None),
        (voice, zed),
    ]
