"""Bad and hostile input on every path of AuthZEN: 400 with a message, and never a yes."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kinds import Kind
from tests.service.authzen_asking import (
    ACTIONS,
    EVALUATION,
    EVALUATIONS,
    QUESTIONS,
    RESOURCES,
    SUBJECTS,
    World,
    asked,
    running,
)

JSON = "application/json"
REQUESTS = "/access/v1/requests"
SUBJECT: dict[str, Any] = {"type": "user", "id": "bob"}
ACTION: dict[str, Any] = {"name": "generate"}
RESOURCE: dict[str, Any] = {"type": "cameo", "id": "cam_1"}
WHOLE: dict[str, Any] = {"subject": SUBJECT, "action": ACTION, "resource": RESOURCE}

UNREADABLE: list[tuple[str, bytes]] = [
    ("an empty body", b""),
    ("white space", b" \t\r\n"),
    ("an array", b"[]"),
    ("an array of requests", json.dumps([WHOLE]).encode()),
    ("null", b"null"),
    ("true", b"true"),
    ("a number", b"1"),
    ("a string", b'"subject"'),
    ("an open object", b"{"),
    ("an open string", b'{"subject": "'),
    ("single quotes", b"{'subject': {}}"),
    ("a trailing comma", b'{"subject": {},}'),
    ("a comment", b'{/* */"subject": {}}'),
    ("two objects", json.dumps(WHOLE).encode() * 2),
    ("a byte order mark", b"\xef\xbb\xbf" + json.dumps(WHOLE).encode()),
    ("UTF-16", json.dumps(WHOLE).encode("utf-16")),
    ("Latin-1", '{"subject": {"type": "user", "id": "caf\u00e9"}}'.encode("latin-1")),
    ("bytes that are no text", bytes(range(256))),
    ("half a surrogate", b'{"subject": {"type": "user", "id": "\\ud800"}}'),
    ("a raw NUL", b'{"subject": "\x00"}'),
    ("NaN", b'{"subject": NaN}'),
    ("infinity", b'{"context": {"x": Infinity}}'),
    ("a number beyond doubles", b'{"context": {"x": 1e999}}'),
    ("a number of 5000 digits", b'{"context": {"x": ' + b"9" * 5000 + b"}}"),
    ("a member twice", b'{"subject": 1, "subject": 2}'),
    ("a member twice, spelt in two ways", b'{"subject": 1, "\\u0073ubject": 2}'),
    ("a member twice, deep inside", b'{"context": {"x": [{"a": 1, "a": 1}]}}'),
    ("100000 open arrays", b"[" * 100_000),
    ("100000 open objects", b'{"a":' * 100_000),
    ("deep arrays in a member", b'{"context": {"x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}}"),
    ("a form", b"subject=user%3Abob&action=generate"),
    ("XML", b"<subject/>"),
]

ILL_TYPED: list[tuple[str, dict[str, Any]]] = [
    ("nothing", {}),
    ("no subject", {"action": ACTION, "resource": RESOURCE}),
    ("no resource", {"action": ACTION, "subject": SUBJECT}),
    ("a subject of null", {**WHOLE, "subject": None}),
    ("a subject that is text", {**WHOLE, "subject": "alice"}),
    ("a subject that is an array", {**WHOLE, "subject": [SUBJECT]}),
    ("a subject without a type", {**WHOLE, "subject": {"id": "alice"}}),
    ("a subject type that is a number", {**WHOLE, "subject": {"type": 1, "id": "a"}}),
    ("a subject type of null", {**WHOLE, "subject": {"type": None, "id": "a"}}),
    ("subject properties that are text", {**WHOLE, "subject": {**SUBJECT, "properties": "x"}}),
    ("subject properties of null", {**WHOLE, "subject": {**SUBJECT, "properties": None}}),
    ("a resource of null", {**WHOLE, "resource": None}),
    ("a resource that is text", {**WHOLE, "resource": "cam_1"}),
    ("a resource that is a number", {**WHOLE, "resource": 5}),
    ("a resource without a type", {**WHOLE, "resource": {"id": "cam_1"}}),
    ("a resource type that is an object", {**WHOLE, "resource": {"type": {}, "id": "x"}}),
    ("resource properties in an array", {**WHOLE, "resource": {**RESOURCE, "properties": []}}),
    ("facets that are text", {**WHOLE, "context": {"facets": "face"}}),
    ("an unknown facet", {**WHOLE, "context": {"facets": ["nose"]}}),
    ("no facets at all", {**WHOLE, "context": {"facets": []}}),
    ("facets of null", {**WHOLE, "context": {"facets": None}}),
    (
        "facets that are a number, in the properties",
        {**WHOLE, "resource": {**RESOURCE, "properties": {"facets": 3}}},
    ),
    (
        "two readings of the facets",
        {
            **WHOLE,
            "resource": {**RESOURCE, "properties": {"facets": ["face"]}},
            "context": {"facets": ["voice"]},
        },
    ),
    ("an unknown change of appearance", {**WHOLE, "context": {"appearance_change": "huge"}}),
    ("a context of null", {**WHOLE, "context": None}),
    ("a context that is text", {**WHOLE, "context": "now"}),
    ("a context that is an array", {**WHOLE, "context": []}),
    ("a purpose that is a number", {**WHOLE, "context": {"purpose": 7}}),
    ("an unknown purpose", {**WHOLE, "context": {"purpose": "fun"}}),
    ("an unknown category", {**WHOLE, "context": {"categories": ["fun"]}}),
    ("categories that are an object", {**WHOLE, "context": {"categories": {"violence": True}}}),
    ("an unknown territory", {**WHOLE, "context": {"territories": ["Atlantis"]}}),
    ("unknown company", {**WHOLE, "context": {"co_appearing": ["ghost.1"]}}),
    ("remix_of that is text", {**WHOLE, "context": {"remix_of": "use_1"}}),
    ("a draft that is a number", {**WHOLE, "context": {"draft": 1}}),
    ("likenesses that are an object", {**WHOLE, "context": {"likenesses": {}}}),
    ("likenesses that are text", {**WHOLE, "context": {"likenesses": ["cam_2"]}}),
    ("a likeness without an id", {**WHOLE, "context": {"likenesses": [{"facets": ["face"]}]}}),
]

OF_ONE: dict[str, list[tuple[str, dict[str, Any]]]] = {
    EVALUATION: [
        ("no action", {"subject": SUBJECT, "resource": RESOURCE}),
        ("an action without a name", {**WHOLE, "action": {}}),
        ("an action name that is a number", {**WHOLE, "action": {"name": 123}}),
        ("an action that is text", {**WHOLE, "action": "generate"}),
        ("a subject without an id", {**WHOLE, "subject": {"type": "user"}}),
        ("a subject id that is a number", {**WHOLE, "subject": {"type": "user", "id": 1}}),
        ("a resource without an id", {**WHOLE, "resource": {"type": "cameo"}}),
        ("a resource id that is a number", {**WHOLE, "resource": {"type": "cameo", "id": 1}}),
        ("obligations that are text", {**WHOLE, "context": {"supported_obligations": "all"}}),
    ],
    EVALUATIONS: [
        ("no action", {"subject": SUBJECT, "resource": RESOURCE}),
        ("evaluations of null", {**WHOLE, "evaluations": None}),
        ("evaluations that are an object", {**WHOLE, "evaluations": {"eval-1": WHOLE}}),
        ("evaluations that are text", {**WHOLE, "evaluations": ["x"]}),
        ("an evaluation of null", {**WHOLE, "evaluations": [WHOLE, None]}),
        ("a default that is text", {**WHOLE, "subject": "bob", "evaluations": [WHOLE]}),
        ("a context default of null", {**WHOLE, "context": None, "evaluations": [WHOLE]}),
        ("options of null", {**WHOLE, "evaluations": [WHOLE], "options": None}),
        ("options that are text", {**WHOLE, "evaluations": [WHOLE], "options": "all"}),
        (
            "an unknown semantic",
            {**WHOLE, "evaluations": [WHOLE], "options": {"evaluations_semantic": "some"}},
        ),
        (
            "a semantic that is a number",
            {**WHOLE, "evaluations": [WHOLE], "options": {"evaluations_semantic": 1}},
        ),
        ("an unknown semantic alone", {**WHOLE, "options": {"evaluations_semantic": "some"}}),
        ("too many", {**WHOLE, "evaluations": [{}] * 101}),
    ],
    SUBJECTS: [
        ("no action", {"subject": SUBJECT, "resource": RESOURCE}),
        ("a resource without an id", {**WHOLE, "resource": {"type": "cameo"}}),
        ("an action without a name", {**WHOLE, "action": {}}),
    ],
    RESOURCES: [
        ("no action", {"subject": SUBJECT, "resource": RESOURCE}),
        ("a subject without an id", {**WHOLE, "subject": {"type": "user"}}),
    ],
    ACTIONS: [
        ("a subject without an id", {**WHOLE, "subject": {"type": "user"}}),
        ("a resource without an id", {**WHOLE, "resource": {"type": "cameo"}}),
    ],
}

PAGES: list[tuple[str, object]] = [
    ("null", None),
    ("text", "next"),
    ("an array", []),
    ("a negative limit", {"limit": -1}),
    ("a limit that is text", {"limit": "10"}),
    ("a limit that is a fraction", {"limit": 1.5}),
    ("a limit that is true", {"limit": True}),
    ("a limit of null", {"limit": None}),
    ("a token that is a number", {"token": 1}),
    ("a token of nobody", {"token": "alsehrq3495u8"}),
    ("a token that is no token", {"token": "\u2603 ../../etc"}),
    ("a token of 100000 letters", {"token": "A" * 100_000}),
    ("properties that are text", {"properties": "x"}),
]


@pytest.fixture(scope="module")
def world(databases: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(databases, tmp_path_factory.mktemp("authzen")) as shared:
        yield shared


def refused(world: World, path: str, body: bytes, content_type: str = JSON) -> dict[str, Any]:
    response = world.pep.post(path, content=body, headers={"content-type": content_type})
    assert response.status_code == 400, (path, response.status_code, response.text[:300])
    assert response.headers["content-type"] == JSON
    error: dict[str, Any] = response.json()["error"]
    assert error["status"] == 400
    assert error["code"]
    assert error["message"]
    assert error["message"] != "something went wrong here"
    return error


@pytest.mark.parametrize("path", QUESTIONS)
def test_what_cannot_be_read_is_400_on_every_path(world: World, path: str) -> None:
    for name, body in UNREADABLE:
        assert refused(world, path, body), name


@pytest.mark.parametrize("path", QUESTIONS)
def test_what_is_missing_or_ill_typed_is_400_on_every_path(world: World, path: str) -> None:
    for name, body in ILL_TYPED + OF_ONE[path]:
        assert refused(world, path, json.dumps(body).encode()), name


@pytest.mark.parametrize("path", [SUBJECTS, RESOURCES, ACTIONS])
def test_ill_typed_pages_are_400(world: World, path: str) -> None:
    for name, page in PAGES:
        assert refused(world, path, json.dumps({**WHOLE, "page": page}).encode()), name


@pytest.mark.parametrize("path", QUESTIONS)
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "text/json", "*/*"],
)
def test_another_content_type_is_400(world: World, path: str, content_type: str) -> None:
    refused(world, path, json.dumps(WHOLE).encode(), content_type)


@pytest.mark.parametrize("path", QUESTIONS)
def test_no_content_type_is_400(world: World, path: str) -> None:
    response = world.pep.post(path, content=json.dumps(WHOLE).encode())
    assert response.status_code == 400


@pytest.mark.parametrize("path", QUESTIONS)
def test_another_charset_is_400(world: World, path: str) -> None:
    refused(world, path, json.dumps(WHOLE).encode(), "application/json; charset=utf-16")


@pytest.mark.parametrize("path", QUESTIONS)
def test_too_large_a_body_is_413(world: World, path: str) -> None:
    body = json.dumps({**WHOLE, "x": "x" * 1_100_000}).encode()
    response = world.pep.post(path, content=body, headers={"content-type": JSON})
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "body_too_large"


def test_there_are_at_least_sixty_bad_inputs_on_every_path() -> None:
    for path in QUESTIONS:
        assert len(UNREADABLE) + len(ILL_TYPED) + len(OF_ONE[path]) >= 60


# whatever comes: no server error, no 422, no yes without a basis

_NAMES = """
subject action resource context evaluations options page type id name properties facets likenesses
cameo_id limit token user cameo eve generate face purpose satire draft remix_of use_1
"""
_WORDS = st.sampled_from([*_NAMES.split(), "\x00", "\u2603"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _WORDS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=5),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def eve(world: World) -> Iterator[httpx2.Client]:
    """A caller that acts for Eve, who may do nothing with Ann's cameo but tag it."""
    with world.service.client(world.service.key(acts_for=("user:eve",))) as caller:
        yield caller


def answered(eve: httpx2.Client, path: str, body: bytes) -> None:
    """What is not Eve's stays out of her reach, whatever is sent."""
    response = eve.post(path, content=body, headers={"content-type": JSON})
    assert response.status_code in {200, 400, 403}, response.text
    document = response.json()
    if response.status_code != 200:
        assert document["error"]["message"]
        return
    answers = document.get("evaluations", [document])
    for answer in answers:
        assert answer.get("decision", False) is False, document
    found = document.get("results", [])
    assert found in ([], [{"name": "tag"}]), document
    assert not found or path == ACTIONS


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.sampled_from(QUESTIONS), body=st.binary(max_size=200))
def test_bytes_get_no_yes(eve: httpx2.Client, path: str, body: bytes) -> None:
    answered(eve, path, body)


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.sampled_from(QUESTIONS), body=_VALUES)
def test_json_gets_no_yes(eve: httpx2.Client, path: str, body: object) -> None:
    answered(eve, path, json.dumps(body).encode())


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.sampled_from(QUESTIONS),
    seed=st.integers(min_value=0, max_value=2**32),
    value=_VALUES,
    changes=st.integers(min_value=1, max_value=3),
)
def test_mutations_of_a_denied_question_get_no_yes(
    world: World, eve: httpx2.Client, path: str, seed: int, value: object, changes: int
) -> None:
    body: dict[str, Any] = asked(
        world.ann,
        "user:eve",
        context={"facets": ["face"], "purpose": "satire", "likenesses": [{"cameo_id": "cam_2"}]},
        page={"limit": 3},
        evaluations=[{}, {"resource": {"type": "cameo", "id": world.ann}}],
        options={"evaluations_semantic": "execute_all"},
    )
    rng = random.Random(seed)
    for _ in range(changes):
        _mutate(body, value, rng)
    if "tag" not in json.dumps(body):
        answered(eve, path, json.dumps(body).encode())


def _mutate(node: Any, value: object, rng: random.Random) -> None:
    while True:
        places: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not places:
            return
        place = rng.choice(places)
        below = node[place]
        if isinstance(below, dict | list) and below and rng.random() < 0.7:
            node = below
        elif rng.random() < 0.3:
            del node[place]
            return
        else:
            node[place] = copy.deepcopy(value)
            return
