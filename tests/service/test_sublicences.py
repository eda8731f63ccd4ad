"""Sublicences over HTTP: never more than any link above gives, and never longer."""

from typing import Any

import httpx2
import pytest

from tests.service.making import check, permit, permitted, plain_grant, question
from tests.service.running import Refusal, RunningService
from tests.service.seeded import known

LIMITED: dict[str, Any] = {
    "actions": ["generate"],
    "facets": ["face"],
    "not_before": "2026-11-22T12:00:00+00:00",
    "not_after": "2027-11-22T12:00:00+00:00",
    "purposes": {"included": ["entertainment"], "excluded": []},
    "categories": {"included": ["*"], "excluded": ["politics"]},
    "territories": {"included": ["*"], "excluded": ["FR"]},
    "co_appearance": {"included": ["person"], "excluded": []},
    "appearance_change": "subtle",
    "count": 3,
    "remix_depth": 1,
    "sublicence_depth": 2,
    "approval_before_publishing": True,
    "obligations": [{"kind": "credit", "text": "Ann"}],
    "on_revocation": "recall_drafts",
}
PART = {**LIMITED, "sublicence_depth": 1}


def offer(cameo: str, parent: str, grantee: str = "org:studio", **terms: Any) -> dict[str, Any]:
    return {"cameo_id": cameo, "grantee": grantee, "parent": parent, "terms": {**PART, **terms}}


@pytest.fixture
def cameo(service: RunningService) -> str:
    return service.enroll("user:ann")


@pytest.fixture
def root(platform: httpx2.Client, cameo: str) -> str:
    """A grant from Ann to Bob, who may pass it on."""
    return plain_grant(platform, cameo, terms=LIMITED)


def test_a_part_can_be_passed_on_and_used(
    service: RunningService, platform: httpx2.Client, cameo: str, root: str
) -> None:
    response = platform.post("/v1/grants", json=offer(cameo, root))
    assert response.status_code == 201, response.text
    below = response.json()
    assert (below["grantor"], below["grantee"]) == ("user:bob", "org:studio")
    assert below["parent"] == root
    studio = service.key(principal="org:studio", acts_for=())
    with service.client(studio) as client:
        answer = check(client, question(cameo, "org:studio"))
        assert answer["permitted"]
        permit(client, question(cameo, "org:studio"))
    for id in (root, below["id"]):
        assert platform.get(f"/v1/grants/{id}").json()["remaining"] == 2


@pytest.mark.parametrize(
    ("aspect", "more"),
    [
        ("actions", ["generate", "publish"]),
        ("facets", ["face", "voice"]),
        ("not_before", "2026-11-22T11:59:59Z"),
        ("not_after", "2027-11-22T12:00:01Z"),
        ("purposes", {"included": ["*"]}),
        ("categories", {"excluded": []}),
        ("territories", {"included": ["*"]}),
        ("co_appearance", {"included": ["person", "brand"]}),
        ("appearance_change", "complete"),
        ("count", 4),
        ("count", None),
        ("remix_depth", 2),
        ("sublicence_depth", 2),
        ("approval_before_publishing", False),
        ("obligations", []),
        ("on_revocation", "published_stays"),
    ],
    ids=str,
)
def test_more_than_the_parent_gives_is_refused_by_name(
    platform: httpx2.Client, refused: Refusal, cameo: str, root: str, aspect: str, more: object
) -> None:
    sent = offer(cameo, root)
    sent["terms"][aspect] = more
    problem = refused(platform.post("/v1/grants", json=sent), 422, "sublicence_exceeds")
    assert problem["detail"].endswith(f"does in `{aspect}`")


def test_every_excess_is_named(
    platform: httpx2.Client, refused: Refusal, cameo: str, root: str
) -> None:
    sent = offer(cameo, root, count=9, facets=["name"])
    problem = refused(platform.post("/v1/grants", json=sent), 422, "sublicence_exceeds")
    assert problem["detail"].endswith("in `facets`, `count`")


def test_the_dead_pass_nothing_on(
    service: RunningService, platform: httpx2.Client, refused: Refusal, cameo: str, root: str
) -> None:
    known(service, "user:bob", deceased_at=service.clock())
    refused(platform.post("/v1/grants", json=offer(cameo, root)), 403, "estate_needed")


def test_a_window_that_is_not_named_is_the_parents(
    platform: httpx2.Client, cameo: str, root: str
) -> None:
    sent = offer(cameo, root)
    del sent["terms"]["not_before"], sent["terms"]["not_after"]
    terms = platform.post("/v1/grants", json=sent).json()["terms"]
    assert terms["not_before"] == LIMITED["not_before"]
    assert terms["not_after"] == LIMITED["not_after"]


def test_the_depth_is_limited(
    platform: httpx2.Client, refused: Refusal, cameo: str, root: str
) -> None:
    first = platform.post("/v1/grants", json=offer(cameo, root, "user:carl")).json()["id"]
    last = offer(cameo, first, "user:dora", sublicence_depth=0)
    second = platform.post("/v1/grants", json=last).json()["id"]
    third = offer(cameo, second, "user:emil", sublicence_depth=0)
    refused(platform.post("/v1/grants", json=third), 422, "sublicence_refused")
    plain = plain_grant(platform, cameo, "user:carl")
    refused(platform.post("/v1/grants", json=offer(cameo, plain)), 422, "sublicence_refused")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"grantee": "user:ann"}, 422, "grantee_is_owner"),
        ({"grantee": "user:bob"}, 422, "grantee_is_grantor"),
        ({"cameo_id": "cam_other"}, 422, "parent_of_other_cameo"),
        ({"parent": "gra_none"}, 404, "unknown"),
        ({"acting_as": "user:ann"}, 403, "not_acting_for"),
        ({"acting_as": "user:bob"}, 201, None),
    ],
    ids=str,
)
def test_a_sublicence_fits_its_parent(
    platform: httpx2.Client,
    refused: Refusal,
    cameo: str,
    root: str,
    change: dict[str, str],
    status: int,
    code: str | None,
) -> None:
    response = platform.post("/v1/grants", json={**offer(cameo, root), **change})
    if code is None:
        assert response.status_code == status
    else:
        refused(response, status, code)


def test_only_the_grantee_passes_on(
    service: RunningService, refused: Refusal, cameo: str, root: str
) -> None:
    with service.client(service.key(principal="org:x", acts_for=("user:ann",))) as anns:
        refused(anns.post("/v1/grants", json=offer(cameo, root)), 403, "not_acting_for")
    with service.client(service.key(principal="org:x", acts_for=("user:eve",))) as eves:
        for parent in (root, "gra_none"):
            refused(eves.post("/v1/grants", json=offer(cameo, parent)), 404, "unknown")


def test_nothing_is_passed_on_of_what_has_ended(
    service: RunningService, platform: httpx2.Client, refused: Refusal, cameo: str, root: str
) -> None:
    first = platform.post("/v1/grants", json=offer(cameo, root, "user:carl")).json()["id"]
    platform.post(f"/v1/grants/{root}/revoke")
    for parent in (root, first):
        sent = offer(cameo, parent, "user:dora", sublicence_depth=0)
        refused(platform.post("/v1/grants", json=sent), 409, "wrong_state")
    assert platform.get(f"/v1/grants/{first}").json()["status"] == "ended"
    other = plain_grant(platform, cameo, terms=LIMITED)
    service.clock.advance(days=365)
    refused(platform.post("/v1/grants", json=offer(cameo, other)), 409, "wrong_state")


def test_the_end_of_a_link_ends_all_below_it(
    service: RunningService, platform: httpx2.Client, cameo: str, root: str
) -> None:
    first = platform.post("/v1/grants", json=offer(cameo, root, "user:carl")).json()["id"]
    sent = offer(cameo, first, "user:dora", sublicence_depth=0)
    assert platform.post("/v1/grants", json=sent).status_code == 201
    permits = [permit(platform, question(cameo, who))["id"] for who in ("user:carl", "user:dora")]
    use = platform.post("/v1/uses", json={"permit_id": permits[1]}).json()["id"]
    revoked = platform.post(f"/v1/grants/{root}/revoke").json()
    assert (revoked["permits_revoked"], revoked["uses_recalled"]) == (2, 1)
    assert platform.get(f"/v1/uses/{use}").json()["recall"]["cause"] == "grant_revoked"
    with service.context.store.read() as tx:
        assert all(tx.permits.get(id).revoked_at is not None for id in permits)
    for who in ("user:bob", "user:carl", "user:dora"):
        assert not permitted(platform, question(cameo, who))


def test_a_chain_is_seen_from_where_one_stands(
    service: RunningService, platform: httpx2.Client, refused: Refusal, cameo: str, root: str
) -> None:
    first = platform.post("/v1/grants", json=offer(cameo, root, "user:carl")).json()["id"]
    sent = offer(cameo, first, "user:dora", sublicence_depth=0)
    second = platform.post("/v1/grants", json=sent).json()["id"]
    chain = (root, first, second)
    for who, sees in (
        ("user:ann", chain),
        ("user:bob", chain),
        ("user:carl", (first, second)),
        ("user:dora", (second,)),
        ("user:eve", ()),
    ):
        with service.client(service.key(principal="org:x", acts_for=(who,))) as theirs:
            for id in chain:
                for path in ("", "/sublicences", "/history"):
                    response = theirs.get(f"/v1/grants/{id}{path}")
                    if id in sees:
                        assert response.status_code == 200, (who, id, path)
                    else:
                        refused(response, 404, "unknown")
    for id, below in ((root, [first]), (first, [second]), (second, [])):
        page = platform.get(f"/v1/grants/{id}/sublicences").json()
        assert [each["id"] for each in page["data"]] == below


def test_the_grantor_and_the_owner_can_end_a_link_and_those_between_and_below_cannot(
    service: RunningService, platform: httpx2.Client, refused: Refusal, cameo: str, root: str
) -> None:
    def link(who: str, ends: str) -> None:
        first = platform.post("/v1/grants", json=offer(cameo, root, "user:carl")).json()["id"]
        sent = offer(cameo, first, "user:dora", sublicence_depth=0)
        second = platform.post("/v1/grants", json=sent).json()["id"]
        with service.client(service.key(principal="org:x", acts_for=(who,))) as theirs:
            response = theirs.post(f"/v1/grants/{second}/revoke")
            if ends == "yes":
                assert response.json()["status"] == "revoked"
            else:
                refused(response, 403, ends)

    link("user:ann", "yes")
    link("user:carl", "yes")
    link("user:bob", "not_acting_for")
    link("user:dora", "not_acting_for")
