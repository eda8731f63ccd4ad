"""AuthZEN's batches over HTTP: defaults, semantics, what is wrong with one item."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cameo_service.authzen.batch import MOST_EVALUATIONS
from tests.kinds import Kind
from tests.service.authzen_asking import (
    EVALUATION,
    EVALUATIONS,
    EVERYBODY,
    World,
    asked,
    running,
    set_policy,
)
from tests.service.running import RunningService


@pytest.fixture(scope="module")
def world(databases: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(databases, tmp_path_factory.mktemp("authzen")) as shared:
        yield shared


@pytest.fixture(scope="module")
def service(world: World) -> RunningService:
    return world.service


@pytest.fixture
def changing(databases: Kind, tmp_path: Path) -> Iterator[World]:
    """A world of its own, for a test that changes it."""
    with running(databases, tmp_path) as own:
        yield own


def test_a_batch_without_evaluations_is_a_single_evaluation(world: World) -> None:
    options = {"evaluations_semantic": "execute_all"}
    variants: list[dict[str, Any]] = [{}, {"evaluations": []}, {"options": options}]
    for more in variants:
        answer = world.post(EVALUATIONS, {**asked(world.ann), **more})
        assert answer["decision"] is True
        assert "evaluations" not in answer


def test_a_single_evaluation_that_lacks_something_is_400_at_either_path(world: World) -> None:
    for path in (EVALUATION, EVALUATIONS):
        world.post(path, {"subject": {"type": "user", "id": "bob"}}, status=400)


def test_defaults_fill_what_an_item_leaves_out_and_nothing_more(world: World) -> None:
    body = {
        **asked(world.ann, "org:studio", context={"facets": ["face"]}),
        "evaluations": [
            {},
            {"context": {}},
            {"subject": {"type": "user", "id": "eve"}},
            {"action": {"name": "tag"}},
            {"resource": {"type": "character", "id": world.character}},
            {"resource": {"id": world.ann}},
        ],
    }
    answer = world.post(EVALUATIONS, body)
    assert set(answer) == {"evaluations"}
    decisions = [each["decision"] for each in answer["evaluations"]]
    assert decisions == [True, False, False, True, True, False]
    assert answer["evaluations"][5]["context"]["error"]["status"] == 400


def test_whole_objects_are_replaced(world: World) -> None:
    resource = {"type": "cameo", "id": world.ann, "properties": {"facets": ["face"]}}
    body = {
        **asked(world.ann, "org:studio", resource=resource),
        "evaluations": [{}, {"resource": {"type": "cameo", "id": world.ann}}],
    }
    decisions = [each["decision"] for each in world.post(EVALUATIONS, body)["evaluations"]]
    assert decisions == [True, False]


def test_an_item_that_is_wrong_is_a_denial_with_its_error(world: World) -> None:
    whole = asked(world.ann)
    body = {
        "evaluations": [
            whole,
            {},
            {**whole, "subject": "bob"},
            {**whole, "action": {"name": 1}},
            {**whole, "context": {"facets": ["nose"]}},
            {**whole, "context": {"draft": "use_1"}},
            {**whole, "context": None},
        ]
    }
    first, *others = world.post(EVALUATIONS, body)["evaluations"]
    assert first["decision"] is True
    for each in others:
        assert each["decision"] is False
        assert each["context"]["error"]["status"] == 400
        assert each["context"]["error"]["message"]


def test_items_about_others_are_denied_one_by_one(world: World) -> None:
    key = world.service.key(acts_for=("user:bob",))
    body = {**asked(world.ann), "evaluations": [{}, {"subject": {"type": "user", "id": "ann"}}]}
    with world.service.client(key) as pep:
        mine, others = pep.post(EVALUATIONS, json=body).json()["evaluations"]
        alone = pep.post(EVALUATION, json=asked(world.ann, "user:ann"))
    assert mine["decision"] is True
    assert others["decision"] is False
    assert others["context"]["error"]["status"] == 403
    assert alone.status_code == 403


@pytest.mark.parametrize(
    ("semantic", "decisions"),
    [
        (None, [True, False, True, False]),
        ("execute_all", [True, False, True, False]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
def test_the_three_semantics(world: World, semantic: str | None, decisions: list[bool]) -> None:
    eve = {"subject": {"type": "user", "id": "eve"}}
    body = {**asked(world.ann), "evaluations": [{}, eve, {}, {"subject": 1}]}
    if semantic is not None:
        body["options"] = {"evaluations_semantic": semantic, "another_option": "value"}
    answer = world.post(EVALUATIONS, body)
    assert [each["decision"] for each in answer["evaluations"]] == decisions


def test_an_error_ends_a_batch_that_ends_at_a_denial(world: World) -> None:
    options = {"evaluations_semantic": "deny_on_first_deny"}
    body = {**asked(world.ann), "evaluations": [{"subject": {}}, {}], "options": options}
    assert len(world.post(EVALUATIONS, body)["evaluations"]) == 1


def test_nothing_permits_on_first_permit_where_nothing_is_permitted(world: World) -> None:
    options = {"evaluations_semantic": "permit_on_first_permit"}
    body = {
        **asked(world.ann, "user:eve"),
        "evaluations": [{}, {"subject": {}}],
        "options": options,
    }
    answers = world.post(EVALUATIONS, body)["evaluations"]
    assert [each["decision"] for each in answers] == [False, False]


def test_a_batch_has_a_limit(world: World) -> None:
    whole = {**asked(world.ann), "evaluations": [{}] * MOST_EVALUATIONS}
    assert len(world.post(EVALUATIONS, whole)["evaluations"]) == MOST_EVALUATIONS
    whole["evaluations"].append({})
    refused = world.post(EVALUATIONS, whole, status=400)
    assert refused["error"]["code"] == "too_many_evaluations"


def test_all_items_are_decided_at_one_revision(changing: World) -> None:
    world = changing
    body = {**asked(world.ann), "evaluations": [{}] * 40}
    stop = threading.Event()

    def change() -> None:
        with world.service.client(world.service.key(acts_for=EVERYBODY)) as owner:
            while not stop.is_set():
                for approved in ([], ["user:bob"]):
                    audience = {"audience": {"generate": "approved"}, "approved": approved}
                    set_policy(owner, world.ann, audience)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(25):
            answers = world.post(EVALUATIONS, body)["evaluations"]
            assert len({each["decision"] for each in answers}) == 1
            assert len({each["context"]["revision"] for each in answers}) == 1
    finally:
        stop.set()
        thread.join()
