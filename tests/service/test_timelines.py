"""A page is believed about its prompts where it speaks against itself, and nowhere else."""

import json
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_service.enrollments.timelines import LONGEST_TIMELINE, read, require_shown, told
from cameo_service.errors import Invalid, RecordingRefused
from tests.service.running import Refusal, RunningService, verification
from verification.challenge import Blink, Challenge, Direction, SpokenDigit, Turn
from verification.report import Verdict

CHALLENGE = Challenge(
    steps=(
        Blink(start_ms=1_000, duration_ms=1_400),
        Turn(direction=Direction.UP, start_ms=2_600, duration_ms=1_700),
        SpokenDigit(digit=4, start_ms=4_400, duration_ms=1_100),
    ),
    duration_ms=6_000,
)


def timeline(*moments: float | None) -> str:
    return json.dumps({"shown_ms": moments})


def test_a_page_that_kept_time_is_told_nothing() -> None:
    shown = read(timeline(1_003.5, 2_850, 4_401), CHALLENGE)
    require_shown(shown, CHALLENGE, late_ms=250)
    assert told(shown, CHALLENGE) == [
        {"kind": "blink", "start_ms": 1_000, "shown_ms": 1_003.5},
        {"kind": "turn", "start_ms": 2_600, "shown_ms": 2_850},
        {"kind": "digit", "start_ms": 4_400, "shown_ms": 4_401},
    ]


@pytest.mark.parametrize(
    ("moments", "said"),
    [
        ((1_003, 2_851, 4_401), "prompt 2 was shown 251 ms late, of 250 at most"),
        ((1_003, 2_610, 9_000), "prompt 3 was shown 4600 ms late"),
        ((None, 2_610, 4_401), "prompt 1 was not shown"),
        ((None, None, None), "prompt 1 was not shown"),
    ],
)
def test_a_page_that_was_late_is_told_so(moments: tuple[float | None, ...], said: str) -> None:
    shown = read(timeline(*moments), CHALLENGE)
    with pytest.raises(RecordingRefused, match=said) as refused:
        require_shown(shown, CHALLENGE, late_ms=250)
    assert refused.value.code == "prompts_not_shown"


MALFORMED = [
    "",
    "null",
    "[]",
    "{}",
    "nonsense",
    '{"shown_ms": 3}',
    '{"shown_ms": [1, 2]}',
    '{"shown_ms": [1, 2, 3, 4]}',
    '{"shown_ms": ["1", 2, 3]}',
    '{"shown_ms": [true, 2, 3]}',
    '{"shown_ms": [-1, 2, 3]}',
    '{"shown_ms": [1, 2, 1e9]}',
    '{"shown_ms": [1, 2, 1e999]}',
    '{"shown_ms": [1, 2, NaN]}',
    '{"shown_ms": [3, 2, 1]}',
    '{"shown_ms": [1, 1, 2]}',
    '{"shown_ms": [3, null, 2]}',
    '{"shown_ms": [1, 2, 3], "and": 4}',
    '{"shown_ms": [1, 2, 3]}' + " " * LONGEST_TIMELINE,
    '{"shown_ms": [1, 2, 3]} {}',
    "[" * 2_000,
    '{"shown_ms": [1, 2, "\ud800"]}',
]


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_timeline_of_the_challenge_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(text, CHALLENGE)
    assert refused.value.code == "timeline_malformed"


@given(text=st.text() | st.from_regex(r'\{"shown_ms": \[[-0-9.e, nul]*\]\}', fullmatch=True))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        shown = read(text, CHALLENGE)
    except Invalid:
        pass
    else:
        assert len(shown) == len(CHALLENGE.steps)


# -- over HTTP -------------------------------------------------------------------------------------


@pytest.fixture
def started(platform: httpx2.Client) -> dict[str, Any]:
    body = {"principal": "user:ann"}
    enrollment: dict[str, Any] = platform.post("/v1/enrollments", json=body).json()
    return enrollment


def starts(enrollment: dict[str, Any]) -> list[int]:
    return [step["start_ms"] for step in enrollment["challenge"]["steps"]]


def upload(client: httpx2.Client, id: str, content: bytes, *timelines: str) -> httpx2.Response:
    fields: list[tuple[str, Any]] = [("statement_accepted", (None, "true"))]
    fields += [("timeline", (None, each)) for each in timelines]
    fields.append(("recording", ("r.webm", content, "video/webm")))
    return client.post(f"/v1/enrollments/{id}/recording", files=fields)


def test_a_timeline_stands_in_the_report_and_nowhere_else(
    service: RunningService, platform: httpx2.Client, started: dict[str, Any], plain: bytes
) -> None:
    shown = [start + 17.5 for start in starts(started)]
    assert upload(platform, started["id"], plain, timeline(*shown)).status_code == 202
    with service.context.store.write() as tx:
        now = service.clock()
        job = tx.jobs.lease(("verify",), token="t", now=now, lease_for=now - now, at_most=1)
    assert job is not None
    kept = job.payload["timeline"]
    assert [step["shown_ms"] for step in kept] == shown
    service.conclude(started["id"], verification(Verdict.REJECTED), timeline=kept)
    report = platform.get(f"/v1/enrollments/{started['id']}/report").json()["report"]
    assert report["timeline"] == kept
    assert [step["start_ms"] for step in kept] == starts(started)
    assert "shown_ms" not in platform.get(f"/v1/enrollments/{started['id']}").text


def test_without_a_timeline_a_recording_is_taken_too(
    platform: httpx2.Client, started: dict[str, Any], plain: bytes
) -> None:
    assert upload(platform, started["id"], plain).status_code == 202


@pytest.mark.parametrize("spoil", ["late", "never"])
def test_prompts_that_were_not_shown_cost_no_attempt(
    service: RunningService,
    platform: httpx2.Client,
    refused: Refusal,
    started: dict[str, Any],
    plain: bytes,
    spoil: str,
) -> None:
    shown: list[float | None] = [*starts(started)]
    shown[-1] = None if spoil == "never" else starts(started)[-1] + 251
    response = upload(platform, started["id"], plain, timeline(*shown))
    refused(response, 422, "prompts_not_shown")
    assert service.context.blobs.list() == []
    after = platform.get(f"/v1/enrollments/{started['id']}").json()
    assert (after["status"], after["attempt"]) == ("requires_input", 1)
    assert upload(platform, started["id"], plain, timeline(*starts(started))).status_code == 202


def test_a_malformed_timeline_keeps_nothing(
    service: RunningService,
    platform: httpx2.Client,
    refused: Refusal,
    started: dict[str, Any],
    plain: bytes,
) -> None:
    for bad in (["nonsense"], [timeline(1)], [timeline(*starts(started))] * 2):
        refused(upload(platform, started["id"], plain, *bad), 422, "timeline_malformed")
    assert service.context.blobs.list() == []


def test_a_timeline_of_another_challenge_is_told_at_once(
    platform: httpx2.Client, refused: Refusal, started: dict[str, Any], plain: bytes
) -> None:
    late = [start + 5_000 for start in starts(started)]
    refused(upload(platform, started["id"], plain, timeline(*late)), 422, "prompts_not_shown")
