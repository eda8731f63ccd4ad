"""Blocks and relationships over HTTP."""

from typing import Any

import httpx2
import pytest

from cameo_service.app import RELATIONSHIPS_LIMIT
from cameo_service.people.relationships import MOST_PAIRS
from tests.service.effects import watching
from tests.service.running import Refusal, RunningService

BLOCKS = "/v1/principals/user:ann/blocks"
PAIRS = [["user:ann", "user:bob"], ["user:cat", "user:ann"]]


def blocked(client: httpx2.Client) -> list[str]:
    return [each["blocked"] for each in client.get(BLOCKS).json()["data"]]


def change(client: httpx2.Client, **pairs: Any) -> dict[str, Any]:
    response = client.post("/v1/relationships", json=pairs)
    assert response.status_code == 200, response.text
    counts: dict[str, Any] = response.json()
    return counts


def mutuals(client: httpx2.Client, principal: str) -> list[str]:
    names: list[str] = client.get(f"/v1/principals/{principal}/mutuals").json()["data"]
    return names


def test_an_owner_blocks_and_unblocks(service: RunningService, platform: httpx2.Client) -> None:
    both = ("between:user:ann:user:eve", "between:user:eve:user:ann", "principal:user:ann")
    with watching(service, *both) as seen:
        assert platform.put(f"{BLOCKS}/user:eve").status_code == 204
    assert (seen.ended, seen.touched - seen.ended) == ({both[0]}, {"principal:user:ann"})
    assert blocked(platform) == ["user:eve"]
    with watching(service, *both) as seen:
        assert platform.put(f"{BLOCKS}/user:eve").status_code == 204
    assert (seen.ended, seen.touched) == (set(), set())
    with watching(service, *both) as seen:
        assert platform.delete(f"{BLOCKS}/user:eve").status_code == 204
    assert (seen.ended, seen.touched) == (set(), {"principal:user:ann"})
    assert blocked(platform) == []
    with watching(service) as seen:
        assert platform.delete(f"{BLOCKS}/user:eve").status_code == 204
    assert seen.touched == set()


def test_blocks_come_in_pages(platform: httpx2.Client) -> None:
    longest = "app:" + "z" * 128
    names = ["app:bot", longest, "org:corp", "user:eve"]
    for name in names:
        platform.put(f"{BLOCKS}/{name}")
    page = platform.get(BLOCKS, params={"limit": 2}).json()
    assert page["next_cursor"] == longest
    rest = platform.get(BLOCKS, params={"after": longest}).json()
    assert [each["blocked"] for each in page["data"] + rest["data"]] == names


def test_nobody_blocks_themselves(platform: httpx2.Client, refused: Refusal) -> None:
    refused(platform.put(f"{BLOCKS}/user:ann"), 422, "blocks_itself")
    refused(platform.put(f"{BLOCKS}/eve"), 422, "invalid_request")


def test_blocks_are_the_owners_business(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    platform.put(f"{BLOCKS}/user:eve")
    with service.client(service.key(principal="org:other", acts_for=("user:eve",))) as other:
        for owner in ("user:ann", "user:nobody"):
            path = f"/v1/principals/{owner}/blocks"
            refused(other.get(path), 403, "not_acting_for")
            refused(other.put(f"{path}/user:zoe"), 403, "not_acting_for")
            refused(other.delete(f"{path}/user:eve"), 403, "not_acting_for")
    assert blocked(platform) == ["user:eve"]


def test_relationships_have_no_direction(service: RunningService, platform: httpx2.Client) -> None:
    with watching(service) as seen:
        counts = change(platform, add=[*PAIRS, ["user:bob", "user:ann"]])
    assert (counts["added"], counts["removed"]) == (2, 0)
    assert seen.touched == {f"principal:user:{name}" for name in ("ann", "bob", "cat")}
    assert mutuals(platform, "user:ann") == ["user:bob", "user:cat"]
    assert mutuals(platform, "user:bob") == mutuals(platform, "user:cat") == ["user:ann"]


def test_what_is_there_already_is_no_change(
    service: RunningService, platform: httpx2.Client
) -> None:
    change(platform, add=PAIRS)
    with watching(service) as seen:
        assert change(platform, add=PAIRS, remove=[["user:x", "user:y"]])["added"] == 0
    assert seen.touched == set()


def test_the_end_of_a_relationship_ends_what_rests_on_it(
    service: RunningService, platform: httpx2.Client
) -> None:
    change(platform, add=PAIRS)
    ends = {"between:user:ann:user:bob", "between:user:bob:user:ann"}
    stays = {"between:user:ann:user:cat", "between:user:x:user:y"}
    with watching(service, *ends, *stays) as seen:
        gone = [["user:bob", "user:ann"], ["user:x", "user:y"]]
        counts = change(platform, add=[["user:ann", "user:dan"]], remove=gone)
    assert (counts["added"], counts["removed"]) == (1, 1)
    assert seen.ended == ends
    assert seen.touched - ends == {f"principal:user:{name}" for name in ("ann", "bob", "dan")}
    assert mutuals(platform, "user:ann") == ["user:cat", "user:dan"]


def test_mutuals_come_in_pages(platform: httpx2.Client) -> None:
    change(platform, add=PAIRS)
    path = "/v1/principals/user:ann/mutuals"
    page = platform.get(path, params={"limit": 1}).json()
    assert (page["data"], page["has_more"]) == (["user:bob"], True)
    rest = platform.get(path, params={"after": page["next_cursor"]}).json()
    assert (rest["data"], rest["has_more"]) == (["user:cat"], False)


def test_a_cursor_holds_no_nul(platform: httpx2.Client, refused: Refusal) -> None:
    answer = platform.get("/v1/principals/user:ann/mutuals", params={"after": "a\0"})
    refused(answer, 422, "invalid_request")


def test_all_or_nothing(service: RunningService, platform: httpx2.Client, refused: Refusal) -> None:
    change(platform, add=PAIRS)
    with service.client(service.key(acts_for=("user:ann", "user:bob"))) as client:
        body = {"add": [["user:ann", "user:bob"], ["user:ann", "user:zoe"], ["user:yan", "user:x"]]}
        problem = refused(client.post("/v1/relationships", json=body), 403, "not_acting_for")
        assert "`user:zoe`" in problem["detail"]
        body = {"remove": [["user:ann", "user:bob"], ["user:cat", "user:ann"]]}
        refused(client.post("/v1/relationships", json=body), 403, "not_acting_for")
        refused(client.get("/v1/principals/user:cat/mutuals"), 403, "not_acting_for")
    assert mutuals(platform, "user:ann") == ["user:bob", "user:cat"]
    assert mutuals(platform, "user:zoe") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_request"),
        ({"add": [], "remove": []}, "invalid_request"),
        ({"add": [["user:ann"]]}, "invalid_request"),
        ({"add": [["user:ann", "user:bob", "user:cat"]]}, "invalid_request"),
        ({"add": [["user:ann", "bob"]]}, "invalid_request"),
        ({"add": [["user:ann", "user:ann"]]}, "pair_with_itself"),
        ({"remove": [["user:ann", "user:ann"]]}, "pair_with_itself"),
        (
            {"add": [["user:ann", "user:bob"]], "remove": [["user:bob", "user:ann"]]},
            "pair_added_and_removed",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_pairs_without_sense_are_refused(
    platform: httpx2.Client, refused: Refusal, body: dict[str, Any], code: str
) -> None:
    refused(platform.post("/v1/relationships", json=body), 422, code)


def test_one_bad_pair_among_many_is_complained_of_once(
    platform: httpx2.Client, refused: Refusal
) -> None:
    body = {"add": [["bad", "worse"]] * MOST_PAIRS}
    problem = refused(platform.post("/v1/relationships", json=body), 422, "invalid_request")
    assert len(problem["detail"]) < 1_000


def test_a_call_holds_so_many_pairs(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    hub = "user:" + "h" * 128
    pairs = [[hub, f"user:{n:0>128}"] for n in range(MOST_PAIRS)]
    assert change(platform, add=pairs)["added"] == MOST_PAIRS
    assert change(platform, remove=pairs)["removed"] == MOST_PAIRS
    over = {"add": pairs, "remove": [["user:ann", "user:bob"]]}
    refused(platform.post("/v1/relationships", json=over), 422, "invalid_request")
    huge = b" " * (RELATIONSHIPS_LIMIT + 1)
    refused(platform.post("/v1/relationships", content=huge), 413, "body_too_large")
    with service.context.store.read() as tx:
        assert tx.revisions.touched_since(tx.revisions.current() - 1) is None
