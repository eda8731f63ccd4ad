"""What a question must look like, and what its sender is told where it does not."""

import json
from functools import partial
from typing import Any

import msgspec
import pytest

from cameo_service.consent.questions import CheckIn, ConsentIn
from cameo_service.errors import InvalidRequest
from cameo_service.wire import read_data, read_json
from permissions.vocabulary import Action, AppearanceChange, Facet
from tests.service.test_consent import question

WHOLE = {
    "requester": "user:bob",
    "action": "publish",
    "likenesses": [{"cameo_id": "cam_1", "facets": ["face"], "appearance_change": "subtle"}],
    "purpose": "advertising",
    "categories": [],
    "territories": ["FR"],
    "co_appearing": ["person"],
    "remix_of": ["use_1"],
    "draft": "use_2",
}


def encoded(data: object) -> bytes:
    return msgspec.json.encode(data)


def test_a_whole_question_is_read_alike_from_bytes_and_from_data() -> None:
    read = read_json(ConsentIn, encoded(WHOLE))
    assert read == read_data(ConsentIn, WHOLE)
    assert read.draft == "use_2"
    request = read.to_request()
    assert (request.action, request.purpose) == (Action.PUBLISH, "advertising")
    assert request.likenesses[0].facets == {Facet.FACE}
    assert request.likenesses[0].appearance_change is AppearanceChange.SUBTLE
    assert (request.categories, request.territories) == (frozenset(), frozenset({"FR"}))
    assert request.remix_of == ("use_1",)


def test_what_is_left_out_is_undeclared_and_not_empty() -> None:
    request = read_json(ConsentIn, encoded(question("cam_1", categories=None))).to_request()
    assert request.categories is None
    assert request.territories is None
    assert request.co_appearing is None
    assert request.purpose is None
    assert request.likenesses[0].appearance_change is None


BROKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"requester": None}, "body.requester", "expected `str`, got `null`"),
    ({"requester": "bob"}, "body.requester", "`bob` is not a principal"),
    ({"action": "steal"}, "body.action", "one of `tag`, `generate`, `remix`, `publish`"),
    ({"likenesses": []}, "body.likenesses", "length >= 1"),
    ({"likenesses": [{"cameo_id": "c", "facets": ["face"]}] * 33}, "body.likenesses", "<= 32"),
    ({"likenesses": [{"cameo_id": "c", "facets": []}]}, "body.likenesses.0.facets", ">= 1"),
    (
        {"likenesses": [{"cameo_id": "c", "facets": ["soul"]}]},
        "body.likenesses.0.facets.0",
        "one of `face`, `voice`, `name`",
    ),
    (
        {"likenesses": [{"cameo_id": "c", "facets": ["face"], "appearance_change": "much"}]},
        "body.likenesses.0.appearance_change",
        "one of `none`",
    ),
    (
        {"likenesses": [{"cameo_id": "c" * 101, "facets": ["face"]}]},
        "body.likenesses.0.cameo_id",
        "",
    ),
    ({"likenesses": [{"facets": ["face"]}]}, "body.likenesses.0.cameo_id", "is required"),
    ({"categories": ["x"] * 65}, "body.categories", "<= 64"),
    ({"territories": "FR"}, "body.territories", "expected `array"),
    ({"co_appearing": ["x"] * 65}, "body.co_appearing", "<= 64"),
    ({"remix_of": ["use"] * 33}, "body.remix_of", "<= 32"),
    ({"remix_of": ["u" * 101]}, "body.remix_of.0", "<= 100"),
    ({"draft": ""}, "body.draft", ">= 1"),
    ({"reference": "0" * 64}, "body.reference", "there is no such field"),
    ({"explain": True}, "body.explain", "there is no such field"),
    ({"draft": "use_\0"}, "body", "must not hold a NUL"),
    ({"remix_of": ["use_\0"]}, "body", "must not hold a NUL"),
    ({"likenesses": [{"cameo_id": "\0", "facets": ["face"]}]}, "body", "must not hold a NUL"),
]


@pytest.mark.parametrize(("changes", "location", "message"), BROKEN)
def test_a_question_that_does_not_fit_is_refused(
    changes: dict[str, Any], location: str, message: str
) -> None:
    asked = question("cam_1", **changes)
    for read in (
        partial(read_json, ConsentIn, encoded(asked)),
        partial(read_data, ConsentIn, asked),
    ):
        with pytest.raises(InvalidRequest) as refusal:
            read().to_request()
        assert refusal.value.details[0]["location"] == location
        assert message in refusal.value.details[0]["message"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"requester": "\xff"}', b"nonsense", b"[" * 100_000]
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_json(ConsentIn, body)
    assert refusal.value.details[0]["location"] == "body"


@pytest.mark.parametrize(
    "changes", [{"purpose": "\ud800"}, {"draft": "use_\udfff"}, {"remix_of": ["\ud83d"]}]
)
def test_half_a_surrogate_pair_is_refused(changes: dict[str, Any]) -> None:
    """No database keeps it and no hash is over it. The standard library's parser reads it."""
    asked = question("cam_1", **changes)
    for read in (
        partial(read_json, ConsentIn, json.dumps(asked).encode()),
        partial(read_data, ConsentIn, asked),
    ):
        with pytest.raises(InvalidRequest) as refusal:
            read()
        assert refusal.value.details[0]["location"] == "body"


def test_the_word_for_nul_is_no_nul() -> None:
    asked = question("cam_1", draft=r"use_\u0000")
    assert read_json(ConsentIn, encoded(asked)).draft == r"use_\u0000"


def test_only_a_check_can_be_explained() -> None:
    assert read_json(CheckIn, encoded(question("cam_1", explain=True))).explain
