"""What a person cannot do is asked of nobody: chosen at the start, or by the person."""

from typing import Any

import httpx2
import pytest

from tests.service.running import Refusal, RunningService, verification
from verification.report import Verdict

KINDS = {
    (): {"turn", "blink", "digit"},
    ("head_still",): {"blink", "digit"},
    ("no_speech",): {"turn", "blink"},
    ("heard_prompts",): {"turn", "blink", "digit"},
    ("head_still", "no_speech"): {"blink"},
    ("head_still", "heard_prompts", "no_speech"): {"blink"},
}


def start(platform: httpx2.Client, **body: Any) -> dict[str, Any]:
    response = platform.post("/v1/enrollments", json={"principal": "user:ann", **body})
    assert response.status_code == 201, response.text
    started: dict[str, Any] = response.json()
    return started


def draw(client: httpx2.Client, id: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    path = f"/v1/enrollments/{id}/challenge"
    response = client.post(path) if body is None else client.post(path, json=body)
    assert response.status_code == 200, response.text
    drawn: dict[str, Any] = response.json()
    return drawn


def kinds_of(shown: dict[str, Any]) -> set[str]:
    assert shown["challenge"]["accommodations"] == shown["accommodations"]
    return {step["kind"] for step in shown["challenge"]["steps"]}


@pytest.mark.parametrize("chosen", KINDS)
def test_a_platform_says_what_is_not_to_be_asked(
    platform: httpx2.Client, chosen: tuple[str, ...]
) -> None:
    shown = start(platform, accommodations=list(chosen))
    assert shown["accommodations"] == list(chosen)
    assert kinds_of(shown) == KINDS[chosen]


@pytest.mark.parametrize("chosen", KINDS)
def test_a_person_says_so_before_the_recording(
    service: RunningService, platform: httpx2.Client, chosen: tuple[str, ...]
) -> None:
    started = start(platform)
    secret = {"client_secret": started["client_secret"]}
    opened = platform.post(f"/v1/enrollments/{started['id']}/open", json=secret).json()
    with service.client(opened["session_token"]) as person:
        shown = draw(person, started["id"], {"accommodations": list(chosen)})
    assert shown["accommodations"] == list(chosen)
    assert kinds_of(shown) == KINDS[chosen]
    assert shown["challenge"] != started["challenge"]
    assert shown["attempt"] == 1


@pytest.mark.parametrize("body", [None, {}, {"accommodations": None}])
def test_another_challenge_keeps_them(platform: httpx2.Client, body: dict[str, Any] | None) -> None:
    started = start(platform, accommodations=["head_still"])
    shown = draw(platform, started["id"], body)
    assert shown["accommodations"] == ["head_still"]
    assert shown["challenge"]["steps"] != started["challenge"]["steps"]


def test_an_empty_list_takes_them_back(platform: httpx2.Client) -> None:
    started = start(platform, accommodations=["head_still"])
    shown = draw(platform, started["id"], {"accommodations": []})
    assert shown["accommodations"] == []
    assert kinds_of(shown) == KINDS[()]


def test_a_rejection_keeps_them(service: RunningService, platform: httpx2.Client) -> None:
    started = start(platform, accommodations=["no_speech"])
    service.conclude(started["id"], verification(Verdict.REJECTED))
    shown = platform.get(f"/v1/enrollments/{started['id']}").json()
    assert shown["attempt"] == 2
    assert shown["accommodations"] == ["no_speech"]
    assert kinds_of(shown) == {"turn", "blink"}


def test_they_are_still_told_when_no_recording_is_awaited(
    service: RunningService, platform: httpx2.Client
) -> None:
    started = start(platform, accommodations=["head_still"])
    service.conclude(started["id"], verification(Verdict.NEEDS_REVIEW))
    shown = platform.get(f"/v1/enrollments/{started['id']}").json()
    assert (shown["challenge"], shown["accommodations"]) == (None, ["head_still"])


@pytest.mark.parametrize(
    "chosen", [["nothing"], "head_still", [1], ["head_still"] * 4, {"head_still": True}]
)
def test_what_is_no_accommodation_is_refused(
    platform: httpx2.Client, refused: Refusal, chosen: object
) -> None:
    body = {"principal": "user:ann", "accommodations": chosen}
    refused(platform.post("/v1/enrollments", json=body), 422, "invalid_request")
    started = start(platform)
    path = f"/v1/enrollments/{started['id']}/challenge"
    refused(platform.post(path, json={"accommodations": chosen}), 422, "invalid_request")
    assert (
        platform.get(f"/v1/enrollments/{started['id']}").json()["challenge"]
        == (started["challenge"])
    )


def test_choosing_counts_as_drawing(platform: httpx2.Client, refused: Refusal) -> None:
    started = start(platform)
    for _ in range(29):
        draw(platform, started["id"], {"accommodations": ["no_speech"]})
    response = platform.post(
        f"/v1/enrollments/{started['id']}/challenge", json={"accommodations": []}
    )
    refused(response, 409, "no_more_challenges")
