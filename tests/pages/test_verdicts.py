"""From the link to the verdict: the real page, service, worker and models."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from cameo_service.worker import Worker
from storage.records import EnrollmentState
from tests.pages.browser import chromium
from tests.pages.conftest import quiet_page
from tests.pages.fake_camera import RATE, develop
from tests.pages.scripts import KEEP_STREAM, START_AT, STEPS_SHOWN, WATCH_PROMPTS
from tests.pages.visit import Visit, invite
from tests.service.running import RunningService
from verification.challenge import Blink, Challenge, SpokenDigit, Step, Turn, from_document
from verification.packs.loading import Models
from verification.studio.recording import shoot
from verification.studio.take import Take

COUNTDOWN_MS = 3_000
LEAD_S = 5.0
EARLIEST_MS, LATEST_MS = -20, 400
"""A prompt this early, beside how late the test hears of the start, or this late, beside what the
machine stalled, is a fault. Usually it is one frame."""

VERDICT_WITHIN_S = 300.0
VISITS = 6


@pytest.fixture
def working(service: RunningService, open_models: Models) -> Iterator[None]:
    """A worker with the real models, beside the service."""
    stop = threading.Event()
    worker = Worker(service.context, load=lambda: open_models)
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join(VERDICT_WITHIN_S)
    assert not thread.is_alive()


def outcomes_of(visit: Visit) -> dict[str, str]:
    """The outcome of each check in the stored report."""
    report = visit.stored().report
    assert report is not None
    return {check["name"]: check["outcome"] for check in report["checks"]}


def names_of(challenge: Challenge) -> list[str]:
    """The prompts in order, as the stage names them."""
    return [_name_of(step) for step in challenge.steps]


def _name_of(step: Step) -> str:
    match step:
        case SpokenDigit():
            return f"digit:{step.digit}"
        case Turn():
            return f"turn:{step.direction}"
        case Blink():
            return "blink"


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("working")
def test_a_recording_without_a_face_gets_a_reason_and_a_new_challenge(visit: Visit) -> None:
    first = from_document(visit.stored().challenge)
    visit.page.add_init_script(WATCH_PROMPTS)
    visit.open()
    visit.accept()
    visit.turn_camera_on()
    visit.press("Start")
    visit.screen("checking", within_s=60)
    prompts = visit.page.evaluate("window.prompts")
    seen = [(name, at) for name, at in prompts if ":" in name or name == "blink"]
    assert [name for name, _ in seen] == names_of(first)
    delays = [at - step.start_ms for (_, at), step in zip(seen, first.steps, strict=True)]
    earliest = EARLIEST_MS - visit.page.evaluate("window.heardLate")
    latest = LATEST_MS + visit.page.evaluate("window.stalled")
    assert all(earliest < delay < latest for delay in delays), (delays, earliest, latest)

    screen = visit.screen("again", within_s=VERDICT_WITHIN_S)
    record = visit.stored()
    assert record.last_error is not None
    assert record.last_error["code"] == "no_face"
    expect(screen).to_contain_text(record.last_error["reason"])
    expect(screen).to_contain_text("2 more attempts")
    assert record.attempt == 2
    assert from_document(record.challenge) != first

    visit.press("Try again")
    visit.page.evaluate("window.prompts = []")
    visit.press("Start")
    due = visit.page.evaluate(STEPS_SHOWN)
    assert due == names_of(from_document(record.challenge))[: len(due)]


@pytest.mark.timeout(1_200)
@pytest.mark.usefixtures("working")
def test_a_person_who_follows_the_prompts_is_verified(
    playwright: Playwright, service: RunningService, tmp_path: Path
) -> None:
    """A busy machine drops pictures of the fake camera, so a person may come several times."""
    visits: list[dict[str, str]] = []
    for number in range(VISITS):
        folder = tmp_path / str(number)
        folder.mkdir()
        verified, outcomes = visit_once(playwright, service, f"user:{number}", folder)
        visits.append(outcomes)
        if verified:
            break
    assert any(each["turns"] == each["digits"] == "pass" for each in visits), visits


def visit_once(
    playwright: Playwright, service: RunningService, principal: str, folder: Path
) -> tuple[bool, dict[str, str]]:
    """One whole visit with a recording made for its challenge: whether it verified them, and the
    outcome of each check."""
    created = invite(service, principal)
    take = Take(size=(640, 480), fps=RATE)
    footage = shoot(from_document(created["challenge"]), take=take, seed=1)
    devices = develop(footage, folder, lead_s=LEAD_S)
    with chromium(playwright, *devices.arguments) as browser, quiet_page(browser, service) as page:
        visit = Visit.invited(page, service, created)
        page.add_init_script(KEEP_STREAM)
        visit.open()
        visit.accept()
        visit.turn_camera_on()
        visit.screen("capture")
        # The camera plays its file from when it was opened: meet the beginning of the footage.
        page.evaluate(START_AT, LEAD_S * 1000 - COUNTDOWN_MS)
        visit.screen("checking", within_s=60)
        expect(page.locator("[data-screen=checking]")).to_be_hidden(timeout=VERDICT_WITHIN_S * 1000)
        stored, outcomes = visit.stored(), outcomes_of(visit)
        verified = stored.state is EnrollmentState.VERIFIED
        if verified:
            expect(visit.screen("verified")).to_contain_text(str(stored.cameo_id))
        else:
            assert set(outcomes.values()) != {"pass"}, stored.report
            review = stored.state is EnrollmentState.NEEDS_REVIEW
            visit.screen("needs_review" if review else "again")
    return verified, outcomes
