"""Remixes of remixes over HTTP: every ancestor's likenesses and terms hold, and its end counts."""

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.service.making import (
    LIKELY,
    draft,
    grant,
    permit,
    publication,
    published,
    question,
    refused_codes,
    revoke,
)
from tests.service.running import RunningService

REMIXING: dict[str, Any] = {"actions": ["generate", "remix", "publish"], "remix_depth": 2}


def remix(use: dict[str, Any], requester: str, *named: str) -> dict[str, Any]:
    """The question of a remix of `use` that puts these cameos in as well."""
    return {
        "requester": requester,
        "action": "remix",
        "likenesses": [
            {"cameo_id": id, "facets": ["face"], "appearance_change": "none"} for id in named
        ],
        "remix_of": [use["id"]],
        **LIKELY,
    }


@dataclass
class Family:
    """Ann and Ben, what was licensed of them, and three generations of works, all published.

    Bob generated with Ann; Eve remixed that and put Ben in; Dan remixed Eve's.
    """

    ann: str
    ben: str
    grants: dict[str, str]
    first: dict[str, Any]
    second: dict[str, Any]
    third: dict[str, Any]


@pytest.fixture
def family(service: RunningService, platform: httpx2.Client) -> Family:
    ann, ben = service.enroll("user:ann"), service.enroll("user:ben")
    grants = {
        who: grant(platform, ann, who, **REMIXING) for who in ("user:bob", "user:eve", "user:dan")
    }
    grants |= {
        f"{who} ben": grant(platform, ben, who, **REMIXING) for who in ("user:eve", "user:dan")
    }
    first = draft(platform, question(ann, "user:bob"))
    published(platform, first)
    second = draft(platform, remix(first, "user:eve", ben))
    published(platform, second)
    third = draft(platform, remix(second, "user:dan", ben))
    published(platform, third)
    return Family(ann=ann, ben=ben, grants=grants, first=first, second=second, third=third)


def test_every_ancestor_is_part_of_a_remix(service: RunningService, family: Family) -> None:
    with service.context.store.read() as tx:
        record = tx.uses.get(family.third["id"])
    assert record.remix_of == (family.second["id"],)
    ancestors = {f"use:{family.first['id']}", f"use:{family.second['id']}"}
    parents = {f"grant:{id}" for id in family.grants.values()}
    assert ancestors | parents | {f"cameo:{family.ann}"} <= set(record.rests_on)
    assert set(record.basis["inherited"]) == {
        family.grants[who] for who in ("user:bob", "user:eve", "user:eve ben")
    }
    assert {party["cameo_id"] for party in record.basis["parties"]} == {family.ann, family.ben}
    for owner, cameo, works in (
        ("user:ann", family.ann, [family.first, family.second, family.third]),
        ("user:ben", family.ben, [family.second, family.third]),
    ):
        with service.client(service.key(principal="org:x", acts_for=(owner,))) as agency:
            listed = agency.get(f"/v1/cameos/{cameo}/uses").json()["data"]
        assert [use["id"] for use in listed] == sorted(work["id"] for work in works)


def test_the_depth_is_counted_from_every_ancestor(platform: httpx2.Client, family: Family) -> None:
    asked = remix(family.third, "user:dan", family.ben)
    assert refused_codes(platform.post("/v1/permits", json=asked)) == ["not_permitted"]
    permit(platform, remix(family.second, "user:dan", family.ben))


def test_a_remix_needs_leave_for_those_it_does_not_name(
    service: RunningService, platform: httpx2.Client, family: Family
) -> None:
    carl = service.enroll("user:carl")
    for who in ("user:zoe", "user:carl"):
        asked = remix(family.second, who, carl)
        refused_codes(platform.post("/v1/permits", json=asked))
    grant(platform, family.ann, "user:carl", **REMIXING)
    refused_codes(platform.post("/v1/permits", json=asked))
    grant(platform, family.ben, "user:carl", **REMIXING)
    permit(platform, asked)


def test_what_an_ancestor_was_made_under_must_reach_this_far(
    service: RunningService, platform: httpx2.Client
) -> None:
    ann = service.enroll("user:ann")
    grant(platform, ann, "user:bob", remix_depth=0)
    grant(platform, ann, "user:eve", remix_depth=5)
    first = draft(platform, question(ann, "user:bob"))
    published(platform, first)
    refused_codes(platform.post("/v1/permits", json=remix(first, "user:eve", ann)))
    second = draft(platform, question(ann, "user:eve"))
    permit(platform, remix(second, "user:eve", ann))


def test_the_end_of_an_ancestor_ends_what_was_to_come_of_it(
    service: RunningService, platform: httpx2.Client, family: Family
) -> None:
    asked = remix(family.second, "user:dan", family.ben)
    issued = permit(platform, asked)
    kept = permit(platform, question(family.ann, "user:bob"))
    platform.post(f"/v1/uses/{family.first['id']}/remove")
    with service.context.store.read() as tx:
        assert tx.permits.get(issued["id"]).revoked_at == service.clock()
        assert tx.permits.get(kept["id"]).revoked_at is None
    answer = platform.post("/v1/consent/check", json=asked).json()
    assert [reason["code"] for reason in answer["reasons"]] == ["unavailable"]
    refused_codes(platform.post("/v1/permits", json=asked))


def test_nothing_is_made_from_what_is_called_back(
    service: RunningService, platform: httpx2.Client, family: Family
) -> None:
    asked = remix(family.second, "user:dan", family.ben)
    issued = permit(platform, asked)
    assert platform.post("/v1/consent/check", json=asked).json()["permitted"]
    response = platform.post(f"/v1/uses/{family.first['id']}/ask-removal")
    assert response.json()["recall"]["status"] == "open"
    with service.context.store.read() as tx:
        assert tx.permits.get(issued["id"]).revoked_at == service.clock()
    assert not platform.post("/v1/consent/check", json=asked).json()["permitted"]
    assert refused_codes(platform.post("/v1/permits", json=asked)) == ["unavailable"]


@pytest.mark.parametrize("whose", ["user:bob", "user:eve ben"])
def test_the_end_of_an_ancestors_grant_ends_and_recalls_its_descendants(
    service: RunningService, platform: httpx2.Client, family: Family, *, whose: str
) -> None:
    asked = remix(family.second, "user:dan", family.ben)
    issued = permit(platform, asked)
    revoke(platform, family.grants[whose])
    with service.context.store.read() as tx:
        assert tx.permits.get(issued["id"]).revoked_at == service.clock()
    refused_codes(platform.post("/v1/permits", json=asked))
    recalled = platform.get("/v1/uses", params={"recalled": "true"}).json()["data"]
    below = [family.second["id"], family.third["id"]]
    made = below if whose == "user:eve ben" else [family.first["id"], *below]
    assert [use["id"] for use in recalled] == sorted(made)
    assert {use["recall"]["ask"] for use in recalled} == {"take_down"}


def test_a_draft_of_somebody_else_cannot_be_told_from_nothing(
    service: RunningService, platform: httpx2.Client
) -> None:
    ann = service.enroll("user:ann")
    use = draft(platform, question(ann, "user:ann"))
    gone = draft(platform, question(ann, "user:ann"))
    platform.post(f"/v1/uses/{gone['id']}/remove")
    nothing = {"id": "use_0123456789abcdefghjkmnpq"}
    key = service.key(principal="org:other", acts_for=("user:*",))

    def answers(client: httpx2.Client, named: dict[str, Any]) -> list[Any]:
        asked = remix(named, "user:ann", ann)
        checked = client.post("/v1/consent/check", json=asked).json()
        refused = client.post("/v1/permits", json=asked)
        return [
            {name: checked[name] for name in ("effect", "reasons", "parties", "could_change")},
            refused_codes(refused),
            refused.json()["detail"],
        ]

    with service.client(key) as other:
        assert answers(other, use) == answers(other, nothing) == answers(other, gone)
        assert answers(other, use)[1] == ["ancestor_unknown"]
        permit(platform, remix(use, "user:ann", ann))
        published(platform, use)
        permit(other, remix(use, "user:ann", ann))


def test_a_remix_is_published_with_its_ancestors(
    service: RunningService, platform: httpx2.Client, family: Family
) -> None:
    again = draft(platform, remix(family.second, "user:dan", family.ben))
    issued = permit(platform, publication(again))
    revoke(platform, family.grants["user:eve"])
    path = f"/v1/uses/{again['id']}/publish"
    assert platform.post(path, json={"permit_id": issued["id"]}).status_code == 409
    with service.context.store.read() as tx:
        assert tx.permits.get(issued["id"]).use_id is None
