"""AuthZEN's searches over HTTP: who finds whom, page by page, and what nobody finds."""

from collections.abc import Iterator
from typing import Any

import pytest

from cameo_service.authzen import searching
from permissions.vocabulary import Action
from tests.kinds import Kind
from tests.service.authzen_asking import (
    ACTIONS,
    EVERYBODY,
    RESOURCES,
    SUBJECTS,
    World,
    asked,
    mutual,
    running,
    set_policy,
)
from tests.service.seeded import character as make_character


@pytest.fixture(scope="module")
def world(databases: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(databases, tmp_path_factory.mktemp("authzen")) as shared:
        for name in ("max", "moe", "mia"):
            mutual(shared.service, "user:ann", f"user:{name}")
        for number in range(7):
            character = make_character(shared.service, "org:acme", f"chr_many{number}")
            audience = "everyone" if number % 2 == 0 else "only_me"
            set_policy(shared.pep, character, {"audience": {"generate": audience}})
        yield shared


def subjects(world: World, action: str, kind: str = "user", **more: Any) -> list[str]:
    body = {**asked(world.ann, "user:ignored", action, **more), "subject": {"type": kind}}
    return [each["id"] for each in all_pages(world, SUBJECTS, body)]


def all_pages(
    world: World, path: str, body: dict[str, Any], *, limit: int | None = None
) -> list[dict[str, Any]]:
    """Every result, each page having what the standard says."""
    results: list[dict[str, Any]] = []
    page: dict[str, Any] = {} if limit is None else {"limit": limit}
    while True:
        answer = world.post(path, {**body, "page": page} if page else body)
        assert next(iter(answer)) == "page"
        assert answer["page"]["count"] == len(answer["results"])
        assert limit is None or len(answer["results"]) <= limit
        results += answer["results"]
        token = answer["page"]["next_token"]
        if token == "":
            return results
        page = {"token": token}


# subjects


def test_subjects_are_found_among_those_who_have_to_do_with_the_cameo(world: World) -> None:
    assert subjects(world, "generate") == ["ann", "bea", "bob"]
    uses = {"remix_of": ["use_1"]}
    assert subjects(world, "remix", context=uses) == []
    assert subjects(world, "publish") == ["ann"]
    face = {"facets": ["face"]}
    assert subjects(world, "publish", context=face) == ["ann"]
    assert subjects(world, "publish", "org", context=face) == ["studio"]
    assert subjects(world, "generate", "app") == []


def test_everyone_cannot_be_listed_and_the_answer_says_so(world: World) -> None:
    body = {**asked(world.ann, "user:x", "tag"), "subject": {"type": "user"}}
    answer = world.post(SUBJECTS, body)
    assert answer["context"] == {"open_to_everyone": True}
    found = [each["id"] for each in answer["results"]]
    assert found == ["ann", "bea", "bob", "max", "mia", "moe"]
    body["action"] = {"name": "generate"}
    assert world.post(SUBJECTS, body)["context"] == {"open_to_everyone": False}


def test_the_subjects_id_is_ignored(world: World) -> None:
    body = asked(world.ann)
    without = {**body, "subject": {"type": "user"}}
    odd = {**body, "subject": {"type": "user", "id": 7}}
    assert world.post(SUBJECTS, body) == world.post(SUBJECTS, without) == world.post(SUBJECTS, odd)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_subjects_come_once_whatever_the_size_of_a_page(world: World, limit: int) -> None:
    body = {**asked(world.ann, "user:x", "tag"), "subject": {"type": "user"}}
    found = [each["id"] for each in all_pages(world, SUBJECTS, body, limit=limit)]
    assert found == ["ann", "bea", "bob", "max", "mia", "moe"]


def test_who_is_mutual_approved_and_granted_comes_once(world: World) -> None:
    terms = {"actions": ["generate"], "facets": ["face", "voice", "name"]}
    for grantee in ("user:bob", "user:mia", "user:gus", "user:gus"):
        world.post(
            "/v1/grants",
            {"cameo_id": world.ann, "grantee": grantee, "terms": terms},
            status=201,
        )
    try:
        for limit in (1, 2, 100):
            body = {**asked(world.ann), "subject": {"type": "user"}}
            found = [each["id"] for each in all_pages(world, SUBJECTS, body, limit=limit)]
            assert found == ["ann", "bea", "bob", "mia", "gus"]
    finally:
        for grant in world.pep.get(f"/v1/cameos/{world.ann}/grants").json()["data"]:
            if grant["grantee"].startswith("user:"):
                world.post(f"/v1/grants/{grant['id']}/revoke", {})
    assert subjects(world, "generate") == ["ann", "bea", "bob"]


def test_only_who_acts_for_the_owner_finds_anybody(world: World) -> None:
    body = {**asked(world.ann), "subject": {"type": "user"}}
    nobody = {**asked("cam_nobody"), "subject": {"type": "user"}}
    with world.service.client(world.service.key(acts_for=("user:bob", "org:*"))) as other:
        answer = other.post(SUBJECTS, json=body)
        assert answer.status_code == 200
        assert answer.json() == other.post(SUBJECTS, json=nobody).json()
        assert answer.json() == {"page": {"next_token": "", "count": 0}, "results": []}


def test_a_type_that_is_not_the_cameos_finds_nobody(world: World) -> None:
    resource = {"type": "character", "id": world.ann}
    assert world.post(SUBJECTS, asked("", resource=resource))["results"] == []


# resources


def test_resources_are_found_in_order_of_id(world: World) -> None:
    body = {**asked("", "user:zed"), "resource": {"type": "character"}}
    everything = ["chr_fox", "chr_many0", "chr_many2", "chr_many4", "chr_many6"]
    for limit in (None, 1, 2, 5):
        found = all_pages(world, RESOURCES, body, limit=limit)
        assert found == [{"type": "character", "id": id} for id in everything]


def test_resources_include_what_is_owned_and_granted(world: World) -> None:
    def found(subject: str, action: str, **properties: Any) -> list[str]:
        resource = {"type": "cameo", "id": "ignored", "properties": properties}
        body = {**asked("", subject, action), "resource": resource}
        return [each["id"] for each in all_pages(world, RESOURCES, body)]

    assert found("user:ann", "publish") == [world.ann]
    assert found("user:bob", "generate") == [world.ann]
    assert found("org:studio", "generate") == []
    assert found("org:studio", "generate", facets=["face"]) == [world.ann]
    assert found("user:eve", "generate") == []


def test_a_page_looks_at_so_many_and_then_has_a_next_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_EXAMINED", 2)
    body = {**asked("", "user:zed"), "resource": {"type": "character"}}
    assert len(all_pages(world, RESOURCES, body)) == 5
    first = world.post(RESOURCES, body)
    assert first["page"]["count"] <= 2
    assert first["page"]["next_token"]


# actions


@pytest.mark.parametrize(
    ("subject", "names"),
    [
        ("user:ann", ["tag", "generate", "publish"]),
        ("user:bob", ["tag", "generate"]),
        ("user:eve", ["tag"]),
        ("org:studio", ["tag"]),
    ],
)
def test_actions_are_found(world: World, subject: str, names: list[str]) -> None:
    body = asked(world.ann, subject)
    del body["action"]
    for limit in (None, 1, 2):
        assert [each["name"] for each in all_pages(world, ACTIONS, body, limit=limit)] == names


def test_an_action_that_is_sent_is_ignored(world: World) -> None:
    with_one = world.post(ACTIONS, {**asked(world.ann), "action": 5})
    assert with_one == world.post(ACTIONS, asked(world.ann))


# what all of them share


def test_every_result_is_worth_a_yes(world: World) -> None:
    for name in Action:
        for id in subjects(world, name):
            assert world.evaluate(asked(world.ann, f"user:{id}", name))["decision"] is True
    for each in world.post(ACTIONS, asked(world.ann))["results"]:
        assert world.evaluate(asked(world.ann, "user:bob", each["name"]))["decision"] is True


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        (SUBJECTS, {"subject": {"type": "spaceship"}}),
        (SUBJECTS, {"action": {"name": "can_read"}}),
        (SUBJECTS, {"resource": {"type": "record", "id": "record-1"}}),
        (SUBJECTS, {"resource": {"type": "cameo", "id": "cam_nobody"}}),
        (RESOURCES, {"subject": {"type": "spaceship", "id": "x"}}),
        (RESOURCES, {"resource": {"type": "record"}}),
        (RESOURCES, {"action": {"name": "can_read"}}),
        (ACTIONS, {"subject": {"type": "spaceship", "id": "x"}}),
        (ACTIONS, {"resource": {"type": "cameo", "id": "\x00"}}),
        (ACTIONS, {"resource": {"type": "character", "id": "chr_nobody"}}),
    ],
)
def test_what_is_not_known_finds_nothing(world: World, path: str, changed: dict[str, Any]) -> None:
    answer = world.post(path, asked(world.ann, **changed))
    assert answer["results"] == []
    assert answer["page"] == {"next_token": "", "count": 0}


def first_page(world: World) -> tuple[dict[str, Any], str]:
    body = {**asked("", "user:zed"), "resource": {"type": "character"}}
    answer = world.post(RESOURCES, {**body, "page": {"limit": 2}})
    return body, str(answer["page"]["next_token"])


def test_nothing_may_change_between_pages_but_the_token(world: World) -> None:
    body, token = first_page(world)
    same = {**body, "resource": {"id": "ignored", "type": "character"}, "time": "unknown fields"}
    assert world.post(RESOURCES, {**same, "page": {"token": token, "limit": 2}})["results"]
    for change in (
        {"subject": {"type": "user", "id": "bob"}},
        {"action": {"name": "tag"}},
        {"resource": {"type": "cameo"}},
        {"context": {"facets": ["face"]}},
        {"page": {"token": token, "limit": 3}},
    ):
        changed = {**body, "page": {"token": token}, **change}
        assert world.post(RESOURCES, changed, status=400)["error"]["code"] == "page_changed"


def test_a_token_serves_neither_another_search_nor_another_caller(world: World) -> None:
    body, token = first_page(world)
    page = {"token": token}
    elsewhere = {**asked(world.ann, "user:zed"), "page": page}
    assert world.post(ACTIONS, elsewhere, status=400)["error"]["code"] == "page_changed"
    with world.service.client(world.service.key(acts_for=EVERYBODY)) as other:
        answer = other.post(RESOURCES, json={**body, "page": page})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "page_token_invalid"


def test_a_limit_of_nothing_gives_nothing_and_a_way_on(world: World) -> None:
    body, _ = first_page(world)
    answer = world.post(RESOURCES, {**body, "page": {"limit": 0}})
    assert answer["results"] == []
    assert answer["page"]["next_token"]


def test_an_empty_token_is_the_first_page(world: World) -> None:
    body, _ = first_page(world)
    begin = world.post(RESOURCES, body)
    assert world.post(RESOURCES, {**body, "page": {"token": ""}}) == begin


def test_what_ends_between_pages_is_not_found_on_the_next(world: World) -> None:
    body, token = first_page(world)
    set_policy(world.pep, "chr_many4", {"audience": {}})
    try:
        answer = world.post(RESOURCES, {**body, "page": {"token": token}})
        assert {"type": "character", "id": "chr_many4"} not in answer["results"]
    finally:
        set_policy(world.pep, "chr_many4", {"audience": {"generate": "everyone"}})


def test_a_blocked_subject_is_found_nowhere(world: World) -> None:
    path = "/v1/principals/user:ann/blocks/user:bea"
    assert world.pep.put(path).status_code in {200, 201, 204}
    try:
        assert subjects(world, "generate") == ["ann", "bob"]
        assert world.post(ACTIONS, asked(world.ann, "user:bea"))["results"] == []
    finally:
        assert world.pep.delete(path).status_code in {200, 204}
    assert subjects(world, "generate") == ["ann", "bea", "bob"]
