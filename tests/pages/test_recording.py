"""Recording and sending, in a real browser with its own test picture, to the real service."""

from dataclasses import replace

import pytest
from playwright.sync_api import Route, expect

from storage.records import EnrollmentState
from tests.pages.scripts import BUSY_FROM_THE_START, KEEP_STREAM, WATCH_PROMPTS
from tests.pages.visit import LONG, SHORT, Visit
from verification.challenge import Blink, Direction, SpokenDigit, Turn, to_document

WITH_A_BLINK = replace(
    SHORT,
    steps=(*SHORT.steps, Blink(start_ms=2_500, duration_ms=900)),
    duration_ms=3_600,
)
FOR_LONG = replace(
    SHORT,
    steps=(
        SpokenDigit(digit=4, start_ms=500, duration_ms=3_500),
        Turn(direction=Direction.LEFT, start_ms=4_100, duration_ms=300),
    ),
    duration_ms=4_500,
)
"""A prompt that a page can show later than any setting allows."""

LATEST_MS, EARLIER_MS = 400, 100
"""Beside what the machine stalls: page and test do not hear of the recorder's start at once."""


def test_the_prompts_are_recorded_sent_and_the_devices_turned_off(visit: Visit) -> None:
    visit.page.add_init_script(KEEP_STREAM + ";" + WATCH_PROMPTS)
    visit.record()
    record = visit.stored()
    assert record.state is EnrollmentState.PROCESSING
    assert record.statement["accepted_at"] is not None
    assert record.recording_mime is not None
    assert record.recording_mime.startswith("video/webm")
    seen = visit.page.evaluate("window.prompts")
    # The prompt before the first is that of the countdown. Rests are as short as a busy machine
    # may take for a frame: `test_schedule` looks at them.
    assert [name for name, _ in seen if name not in ("count", "rest")] == [
        "digit:4", "turn:left", "over",
    ]  # fmt: skip
    assert visit.page.evaluate("window.stopped") >= SHORT.duration_ms
    states = visit.page.evaluate("window.lent.getTracks().map((track) => track.readyState)")
    assert states == ["ended", "ended"]


def test_the_page_says_when_it_showed_each_prompt(visit: Visit) -> None:
    visit.page.add_init_script(WATCH_PROMPTS)
    visit.record(WITH_A_BLINK)
    told = visit.timeline()
    assert [(step["kind"], step["start_ms"]) for step in told] == [
        ("digit", 500),
        ("turn", 1_500),
        ("blink", 2_500),
    ]
    seen = dict(visit.page.evaluate("window.prompts"))
    assert [name for name in seen if name not in ("count", "rest", "over")] == [
        "digit:4", "turn:left", "blink",
    ]  # fmt: skip
    latest = LATEST_MS + visit.page.evaluate("window.stalled")
    for step, name in zip(told, ("digit:4", "turn:left", "blink"), strict=True):
        assert step["start_ms"] <= step["shown_ms"] < step["start_ms"] + latest
        # noted once it was painted, and so after the page asked for it
        assert step["shown_ms"] >= seen[name] - EARLIER_MS


def test_a_page_that_came_late_says_so_and_costs_no_attempt(visit: Visit) -> None:
    visit.page.add_init_script(BUSY_FROM_THE_START)
    visit.start_recording(FOR_LONG)
    alert = visit.screen("problem").get_by_role("alert")
    expect(alert).to_contain_text("showed a prompt too late")
    assert (visit.stored().attempt, visit.stored().state) == (1, EnrollmentState.REQUIRES_INPUT)
    visit.press("Record again")
    visit.screen("prepare")


@pytest.fixture
def _whenever_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stalls shows a prompt late, or never: not what is looked at here."""
    monkeypatch.setattr("cameo_service.enrollments.timelines.require_shown", lambda *_, **__: None)


@pytest.mark.usefixtures("_whenever_shown")
def test_a_lost_connection_offers_the_same_recording_again(visit: Visit) -> None:
    visit.page.route("**/recording", lambda route: route.abort())
    visit.start_recording()
    expect(visit.screen("unsent").get_by_role("alert")).to_contain_text("cannot be reached")
    assert visit.stored().state is EnrollmentState.REQUIRES_INPUT
    visit.page.unroute("**/recording")
    visit.press("Send again")
    visit.screen("checking")
    assert visit.stored().state is EnrollmentState.PROCESSING


@pytest.mark.usefixtures("_whenever_shown")
def test_a_lost_answer_is_not_a_lost_recording(visit: Visit) -> None:
    def lose_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    visit.page.route("**/recording", lose_answer)
    visit.start_recording()
    visit.screen("unsent")
    assert visit.stored().state is EnrollmentState.PROCESSING
    visit.page.unroute("**/recording")
    visit.press("Send again")
    visit.screen("checking")


def test_a_refused_recording_costs_no_attempt(visit: Visit) -> None:
    visit.start_recording()
    # The service now asks for more than the page knows of.
    asked = {**to_document(SHORT), "duration_ms": 20_000}
    visit.change(challenge=asked)
    expect(visit.screen("problem").get_by_role("alert")).to_contain_text("ended too early")
    assert (visit.stored().attempt, visit.stored().state) == (1, EnrollmentState.REQUIRES_INPUT)
    visit.press("Record again")
    expect(visit.screen("prepare")).to_contain_text("20 seconds")


def test_a_lost_camera_stops_the_recording(visit: Visit) -> None:
    visit.page.add_init_script(KEEP_STREAM)
    visit.start_recording(LONG)
    visit.wait_for_prompts()
    # What a browser does when a device is pulled out; `stop` alone does not tell the page.
    visit.page.evaluate(
        """() => {
          const [track] = window.lent.getVideoTracks();
          track.stop();
          track.dispatchEvent(new Event('ended'));
        }"""
    )
    expect(visit.screen("problem").get_by_role("alert")).to_contain_text("was disconnected")
    assert visit.stored().state is EnrollmentState.REQUIRES_INPUT
    visit.press("Try again")
    visit.screen("capture")


def test_a_page_out_of_sight_stops_the_recording(visit: Visit) -> None:
    visit.start_recording(LONG)
    visit.wait_for_prompts()
    # Headless pages are always in sight: this is what a browser reports when they are not.
    visit.page.evaluate(
        """() => {
          Object.defineProperty(document, 'hidden', {value: true});
          document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    expect(visit.screen("problem").get_by_role("alert")).to_contain_text("went out of sight")
    assert visit.stored().state is EnrollmentState.REQUIRES_INPUT
